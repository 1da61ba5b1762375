//! The story of the demo: what happens when, and in which words. Told in a minute; a shorter run tells it faster.

use crate::broker::Carrier;
use crate::vehicle::Wish;
use consent_core::Assurance;
use consent_gatekeeper::control::{Request, RequestAnswer, ReviewAnswer, Terms};
use consent_protocol::ledger::Cadence;

/// How long the story is, seconds.
pub const STORY_S: f64 = 60.0;
/// Who drives.
pub const DRIVER: &str = "anna";
/// What she tried yesterday for one day, at which tier, and when in the story that day is over, seconds.
pub const TRIED: (&str, u8, f64) = ("hazards", 1, 25.0);

/// Something that happens.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// A person asks the car.
    Ask(Request),
    /// The driver wants something of the car.
    Wish(Wish),
    /// The radio.
    Radio(Carrier),
    /// The next catalog arrives.
    NextCatalog,
}

/// A moment of the story.
#[derive(Clone, Debug, PartialEq)]
pub struct Beat {
    /// When, seconds of the story.
    pub at_s: f64,
    /// What is happening, in a sentence.
    pub sentence: &'static str,
    /// What is done.
    pub deeds: Vec<Deed>,
}

fn beat(at_s: f64, sentence: &'static str, deeds: Vec<Deed>) -> Beat {
    Beat { at_s, sentence, deeds }
}

/// The whole story, in order.
pub fn story() -> Vec<Beat> {
    let guest = vec![
        Deed::Ask(Request::PeopleDriver { person: None, assurance: Assurance::None }),
        Deed::Ask(Request::PeopleComplete { complete: true }),
        Deed::Wish(Wish::Drive),
    ];
    let driver = vec![
        Deed::Ask(Request::PeopleDriver { person: Some(DRIVER.to_owned()), assurance: Assurance::High }),
        Deed::Ask(Request::PeopleComplete { complete: true }),
    ];
    let withdraw = Request::ConsentWithdraw { person: Some(DRIVER.to_owned()), use_id: Some("maintenance".to_owned()), erase: false };
    vec![
        beat(0.0, "Nobody is recognised: a guest drives. Only what law and the gate itself demand leaves.", guest),
        beat(5.0, "The guest parks and gets out.", vec![Deed::Wish(Wish::Park)]),
        beat(10.5, "Anna is recognised. The car is parked, so it may ask, once, on one screen. She answers each use by itself.", driver),
        beat(17.0, "Anna drives off. Her uses begin; each sends only what its tier says.", vec![Deed::Wish(Wish::Drive)]),
        beat(TRIED.2, "Yesterday Anna allowed hazard warnings for one day. The day is over: that consent expires.", vec![]),
        beat(
            29.0,
            "Ben gets in. He has agreed to nothing: what says something about the cabin stops.",
            vec![Deed::Ask(Request::PeopleEnter { person: Some("ben".to_owned()), assurance: Assurance::Low, minor: false })],
        ),
        beat(
            33.0,
            "Ben touches \"not while I'm aboard\": nothing about place and driving leaves for the rest of this trip.",
            vec![Deed::Ask(Request::StopWhileAboard)],
        ),
        beat(36.0, "The link drops. Batches are stored, sealed, and wait.", vec![Deed::Radio(Carrier::Lost)]),
        beat(42.0, "Anna withdraws maintenance: what is queued is destroyed before she gets her answer.", vec![Deed::Ask(withdraw)]),
        beat(44.5, "The link is back. The receiver is told of the withdrawal and answers.", vec![Deed::Radio(Carrier::Up)]),
        beat(46.5, "They arrive and park.", vec![Deed::Wish(Wish::Park)]),
        beat(
            55.5,
            "Parked, Anna sends what waited for her review.",
            vec![Deed::Ask(Request::ReviewAnswer { use_id: None, answer: ReviewAnswer::Send, newest: None })],
        ),
        beat(
            58.0,
            "A new catalog keeps coaching data longer. That is a material change: her consent to it is suspended until she renews it.",
            vec![Deed::NextCatalog],
        ),
        beat(STORY_S, "The story is over.", vec![]),
    ]
}

/// How the simulated driver feels about questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// She decides.
    Deciding,
    /// She has arrived, and puts off everything.
    Leaving,
}

/// How the simulated driver answers a request for a use.
pub fn answer(use_id: &str, mood: Mood) -> RequestAnswer {
    if mood == Mood::Leaving {
        return RequestAnswer::Defer;
    }
    let tier = |tier| RequestAnswer::Allow(Terms { tier: Some(tier), ..Terms::default() });
    match use_id {
        "traffic" | "maintenance" | "coaching" | "voice" => tier(1),
        "battery-research" => RequestAnswer::Allow(Terms { tier: Some(1), cadence: Some(Cadence::EachTime), ..Terms::default() }),
        "entry-comfort" | "find-my-car" | "remote-climate" => RequestAnswer::Allow(Terms::default()),
        // She tried the hazard warnings yesterday, and thinks about renewing them.
        "hazards" | "insurance" => RequestAnswer::Defer,
        _ => RequestAnswer::Decline,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_story_is_in_order_and_fits_its_minute() {
        let story = story();
        assert!(story.windows(2).all(|pair| pair[0].at_s < pair[1].at_s));
        assert_eq!(story.first().map(|beat| beat.at_s), Some(0.0));
        assert_eq!(story.last().map(|beat| beat.at_s), Some(STORY_S));
        assert!(story.iter().all(|beat| beat.sentence.ends_with('.')));
    }

    #[test]
    fn every_use_of_the_story_is_in_the_example_catalog() {
        let catalog = crate::catalog::example();
        for use_id in ["traffic", "maintenance", "coaching", "voice", "battery-research", "entry-comfort", "find-my-car", "insurance", TRIED.0] {
            assert!(catalog.use_index(use_id).is_some(), "{use_id}");
        }
    }
}

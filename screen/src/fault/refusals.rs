//! What the gatekeeper refuses, in a person's words. Its own sentences are for whoever operates it, in English: they begin with
//! "expected", and say what was found. A test holds this table against all of them.

use crate::words::Words;

/// How a sentence of the gatekeeper goes on after "expected", and the message for a person.
const TABLE: &[(&str, &str)] = &[
    ("a parked car,", "base-refusal-parked"),
    ("a recognised driver,", "base-refusal-driver"),
    ("the id of a profile", "base-refusal-person"),
    ("the person aboard,", "base-refusal-aboard"),
    ("the person's own authentication,", "base-refusal-proof"),
    ("the person's own key or phone,", "people-refused-pin-key"),
    ("that person, or an adult driver", "people-refused-erase-minor"),
    ("assurance ", "base-refusal-proof"),
    ("a driver with assurance high", "base-refusal-proof"),
    ("a PIN of", "base-refusal-pin-form"),
    ("no PIN for a minor", "base-refusal-minor-pin"),
    ("a profile with a PIN", "base-refusal-no-pin"),
    ("this person's PIN", "base-refusal-pin-wrong"),
    ("a pause after too many wrong PINs", "base-refusal-pin-locked"),
    ("one PIN at a time", "base-refusal-again"),
    ("the PIN to be worked out", "base-refusal-again"),
    ("fewer than 64 reads", "base-refusal-again"),
    ("a store that can be read", "base-refusal-again"),
    ("an entry of the ledger on disk", "base-refusal-again"),
    ("a name of", "base-refusal-name"),
    ("a car of an employer", "base-refusal-employer"),
    ("at most", "base-refusal-full"),
    ("somebody who is aboard", "base-refusal-nobody"),
    ("a use of catalog", "base-refusal-unknown"),
    ("a category of catalog", "base-refusal-unknown"),
    ("the number of an open request", "base-refusal-request"),
    ("a use that rests on consent", "base-refusal-not-consent"),
    ("a use that a person may stop", "base-refusal-law"),
    ("a person of at least", "base-refusal-minor"),
    ("at least one category", "base-refusal-no-category"),
    ("the texts of", "base-refusal-language"),
    ("1 to ", "requests-refused-days"),
    ("a tier from", "requests-refused-terms"),
    ("categories of", "requests-refused-terms"),
    ("a use with confirmation each time", "requests-refused-terms"),
    ("a recipient whom a person can freely consent to", "base-refusal-deployer"),
    ("a clock that can be trusted", "base-refusal-clock"),
    ("a use without a consent in force", "base-refusal-given"),
    ("a consent to", "base-refusal-not-given"),
    ("at least one consent in force", "base-refusal-not-given"),
    ("an objection or a restriction", "base-refusal-not-objected"),
    ("a pause of", "base-refusal-not-paused"),
    ("a catalog in force", "base-fault-no_catalog"),
];

/// The words for a sentence; none if it is not one of the gatekeeper's own.
pub(super) fn words(sentence: &str, words: Words) -> Option<String> {
    let rest = sentence.strip_prefix("expected ")?;
    Some(words.t(key(rest).unwrap_or("base-refusal-other")))
}

fn key(rest: &str) -> Option<&'static str> {
    TABLE.iter().find(|(start, _)| rest.starts_with(start)).map(|(_, key)| *key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;
    use consent_core::Assurance;
    use consent_gatekeeper::refusal::Refusal;
    use consent_protocol::catalog::Environment;

    /// One of each that a touch of the page can meet.
    fn met() -> Vec<Refusal> {
        let (use_id, found) = (String::from("traffic"), String::from("x"));
        vec![
            Refusal::PersonUnknown,
            Refusal::NoDriver,
            Refusal::NotAboard,
            Refusal::NotProved,
            Refusal::PinForm,
            Refusal::PinAssurance { found: Assurance::Low },
            Refusal::EraseMinor,
            Refusal::PinOfMinor,
            Refusal::NoPin,
            Refusal::PinWrong { left: 2 },
            Refusal::PinLocked { until_ms: 0 },
            Refusal::PinBusy,
            Refusal::PinFailed,
            Refusal::Name { max: 40 },
            Refusal::HandOverAssurance { found: Assurance::Low },
            Refusal::NotEmployer,
            Refusal::ProfilesFull { max: 8 },
            Refusal::CarFull { max: 8 },
            Refusal::NobodyLeaves,
            Refusal::UseUnknown { use_id: use_id.clone(), version: 1 },
            Refusal::CategoryUnknown { category: found.clone(), version: 1 },
            Refusal::NotByConsent { use_id: use_id.clone(), ground: "law" },
            Refusal::NoRight { use_id: use_id.clone() },
            Refusal::NotParked { found: "driving" },
            Refusal::Minor { years: 16 },
            Refusal::AssuranceLow { use_id: use_id.clone(), needed: Assurance::High, found: Assurance::Low },
            Refusal::TheftAssurance { found: Assurance::Low },
            Refusal::NoCategory { use_id: use_id.clone() },
            Refusal::Language { use_id: use_id.clone(), offered: found.clone() },
            Refusal::Deployer { use_id: use_id.clone(), deployer: "employer" },
            Refusal::ClockUntrusted,
            Refusal::GivenAlready { use_id: use_id.clone() },
            Refusal::NotGiven { use_id: use_id.clone(), found: "never given" },
            Refusal::NothingGiven,
            Refusal::Tier { use_id: use_id.clone(), finest: 2, found: 7 },
            Refusal::CategoryNotOffered { use_id: use_id.clone(), offered: found.clone(), found: found.clone() },
            Refusal::Days { use_id: use_id.clone(), max: 180, found: 9999 },
            Refusal::EachTime { use_id: use_id.clone() },
            Refusal::NotObjected { use_id, found: "given" },
            Refusal::NotPaused { scope: found.clone(), paused: found },
            Refusal::RequestUnknown { found: 1 },
        ]
    }

    /// Whether a touch of the page can meet it. A new refusal must be thought of here.
    fn meets(refusal: &Refusal) -> bool {
        match refusal {
            // Only the control socket can ask so that these come.
            Refusal::IdLength { .. } | Refusal::Languages { .. } | Refusal::OperatorOutsideDemo(_) | Refusal::NotByCall { .. } => false,
            Refusal::PersonUnknown
            | Refusal::NoDriver
            | Refusal::NotAboard
            | Refusal::NotProved
            | Refusal::PinForm
            | Refusal::PinAssurance { .. }
            | Refusal::EraseMinor
            | Refusal::PinOfMinor
            | Refusal::NoPin
            | Refusal::PinWrong { .. }
            | Refusal::PinLocked { .. }
            | Refusal::PinBusy
            | Refusal::PinFailed
            | Refusal::Name { .. }
            | Refusal::HandOverAssurance { .. }
            | Refusal::NotEmployer
            | Refusal::ProfilesFull { .. }
            | Refusal::CarFull { .. }
            | Refusal::NobodyLeaves
            | Refusal::UseUnknown { .. }
            | Refusal::CategoryUnknown { .. }
            | Refusal::NotByConsent { .. }
            | Refusal::NoRight { .. }
            | Refusal::NotParked { .. }
            | Refusal::Minor { .. }
            | Refusal::AssuranceLow { .. }
            | Refusal::TheftAssurance { .. }
            | Refusal::NoCategory { .. }
            | Refusal::Language { .. }
            | Refusal::Deployer { .. }
            | Refusal::ClockUntrusted
            | Refusal::GivenAlready { .. }
            | Refusal::NotGiven { .. }
            | Refusal::NothingGiven
            | Refusal::Tier { .. }
            | Refusal::CategoryNotOffered { .. }
            | Refusal::Days { .. }
            | Refusal::EachTime { .. }
            | Refusal::NotObjected { .. }
            | Refusal::NotPaused { .. }
            | Refusal::RequestUnknown { .. } => true,
        }
    }

    #[test]
    fn every_refusal_that_a_person_can_meet_is_said_in_a_persons_words() {
        for refusal in met().iter().filter(|refusal| meets(refusal)) {
            let sentence = refusal.to_string();
            let key = sentence.strip_prefix("expected ").and_then(key);
            assert!(key.is_some(), "no words for: {sentence}");
            for language in Language::ALL {
                let said = super::words(&sentence, Words::new(language)).unwrap();
                assert!(!said.starts_with("base-") && !said.contains("expected"), "{sentence}: {said}");
            }
        }
    }

    #[test]
    fn what_is_no_sentence_of_the_gatekeeper_stays_as_it_is() {
        assert_eq!(super::words("Try again at noon", Words::default()), None);
        let other = super::words(&Refusal::OperatorOutsideDemo(Environment::Production).to_string(), Words::default()).unwrap();
        assert_eq!(other, Words::default().t("base-refusal-other"));
    }
}

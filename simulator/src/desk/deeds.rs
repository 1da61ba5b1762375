//! What the buttons and the story do to the car, its people, the way and the clocks.

use super::buttons::Button;
use super::rig::{Bench, seconds_ms};
use super::view::Who;
use crate::broker::{Behaviour, Carrier};
use crate::clock::wall_ms;
pub(super) use crate::harness::SCREEN;
use crate::replay::open_requests;
use crate::stack::Space;
use crate::story::{self, Deed, Mood};
use crate::vehicle::Wish;
use consent_core::Assurance;
use consent_gatekeeper::control::{Request, Response, ReviewAnswer};
use consent_gatekeeper::show::FirstChoice;
use consent_gatekeeper::status::PersonStatus;

/// A day, milliseconds.
const DAY_MS: u64 = 86_400_000;

/// Does what a button says. The story, if it is being told, stops: the buttons are the person's.
pub(super) async fn press(bench: &mut Bench, button: Button) {
    if bench.telling.take().is_some() && button != Button::Skip {
        bench.say(Who::Desk, "You took over: the story stops here.");
    }
    match button {
        Button::Drive => wish(bench, Wish::Drive, "drive off"),
        Button::Light => wish(bench, Wish::Stand, "stop at a light"),
        Button::Park => wish(bench, Wish::Park, "park"),
        Button::Driver => change_driver(bench).await,
        Button::Enter => let_in(bench).await,
        Button::Leave => let_out(bench).await,
        Button::Answer => answer(bench, Mood::Deciding).await,
        Button::LinkCut => link(bench, Carrier::Lost, "The link is cut: what is released is stored, sealed, and waits."),
        Button::LinkMend => link(bench, Carrier::Up, "The link is mended."),
        Button::BrokerHonest => broker(bench, Behaviour::Honest, "The broker is honest again."),
        Button::BrokerSwallow => broker(bench, Behaviour::Swallow, "The broker swallows answers and acknowledgements on their way to the car."),
        Button::BrokerReplay => broker(bench, Behaviour::Replay, "The broker delivers every batch three times."),
        Button::BrokerCorrupt => broker(bench, Behaviour::Corrupt, "The broker flips one bit of every batch."),
        Button::Power => cut_power(bench).await,
        Button::DiskFill => disk(bench, Space::Full, "The disk is full: its store answers “no space left” to every write (simulated)."),
        Button::DiskFree => disk(bench, Space::Free, "The disk has room again."),
        Button::Day => forward(bench, 1),
        Button::Month => forward(bench, 31),
        Button::Catalog => publish(bench).await,
        Button::Skip => bench.say(Who::Desk, "You skip the story. Everything stays as it is; the buttons are yours."),
        // Everything anew is the rig's.
        Button::Story => {}
    }
}

fn wish(bench: &mut Bench, wish: Wish, text: &str) {
    bench.car.wish(wish);
    bench.say(Who::Desk, format!("You let the car {text}."));
}

fn link(bench: &mut Bench, carrier: Carrier, text: &str) {
    bench.stack.radio().set(carrier);
    bench.say(Who::Desk, text);
}

fn broker(bench: &mut Bench, behaviour: Behaviour, text: &str) {
    bench.stack.radio().behave(behaviour);
    bench.say(Who::Desk, text);
}

fn disk(bench: &mut Bench, space: Space, text: &str) {
    bench.stack.set_space(space);
    bench.say(Who::Desk, text);
}

async fn cut_power(bench: &mut Bench) {
    if bench.stack.is_on() {
        bench.say(Who::Desk, "The power of the car's computer is cut, in the middle of whatever it did. In 3 s it boots.");
        bench.dark();
        bench.stack.cut_power().await;
    }
}

fn forward(bench: &mut Bench, days: u64) {
    bench.car.wish(Wish::Park);
    match bench.stack.forward(days.saturating_mul(DAY_MS)) {
        Ok(()) if days == 1 => bench.say(Who::Desk, "The car stood for a day: all clocks are a day further, also the receivers'."),
        Ok(()) => bench.say(Who::Desk, format!("The car stood for {days} days: all clocks are so much further, also the receivers'.")),
        Err(error) => bench.say(Who::Alarm, format!("The clocks were not put forward: {error}.")),
    }
}

async fn publish(bench: &mut Bench) {
    if bench.catalog_offered || !bench.stack.is_on() {
        return;
    }
    let next = bench.next.clone();
    bench.catalog_offered = bench.stack.offer_catalog(&next).await;
    bench.say(Who::Desk, "A new catalog is published, signed: coaching data would be kept 60 days, not 30.");
}

/// A person as the desk calls them.
pub(super) fn name(person: Option<&str>) -> String {
    let Some(person) = person else { return "a guest".to_owned() };
    let mut letters = person.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn people(bench: &Bench) -> Vec<PersonStatus> {
    bench.status.as_ref().map(|status| status.people.clone()).unwrap_or_default()
}

async fn change_driver(bench: &mut Bench) {
    let aboard = people(bench);
    let driver = aboard.iter().find(|one| one.role == "driver").and_then(|one| one.person.clone());
    let (next, assurance) = match driver.as_deref() {
        Some(story::DRIVER) => (Some("ben"), Assurance::High),
        Some(_) => (None, Assurance::None),
        None => (Some(story::DRIVER), Assurance::High),
    };
    bench.say(Who::Desk, format!("The driver changes: now {} drives.", name(next)));
    ask(bench, Request::PeopleDriver { person: next.map(str::to_owned), assurance }).await;
    if let Some(before) = driver {
        ask(bench, Request::PeopleLeave { person: Some(before) }).await;
    }
    ask(bench, Request::PeopleComplete { complete: true }).await;
}

/// Who may get in: id, and whether under the age of consent.
const OTHERS: [(&str, bool); 3] = [("ben", false), ("clara", false), ("tim", true)];

async fn let_in(bench: &mut Bench) {
    let aboard = people(bench);
    let is_aboard = |person: &str| aboard.iter().any(|one| one.person.as_deref() == Some(person));
    let next = OTHERS.iter().find(|(person, _)| !is_aboard(person));
    let (person, minor) = next.map_or((None, false), |(person, minor)| (Some((*person).to_owned()), *minor));
    let age = if minor { ", who is eight" } else { "" };
    bench.say(Who::Desk, format!("{} gets in{age}.", capital(&name(person.as_deref()))));
    ask(bench, Request::PeopleEnter { person, assurance: Assurance::Low, minor }).await;
}

async fn let_out(bench: &mut Bench) {
    let aboard = people(bench);
    let Some(last) = aboard.iter().rev().find(|one| one.role != "driver") else { return };
    bench.say(Who::Desk, format!("{} gets out.", capital(&name(last.person.as_deref()))));
    ask(bench, Request::PeopleLeave { person: last.person.clone() }).await;
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// After a boot nobody is known to be aboard: the car says again who is.
pub(super) async fn name_again(bench: &mut Bench, people: Vec<PersonStatus>) {
    for one in people {
        let assurance = match one.assurance.as_str() {
            "high" => Assurance::High,
            "low" => Assurance::Low,
            _ => Assurance::None,
        };
        let request = if one.role == "driver" {
            Request::PeopleDriver { person: one.person, assurance }
        } else {
            let minor = OTHERS.iter().any(|(person, minor)| *minor && one.person.as_deref() == Some(person));
            Request::PeopleEnter { person: one.person, assurance, minor }
        };
        ask(bench, request).await;
    }
    ask(bench, Request::PeopleComplete { complete: true }).await;
    bench.say(Who::Car, "The car recognises again who is aboard.");
}

/// Asks the car as a person at its screen does; a refusal stands in the log.
async fn ask(bench: &mut Bench, request: Request) {
    match bench.stack.request(SCREEN, request).await {
        Response::Refused { error } => bench.say(Who::Gate, format!("No: {error}.")),
        Response::Unrecorded { detail } => bench.say(Who::Gate, capital(&detail)),
        Response::Done { .. } | Response::Data { .. } | Response::Status(_) => {}
    }
}

/// The simulated person answers what is open, as she feels; and sends what waits for her review.
pub(super) async fn answer(bench: &mut Bench, mood: Mood) {
    let newcomer = bench.status.as_ref().and_then(|status| bench.welcomes(status));
    if let Some(driver) = newcomer {
        // The first screen asks nothing; only after it may the car ask.
        ask(bench, Request::FirstStart { choose: FirstChoice::Now }).await;
        bench.welcomed.insert(driver);
        if bench.telling.is_some() {
            // Whoever watches is to see the requests before they are answered.
            return;
        }
    }
    let Response::Data { data } = bench.stack.request(SCREEN, Request::RequestsList).await else { return };
    for open in open_requests(&data) {
        ask(bench, Request::RequestsAnswer { id: open.id, answer: story::answer(&open.use_id, mood) }).await;
    }
    let waits = bench.status.as_ref().is_some_and(|status| status.outcomes.awaiting > 0);
    if bench.telling.is_none() && waits {
        ask(bench, Request::ReviewAnswer { use_id: None, answer: ReviewAnswer::Send, newest: None }).await;
    }
}

/// Tells what is due of the story.
pub(super) async fn tell(bench: &mut Bench) {
    loop {
        let Some(telling) = &mut bench.telling else { return };
        let told_ms = wall_ms().saturating_sub(telling.begins_ms);
        if telling.beats.front().is_none_or(|beat| seconds_ms(beat.at_s) > told_ms) {
            return;
        }
        let Some(beat) = telling.beats.pop_front() else { return };
        telling.sentence = beat.sentence;
        if telling.beats.is_empty() {
            bench.telling = None;
        }
        bench.say(Who::Desk, beat.sentence);
        for deed in beat.deeds {
            perform(bench, deed).await;
        }
    }
}

async fn perform(bench: &mut Bench, deed: Deed) {
    match deed {
        Deed::Wish(wish) => bench.car.wish(wish),
        Deed::Radio(carrier) => bench.stack.radio().set(carrier),
        Deed::NextCatalog => {
            if let Some(telling) = &mut bench.telling {
                telling.mood = Mood::Leaving;
            }
            let next = bench.next.clone();
            bench.catalog_offered = bench.stack.offer_catalog(&next).await;
        }
        Deed::Ask(request) => ask(bench, request).await,
    }
}

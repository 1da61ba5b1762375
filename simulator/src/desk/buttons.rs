//! The buttons: what each does is in `deeds`, what each says, and whether it can be pressed now, is here.

use super::view::{ButtonView, Group};
use crate::broker::{Behaviour, Carrier};
use crate::stack::Space;
use crate::vehicle::Wish;
use serde::Deserialize;

/// Everything that can be pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Button {
    /// The car drives off.
    Drive,
    /// It stops at a light.
    Light,
    /// It parks.
    Park,
    /// The next person drives.
    Driver,
    /// Somebody gets in.
    Enter,
    /// Somebody gets out.
    Leave,
    /// The simulated person answers what the car asks.
    Answer,
    /// The link is lost.
    LinkCut,
    /// It is back.
    LinkMend,
    /// The broker passes everything on.
    BrokerHonest,
    /// It swallows answers and acknowledgements.
    BrokerSwallow,
    /// It delivers batches again.
    BrokerReplay,
    /// It corrupts batches.
    BrokerCorrupt,
    /// The car's computer loses its power, and boots again.
    Power,
    /// The disk is full.
    DiskFill,
    /// It has room again.
    DiskFree,
    /// The clocks go forward a day.
    Day,
    /// The clocks go forward 31 days.
    Month,
    /// A new catalog.
    Catalog,
    /// Everything starts anew, and the story is told.
    Story,
    /// The story stops.
    Skip,
}

/// What the buttons depend on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stand {
    pub(super) wish: Wish,
    pub(super) carrier: Carrier,
    pub(super) behaviour: Behaviour,
    pub(super) power: bool,
    pub(super) space: Space,
    pub(super) next_catalog: bool,
    pub(super) aboard: usize,
    pub(super) asks: bool,
    pub(super) story: bool,
    /// The driver has not answered the first screen.
    pub(super) newcomer: bool,
}

#[cfg(test)]
impl Stand {
    /// A parked car with its driver, nothing amiss.
    pub(super) const PARKED: Self = Self {
        wish: Wish::Park,
        carrier: Carrier::Up,
        behaviour: Behaviour::Honest,
        power: true,
        space: Space::Free,
        next_catalog: true,
        aboard: 1,
        asks: false,
        story: false,
        newcomer: false,
    };
}

fn button(group: Group, id: &'static str, key: &'static str, label: &'static str, sees: &'static str) -> ButtonView {
    ButtonView { group, id, key, label, sees, on: false, can: true }
}

/// The buttons as they stand.
pub(super) fn all(stand: &Stand) -> Vec<ButtonView> {
    let mut buttons = car(stand);
    buttons.extend(people(stand));
    buttons.extend(way(stand));
    buttons.extend(computer(stand));
    buttons.extend(time(stand));
    buttons
}

fn car(stand: &Stand) -> Vec<ButtonView> {
    let wished = |wish| stand.wish == wish;
    vec![
        ButtonView {
            on: wished(Wish::Drive),
            ..button(Group::Car, "drive", "D", "Drive off", "The screen turns static. What the driver allowed begins to leave.")
        },
        ButtonView {
            on: wished(Wish::Stand),
            ..button(Group::Car, "light", "S", "Stop at a light", "A red light is not parking: still nothing can be asked or given.")
        },
        ButtonView { on: wished(Wish::Park), ..button(Group::Car, "park", "P", "Park", "In P the car may ask, and what waited for a review is shown.") },
    ]
}

fn people(stand: &Stand) -> Vec<ButtonView> {
    vec![
        button(Group::People, "driver", "C", "Change driver", "One person's yes releases nothing of another's: uses stop at once."),
        ButtonView {
            can: stand.aboard < 5,
            ..button(Group::People, "enter", "I", "Someone gets in", "They agreed to nothing: what tells of the cabin stops.")
        },
        ButtonView { can: stand.aboard > 1, ..button(Group::People, "leave", "O", "Someone gets out", "With the seat empty, the cabin's uses go on.") },
        ButtonView {
            can: stand.asks,
            ..button(Group::People, "answer", "A", "Answer for them", "A simulated person answers what the car asks in the middle.")
        },
    ]
}

fn way(stand: &Stand) -> Vec<ButtonView> {
    let link = if stand.carrier == Carrier::Up {
        button(Group::Way, "link_cut", "L", "Cut the link", "Batches wait, sealed. What is stopped now is destroyed and never leaves.")
    } else {
        ButtonView { on: true, ..button(Group::Way, "link_mend", "L", "Mend the link", "What waits leaves in order; the recipient is told what was stopped.") }
    };
    let hostile = |behaviour, id, key, label, sees| {
        if stand.behaviour == behaviour {
            ButtonView { on: true, ..button(Group::Way, "broker_honest", key, label, "The broker does so now. Press again for an honest one.") }
        } else {
            button(Group::Way, id, key, label, sees)
        }
    };
    vec![
        link,
        hostile(Behaviour::Swallow, "broker_swallow", "1", "Broker: swallow", "No answer reaches the car: possibly sent, sent again, counted once."),
        hostile(Behaviour::Replay, "broker_replay", "2", "Broker: replay", "Batches come three times; the receiver stores each once."),
        hostile(Behaviour::Corrupt, "broker_corrupt", "3", "Broker: corrupt", "One bit is enough: the signature does not hold, nothing is stored."),
    ]
}

fn computer(stand: &Stand) -> Vec<ButtonView> {
    let disk = if stand.space == Space::Free {
        button(
            Group::Computer,
            "disk_fill",
            "F",
            "Fill the disk",
            "The gate shuts: what cannot be recorded does not leave. Simulated: the store answers “no space”.",
        )
    } else {
        ButtonView { on: true, ..button(Group::Computer, "disk_free", "F", "Free the disk", "What was refused is written, in order, and the gate opens.") }
    };
    vec![
        ButtonView {
            can: stand.power,
            on: !stand.power,
            ..button(Group::Computer, "power", "X", "Cut the power", "No order, no warning. It boots by itself and still owes what it owed.")
        },
        ButtonView { can: stand.power, ..disk },
    ]
}

fn time(stand: &Stand) -> Vec<ButtonView> {
    vec![
        button(Group::Time, "day", "T", "A day passes", "The car stood: the trip is over, and short consents end."),
        button(Group::Time, "month", "M", "31 days pass", "Receivers delete what is past its retention; silence is expiry."),
        ButtonView {
            can: stand.next_catalog && stand.power,
            ..button(Group::Time, "catalog", "N", "New catalog", "One use keeps data longer: its consent is suspended until renewed.")
        },
        if stand.story {
            ButtonView { on: true, ..button(Group::Time, "skip", "R", "Skip the story", "Everything stays as it is now; the buttons are yours.") }
        } else {
            button(Group::Time, "story", "R", "Play the story", "Everything starts anew; a minute with all of it.")
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn stands() -> Vec<Stand> {
        let stand = Stand::PARKED;
        let other = Stand { wish: Wish::Drive, carrier: Carrier::Lost, behaviour: Behaviour::Replay, space: Space::Full, story: true, ..stand };
        vec![stand, other]
    }

    #[test]
    fn every_button_can_be_pressed_says_what_to_see_and_has_a_key_of_its_own() {
        for stand in stands() {
            let buttons = all(&stand);
            let keys: BTreeSet<&str> = buttons.iter().map(|one| one.key).collect();
            assert_eq!(keys.len(), buttons.len());
            for one in buttons {
                assert!(serde_json::from_value::<Button>(one.id.into()).is_ok(), "{}", one.id);
                assert!(one.sees.ends_with('.') && one.sees.chars().count() <= 100, "{}: {}", one.id, one.sees);
            }
        }
    }

    #[test]
    fn what_is_cut_can_be_mended_with_the_same_key() {
        let key = |id: &str| stands().iter().flat_map(all).find(|one| one.id == id).map(|one| one.key).unwrap();
        for (one, other) in [("link_cut", "link_mend"), ("disk_fill", "disk_free"), ("broker_replay", "broker_honest"), ("story", "skip")] {
            assert_eq!(key(one), key(other));
        }
    }
}

//! Who drives, who sits in the car, who consents to what, and what happens when: a file that plays the people of a drive.

use consent_core::Assurance;
use consent_gatekeeper::control::{Peer, Request, RequestAnswer, Terms};
use consent_protocol::ledger::Method;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// The people that ship with the simulator.
pub const EXAMPLE: &str = include_str!("../people/example.toml");

/// What somebody does, or a sensor of the car that the recording lacks says.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// A request at the car.
    Ask(Peer, Request),
    /// A value of a signal, as it would stand in a drive.
    Signal(String, String),
}

/// Something that happens at a time.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// Milliseconds after the first record of the recording, or of the drive; negative before it.
    pub at_ms: i64,
    /// What.
    pub act: Act,
}

/// How somebody answers a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Leaning {
    /// Yes, on the printed terms.
    Allow,
    /// No.
    Decline,
    /// Later.
    Defer,
    /// No, and do not ask again.
    Never,
}

impl Leaning {
    /// The answer as it is given.
    pub fn answer(self) -> RequestAnswer {
        match self {
            Self::Allow => RequestAnswer::Allow(Terms::default()),
            Self::Decline => RequestAnswer::Decline,
            Self::Defer => RequestAnswer::Defer,
            Self::Never => RequestAnswer::Never,
        }
    }
}

/// The people of a replay.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct People {
    /// Once, in order of time.
    pub once: Vec<Planned>,
    /// Anew for every drive, in order of time.
    pub each_drive: Vec<Planned>,
    /// By person, then by use; `*` for any other use.
    pub answers: BTreeMap<String, BTreeMap<String, Leaning>>,
}

/// Why a people file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PeopleError {
    /// Cannot be read.
    #[error("{file}: {error}")]
    Io {
        /// Which file.
        file: String,
        /// Why.
        error: std::io::Error,
    },
    /// Not in the form of a people file.
    #[error("{file}: {what}")]
    Form {
        /// Which file.
        file: String,
        /// What was expected and found.
        what: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Authored {
    version: u32,
    #[serde(default)]
    event: Vec<toml::Table>,
    #[serde(default)]
    drive: Vec<toml::Table>,
    #[serde(default)]
    answers: BTreeMap<String, BTreeMap<String, Leaning>>,
}

impl People {
    /// Reads a file.
    pub fn read(file: &Path) -> Result<Self, PeopleError> {
        let name = file.display().to_string();
        let text = std::fs::read_to_string(file).map_err(|error| PeopleError::Io { file: name.clone(), error })?;
        Self::parse(&name, &text)
    }

    /// Reads a text; `file` names it in errors.
    pub fn parse(file: &str, text: &str) -> Result<Self, PeopleError> {
        let form = |what: String| PeopleError::Form { file: file.to_owned(), what };
        let authored: Authored = toml::from_str(text).map_err(|error| form(error.to_string()))?;
        if authored.version != 1 {
            return Err(form(format!("expected version 1, found {}", authored.version)));
        }
        let plan = |name: &str, tables: Vec<toml::Table>| -> Result<Vec<Planned>, PeopleError> {
            let mut planned = Vec::with_capacity(tables.len());
            for (at, table) in (1_usize..).zip(tables) {
                planned.push(planned_of(table).map_err(|what| form(format!("[[{name}]] number {at}: {what}")))?);
            }
            planned.sort_by_key(|one| one.at_ms);
            Ok(planned)
        };
        Ok(Self { once: plan("event", authored.event)?, each_drive: plan("drive", authored.drive)?, answers: authored.answers })
    }

    /// How a person answers a request for a use; `None` leaves it open.
    pub fn leaning(&self, person: &str, use_id: &str) -> Option<Leaning> {
        let answers = self.answers.get(person)?;
        answers.get(use_id).or_else(|| answers.get("*")).copied()
    }

    /// The earliest time of anything, milliseconds before the first record.
    pub fn lead_ms(&self) -> i64 {
        let earliest = self.once.iter().chain(&self.each_drive).map(|one| one.at_ms).min().unwrap_or(0);
        earliest.min(0).saturating_neg()
    }
}

#[allow(clippy::as_conversions, clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "seconds of a plan, bounded first")]
fn planned_of(mut table: toml::Table) -> Result<Planned, String> {
    let at_s = match table.remove("at_s") {
        Some(toml::Value::Integer(seconds)) => seconds as f64,
        Some(toml::Value::Float(seconds)) => seconds,
        Some(other) => return Err(format!("at_s: expected seconds, found {}", other.type_str())),
        None => return Err("expected at_s, seconds after the first record".to_owned()),
    };
    if !(-86_400.0..=1.0e9).contains(&at_s) {
        return Err("at_s: expected -86400 to 1000000000 seconds".to_owned());
    }
    let at_ms = (at_s * 1_000.0) as i64;
    let method = match table.remove("by") {
        None => Method::Screen,
        Some(by) => by.try_into::<Method>().map_err(|error| format!("by: {}", error.message()))?,
    };
    if table.get("op").and_then(toml::Value::as_str) == Some("signal") {
        let text = |key: &str| match table.get(key) {
            Some(toml::Value::String(text)) => Ok(text.clone()),
            Some(other @ (toml::Value::Integer(_) | toml::Value::Float(_) | toml::Value::Boolean(_))) => Ok(other.to_string()),
            Some(_) | None => Err(format!("{key}: expected a text, a number or a boolean")),
        };
        return Ok(Planned { at_ms, act: Act::Signal(text("path")?, text("value")?) });
    }
    let request: Request = toml::Value::Table(table).try_into().map_err(|error: toml::de::Error| error.message().to_owned())?;
    Ok(Planned { at_ms, act: Act::Ask(Peer { method, assurance: Assurance::High }, request) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_reads() {
        let people = People::parse("example.toml", EXAMPLE).unwrap();
        assert!(people.each_drive.iter().any(|one| matches!(&one.act, Act::Ask(_, Request::PeopleDriver { .. }))));
    }

    #[test]
    fn a_fault_names_the_event() {
        for (text, expected) in [
            ("version = 2", "expected version 1"),
            ("version = 1\n[[event]]\nop = \"pause\"", "[[event]] number 1: expected at_s"),
            ("version = 1\n[[drive]]\nat_s = 1\nop = \"jump\"", "[[drive]] number 1: unknown variant"),
            ("version = 1\nanswers.anna.traffic = \"maybe\"", "maybe"),
        ] {
            let error = People::parse("p.toml", text).unwrap_err().to_string();
            assert!(error.contains(expected) && error.starts_with("p.toml"), "{error}");
        }
    }

    #[test]
    fn an_answer_for_a_use_goes_before_the_one_for_all() {
        let people = People::parse("p.toml", "version = 1\n[answers.anna]\n\"*\" = \"allow\"\nads = \"never\"\n").unwrap();
        assert_eq!(people.leaning("anna", "ads"), Some(Leaning::Never));
        assert_eq!(people.leaning("anna", "traffic"), Some(Leaning::Allow));
        assert_eq!(people.leaning("ben", "ads"), None);
    }
}

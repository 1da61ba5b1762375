//! Puts the car's requests to whoever answers: the simulated person, or the one at the terminal.

use super::Asked;
use super::screen::Screen;
use crate::replay::OpenRequest;
use crate::story::{self, Mood};
use consent_gatekeeper::control::{RequestAnswer, Terms};
use consent_gatekeeper::show::FirstChoice;
use std::collections::BTreeSet;

/// Stands for the first screen, which has no number.
const FIRST: u64 = 0;

/// Asks one request after the other.
#[derive(Debug)]
pub(super) struct Asker {
    asked: Asked,
    mood: Mood,
    done: BTreeSet<u64>,
    prompt: Option<(u64, String)>,
}

impl Asker {
    pub(super) fn new(asked: Asked) -> Self {
        Self { asked, mood: Mood::Deciding, done: BTreeSet::new(), prompt: None }
    }

    /// What stands before the person now.
    pub(super) fn prompt(&self) -> Option<&str> {
        self.prompt.as_ref().map(|(_, text)| text.as_str())
    }

    pub(super) fn nothing_open(&mut self) {
        self.prompt = None;
    }

    /// From now on the simulated person feels so.
    pub(super) fn set_mood(&mut self, mood: Mood) {
        self.mood = mood;
    }

    /// An answer did not count.
    pub(super) fn ask_again(&mut self, id: u64) {
        self.done.remove(&id);
    }

    /// What whoever answers does with the first screen; `None` while they think.
    pub(super) fn first_screen(&mut self, screen: &mut Screen) -> Option<FirstChoice> {
        if self.asked == Asked::Simulated {
            return Some(FirstChoice::Now);
        }
        if self.prompt.as_ref().is_none_or(|(id, _)| *id != FIRST) {
            let text = "Nothing optional leaves.   [y] choose now  [l] later".to_owned();
            screen.say(&text);
            self.prompt = Some((FIRST, text));
        }
        let choose = match screen.key()? {
            'y' => FirstChoice::Now,
            'l' => FirstChoice::Later,
            _ => return None,
        };
        self.prompt = None;
        Some(choose)
    }

    /// The next answer, if there is one.
    pub(super) fn next(&mut self, open: &[OpenRequest], screen: &mut Screen) -> Option<(u64, RequestAnswer)> {
        let request = open.iter().find(|request| !self.done.contains(&request.id))?;
        if self.asked == Asked::Simulated {
            self.done.insert(request.id);
            return Some((request.id, story::answer(&request.use_id, self.mood)));
        }
        if self.prompt.as_ref().is_none_or(|(id, _)| *id != request.id) {
            let text = format!("{}  ({}; {})   [y] allow  [n] decline  [l] later  [d] don't ask again", request.headline, request.recipient, request.reveals);
            screen.say(&text);
            self.prompt = Some((request.id, text));
        }
        let answer = match screen.key()? {
            'y' => RequestAnswer::Allow(Terms::default()),
            'n' => RequestAnswer::Decline,
            'l' => RequestAnswer::Defer,
            'd' => RequestAnswer::Never,
            _ => return None,
        };
        self.done.insert(request.id);
        self.prompt = None;
        Some((request.id, answer))
    }
}

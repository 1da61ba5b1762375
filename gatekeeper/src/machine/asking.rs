//! How a person wants to be asked, the first screen, and what a person asks for by opening a feature (R43, R44).

use super::Gatekeeper;
use super::ask::{Not, Outcome};
use super::shown::data;
use crate::control::{Peer, Request};
use crate::now::Now;
use crate::show::{AskingShown, SHOW_VERSION};
use crate::signer::Signer;

impl<S: Signer> Gatekeeper<S> {
    pub(super) fn ask_asking(&mut self, request: Request, _peer: Peer, now: Now) -> Outcome {
        match request {
            Request::AskingShow => Ok(Some(data(&self.asking_shown(now)))),
            _ => Err(Not::NoCatalog),
        }
    }

    /// Of whoever drives; a guest is asked nothing, and so has answered what the first screen says.
    fn asking_shown(&self, now: Now) -> AskingShown {
        let none = AskingShown { version: SHOW_VERSION, welcomed: true, ..AskingShown::default() };
        let Some(profile) = self.people.driver_id().and_then(|person| self.book.person(person)) else { return none };
        let (screens_year, screens_year_max) = self.requests.budget(&profile.id, now.wall_ms);
        AskingShown {
            asking: profile.asking,
            welcomed: profile.welcomed,
            screens_year,
            screens_year_max,
            never: self.requests.never(&profile.id),
            ending: self.book.ending(&profile.id, now.wall_ms),
            ..none
        }
    }
}

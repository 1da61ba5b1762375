//! Profiles, PINs, hand-over, take-over, private trips (R16, R20, R48-R51).

use super::Gatekeeper;
use super::ask::{Not, Outcome};
use super::shown::data;
use crate::book::Profile;
use crate::control::{Peer, Request};
use crate::now::Now;
use crate::show::{ProfileShown, Profiles, SHOW_VERSION};
use crate::signer::Signer;
use consent_core::Role;

impl<S: Signer> Gatekeeper<S> {
    pub(super) fn ask_profiles(&mut self, _token: u64, request: Request, _peer: Peer, now: Now) -> Outcome {
        match request {
            Request::ProfileList => Ok(Some(data(&self.profiles(now)))),
            _ => Err(Not::NoCatalog),
        }
    }

    fn profiles(&self, now: Now) -> Profiles {
        Profiles { version: SHOW_VERSION, profiles: self.book.persons().map(|profile| self.profile_shown(profile, now)).collect() }
    }

    fn profile_shown(&self, profile: &Profile, now: Now) -> ProfileShown {
        let aboard = self.people.aboard(&profile.id);
        ProfileShown {
            person: profile.id.clone(),
            name: profile.name.clone(),
            minor: profile.minor,
            pin: profile.pin.is_some(),
            languages: profile.languages.clone(),
            aboard: aboard.is_some(),
            drives: aboard.is_some_and(|(role, _)| role == Role::Driver),
            assurance: aboard.map(|(_, assurance)| assurance).unwrap_or_default(),
            locked_until_ms: Some(profile.tries.locked_until_ms).filter(|until_ms| *until_ms > now.wall_ms),
        }
    }
}

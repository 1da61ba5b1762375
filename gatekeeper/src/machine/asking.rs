//! How a person wants to be asked, the first screen, and what a person asks for by opening a feature (R43, R44).

use super::ask::{Not, Outcome, said};
use super::shown::data;
use super::{Gatekeeper, moment};
use crate::control::{Peer, Response};
use crate::now::Now;
use crate::refusal::Refusal;
use crate::show::{Asking, AskingShown, FirstChoice, SHOW_VERSION};
use crate::signer::Signer;
use consent_core::Assurance;

/// Whether a person wants to be asked about a use again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    Never,
    MayAsk,
}

impl<S: Signer> Gatekeeper<S> {
    /// The driver opened the feature that needs a use.
    pub(super) fn open_feature(&mut self, use_id: &str, peer: Peer, now: Now) -> Outcome {
        self.may_decide(peer)?;
        let moment = moment(self.in_force.as_deref(), &self.people, now).ok_or(Not::NoCatalog)?;
        let change = self.requests.open_feature(&self.book, &self.people, use_id, &moment, &mut self.inner_rng)?;
        self.apply(change.into_iter().collect(), now);
        Ok(Some(said("You are asked about it now.")))
    }

    /// The driver answered the first screen (R43).
    pub(super) fn first_start(&mut self, choose: FirstChoice, peer: Peer, now: Now) -> Outcome {
        self.may_decide(peer)?;
        let who = self.recognised()?;
        let moment = moment(self.in_force.as_deref(), &self.people, now).ok_or(Not::NoCatalog)?;
        let changes = match choose {
            FirstChoice::Now => self.requests.choose_now(&self.book, &self.people, &moment, &mut self.inner_rng)?,
            FirstChoice::Later => {
                self.requests.leave_alone(&self.people);
                Vec::new()
            }
        };
        self.change_profile(&who, |profile| profile.welcomed = true)?;
        let raised = changes.len();
        self.apply(changes, now);
        match (choose, raised) {
            (FirstChoice::Later, _) => Ok(Some(said("Nothing is asked at this parking."))),
            (FirstChoice::Now, 0) => Ok(Some(said("There is nothing to choose now."))),
            (FirstChoice::Now, _) => Ok(Some(said("Choose now. Nothing of it leaves before you allow it."))),
        }
    }

    pub(super) fn set_asking(&mut self, asking: Option<Asking>, peer: Peer) -> Outcome {
        self.may_decide(peer)?;
        let who = self.recognised()?;
        self.change_profile(&who, |profile| profile.asking = asking)?;
        Ok(Some(said("Kept. It changes how the car asks and nothing that you allowed; it never leaves the car.")))
    }

    pub(super) fn set_never(&mut self, use_id: &str, wish: Again, peer: Peer, now: Now) -> Outcome {
        self.may_decide(peer)?;
        let who = self.recognised()?;
        let moment = moment(self.in_force.as_deref(), &self.people, now).ok_or(Not::NoCatalog)?;
        match wish {
            Again::Never => self.step.ops.push(self.requests.set_never(&who, use_id, &moment)?),
            Again::MayAsk => self.step.ops.extend(self.requests.lift_never(&who, use_id)),
        }
        match wish {
            Again::Never => Ok(Some(said("You are not asked about this again."))),
            Again::MayAsk => Ok(Some(said("You may be asked about this again. A no stays a no."))),
        }
    }

    /// Whoever drives and was recognised.
    fn recognised(&self) -> Result<String, Refusal> {
        self.people.driver_at_least(Assurance::Low).map(str::to_owned).ok_or(Refusal::NoDriver)
    }

    pub(super) fn show_asking(&self, now: Now) -> Response {
        data(&self.asking_shown(now))
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

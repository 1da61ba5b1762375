//! One function per requirement: what it has against a use, a category of a use, or a record.

use super::{Case, Decision};
use consent_core::{Access, CategoryKind, ClockTrust, Condition, DrivingState, Ground, Occupancy, Reason, Status};

/// The requirements that a verdict must keep, in the order in which their reasons are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Requirement {
    /// R3: what cannot be recorded does not leave.
    StoreWorks,
    /// R53: by law only from the closed table.
    ClosedTable,
    /// R25: theft uses run only inside a declaration.
    TheftDeclared,
    /// R16, R53: a call's use runs only during the call.
    CallStarted,
    /// R17: with nobody aboard, only what may rest on the last driver.
    SomebodyAboard,
    /// R16: an unidentified driver is a guest.
    DriverKnown,
    /// R37: objection.
    NotObjected,
    /// R37: restriction.
    NotRestricted,
    /// R1, R4: refused where that is the person's right.
    NotRefused,
    /// R9: withdrawn.
    NotWithdrawn,
    /// R15: suspended by a material change.
    NoticeUnchanged,
    /// R13: the trip that the consent was for.
    TripGoesOn,
    /// R12: recorded as expired.
    NotRecordedExpired,
    /// R1: a consent must exist; R48: a minor's is none.
    ConsentExists,
    /// R16: recognised surely enough.
    SureEnough,
    /// R3: validity needs a clock.
    ClockTrusted,
    /// R14: the consent has begun.
    HasBegun,
    /// R11: the consent has not ended.
    HasNotEnded,
    /// R53: contract and legitimate interest start only after they were shown.
    WasShown,
    /// R19: pause of everything.
    NotPaused,
    /// R19: pause of the use.
    UseNotPaused,
    /// The use's own condition.
    IsParked,
    /// R53: guarded categories need consent.
    GuardedNeedsConsent,
    /// R5: what the person left out.
    CategoryIncluded,
    /// R17: unreadable seats count as occupied.
    SeatsKnown,
    /// R17: everybody aboard must agree to what is about the cabin.
    EverybodyAgrees,
    /// R17: any occupant stops what is about the driver.
    NotStopped,
    /// R19: pause of a category.
    CategoryNotPaused,
    /// A stream needs a certified key.
    HasKey,
    /// R46: consent is not retroactive.
    NotRetroactive,
}

impl Requirement {
    /// All of them, in order.
    pub const ALL: [Self; 30] = [
        Self::StoreWorks,
        Self::ClosedTable,
        Self::TheftDeclared,
        Self::CallStarted,
        Self::SomebodyAboard,
        Self::DriverKnown,
        Self::NotObjected,
        Self::NotRestricted,
        Self::NotRefused,
        Self::NotWithdrawn,
        Self::NoticeUnchanged,
        Self::TripGoesOn,
        Self::NotRecordedExpired,
        Self::ConsentExists,
        Self::SureEnough,
        Self::ClockTrusted,
        Self::HasBegun,
        Self::HasNotEnded,
        Self::WasShown,
        Self::NotPaused,
        Self::UseNotPaused,
        Self::IsParked,
        Self::GuardedNeedsConsent,
        Self::CategoryIncluded,
        Self::SeatsKnown,
        Self::EverybodyAgrees,
        Self::NotStopped,
        Self::CategoryNotPaused,
        Self::HasKey,
        Self::NotRetroactive,
    ];

    /// What it has against the use as a whole.
    pub(super) fn against_use(self, case: &Case<'_>) -> Option<Reason> {
        let (broken, reason) = match self {
            Self::StoreWorks => (case.world.store_failed, Reason::StoreFailed),
            Self::ClosedTable => (case.is_law() && case.used.law.is_none(), Reason::NotLawful),
            Self::TheftDeclared => (case.used.condition == Condition::TheftDeclared && !case.world.theft, Reason::ConditionUnmet),
            Self::CallStarted => (case.used.condition == Condition::Call && !case.world.calls.contains(&case.used.id), Reason::ConditionUnmet),
            Self::SomebodyAboard => (case.nobody_answers(), Reason::PersonUnknown),
            Self::DriverKnown => (case.needs_a_yes() && case.driver().is_none(), Reason::PersonUnknown),
            Self::NotObjected => (case.driver_said(Status::Objected), Reason::Objected),
            Self::NotRestricted => (case.driver_said(Status::Restricted), Reason::Restricted),
            Self::NotRefused => (case.may_refuse() && case.driver_said(Status::Refused), Reason::Refused),
            Self::NotWithdrawn => (case.may_refuse() && case.driver_said(Status::Withdrawn), Reason::Withdrawn),
            Self::NoticeUnchanged => (case.needs_a_yes() && case.driver_said(Status::Suspended), Reason::NoticeChanged),
            Self::TripGoesOn => (case.needs_a_yes() && case.driver_said(Status::TripEnded), Reason::TripEnded),
            Self::NotRecordedExpired => (case.needs_a_yes() && case.driver_said(Status::Expired), Reason::Expired),
            Self::ConsentExists => (case.needs_a_yes() && case.own_consent().is_none(), Reason::NoConsent),
            Self::SureEnough => {
                (case.needs_a_yes() && case.driver().is_some_and(|(_, assurance, _)| assurance < case.used.assurance_active), Reason::AssuranceLow)
            }
            Self::ClockTrusted => (case.needs_a_yes() && case.world.clock == ClockTrust::Untrusted, Reason::ClockUntrusted),
            Self::HasBegun => (case.own_consent().is_some_and(|own| !case.has_begun(own)), Reason::NotYet),
            Self::HasNotEnded => (case.own_consent().is_some_and(|own| case.has_ended(own)), Reason::Expired),
            Self::WasShown => (case.must_be_shown() && !case.world.shown.contains(&case.used.id), Reason::NotYet),
            Self::NotPaused => (case.world.paused_all && !case.is_law(), Reason::Paused),
            Self::UseNotPaused => (case.world.paused_uses.contains(&case.used.id) && !case.is_law(), Reason::Paused),
            Self::IsParked => (case.used.condition == Condition::Parked && case.world.driving != DrivingState::Parked, Reason::ConditionUnmet),
            Self::GuardedNeedsConsent
            | Self::CategoryIncluded
            | Self::SeatsKnown
            | Self::EverybodyAgrees
            | Self::NotStopped
            | Self::CategoryNotPaused
            | Self::HasKey
            | Self::NotRetroactive => return None,
        };
        broken.then_some(reason)
    }

    /// What it has against one category of the use.
    pub(super) fn against_category(self, case: &Case<'_>, category: &str) -> Option<Reason> {
        let (broken, reason) = match self {
            Self::GuardedNeedsConsent => (case.is_guarded(category) && !case.needs_a_yes() && !case.is_exempt(), Reason::NotLawful),
            Self::CategoryIncluded => (case.own_consent().is_some_and(|own| !own.categories.contains(category)), Reason::CategoryExcluded),
            Self::SeatsKnown => (case.asks_cabin(category) && case.world.occupancy == Occupancy::Unknown, Reason::PersonUnknown),
            Self::EverybodyAgrees => (case.asks_cabin(category) && case.somebody_disagrees(category), Reason::OtherPerson),
            Self::NotStopped => (case.world.stopped_by_occupant && case.may_be_stopped(category), Reason::OtherPerson),
            Self::CategoryNotPaused => (case.world.paused_categories.contains(category) && !case.is_law(), Reason::Paused),
            Self::StoreWorks
            | Self::ClosedTable
            | Self::TheftDeclared
            | Self::CallStarted
            | Self::SomebodyAboard
            | Self::DriverKnown
            | Self::NotObjected
            | Self::NotRestricted
            | Self::NotRefused
            | Self::NotWithdrawn
            | Self::NoticeUnchanged
            | Self::TripGoesOn
            | Self::NotRecordedExpired
            | Self::ConsentExists
            | Self::SureEnough
            | Self::ClockTrusted
            | Self::HasBegun
            | Self::HasNotEnded
            | Self::WasShown
            | Self::NotPaused
            | Self::UseNotPaused
            | Self::IsParked
            | Self::HasKey
            | Self::NotRetroactive => return None,
        };
        broken.then_some(reason)
    }

    /// What it has against opening a stream for the use.
    pub(super) fn against_stream(self, case: &Case<'_>) -> Option<Reason> {
        (self == Self::HasKey && case.world.no_key.contains(&case.used.id)).then_some(Reason::NoKey)
    }

    /// What it has against a record of that time.
    pub(super) fn against_time(self, case: &Case<'_>, t_ms: i64) -> Option<Reason> {
        let late = case.world.since_ms.get(&case.used.id).is_some_and(|since_ms| t_ms < *since_ms);
        (self == Self::NotRetroactive && late).then_some(Reason::Late)
    }
}

impl<'a> Case<'a> {
    fn is_law(&self) -> bool {
        self.used.ground == Ground::LegalObligation
    }

    /// R25, R53: the declaration or the call is itself what a person did for this use.
    fn is_called_for(&self) -> bool {
        match self.used.condition {
            Condition::TheftDeclared | Condition::Call => true,
            Condition::Always | Condition::Parked => false,
        }
    }

    /// R1, R4: either field may ask for a yes.
    pub(super) fn needs_a_yes(&self) -> bool {
        if self.is_called_for() {
            return false;
        }
        match (self.used.access, self.used.ground) {
            (Access::Consent | Access::RequestedService, _) | (_, Ground::Consent) => true,
            (Access::Transmission | Access::Law, _) => false,
        }
    }

    /// R17, R25.
    fn nobody_answers(&self) -> bool {
        self.nobody_aboard() && self.used.condition != Condition::TheftDeclared && self.driver().is_none()
    }

    /// What the driver said about this use; nothing if a minor's yes would be needed, or if the use was called for.
    fn driver_said(&self, status: Status) -> bool {
        let Some((person, _, minor)) = self.driver() else { return false };
        let unheard = self.is_called_for() || (minor && self.needs_a_yes());
        !unheard && self.decision(person).is_some_and(|decision| decision.status == status)
    }

    /// Whether a no or a withdrawal binds: where a yes is needed, and where the law gives the right.
    fn may_refuse(&self) -> bool {
        self.needs_a_yes() || self.used.law.as_ref().is_some_and(|law| law.may_refuse)
    }

    /// The driver's yes, whatever its dates.
    fn own_consent(&self) -> Option<&'a Decision> {
        let (person, _, minor) = self.driver()?;
        let decision = self.decision(person)?;
        let yes = matches!(decision.status, Status::Given | Status::GivenEachReview);
        (self.needs_a_yes() && yes && !minor).then_some(decision)
    }

    fn must_be_shown(&self) -> bool {
        let by_interest = matches!(self.used.ground, Ground::Contract | Ground::LegitimateInterest);
        by_interest && !self.needs_a_yes() && self.used.condition != Condition::Call
    }

    fn is_guarded(&self, category: &str) -> bool {
        self.world.catalog.categories.iter().any(|known| known.id == category && known.guarded)
    }

    /// R53: declared theft, a call, vital interest.
    fn is_exempt(&self) -> bool {
        self.is_called_for() || self.used.ground == Ground::VitalInterest
    }

    fn asks_cabin(&self, category: &str) -> bool {
        self.needs_a_yes() && self.is_about_cabin(category)
    }

    fn somebody_disagrees(&self, category: &str) -> bool {
        self.occupants().any(|occupant| self.consent_of(occupant).is_none_or(|decision| !decision.categories.contains(category)))
    }

    fn may_be_stopped(&self, category: &str) -> bool {
        let about_driver = self.world.catalog.categories.iter().any(|known| known.id == category && known.kind == CategoryKind::Driver);
        about_driver && !self.is_law() && self.used.condition != Condition::TheftDeclared
    }
}

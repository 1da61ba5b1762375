//! What the rules on people, grounds and limits make of one use: the slow half of the gate, run by a rebuild only.
//!
//! INVARIANT: whatever is missing, unknown or contradictory takes away, never adds. Several reasons may hold at once; the
//! first in this order is given:
//!
//! 1. `StoreFailed`; `NotLawful` for a use by law outside the closed table;
//! 2. `ConditionUnmet` where an act is the request itself (theft, call) and nobody has done it;
//! 3. `PersonUnknown`; then what the driver decided: `Objected`, `Restricted`, `Refused`, `Withdrawn`, `NoticeChanged`,
//!    `TripEnded`, `Expired`, `NoConsent`;
//! 4. what keeps a given consent from working: `AssuranceLow`, `ClockUntrusted`, `NotYet`, `Expired`; `NotYet` for a use that
//!    was not shown;
//! 5. `Paused`, `ConditionUnmet`;
//! 6. if no category of the use is left, the first of `NotLawful`, `CategoryExcluded`, `PersonUnknown`, `OtherPerson`, `Paused`
//!    that takes any of them away;
//! 7. `NoKey`;
//! 8. for the categories of one record, the first in the same order; then, by the gate itself, `Late`.
//!
//! A use that mixes kinds of category runs for those that everybody concerned with them agrees to. An occupant who keeps out
//! of the cabin's is not concerned with the rest: neither their tier nor their review binds it.

use crate::catalog::{Access, Catalog, CategoryKind, Condition, Ground, UseDef};
use crate::context::{Assurance, ClockTrust, Context, DrivingState, Occupancy, Present, Role};
use crate::gate::Activity;
use crate::ids::{CategorySet, PersonIx, Tier, UseIx};
use crate::limits::CONSENT_MS_MAX;
use crate::reason::Reason;
use crate::standing::{Standing, Standings, Status};

/// Categories of a use that may not pass, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Barred {
    not_lawful: CategorySet,
    excluded: CategorySet,
    person_unknown: CategorySet,
    other_person: CategorySet,
    paused: CategorySet,
}

impl Barred {
    /// The leading reason why these categories do not pass.
    pub(crate) fn reason(&self, categories: CategorySet) -> Reason {
        [
            (self.not_lawful, Reason::NotLawful),
            (self.excluded, Reason::CategoryExcluded),
            (self.person_unknown, Reason::PersonUnknown),
            (self.other_person, Reason::OtherPerson),
            (self.paused, Reason::Paused),
        ]
        .into_iter()
        .find(|(barred, _)| barred.intersects(categories))
        .map_or(Reason::CategoryExcluded, |(_, reason)| reason)
    }

    fn all(&self) -> CategorySet {
        self.not_lawful.or(self.excluded).or(self.person_unknown).or(self.other_person).or(self.paused)
    }
}

/// What a rebuild finds for one use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Judged {
    pub(crate) activity: Activity,
    pub(crate) tier: Tier,
    pub(crate) categories: CategorySet,
    pub(crate) barred: Barred,
}

impl Judged {
    fn off(reason: Reason) -> Self {
        Self { activity: Activity::Off(reason), tier: Tier(0), categories: CategorySet::EMPTY, barred: Barred::default() }
    }
}

/// Whose yes counts as the driver's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Driver {
    /// Recognised, of age or not.
    Known { person: PersonIx, assurance: Assurance, minor: bool },
    /// A guest, nobody in the driver's seat, or two who claim it.
    Unknown,
    /// Nobody is aboard; the person who drove last, if the car is parked and remembers.
    Absent { last: Option<PersonIx> },
}

/// The people and categories of one rebuild, worked out once for all uses.
#[derive(Debug)]
pub(crate) struct Judge<'a> {
    catalog: &'a Catalog<'a>,
    standings: &'a Standings,
    context: &'a Context,
    driver: Driver,
    about_driver: CategorySet,
    about_cabin: CategorySet,
    guarded: CategorySet,
}

/// A consent in force, as far as it narrows the verdict.
#[derive(Clone, Copy)]
struct Yes {
    tier: Tier,
    categories: CategorySet,
    each: bool,
}

impl<'a> Judge<'a> {
    pub(crate) fn new(catalog: &'a Catalog<'a>, standings: &'a Standings, context: &'a Context) -> Self {
        let mut judge = Self {
            catalog,
            standings,
            context,
            driver: driver_of(context),
            about_driver: CategorySet::EMPTY,
            about_cabin: CategorySet::EMPTY,
            guarded: CategorySet::EMPTY,
        };
        for (bit, category) in (0_u8..).zip(catalog.categories) {
            let single = CategorySet::single(bit);
            match category.kind {
                CategoryKind::Vehicle => {}
                CategoryKind::Driver => judge.about_driver = judge.about_driver.or(single),
                CategoryKind::Cabin => judge.about_cabin = judge.about_cabin.or(single),
            }
            if category.guarded {
                judge.guarded = judge.guarded.or(single);
            }
        }
        judge
    }

    /// The state of a use; for an index outside the catalog there is no catalog.
    pub(crate) fn judge(&self, use_ix: UseIx) -> Judged {
        let Some(def) = self.catalog.uses.get(use_ix.index()) else { return Judged::off(Reason::NoCatalog) };
        self.judge_use(use_ix, def).unwrap_or_else(Judged::off)
    }

    /// Wall time at which the standing of somebody concerned towards this use begins or ends next.
    pub(crate) fn next_change_ms(&self, use_ix: UseIx) -> i64 {
        let last = match self.driver {
            Driver::Absent { last } => last,
            Driver::Known { .. } | Driver::Unknown => None,
        };
        let aboard = self.context.present.iter().filter_map(|present| present.person);
        aboard.chain(last).map(|person| boundary_ms(&self.standings.get(person, use_ix), self.context.wall_ms)).min().unwrap_or(i64::MAX)
    }

    fn judge_use(&self, use_ix: UseIx, def: &UseDef) -> Result<Judged, Reason> {
        self.may_run_at_all(use_ix, def)?;
        self.somebody_answers(def)?;
        let mut barred = Barred::default();
        let own = if rests_on_consent(def) {
            let own = self.consent_of_driver(use_ix, def)?;
            barred.excluded = def.categories.without(own.categories);
            own
        } else {
            self.without_consent(use_ix, def)?;
            barred.not_lawful = self.unlawful(def);
            Yes { tier: Tier(0), categories: def.categories, each: false }
        };
        self.not_stopped(use_ix, def)?;
        let cabin = self.consent_of_cabin(use_ix, def, own, &mut barred);
        self.bar_by_touch(def, &mut barred);

        let categories = def.categories.without(barred.all());
        if categories == CategorySet::EMPTY && def.categories != CategorySet::EMPTY {
            return Err(barred.reason(def.categories));
        }
        if self.context.no_key.contains(use_ix) {
            return Err(Reason::NoKey);
        }
        let concerned = if categories.intersects(self.about_cabin) { cabin } else { own };
        let activity = if concerned.each { Activity::Awaits } else { Activity::Live };
        let finest = Tier(def.tiers.saturating_sub(1));
        Ok(Judged { activity, tier: concerned.tier.min(finest), categories, barred })
    }

    /// Store, closed table (R53), and the conditions that are somebody's act.
    fn may_run_at_all(&self, use_ix: UseIx, def: &UseDef) -> Result<(), Reason> {
        if self.context.store_failed {
            return Err(Reason::StoreFailed);
        }
        if def.ground == Ground::LegalObligation && def.law.is_none() {
            return Err(Reason::NotLawful);
        }
        let done = match def.condition {
            Condition::TheftDeclared => self.context.theft,
            Condition::Call => self.context.calls.contains(use_ix),
            Condition::Always | Condition::Parked => true,
        };
        if done { Ok(()) } else { Err(Reason::ConditionUnmet) }
    }

    /// With nobody aboard only uses that say so rest on the last driver (R17); theft does not ask who is aboard (R25).
    fn somebody_answers(&self, def: &UseDef) -> Result<(), Reason> {
        match self.driver {
            Driver::Known { .. } | Driver::Unknown => Ok(()),
            Driver::Absent { .. } if def.condition == Condition::TheftDeclared => Ok(()),
            Driver::Absent { last: Some(_) } if def.parked_last_driver => Ok(()),
            Driver::Absent { .. } => Err(Reason::PersonUnknown),
        }
    }

    fn consent_of_driver(&self, use_ix: UseIx, def: &UseDef) -> Result<Yes, Reason> {
        let (person, assurance, minor) = match self.driver {
            Driver::Known { person, assurance, minor } => (person, assurance, minor),
            // How surely the last driver was recognised is not kept: enough for the default, not for more.
            Driver::Absent { last: Some(person) } => (person, Assurance::Low, false),
            Driver::Absent { last: None } | Driver::Unknown => return Err(Reason::PersonUnknown),
        };
        // R48: whatever a minor's row says, it is no consent.
        let standing = if minor { Standing::default() } else { self.standings.get(person, use_ix) };
        self.in_force(&standing, assurance, def)
    }

    /// A standing as a consent that works now, or why it does not.
    fn in_force(&self, standing: &Standing, assurance: Assurance, def: &UseDef) -> Result<Yes, Reason> {
        let each = match standing.status {
            Status::Given => false,
            Status::GivenEachReview => true,
            Status::None => return Err(Reason::NoConsent),
            Status::Refused => return Err(Reason::Refused),
            Status::Withdrawn => return Err(Reason::Withdrawn),
            Status::Expired => return Err(Reason::Expired),
            Status::TripEnded => return Err(Reason::TripEnded),
            Status::Suspended => return Err(Reason::NoticeChanged),
            Status::Objected => return Err(Reason::Objected),
            Status::Restricted => return Err(Reason::Restricted),
        };
        if assurance < def.assurance_active {
            return Err(Reason::AssuranceLow);
        }
        if self.context.clock == ClockTrust::Untrusted {
            return Err(Reason::ClockUntrusted);
        }
        if self.context.wall_ms < standing.from_ms {
            return Err(Reason::NotYet);
        }
        if self.context.wall_ms >= end_ms(standing) {
            return Err(Reason::Expired);
        }
        Ok(Yes { tier: standing.tier, categories: standing.categories, each })
    }

    /// A use that needs nobody's yes: what the driver may still say against it, and whether it was shown.
    fn without_consent(&self, use_ix: UseIx, def: &UseDef) -> Result<(), Reason> {
        if is_act(def.condition) {
            // The call is the request, and is recorded as such (R53); a declaration of theft is not the driver's to answer.
        } else if let Driver::Known { person, .. } | Driver::Absent { last: Some(person) } = self.driver {
            match self.standings.get(person, use_ix).status {
                Status::Objected => return Err(Reason::Objected),
                Status::Restricted => return Err(Reason::Restricted),
                Status::Refused if def.may_refuse => return Err(Reason::Refused),
                Status::Withdrawn if def.may_refuse => return Err(Reason::Withdrawn),
                Status::None
                | Status::Given
                | Status::GivenEachReview
                | Status::Refused
                | Status::Withdrawn
                | Status::Expired
                | Status::TripEnded
                | Status::Suspended => {}
            }
        }
        let must_be_shown = matches!(def.ground, Ground::Contract | Ground::LegitimateInterest) && def.condition != Condition::Call;
        if must_be_shown && !self.context.shown.contains(use_ix) { Err(Reason::NotYet) } else { Ok(()) }
    }

    /// What R53 forbids a use without consent.
    fn unlawful(&self, def: &UseDef) -> CategorySet {
        if is_act(def.condition) || def.ground == Ground::VitalInterest { CategorySet::EMPTY } else { def.categories.and(self.guarded) }
    }

    /// Pause of everything or of the use, and whether the car is parked.
    fn not_stopped(&self, use_ix: UseIx, def: &UseDef) -> Result<(), Reason> {
        let pauses = &self.context.pauses;
        if def.ground != Ground::LegalObligation && (pauses.all || pauses.uses.contains(use_ix)) {
            return Err(Reason::Paused);
        }
        if def.condition == Condition::Parked && self.context.driving != DrivingState::Parked {
            return Err(Reason::ConditionUnmet);
        }
        Ok(())
    }

    /// Bars cabin categories that not every person aboard agrees to (R17). Yields what is left of the driver's yes
    /// once everybody who agrees is concerned.
    fn consent_of_cabin(&self, use_ix: UseIx, def: &UseDef, own: Yes, barred: &mut Barred) -> Yes {
        let cabin = def.categories.and(self.about_cabin).and(own.categories);
        let mut all = own;
        if cabin == CategorySet::EMPTY || !rests_on_consent(def) {
            return all;
        }
        if self.context.occupancy == Occupancy::Unknown {
            barred.person_unknown = barred.person_unknown.or(cabin);
        }
        for occupant in self.context.present.iter().copied().filter(|present| present.role == Role::Occupant) {
            match self.consent_of_occupant(use_ix, def, occupant) {
                Some(yes) => {
                    all.tier = all.tier.min(yes.tier);
                    all.each |= yes.each;
                    barred.other_person = barred.other_person.or(cabin.without(yes.categories));
                }
                None => barred.other_person = barred.other_person.or(cabin),
            }
        }
        all
    }

    fn consent_of_occupant(&self, use_ix: UseIx, def: &UseDef, occupant: Present) -> Option<Yes> {
        let person = recognised(occupant)?;
        if occupant.minor {
            return None;
        }
        self.in_force(&self.standings.get(person, use_ix), occupant.assurance, def).ok()
    }

    /// An occupant's stop and paused categories; neither holds against the law (R19), and the stop not against a thief's car (R25).
    fn bar_by_touch(&self, def: &UseDef, barred: &mut Barred) {
        if def.ground == Ground::LegalObligation {
            return;
        }
        if self.context.stopped_by_occupant && def.condition != Condition::TheftDeclared {
            barred.other_person = barred.other_person.or(def.categories.and(self.about_driver));
        }
        barred.paused = def.categories.and(self.context.pauses.categories);
    }
}

/// Whether an act of a person, the declaration or the call, stands in for consent.
fn is_act(condition: Condition) -> bool {
    matches!(condition, Condition::TheftDeclared | Condition::Call)
}

/// Whether a standing of everybody concerned is needed (R1, R4).
fn rests_on_consent(def: &UseDef) -> bool {
    let asked = matches!(def.access, Access::Consent | Access::RequestedService) || def.ground == Ground::Consent;
    asked && !is_act(def.condition)
}

/// A person recognised at all; otherwise a guest (R16).
fn recognised(present: Present) -> Option<PersonIx> {
    present.person.filter(|_| present.assurance > Assurance::None)
}

fn driver_of(context: &Context) -> Driver {
    if context.present.is_empty() && context.occupancy == Occupancy::Complete {
        return Driver::Absent { last: context.last_driver.filter(|_| context.driving == DrivingState::Parked) };
    }
    let mut drivers = context.present.iter().copied().filter(|present| present.role == Role::Driver);
    match (drivers.next(), drivers.next()) {
        (Some(driver), None) => match recognised(driver) {
            Some(person) => Driver::Known { person, assurance: driver.assurance, minor: driver.minor },
            None => Driver::Unknown,
        },
        (None, _) | (_, Some(_)) => Driver::Unknown,
    }
}

/// When a consent ends, whatever it says (R11).
fn end_ms(standing: &Standing) -> i64 {
    standing.until_ms.min(standing.from_ms.saturating_add(CONSENT_MS_MAX))
}

/// The next instant after `wall_ms` at which a consent begins or ends.
fn boundary_ms(standing: &Standing, wall_ms: i64) -> i64 {
    match standing.status {
        Status::Given | Status::GivenEachReview => {
            let end_ms = end_ms(standing);
            if wall_ms < standing.from_ms {
                standing.from_ms
            } else if wall_ms < end_ms {
                end_ms
            } else {
                i64::MAX
            }
        }
        Status::None
        | Status::Refused
        | Status::Withdrawn
        | Status::Expired
        | Status::TripEnded
        | Status::Suspended
        | Status::Objected
        | Status::Restricted => i64::MAX,
    }
}

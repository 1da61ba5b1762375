//! A second, slow opinion on every verdict: names and ordered maps, the catalog as it was compiled, one function per
//! requirement. It shares inputs and [`Reason`] with the gate, and no code.
//!
//! INVARIANT: nothing here calls the gate or its tables. Where both agree on a record, two independent readings of the
//! requirements agree. [`judge_without`] leaves one requirement out, so that a test can show that it would be noticed.
//!
//! Reasons are given in the order of [`Requirement::ALL`]: first what concerns the use as a whole, then, if none of its
//! categories is left, the first reason among all of them; then the key; then what concerns the categories of the record;
//! then its time.

mod requirements;

use consent_core::limits::CONSENT_MS_MAX;
use consent_core::{Assurance, ClockTrust, DrivingState, Occupancy, Reason, Role, Status};
use consent_protocol::catalog::{CompiledCatalog, Signal, Use};
use std::collections::{BTreeMap, BTreeSet};

pub use requirements::Requirement;

/// What a person decided about a use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What was decided.
    pub status: Status,
    /// Ids of the categories that a consent covers.
    pub categories: BTreeSet<String>,
    /// Finest tier that it allows; 0 is the coarsest.
    pub tier: u8,
    /// Wall time of its begin, Unix milliseconds.
    pub from_ms: i64,
    /// Wall time of its end, Unix milliseconds.
    pub until_ms: i64,
}

/// Somebody in the car.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aboard {
    /// Their name; `None` for a guest.
    pub person: Option<String>,
    /// What they are in the car.
    pub role: Role,
    /// How surely they were recognised.
    pub assurance: Assurance,
    /// Under the age of consent.
    pub minor: bool,
}

/// Everything that a verdict may depend on, by name.
#[derive(Clone, Debug)]
pub struct World<'a> {
    /// The catalog.
    pub catalog: &'a CompiledCatalog,
    /// Decisions by person and use id.
    pub decisions: BTreeMap<(String, String), Decision>,
    /// Who is in the car.
    pub aboard: Vec<Aboard>,
    /// Whether that is everybody.
    pub occupancy: Occupancy,
    /// Who drove last.
    pub last_driver: Option<String>,
    /// What the car is doing.
    pub driving: DrivingState,
    /// An occupant stopped the driver categories for this trip.
    pub stopped_by_occupant: bool,
    /// Everything optional is paused.
    pub paused_all: bool,
    /// Paused uses.
    pub paused_uses: BTreeSet<String>,
    /// Paused categories.
    pub paused_categories: BTreeSet<String>,
    /// Uses without consent that were shown.
    pub shown: BTreeSet<String>,
    /// Uses whose call is under way.
    pub calls: BTreeSet<String>,
    /// Theft is declared.
    pub theft: bool,
    /// Uses without a key.
    pub no_key: BTreeSet<String>,
    /// The store failed.
    pub store_failed: bool,
    /// Clock trust.
    pub clock: ClockTrust,
    /// Wall time, Unix milliseconds.
    pub wall_ms: i64,
    /// When the present state of each use began, Unix milliseconds; see [`begins`].
    pub since_ms: BTreeMap<String, i64>,
}

/// What comes of one record for one use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Judgement {
    /// It goes to the use's transformation.
    Released,
    /// It is kept until a review.
    Awaiting,
    /// It is withheld.
    Withheld(Reason),
}

/// A use as it stands for everybody concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It runs.
    Runs {
        /// Tier of precision.
        tier: u8,
        /// Each transmission is reviewed.
        review: bool,
        /// Ids of the categories that pass.
        categories: BTreeSet<String>,
    },
    /// It does not.
    Off(Reason),
}

/// What comes of a record of `path` at `t_ms` for a use; `None` if there is no such use or it does not cover the path.
pub fn judge(world: &World<'_>, use_id: &str, path: &str, t_ms: i64) -> Option<Judgement> {
    Oracle { world, left_out: None }.judge(use_id, path, t_ms)
}

/// The same by an oracle that does not know one requirement. For tests only.
pub fn judge_without(left_out: Requirement, world: &World<'_>, use_id: &str, path: &str, t_ms: i64) -> Option<Judgement> {
    Oracle { world, left_out: Some(left_out) }.judge(use_id, path, t_ms)
}

/// How a use stands.
pub fn standing(world: &World<'_>, use_id: &str) -> Option<Standing> {
    let oracle = Oracle { world, left_out: None };
    world.catalog.uses.iter().find(|used| used.id == use_id).map(|used| oracle.standing(&Case::new(world, used)))
}

/// When the present state of each use began: now, if it stands otherwise than before, began anew for another reason
/// (`restarts`), or its begin lies ahead of a clock that was set back; else when it did before (R46).
pub fn begins(before: &World<'_>, now: &World<'_>, restarts: &BTreeSet<String>) -> BTreeMap<String, i64> {
    let mut begins = BTreeMap::new();
    for used in &now.catalog.uses {
        let kept = before.since_ms.get(&used.id).copied().filter(|since_ms| *since_ms <= now.wall_ms);
        let same = standing(before, &used.id) == standing(now, &used.id) && !restarts.contains(&used.id);
        begins.insert(used.id.clone(), kept.filter(|_| same).unwrap_or(now.wall_ms));
    }
    begins
}

/// One use in one world.
struct Case<'a> {
    world: &'a World<'a>,
    used: &'a Use,
}

struct Oracle<'a> {
    world: &'a World<'a>,
    left_out: Option<Requirement>,
}

impl<'a> Oracle<'a> {
    fn judge(&self, use_id: &str, path: &str, t_ms: i64) -> Option<Judgement> {
        let catalog = self.world.catalog;
        let used = catalog.uses.iter().find(|used| used.id == use_id)?;
        let (index, signal) = (0_u16..).zip(&catalog.signals).find(|(_, signal)| signal.path == path)?;
        if !used.signals.contains(&index) {
            return None;
        }
        let case = Case::new(self.world, used);
        Some(match self.standing(&case) {
            Standing::Off(reason) => Judgement::Withheld(reason),
            Standing::Runs { review, .. } => match self.against_record(&case, signal, t_ms) {
                Some(reason) => Judgement::Withheld(reason),
                None if review => Judgement::Awaiting,
                None => Judgement::Released,
            },
        })
    }

    fn standing(&self, case: &Case<'a>) -> Standing {
        if let Some(reason) = self.first(|requirement| requirement.against_use(case)) {
            return Standing::Off(reason);
        }
        let covered = case.categories();
        let passing: BTreeSet<String> =
            covered.iter().filter(|category| self.against_categories(case, &[category.as_str()].into()).is_none()).cloned().collect();
        if passing.is_empty()
            && let Some(reason) = self.against_categories(case, &covered.iter().map(String::as_str).collect())
        {
            return Standing::Off(reason);
        }
        if let Some(reason) = self.first(|requirement| requirement.against_stream(case)) {
            return Standing::Off(reason);
        }
        let concerned = case.concerned(&passing);
        let finest = u8::try_from(case.used.tiers.len()).unwrap_or(u8::MAX).saturating_sub(1);
        Standing::Runs {
            tier: concerned.iter().map(|decision| decision.tier).min().unwrap_or(0).min(finest),
            review: concerned.iter().any(|decision| decision.status == Status::GivenEachReview),
            categories: passing,
        }
    }

    fn against_record(&self, case: &Case<'a>, signal: &Signal, t_ms: i64) -> Option<Reason> {
        let categories = categories_of(case.world.catalog, signal);
        self.against_categories(case, &categories.iter().map(String::as_str).collect())
            .or_else(|| self.first(|requirement| requirement.against_time(case, t_ms)))
    }

    fn against_categories(&self, case: &Case<'a>, categories: &BTreeSet<&str>) -> Option<Reason> {
        self.first(|requirement| categories.iter().find_map(|category| requirement.against_category(case, category)))
    }

    fn first(&self, against: impl Fn(Requirement) -> Option<Reason>) -> Option<Reason> {
        Requirement::ALL.into_iter().filter(|requirement| self.left_out != Some(*requirement)).find_map(against)
    }
}

/// Ids of the categories of a signal.
fn categories_of(catalog: &CompiledCatalog, signal: &Signal) -> BTreeSet<String> {
    (0_u32..).zip(&catalog.categories).filter(|(bit, _)| signal.categories.0 >> bit & 1 == 1).map(|(_, category)| category.id.clone()).collect()
}

impl<'a> Case<'a> {
    fn new(world: &'a World<'a>, used: &'a Use) -> Self {
        Self { world, used }
    }

    /// Ids of all categories that the use covers.
    fn categories(&self) -> BTreeSet<String> {
        let catalog = self.world.catalog;
        self.used.signals.iter().filter_map(|signal| catalog.signals.get(usize::from(*signal))).flat_map(|signal| categories_of(catalog, signal)).collect()
    }

    fn decision(&self, person: &str) -> Option<&'a Decision> {
        self.world.decisions.get(&(person.to_owned(), self.used.id.clone()))
    }

    fn nobody_aboard(&self) -> bool {
        self.world.aboard.is_empty() && self.world.occupancy == Occupancy::Complete
    }

    /// The one who answers for the driver categories, with assurance and whether a minor.
    fn driver(&self) -> Option<(&'a str, Assurance, bool)> {
        if self.nobody_aboard() {
            let remembered = self.used.parked_last_driver && self.world.driving == DrivingState::Parked;
            return self.world.last_driver.as_deref().filter(|_| remembered).map(|person| (person, Assurance::Low, false));
        }
        let drivers: Vec<&Aboard> = self.world.aboard.iter().filter(|aboard| aboard.role == Role::Driver).collect();
        match drivers.as_slice() {
            [driver] if driver.assurance != Assurance::None => driver.person.as_deref().map(|person| (person, driver.assurance, driver.minor)),
            _ => None,
        }
    }

    fn occupants(&self) -> impl Iterator<Item = &'a Aboard> {
        self.world.aboard.iter().filter(|aboard| aboard.role == Role::Occupant)
    }

    /// An occupant's consent, if they were recognised, are of age, and it is in force.
    fn consent_of(&self, occupant: &Aboard) -> Option<&'a Decision> {
        let sure = occupant.assurance != Assurance::None && occupant.assurance >= self.used.assurance_active;
        let decision = self.decision(occupant.person.as_deref()?)?;
        let given = matches!(decision.status, Status::Given | Status::GivenEachReview);
        (sure && !occupant.minor && given && self.has_begun(decision) && !self.has_ended(decision)).then_some(decision)
    }

    fn has_begun(&self, decision: &Decision) -> bool {
        decision.from_ms <= self.world.wall_ms
    }

    /// R11: at its date, and in any case after the longest time.
    fn has_ended(&self, decision: &Decision) -> bool {
        decision.until_ms <= self.world.wall_ms || self.world.wall_ms.saturating_sub(decision.from_ms) >= CONSENT_MS_MAX
    }

    fn is_about_cabin(&self, category: &str) -> bool {
        self.world.catalog.categories.iter().any(|known| known.id == category && known.kind == consent_core::CategoryKind::Cabin)
    }

    /// The consents that a use rests on: none if it needs none, the driver's, and everybody's if anything of the cabin passes.
    fn concerned(&self, passing: &BTreeSet<String>) -> Vec<&'a Decision> {
        if !self.needs_a_yes() {
            return Vec::new();
        }
        let driver = self.driver().and_then(|(person, ..)| self.decision(person));
        let with_cabin = passing.iter().any(|category| self.is_about_cabin(category));
        let occupants = self.occupants().filter(|_| with_cabin).filter_map(|occupant| self.consent_of(occupant));
        driver.into_iter().chain(occupants).collect()
    }
}

//! The workload of the decision bench: a made-up catalog of 200 signals, uses that cover a quarter of it each, a driver and
//! a passenger, consents with left-out categories, and records in random order. The same numbers on every machine.

use consent_core::limits::USES_MAX;
use consent_core::*;

/// Signals of the catalog.
pub const SIGNALS: u16 = 200;
/// Records of one round.
pub const RECORDS: usize = 4_096;
/// Wall time of the rebuild; records are younger.
pub const NOW_MS: i64 = 1_700_000_000_000;

const CATEGORIES: u8 = 12;
const CLASSES: u8 = 24;

/// Small deterministic random numbers (xorshift), so that the workload needs no crate.
#[derive(Debug)]
pub struct Dice(u64);

impl Dice {
    /// Starts at a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.max(1))
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }

    /// As [`Self::below`], small.
    pub fn index(&mut self, bound: u8) -> u8 {
        u8::try_from(self.below(u64::from(bound))).unwrap_or(0)
    }
}

/// Tables, standings, context and records.
#[derive(Debug)]
pub struct Load {
    signals: Vec<SignalDef>,
    uses: Vec<UseDef>,
    categories: Vec<CategoryDef>,
    classes: Vec<CategorySet>,
    /// What driver and passenger decided.
    pub standings: Standings,
    /// Both aboard.
    pub context: Context,
    /// What is offered.
    pub records: Vec<(SignalId, i64)>,
}

impl Load {
    /// A load of so many uses and consents (of driver and passenger in turn).
    pub fn new(uses: u8, consents: u16) -> Self {
        let mut dice = Dice::new(0x9e37_79b9_7f4a_7c15);
        let kinds = [CategoryKind::Vehicle, CategoryKind::Driver, CategoryKind::Driver, CategoryKind::Cabin];
        let categories = (0..usize::from(CATEGORIES)).map(|bit| CategoryDef { kind: kinds[bit % kinds.len()], guarded: bit % 4 == 1 }).collect();
        let classes: Vec<CategorySet> = (0..CLASSES)
            .map(|class| {
                CategorySet::single(class % CATEGORIES).or(if class < CATEGORIES { CategorySet::EMPTY } else { CategorySet::single(dice.index(CATEGORIES)) })
            })
            .collect();
        let signals: Vec<SignalDef> = (0..SIGNALS)
            .map(|_| {
                let class = dice.index(CLASSES);
                let mut covered_by = UseSet::EMPTY;
                (0..uses).filter(|_| dice.below(4) == 0).for_each(|ix| covered_by.insert(UseIx(ix)));
                SignalDef { categories: classes[usize::from(class)], class, covered_by }
            })
            .collect();
        let uses: Vec<UseDef> = (0..uses).map(|ix| used(&signals, UseIx(ix))).collect();
        let records = (0..RECORDS)
            .map(|_| (SignalId(u16::try_from(dice.below(u64::from(SIGNALS))).unwrap_or(0)), NOW_MS + i64::try_from(dice.below(1_000)).unwrap_or(0)))
            .collect();
        let mut load = Self { signals, uses, categories, classes, standings: Standings::default(), context: aboard(), records };
        load.consent(consents, &mut dice);
        load
    }

    /// Whom each standing is of, and towards which use.
    pub fn given(&self) -> impl Iterator<Item = (PersonIx, UseIx, Standing)> {
        let all = (0..2).flat_map(|person| (0..self.uses.len()).map(move |ix| (PersonIx(person), ix_of(ix))));
        all.map(|(person, use_ix)| (person, use_ix, self.standings.get(person, use_ix))).filter(|(_, _, standing)| standing.status != Status::None)
    }

    fn consent(&mut self, consents: u16, dice: &mut Dice) {
        let uses = u16::try_from(self.uses.len()).unwrap_or(1);
        for number in 0..consents {
            let use_ix = UseIx(u8::try_from(number / 2 % uses).unwrap_or(0));
            let standing = Standing {
                status: if dice.below(8) == 0 { Status::GivenEachReview } else { Status::Given },
                categories: CategorySet::ALL.without(CategorySet::single(dice.index(CATEGORIES * 2))),
                tier: Tier(dice.index(3)),
                from_ms: NOW_MS - 1_000,
                until_ms: NOW_MS + i64::try_from(dice.below(3_600_000)).unwrap_or(0) + 1_000,
            };
            self.standings.set(PersonIx(u8::try_from(number % 2).unwrap_or(0)), use_ix, standing);
        }
    }

    /// The gate's view.
    pub fn catalog(&self) -> Catalog<'_> {
        Catalog { signals: &self.signals, uses: &self.uses, categories: &self.categories, classes: &self.classes, rules: &[] }
    }

    /// A gate rebuilt for this load.
    pub fn gate(&self) -> Gate {
        let mut gate = Gate::new();
        gate.rebuild(&self.catalog(), &self.standings, &self.context, UseSet::EMPTY);
        gate
    }

    /// The floor under any gate: which uses cover the signal, and which of them its class may go to; nothing else.
    pub fn floor(&self) -> Floor {
        let gate = self.gate();
        let allowed = (0..CLASSES).map(|class| (0..USES_MAX).fold(0_u128, |set, ix| set | u128::from(gate.reason(ix_of(ix), class).is_none()) << ix)).collect();
        Floor { covered_by: self.signals.iter().map(|signal| (signal.covered_by.0, signal.class)).collect(), allowed }
    }
}

fn ix_of(ix: usize) -> UseIx {
    UseIx(u8::try_from(ix).unwrap_or(u8::MAX))
}

fn used(signals: &[SignalDef], use_ix: UseIx) -> UseDef {
    UseDef {
        access: Access::Consent,
        ground: Ground::Consent,
        law: None,
        may_refuse: false,
        condition: Condition::Always,
        assurance_active: Assurance::Low,
        parked_last_driver: false,
        categories: signals.iter().filter(|signal| signal.covered_by.contains(use_ix)).fold(CategorySet::EMPTY, |all, signal| all.or(signal.categories)),
        tiers: 3,
        rules_from: 0,
        rules_len: 0,
    }
}

fn aboard() -> Context {
    let person = |person, role| Present { person: Some(PersonIx(person)), role, assurance: Assurance::High, minor: false };
    Context {
        present: [person(0, Role::Driver), person(1, Role::Occupant)].into_iter().collect(),
        occupancy: Occupancy::Complete,
        clock: ClockTrust::Trusted,
        wall_ms: NOW_MS,
        ..Context::default()
    }
}

/// Bare bit sets.
#[derive(Debug)]
pub struct Floor {
    covered_by: Vec<(u128, u8)>,
    allowed: Vec<u128>,
}

impl Floor {
    /// Uses that get a record of a signal.
    #[inline]
    pub fn decide(&self, signal: SignalId) -> u128 {
        self.covered_by.get(signal.index()).map_or(0, |(covered_by, class)| covered_by & self.allowed.get(usize::from(*class)).copied().unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floor_and_gate_agree_on_the_load() {
        for (uses, consents) in [(16, 10), (64, 40), (128, 200)] {
            let load = Load::new(uses, consents);
            let (mut gate, floor) = (load.gate(), load.floor());
            let mut passed = 0;
            for (signal, t_ms) in &load.records {
                let verdict = gate.decide(&load.catalog(), *signal, *t_ms);
                assert_eq!(verdict.released.or(verdict.awaiting).0, floor.decide(*signal));
                passed += verdict.released.len();
            }
            assert!(passed > 0, "a load that lets nothing pass measures nothing");
        }
    }
}

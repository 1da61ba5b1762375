//! A catalog drawn from a seed: all kinds of rule over all kinds of signal, at three tiers.

use crate::chance::Chance;
use consent_core::catalog::LawfulUse;
use consent_core::limits::SLOTS_MAX;
use consent_core::{
    Access, Aggregate, Assurance, Catalog, CategoryDef, CategoryKind, CategorySet, Change, Condition, Ground, Guard, Rule, ScoreRole, SignalDef, SignalId,
    Slices, Step, Tier, TierRule, UseDef, UseIx, UseSet, Way, Weigh,
};

/// Uses of the catalog.
pub(crate) const USES: u8 = 24;
/// Tiers of each use.
pub(crate) const TIERS: u8 = 3;
/// Most rules of the catalog: a use covers all signals at all tiers.
const RULES_MAX: usize = USES_LEN * 3 * SIGNALS.len();
const USES_LEN: usize = 24;

const VEHICLE: CategorySet = CategorySet(1);
const PLACE: CategorySet = CategorySet(2);
const VOICE: CategorySet = CategorySet(4);
const CATEGORIES: [CategoryDef; 3] = [
    CategoryDef { kind: CategoryKind::Vehicle, guarded: false },
    CategoryDef { kind: CategoryKind::Driver, guarded: true },
    CategoryDef { kind: CategoryKind::Cabin, guarded: true },
];
const CLASSES: [CategorySet; 4] = [VEHICLE, PLACE, VOICE, CategorySet(3)];

/// What a signal says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Latitude,
    Longitude,
    Altitude,
    Heading,
    Speed,
    Pull,
    Fuel,
    Odometer,
    Warmth,
    Door,
    Slope,
    Voice,
    Pressures,
    Gears,
    Turns,
    Stress,
}

/// Signals in the order of their numbers.
pub(crate) const SIGNALS: [What; 16] = [
    What::Latitude,
    What::Longitude,
    What::Altitude,
    What::Heading,
    What::Speed,
    What::Pull,
    What::Fuel,
    What::Odometer,
    What::Warmth,
    What::Door,
    What::Slope,
    What::Voice,
    What::Pressures,
    What::Gears,
    What::Turns,
    What::Stress,
];
pub(crate) const LATITUDE: SignalId = SignalId(0);

impl What {
    /// Index of its set of categories.
    fn class(self) -> u8 {
        match self {
            Self::Latitude | Self::Longitude | Self::Altitude | Self::Heading => 1,
            Self::Voice | Self::Stress => 2,
            Self::Slope | Self::Warmth => 3,
            Self::Speed | Self::Pull | Self::Fuel | Self::Odometer | Self::Door | Self::Pressures | Self::Gears | Self::Turns => 0,
        }
    }

    fn is_number(self) -> bool {
        match self {
            Self::Latitude | Self::Longitude | Self::Altitude | Self::Heading | Self::Voice | Self::Pressures | Self::Gears => false,
            Self::Speed | Self::Pull | Self::Fuel | Self::Odometer | Self::Warmth | Self::Door | Self::Slope | Self::Turns | Self::Stress => true,
        }
    }
}

/// The tables that a compiled catalog yields.
#[derive(Debug)]
pub(crate) struct Tables {
    signals: [SignalDef; SIGNALS.len()],
    uses: heapless::Vec<UseDef, USES_LEN>,
    rules: heapless::Vec<TierRule, RULES_MAX>,
}

impl Tables {
    pub(crate) fn draw(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let signals = SIGNALS.map(|what| {
            let class = what.class();
            let categories = CLASSES.get(usize::from(class)).copied().unwrap_or(CategorySet::EMPTY);
            SignalDef { categories, class, covered_by: UseSet::EMPTY }
        });
        let mut tables = Self { signals, uses: heapless::Vec::new(), rules: heapless::Vec::new() };
        let mut slots: u16 = 0;
        for ix in 0..USES {
            tables.add(UseIx(ix), &mut slots, &mut chance);
        }
        tables
    }

    pub(crate) fn view(&self) -> Catalog<'_> {
        Catalog { signals: &self.signals, uses: &self.uses, categories: &CATEGORIES, classes: &CLASSES, rules: &self.rules }
    }

    fn add(&mut self, use_ix: UseIx, slots: &mut u16, chance: &mut Chance) {
        let scores = use_ix.0 % 6 == 5;
        let mut covered = [None; SIGNALS.len()];
        let mut categories = CategorySet::EMPTY;
        for ((what, def), slot) in SIGNALS.iter().zip(&mut self.signals).zip(&mut covered) {
            // Latitude and longitude are covered together or not at all: the choice of latitude hangs on the use alone.
            let wanted = if matches!(what, What::Latitude | What::Longitude) {
                !scores && use_ix.0 % 3 != 2
            } else if scores {
                what.is_number() && !chance.one_in(3)
            } else {
                !chance.one_in(4)
            };
            if wanted && usize::from(*slots) < SLOTS_MAX {
                *slot = Some(*slots);
                *slots = slots.saturating_add(1);
                def.covered_by.insert(use_ix);
                categories = categories.or(def.categories);
            }
        }
        let rules_from = u32::try_from(self.rules.len()).unwrap_or(u32::MAX);
        for tier in 0..TIERS {
            let mut role = ScoreRole::Bears;
            for ((signal, what), slot) in (0_u16..).zip(SIGNALS).zip(covered) {
                // The rule of a fix is that of its latitude.
                let Some(slot) = slot.filter(|_| what != What::Longitude) else { continue };
                let rule = if scores { score(core::mem::replace(&mut role, ScoreRole::Adds), chance) } else { drawn(what, use_ix.0 + tier * 5, chance) };
                // There is room: the table has a place for every pair.
                self.rules.extend([TierRule { signal: SignalId(signal), tier: Tier(tier), rule, slot }]);
            }
        }
        let rules_len = u32::try_from(self.rules.len()).unwrap_or(u32::MAX).saturating_sub(rules_from);
        self.uses.extend([UseDef { categories, rules_from, rules_len, ..purpose(use_ix) }]);
    }

    /// The rules of a use at all of its tiers.
    pub(crate) fn rules(&self, use_ix: UseIx) -> &[TierRule] {
        self.view().rules_of(use_ix)
    }
}

/// On what a use rests: most on consent, one on each of the others.
fn purpose(use_ix: UseIx) -> UseDef {
    let by_consent = UseDef {
        access: Access::Consent,
        ground: Ground::Consent,
        law: None,
        may_refuse: false,
        condition: Condition::Always,
        assurance_active: Assurance::Low,
        parked_last_driver: false,
        categories: CategorySet::EMPTY,
        tiers: TIERS,
        rules_from: 0,
        rules_len: 0,
    };
    let law = UseDef { access: Access::Law, ground: Ground::LegalObligation, law: Some(LawfulUse::Obfcm), may_refuse: true, ..by_consent };
    match use_ix.0 {
        2 => law,
        3 => UseDef { law: None, ..law },
        6 => UseDef { access: Access::Transmission, ground: Ground::LegitimateInterest, ..by_consent },
        8 => UseDef { access: Access::Transmission, ground: Ground::VitalInterest, ..by_consent },
        9 => UseDef { ground: Ground::Contract, condition: Condition::TheftDeclared, ..by_consent },
        12 => UseDef { ground: Ground::Contract, condition: Condition::Call, ..by_consent },
        15 => UseDef { condition: Condition::Parked, parked_last_driver: true, ..by_consent },
        18 => UseDef { assurance_active: Assurance::High, ..by_consent },
        _ => by_consent,
    }
}

fn step(chance: &mut Chance) -> Step {
    Step { mantissa: chance.pick(&[1, 2, 5, 25]), exponent: chance.pick(&[-2, -1, 0, 1]) }
}

fn aggregate(chance: &mut Chance) -> Aggregate {
    match chance.small(8) {
        0 => Aggregate::Min,
        1 => Aggregate::Max,
        2 => Aggregate::Mean,
        3 => Aggregate::Count,
        4 => Aggregate::DropsBelow,
        5 => Aggregate::Difference,
        6 => Aggregate::TimeMean,
        _ => Aggregate::RisesTo,
    }
}

fn score(role: ScoreRole, chance: &mut Chance) -> Rule {
    let (aggregate, step) = (aggregate(chance), step(chance));
    let threshold_steps = if aggregate.has_threshold() { 3 } else { 0 };
    Rule::Score { role, period_ms: 20_000, aggregate, step, threshold_steps, weight: i16::from(chance.small(40)).saturating_sub(20) }
}

/// Rules of places go by turns, since few uses take places; those of other signals by chance.
fn drawn(what: What, turn: u8, chance: &mut Chance) -> Rule {
    if what == What::Latitude {
        return place(turn);
    }
    if what.is_number() {
        return number(chance);
    }
    match chance.small(4) {
        0 => Rule::RateCap { period_ms: 3_000 },
        1 => Rule::Drop,
        _ => Rule::AsIs,
    }
}

fn number(chance: &mut Chance) -> Rule {
    let step = step(chance);
    match chance.small(10) {
        0 => Rule::AsIs,
        1 => Rule::RateCap { period_ms: 2_000 },
        2 => Rule::Round { step, period_ms: chance.pick(&[0, 5_000]) },
        3 => Rule::Level { step, low_steps: -40, high_steps: 200, dead_steps: 2, change: Change::Every, period_ms: 2_000 },
        4 => Rule::Level { step, low_steps: -40, high_steps: 200, dead_steps: 0, change: Change::Moved { beyond_pct: 20 }, period_ms: 0 },
        5 | 6 => {
            let aggregate = aggregate(chance);
            Rule::Window { period_ms: 15_000, aggregate, step, threshold_steps: if aggregate.has_threshold() { 4 } else { 0 } }
        }
        7 => Rule::Histogram { period_ms: 30_000, weigh: Weigh::Samples, step, low_steps: -5, width_steps: 10, bins: 8 },
        8 => Rule::Histogram { period_ms: 30_000, weigh: Weigh::Seconds, step, low_steps: 0, width_steps: 20, bins: 12 },
        _ => Rule::Noise { period_ms: 10_000, step, low_steps: -20, high_steps: 100, epsilon_milli: 500, day_milli: 20_000 },
    }
}

fn place(turn: u8) -> Rule {
    match turn % 11 {
        0 => Rule::AsIs,
        1 => Rule::RateCap { period_ms: 10_000 },
        2 => Rule::Grid { cell_m: 2_000, raster_ms: 10_000 },
        3 => Rule::Grid { cell_m: 20_000, raster_ms: 60_000 },
        4 => Rule::Moved { cell_m: 500, scale_m: 300, raster_ms: 10_000 },
        5 => Rule::Track { cell_m: 0, raster_ms: 2_000, guard: Guard::ZonesAndClip, slices: Slices::Whole },
        6 => Rule::Track { cell_m: 0, raster_ms: 1_000, guard: Guard::ZonesAndClip, slices: Slices::Cut },
        7 => Rule::Track { cell_m: 2_000, raster_ms: 5_000, guard: Guard::Zones, slices: Slices::Whole },
        8 => Rule::Path { period_ms: 30_000, way: Way::Metres, step: Step { mantissa: 1, exponent: 2 } },
        9 => Rule::Path { period_ms: 60_000, way: Way::Cells, step: Step { mantissa: 1, exponent: 0 } },
        _ => Rule::Event { spacing_m: 1_000 },
    }
}

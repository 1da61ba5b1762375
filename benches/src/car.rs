//! A car for the gate: 200 signals at 1 to 100 Hz, 64 uses that cover a quarter of them each, and rules for what they get.

use crate::load::{Dice, NOW_MS};
use consent_core::{
    Aggregate, Assurance, CategorySet, Change, ClockTrust, Context, Occupancy, PersonIx, Present, Role, Rule, SignalId, Standing, Standings, Status, Step,
    Tier, UseIx, Value, Weigh,
};
use consent_gatekeeper::change::InForce;
use consent_gatekeeper::event::Record;
use consent_protocol::catalog::{CompiledCatalog, Datatype, FixPart, Signal, SignalRule, TierDef, Use, example};
use consent_protocol::tables::Tables;

/// Signals.
pub const SIGNALS: u16 = 200;
/// Uses.
pub const USES: u8 = 64;
/// Uses that the driver consented to where anybody does.
pub const GIVEN: u8 = 20;
/// Rates of the signals in turn, Hz.
pub const RATES_HZ: [i64; 7] = [1, 2, 5, 10, 20, 50, 100];
/// Rate of the two signals of a fix.
const FIX_HZ: i64 = 10;
/// Rules with state of a use: all uses together have no more slots than a car.
const WITH_STATE: usize = 5;

/// What the uses get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rules {
    /// Every value: each delivery becomes a row.
    AsIs,
    /// Rounded values, and for a tenth of the signals windows, histograms, levels and caps; places on a grid.
    Mixed,
}

/// Who said yes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// The driver, to [`GIVEN`] uses.
    Given,
    /// Nobody, to anything.
    Nobody,
}

/// A catalog in force, standings and who is aboard.
#[derive(Debug)]
pub struct Car {
    /// The catalog.
    pub in_force: InForce,
    /// What the driver decided.
    pub standings: Standings,
    /// The driver alone.
    pub context: Context,
}

impl Car {
    /// A car with such rules and consents.
    pub fn new(rules: Rules, consent: Consent) -> Result<Self, String> {
        let mut dice = Dice::new(0x51a7_e57a_9e00_0001);
        let signals: Vec<Signal> = (0..SIGNALS).map(signal).collect();
        let uses = (0..USES).map(|ix| used(ix, rules, &mut dice)).collect();
        let catalog = CompiledCatalog { signals, uses, ..example::catalog() };
        let tables = Tables::new(&catalog).map_err(|error| error.to_string())?;
        let digest = catalog.digest();
        let mut standings = Standings::default();
        if consent == Consent::Given {
            let given =
                Standing { status: Status::Given, categories: CategorySet::ALL, tier: Tier(0), from_ms: NOW_MS - 1_000, until_ms: NOW_MS + 30 * 86_400_000 };
            (0..GIVEN).for_each(|ix| standings.set(PersonIx(0), UseIx(ix), given));
        }
        let driver = Present { person: Some(PersonIx(0)), role: Role::Driver, assurance: Assurance::High, minor: false };
        let context = Context {
            present: [driver].into_iter().collect(),
            occupancy: Occupancy::Complete,
            clock: ClockTrust::Trusted,
            wall_ms: NOW_MS,
            ..Context::default()
        };
        Ok(Self { in_force: InForce { catalog, tables, digest }, standings, context })
    }
}

fn signal(index: u16) -> Signal {
    let (path, fix) = match index {
        0 => ("Vehicle.CurrentLocation.Latitude".to_owned(), Some(FixPart::Latitude)),
        1 => ("Vehicle.CurrentLocation.Longitude".to_owned(), Some(FixPart::Longitude)),
        _ => (format!("Vehicle.Made.Up.Signal{index:03}"), None),
    };
    let category = if fix.is_some() { 0 } else { 1 + u8::from(index.is_multiple_of(2)) };
    Signal { path, datatype: Datatype::Double, unit: String::new(), categories: CategorySet::single(category), fix }
}

fn used(ix: u8, rules: Rules, dice: &mut Dice) -> Use {
    let place = dice.below(4) == 0;
    let covered: Vec<u16> = (0..SIGNALS).filter(|index| if *index < 2 { place } else { dice.below(4) == 0 }).collect();
    let rule = |(at, signal): (usize, &u16)| SignalRule { signal: *signal, rule: if rules == Rules::AsIs { Rule::AsIs } else { mixed(at, *signal) } };
    let tiers = vec![TierDef { reveals: Vec::new(), rules: covered.iter().enumerate().map(rule).collect() }];
    example::used(&format!("use-{ix}"), 0, &covered, tiers)
}

fn mixed(at: usize, signal: u16) -> Rule {
    let step = Step { mantissa: 5, exponent: -1 };
    match (signal, at) {
        (0, _) => Rule::Grid { cell_m: 2_000, raster_ms: 60_000 },
        (1, _) => Rule::AsIs,
        (_, at) if at >= WITH_STATE => Rule::Round { step, period_ms: 0 },
        (_, 0) => Rule::RateCap { period_ms: 1_000 },
        (_, 1) => Rule::Round { step, period_ms: 500 },
        (_, 2) => Rule::Level { step, low_steps: -500, high_steps: 500, dead_steps: 2, change: Change::Moved { beyond_pct: 20 }, period_ms: 0 },
        (_, 3) => Rule::Histogram { period_ms: 10_000, weigh: Weigh::Samples, step, low_steps: 20, width_steps: 20, bins: 10 },
        (_, _) => Rule::Window { period_ms: 1_000, aggregate: Aggregate::Mean, step, threshold_steps: 0 },
    }
}

/// What sources offer.
#[derive(Debug)]
pub struct Sources {
    dice: Dice,
    values: Vec<f64>,
    t_ms: i64,
}

impl Default for Sources {
    fn default() -> Self {
        let mut dice = Dice::new(0x0d21_7e00_0000_0001);
        let values = (0..SIGNALS).map(|_| dice.below(100) as f64).collect();
        Self { dice, values, t_ms: NOW_MS }
    }
}

impl Sources {
    /// The records of the next second, in order of time; each value a small step from the one before it.
    pub fn second(&mut self) -> Vec<Record> {
        let mut records = Vec::new();
        for into_ms in (0..1_000).step_by(10) {
            for signal in 0..SIGNALS {
                let rate_hz = if signal < 2 { FIX_HZ } else { RATES_HZ[usize::from(signal) % RATES_HZ.len()] };
                if into_ms % (1_000 / rate_hz) == 0 {
                    let value = self.step(signal);
                    records.push(Record { signal: SignalId(signal), value: Value::Float(value), t_ms: self.t_ms + into_ms });
                }
            }
        }
        self.t_ms += 1_000;
        records
    }

    fn step(&mut self, signal: u16) -> f64 {
        let by = self.dice.below(201) as f64 - 100.0;
        let Some(value) = self.values.get_mut(usize::from(signal)) else { return 0.0 };
        *value = match signal {
            0 | 1 => *value + by * 1e-6,
            _ => ((*value * 100.0 + by) / 100.0).clamp(0.0, 100.0),
        };
        if signal < 2 { *value % 80.0 } else { *value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rates_make_as_many_records_as_they_should() {
        let by_rate: i64 = (2..i64::from(SIGNALS)).map(|signal| RATES_HZ[usize::try_from(signal).unwrap() % RATES_HZ.len()]).sum();
        let mut sources = Sources::default();
        let (first, second) = (sources.second(), sources.second());
        assert_eq!(i64::try_from(first.len()).unwrap(), by_rate + 2 * FIX_HZ);
        assert!(first.iter().chain(&second).is_sorted_by_key(|record| record.t_ms));
    }

    #[test]
    fn every_car_has_a_catalog_that_holds_together() {
        for rules in [Rules::AsIs, Rules::Mixed] {
            Car::new(rules, Consent::Given).unwrap();
        }
    }
}

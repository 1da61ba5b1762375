//! What the car measures: a way that is driven there and back, and values that go with it, some of them broken.
//!
//! Additions, divisions and constants only: no function whose last bit a target could choose.

use crate::chance::Chance;
use crate::tables::What;
use consent_core::{Text, Value};

/// Degrees of latitude in a metre, and of longitude where the car drives.
const NORTH_DEG: f64 = 1.0 / 111_194.93;
const EAST_DEG: f64 = 1.0 / 74_000.0;
/// North and east of eight directions.
const DIRECTIONS: [(f64, f64); 8] = [(1.0, 0.0), (0.7, 0.7), (0.0, 1.0), (-0.7, 0.7), (-1.0, 0.0), (-0.7, -0.7), (0.0, -1.0), (0.7, -0.7)];

/// The car on its way.
#[derive(Debug)]
pub(crate) struct Road {
    chance: Chance,
    pub(crate) lat_deg: f64,
    pub(crate) lon_deg: f64,
    speed_m_s: f64,
    direction: u8,
    driven_m: f64,
}

impl Road {
    pub(crate) fn new(seed: u64) -> Self {
        Self { chance: Chance::new(seed), lat_deg: 48.137, lon_deg: 11.575, speed_m_s: 0.0, direction: 0, driven_m: 0.0 }
    }

    /// A trip begins, to and fro by turns.
    pub(crate) fn set_out(&mut self, trip: u32) {
        self.direction = if trip.is_multiple_of(2) { 1 } else { 5 };
    }

    /// So many seconds of driving.
    pub(crate) fn drive(&mut self, seconds: u32) {
        self.speed_m_s = (self.speed_m_s + self.chance.tenths(-30, 34)).clamp(0.0, 36.0);
        if self.chance.one_in(60) {
            self.direction = (self.direction + self.chance.pick(&[1, 7])) % 8;
        }
        let (north, east) = DIRECTIONS.get(usize::from(self.direction)).copied().unwrap_or((1.0, 0.0));
        let way_m = self.speed_m_s * f64::from(seconds);
        (self.lat_deg, self.lon_deg) = (self.lat_deg + north * way_m * NORTH_DEG, self.lon_deg + east * way_m * EAST_DEG);
        self.driven_m += way_m;
    }

    pub(crate) fn stand(&mut self) {
        self.speed_m_s = 0.0;
    }

    /// What a signal says now.
    pub(crate) fn value(&mut self, what: What) -> Value {
        let chance = &mut self.chance;
        match what {
            What::Latitude => Value::Float(if chance.one_in(300) { 90.5 } else { self.lat_deg }),
            What::Longitude => Value::Float(if chance.one_in(300) { self.lon_deg + 3.0 } else { self.lon_deg }),
            What::Altitude => Value::Float(chance.tenths(4_000, 6_000)),
            What::Heading => Value::Float(f64::from(self.direction) * 45.0),
            What::Speed => Value::Float(if chance.one_in(200) { f64::NAN } else { self.speed_m_s * 3.6 }),
            What::Pull => Value::Float(chance.tenths(-60, 40)),
            What::Fuel => Value::Uint(if chance.one_in(200) { u64::MAX } else { u64::from(chance.below(60_000)) }),
            What::Odometer => Value::Int(whole(self.driven_m)),
            What::Warmth => Value::Float(if chance.one_in(200) { f64::NEG_INFINITY } else { chance.tenths(-200, 450) }),
            What::Door => Value::Bool(chance.one_in(5)),
            What::Slope => Value::Float(chance.tenths(-90, 90)),
            What::Voice => Value::Text(text(chance.small(3))),
            What::Pressures => {
                let mut bar = || chance.tenths(18, 30);
                Value::Floats([bar(), bar(), bar(), bar()].into_iter().collect())
            }
            What::Gears => Value::Ints([i64::from(chance.small(7)), i64::from(chance.small(7))].into_iter().collect()),
            What::Turns => Value::Int(if chance.one_in(200) { i64::MIN } else { i64::from(chance.below(6_000)) }),
            What::Stress => Value::Float(chance.tenths(0, 1_000)),
        }
    }
}

fn text(of: u8) -> Text {
    let words = match of {
        0 => "navigate home",
        1 => "louder",
        _ => "call the garage",
    };
    words.chars().collect()
}

#[allow(clippy::as_conversions, clippy::cast_possible_truncation, reason = "metres of a short life")]
fn whole(metres: f64) -> i64 {
    metres as i64
}

//! What the car is doing, from speed, gear, parking brake and ignition.
//!
//! INVARIANT: what contradicts or is stale is never "parked". Speed counts for [`STALE_MS`]. Sources report the others on
//! change only: their last value counts as long as any of the four came within [`STALE_MS`], or while the ignition is off,
//! when a parked car falls silent and stays parked. Motion beats every other sign, and a gear P that moved is forgotten.

use crate::now::Now;
use consent_core::{ClockTrust, DrivingState, Value};

/// A signal older than this says nothing, in milliseconds. †
pub(crate) const STALE_MS: u64 = 10_000;
/// Standing for so long with the parking brake on is parked, in milliseconds. †
pub(crate) const HALT_MS: u64 = 5_000;
/// Speed up to which a car stands: sensors at rest are not exactly 0, km/h. †
const STANDING_KMH_MAX: f64 = 0.5;

/// Which of the context's signals (see [`crate::ContextSignals`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContextSignal {
    /// Speed, km/h.
    Speed,
    /// Current gear.
    Gear,
    /// Parking brake.
    ParkingBrake,
    /// Ignition or low-voltage system state.
    Ignition,
    /// Somebody wants everything paused: a key, a voice command.
    Pause,
    /// "Not while I'm aboard", by the same means.
    Stop,
}

/// What a sample said of the trip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// Ignition on, or first motion with the ignition not known to be off.
    Starts,
    /// Ignition off.
    Stops,
    /// Nothing.
    Nothing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gear {
    Park,
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flag {
    On,
    Off,
}

/// Last values with the monotonic time of their arrival.
#[derive(Clone, Debug, Default)]
pub(super) struct Motion {
    speed: Option<(f64, u64)>,
    /// Since when the car stands, monotonic.
    halted_ms: Option<u64>,
    gear: Option<Gear>,
    brake: Option<Flag>,
    ignition: Option<Flag>,
    /// Last of any of the four, monotonic.
    last_ms: Option<u64>,
    /// Source time of the last sample of each.
    source_ms: [Option<i64>; 4],
}

impl Motion {
    /// Takes a sample. What is late, from the future, or overtaken by a newer one of the same signal says nothing.
    pub(super) fn observe(&mut self, signal: ContextSignal, value: &Value, t_ms: i64, now: &Now) -> Sign {
        if !self.is_news(signal, t_ms, now) {
            return Sign::Nothing;
        }
        self.last_ms = Some(now.mono_ms);
        match signal {
            ContextSignal::Speed => self.see_speed(value, now.mono_ms),
            ContextSignal::Gear => {
                self.gear = gear(value);
                Sign::Nothing
            }
            ContextSignal::ParkingBrake => {
                self.brake = value.as_number().map(|number| if number == 0.0 { Flag::Off } else { Flag::On });
                Sign::Nothing
            }
            ContextSignal::Ignition => {
                self.ignition = ignition(value);
                match self.ignition {
                    Some(Flag::On) => Sign::Starts,
                    Some(Flag::Off) => Sign::Stops,
                    None => Sign::Nothing,
                }
            }
            // What people want says nothing of what the car does.
            ContextSignal::Pause | ContextSignal::Stop => Sign::Nothing,
        }
    }

    /// What the car is doing now.
    pub(super) fn state(&self, mono_ms: u64) -> DrivingState {
        let silent = self.ignition == Some(Flag::Off);
        let speed = self.speed.filter(|(_, at_ms)| is_fresh(*at_ms, mono_ms)).map(|(kmh, _)| kmh);
        if speed.is_some_and(is_moving) {
            return DrivingState::Driving;
        }
        if !silent && !self.last_ms.is_some_and(|at_ms| is_fresh(at_ms, mono_ms)) {
            return DrivingState::Unknown;
        }
        let halted = (speed.is_some() || silent) && self.halted_ms.is_some_and(|since_ms| mono_ms.saturating_sub(since_ms) >= HALT_MS);
        if self.gear == Some(Gear::Park) || (self.brake == Some(Flag::On) && halted) {
            return DrivingState::Parked;
        }
        if speed.is_some() { DrivingState::Standing } else { DrivingState::Unknown }
    }

    /// Monotonic time at which [`Self::state`] may change by itself.
    pub(super) fn due_ms(&self, mono_ms: u64) -> Option<u64> {
        let stale = [self.speed.map(|(_, at_ms)| at_ms), self.last_ms].map(|at_ms| at_ms.map(|at_ms| at_ms.saturating_add(STALE_MS)));
        let halted = self.halted_ms.map(|since_ms| since_ms.saturating_add(HALT_MS));
        stale.into_iter().chain([halted]).flatten().filter(|due_ms| *due_ms > mono_ms).min()
    }

    fn see_speed(&mut self, value: &Value, mono_ms: u64) -> Sign {
        let Some(kmh) = value.as_number().filter(|kmh| kmh.is_finite()) else {
            self.speed = None;
            self.halted_ms = None;
            return Sign::Nothing;
        };
        // Silence in between may hide motion: standing is counted anew after it.
        let unbroken = self.speed.is_some_and(|(_, at_ms)| is_fresh(at_ms, mono_ms)) || self.ignition == Some(Flag::Off);
        self.speed = Some((kmh, mono_ms));
        if !is_moving(kmh) {
            self.halted_ms = self.halted_ms.filter(|_| unbroken).or(Some(mono_ms));
            return Sign::Nothing;
        }
        self.halted_ms = None;
        self.gear = self.gear.filter(|gear| *gear != Gear::Park);
        if self.ignition == Some(Flag::Off) { Sign::Nothing } else { Sign::Starts }
    }

    fn is_news(&mut self, signal: ContextSignal, t_ms: i64, now: &Now) -> bool {
        let off_ms = now.wall_ms.saturating_sub(t_ms).unsigned_abs();
        if now.trust == ClockTrust::Trusted && off_ms > STALE_MS {
            return false;
        }
        let at = match signal {
            ContextSignal::Speed => 0,
            ContextSignal::Gear => 1,
            ContextSignal::ParkingBrake => 2,
            ContextSignal::Ignition => 3,
            ContextSignal::Pause | ContextSignal::Stop => return false,
        };
        let Some(last) = self.source_ms.get_mut(at) else { return false };
        // A source whose clock was set back by more counts anew.
        if last.is_some_and(|last_ms| t_ms < last_ms && last_ms.saturating_sub(t_ms).unsigned_abs() <= STALE_MS) {
            return false;
        }
        *last = Some(t_ms);
        true
    }
}

fn is_fresh(at_ms: u64, mono_ms: u64) -> bool {
    mono_ms.saturating_sub(at_ms) < STALE_MS
}

fn is_moving(kmh: f64) -> bool {
    kmh.abs() > STANDING_KMH_MAX
}

/// VSS 4: 126 is park; texts as some sources have it.
fn gear(value: &Value) -> Option<Gear> {
    match value {
        Value::Text(text) if text.is_empty() => None,
        Value::Text(text) if text.eq_ignore_ascii_case("P") || text.eq_ignore_ascii_case("PARK") => Some(Gear::Park),
        Value::Int(126) | Value::Uint(126) => Some(Gear::Park),
        Value::Text(_) | Value::Int(_) | Value::Uint(_) => Some(Gear::Other),
        Value::Bool(_) | Value::Float(_) | Value::Ints(_) | Value::Floats(_) => None,
    }
}

/// A boolean, or the names of `Vehicle.LowVoltageSystemState`; what is not known says nothing.
fn ignition(value: &Value) -> Option<Flag> {
    match value {
        Value::Bool(true) => Some(Flag::On),
        Value::Bool(false) => Some(Flag::Off),
        Value::Text(text) => {
            let is = |names: &[&str]| names.iter().any(|name| text.eq_ignore_ascii_case(name));
            if is(&["ON", "START", "RUN"]) {
                Some(Flag::On)
            } else if is(&["OFF", "LOCK", "ACC"]) {
                Some(Flag::Off)
            } else {
                None
            }
        }
        Value::Int(_) | Value::Uint(_) | Value::Float(_) | Value::Ints(_) | Value::Floats(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now(mono_ms: u64) -> Now {
        Now { boot: 1, mono_ms, wall_ms: i64::try_from(mono_ms).unwrap(), trust: ClockTrust::Trusted }
    }

    fn text(words: &str) -> Value {
        Value::Text(words.try_into().unwrap())
    }

    fn see(motion: &mut Motion, at_ms: u64, signal: ContextSignal, value: Value) -> Sign {
        motion.observe(signal, &value, i64::try_from(at_ms).unwrap(), &now(at_ms))
    }

    #[test]
    fn nothing_seen_is_unknown() {
        assert_eq!(Motion::default().state(0), DrivingState::Unknown);
        assert_eq!(Motion::default().due_ms(0), None);
    }

    #[test]
    fn gear_p_is_parked_and_goes_stale() {
        let mut motion = Motion::default();
        see(&mut motion, 100, ContextSignal::Gear, Value::Int(126));
        assert_eq!(motion.state(100), DrivingState::Parked);
        assert_eq!(motion.due_ms(100), Some(100 + STALE_MS));
        assert_eq!(motion.state(100 + STALE_MS), DrivingState::Unknown);
        see(&mut motion, 200_000, ContextSignal::Gear, text("P"));
        see(&mut motion, 200_000, ContextSignal::Ignition, text("OFF"));
        assert_eq!(motion.state(200_000 + 100 * STALE_MS), DrivingState::Parked, "silent with the ignition off");
    }

    #[test]
    fn the_parking_brake_needs_five_seconds_of_standing() {
        let mut motion = Motion::default();
        see(&mut motion, 0, ContextSignal::ParkingBrake, Value::Bool(true));
        see(&mut motion, 0, ContextSignal::Speed, Value::Float(0.0));
        assert_eq!(motion.state(HALT_MS - 1), DrivingState::Standing);
        assert_eq!(motion.due_ms(0), Some(HALT_MS));
        assert_eq!(motion.state(HALT_MS), DrivingState::Parked);
        see(&mut motion, 6_000, ContextSignal::Speed, Value::Float(3.0));
        assert_eq!(motion.state(6_000), DrivingState::Driving);
        see(&mut motion, 7_000, ContextSignal::Speed, Value::Float(0.2));
        assert_eq!(motion.state(7_000), DrivingState::Standing, "counted anew");
    }

    #[test]
    fn a_silence_does_not_count_as_standing() {
        let mut motion = Motion::default();
        see(&mut motion, 0, ContextSignal::ParkingBrake, Value::Bool(true));
        see(&mut motion, 0, ContextSignal::Speed, Value::Float(0.0));
        see(&mut motion, 60_000, ContextSignal::Speed, Value::Float(0.0));
        assert_eq!(motion.state(60_000), DrivingState::Standing);
    }

    #[test]
    fn motion_beats_gear_p_which_is_forgotten() {
        let mut motion = Motion::default();
        see(&mut motion, 0, ContextSignal::Gear, Value::Int(126));
        see(&mut motion, 10, ContextSignal::Speed, Value::Float(40.0));
        assert_eq!(motion.state(10), DrivingState::Driving);
        see(&mut motion, 20, ContextSignal::Speed, Value::Float(0.0));
        assert_eq!(motion.state(20), DrivingState::Standing);
    }

    #[test]
    fn late_early_and_overtaken_samples_say_nothing() {
        let mut motion = Motion::default();
        let clock = now(100_000);
        for t_ms in [0, 200_000] {
            assert_eq!(motion.observe(ContextSignal::Gear, &Value::Int(126), t_ms, &clock), Sign::Nothing);
            assert_eq!(motion.state(100_000), DrivingState::Unknown);
        }
        motion.observe(ContextSignal::Speed, &Value::Float(50.0), 99_000, &clock);
        motion.observe(ContextSignal::Speed, &Value::Float(0.0), 98_000, &clock);
        assert_eq!(motion.state(100_000), DrivingState::Driving);
    }

    #[test]
    fn ignition_and_first_motion_start_a_trip() {
        let mut motion = Motion::default();
        assert_eq!(see(&mut motion, 0, ContextSignal::Speed, Value::Float(9.0)), Sign::Starts);
        assert_eq!(see(&mut motion, 1, ContextSignal::Ignition, Value::Bool(false)), Sign::Stops);
        assert_eq!(see(&mut motion, 2, ContextSignal::Speed, Value::Float(9.0)), Sign::Nothing, "towed, or rolling out");
        for word in ["ON", "start", "RUN"] {
            assert_eq!(see(&mut motion, 3, ContextSignal::Ignition, text(word)), Sign::Starts);
        }
        for word in ["ACC", "lock"] {
            assert_eq!(see(&mut motion, 4, ContextSignal::Ignition, text(word)), Sign::Stops);
        }
        assert_eq!(see(&mut motion, 5, ContextSignal::Ignition, text("UNDEFINED")), Sign::Nothing);
    }
}

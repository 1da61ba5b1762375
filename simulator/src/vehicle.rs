//! A simulated car: a plug-in hybrid in a town that does not exist, driving from a seed.
//!
//! It knows only what sensors know, under VSS paths; plausible, not exact. The same seed and the same wishes give the same
//! readings at the same moments.

use crate::harness::Chance;

/// One step of the car, milliseconds.
pub const STEP_MS: u64 = 100;

/// What the person at the wheel wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Stand, in P.
    Park,
    /// Go on through the town.
    Drive,
    /// Stand in gear, as at a red light.
    Stand,
}

/// A reading: VSS path, and the value as it would stand in a recorded drive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// VSS path.
    pub path: &'static str,
    /// Value.
    pub text: String,
}

/// A stretch of road up to the next corner or light.
#[derive(Clone, Copy, Debug)]
struct Leg {
    left_m: f64,
    limit_mps: f64,
    /// Speed at its end.
    end_mps: f64,
    turn_deg: f64,
    wait_ms: u64,
}

/// The car.
#[derive(Clone, Debug)]
pub struct Vehicle {
    chance: Chance,
    elapsed_ms: u64,
    wish: Wish,
    leg: Leg,
    waits_ms: u64,
    parked: bool,
    speed_mps: f64,
    accel_mps2: f64,
    turning_deg: f64,
    yaw_deg_s: f64,
    heading_deg: f64,
    lat_deg: f64,
    lon_deg: f64,
    travelled_m: f64,
    fuel_l: f64,
    charge_kwh: f64,
    coolant_c: f64,
    hazard: bool,
    voice: bool,
}

const TANK_L: f64 = 40.0;
const BATTERY_KWH: f64 = 14.0;
/// Metres of a degree of latitude.
const DEGREE_M: f64 = 111_320.0;

impl Vehicle {
    /// A parked car.
    pub fn new(seed: u64) -> Self {
        let mut chance = Chance::new(seed, 7);
        let (lat_deg, lon_deg) = (50.76 + chance.unit() * 0.03, 6.06 + chance.unit() * 0.05);
        let heading_deg = [0.0, 90.0, 180.0, 270.0].get(usize::try_from(chance.below(4)).unwrap_or(0)).copied().unwrap_or(0.0);
        let travelled_m = 18_000_000.0 + chance.unit() * 9_000_000.0;
        let leg = leg(&mut chance);
        Self {
            chance,
            elapsed_ms: 0,
            wish: Wish::Park,
            leg,
            waits_ms: 0,
            parked: true,
            speed_mps: 0.0,
            accel_mps2: 0.0,
            turning_deg: 0.0,
            yaw_deg_s: 0.0,
            heading_deg,
            lat_deg,
            lon_deg,
            travelled_m,
            fuel_l: 27.0,
            charge_kwh: 9.5,
            coolant_c: 24.0,
            hazard: false,
            voice: false,
        }
    }

    /// What the driver wants from now on.
    pub fn wish(&mut self, wish: Wish) {
        self.wish = wish;
    }

    /// Speed, km/h.
    pub fn speed_kmh(&self) -> f64 {
        self.speed_mps * 3.6
    }

    /// Whether it stands in P.
    pub fn is_parked(&self) -> bool {
        self.parked
    }

    /// What the driver wants.
    pub fn wished(&self) -> Wish {
        self.wish
    }

    /// Gear as VSS has it: 126 is P.
    pub fn gear(&self) -> i32 {
        if self.parked {
            return 126;
        }
        match self.speed_kmh() {
            speed if speed < 18.0 => 1,
            speed if speed < 32.0 => 2,
            speed if speed < 48.0 => 3,
            _ => 4,
        }
    }

    /// Whether the hazard lights flash.
    pub fn hazard(&self) -> bool {
        self.hazard
    }

    /// Whether it brakes.
    pub fn brakes(&self) -> bool {
        self.parked || self.accel_mps2 < -0.2 || (self.speed_mps == 0.0 && self.wanted_mps() == 0.0)
    }

    /// Latitude and longitude, degrees.
    pub fn position(&self) -> (f64, f64) {
        (self.lat_deg, self.lon_deg)
    }

    /// Direction, degrees from north.
    pub fn heading_deg(&self) -> f64 {
        self.heading_deg
    }

    /// Lets [`STEP_MS`] pass and yields what its sensors say in it.
    pub fn step(&mut self) -> Vec<Reading> {
        self.elapsed_ms = self.elapsed_ms.saturating_add(STEP_MS);
        self.drive(0.1);
        self.wear(0.1);
        self.hazard = self.accel_mps2 < -3.2 || (self.hazard && self.speed_mps < 1.0);
        self.voice = self.chance.per_mille(4);
        let due = |period_ms: u64| self.elapsed_ms.is_multiple_of(period_ms);
        CHANNELS.iter().filter(|(_, period_ms, _)| due(*period_ms)).map(|(path, _, read)| Reading { path, text: read(self) }).collect()
    }

    fn drive(&mut self, dt_s: f64) {
        let wanted_mps = self.wanted_mps();
        let accel = ((wanted_mps - self.speed_mps) / 1.2).clamp(-3.0, 1.9);
        self.accel_mps2 += (accel - self.accel_mps2) * 0.3;
        self.speed_mps = (self.speed_mps + self.accel_mps2 * dt_s).max(0.0);
        if wanted_mps == 0.0 && self.speed_mps < 0.3 {
            (self.speed_mps, self.accel_mps2) = (0.0, 0.0);
        }
        self.parked = self.wish == Wish::Park && self.speed_mps == 0.0;
        let moved_m = self.speed_mps * dt_s;
        self.travelled_m += moved_m;
        self.leg.left_m -= moved_m;
        self.steer(dt_s);
        let heading = self.heading_deg.to_radians();
        self.lat_deg += moved_m * heading.cos() / DEGREE_M;
        self.lon_deg += moved_m * heading.sin() / (DEGREE_M * self.lat_deg.to_radians().cos());
        self.waits_ms = self.waits_ms.saturating_sub(STEP_MS);
        if self.leg.left_m <= 1.0 && self.wish == Wish::Drive {
            (self.turning_deg, self.waits_ms) = (self.leg.turn_deg, self.leg.wait_ms);
            self.leg = leg(&mut self.chance);
        }
    }

    fn wanted_mps(&self) -> f64 {
        if self.wish != Wish::Drive || self.waits_ms > 0 {
            return 0.0;
        }
        let braking_mps = (self.leg.end_mps.powi(2) + 2.0 * 1.6 * self.leg.left_m.max(0.0)).sqrt();
        self.leg.limit_mps.min(braking_mps).max(1.5)
    }

    fn steer(&mut self, dt_s: f64) {
        let rate = if self.speed_mps > 0.5 { self.turning_deg.clamp(-25.0, 25.0) } else { 0.0 };
        self.yaw_deg_s = rate;
        self.turning_deg -= rate * dt_s;
        self.heading_deg = (self.heading_deg + rate * dt_s).rem_euclid(360.0);
    }

    fn wear(&mut self, dt_s: f64) {
        let power_kw = (self.speed_mps * (0.35 + self.accel_mps2.max(0.0) * 1.6)).max(0.0);
        if self.engine_on() {
            self.fuel_l = (self.fuel_l - (0.6 + power_kw * 0.25) * dt_s / 3_600.0).max(0.0);
            self.coolant_c += (90.0 - self.coolant_c) * 0.002 * dt_s * 10.0;
        }
        let battery_kw = if self.engine_on() { self.accel_mps2.min(0.0) * 4.0 } else { power_kw };
        self.charge_kwh = (self.charge_kwh - battery_kw * dt_s / 3_600.0).clamp(0.5, BATTERY_KWH);
    }

    fn engine_on(&self) -> bool {
        self.speed_mps > 6.0 || (self.accel_mps2 > 1.2 && !self.parked)
    }

    fn rpm(&self) -> f64 {
        if self.engine_on() { (900.0 + self.speed_mps / f64::from(self.gear()).max(1.0) * 420.0).min(5_500.0) } else { 0.0 }
    }

    fn throttle(&self) -> f64 {
        (self.accel_mps2.max(0.0) * 35.0 + self.speed_mps * 0.6).clamp(0.0, 100.0)
    }

    fn fuel_rate_l_h(&self) -> f64 {
        if self.engine_on() { 0.6 + self.speed_mps * (0.35 + self.accel_mps2.max(0.0) * 1.6) * 0.25 } else { 0.0 }
    }

    fn charge_percent(&self) -> f64 {
        self.charge_kwh / BATTERY_KWH * 100.0
    }
}

fn leg(chance: &mut Chance) -> Leg {
    let limit_mps = [30.0, 50.0, 50.0, 50.0, 70.0].get(usize::try_from(chance.below(5)).unwrap_or(0)).copied().unwrap_or(50.0) / 3.6;
    let (turn_deg, end_mps, wait_ms) = match chance.below(4) {
        0 => (90.0, 5.0, 0),
        1 => (-90.0, 5.0, 0),
        2 => (0.0, 0.0, 3_000 + chance.below(6_000)),
        _ => (0.0, limit_mps, 0),
    };
    Leg { left_m: 120.0 + chance.unit() * 380.0, limit_mps: limit_mps * (0.9 + chance.unit() * 0.15), end_mps, turn_deg, wait_ms }
}

fn one(number: f64) -> String {
    format!("{number:.1}")
}

fn three(number: f64) -> String {
    format!("{number:.3}")
}

fn place(degrees: f64) -> String {
    format!("{degrees:.7}")
}

fn whole(number: f64) -> String {
    // Adding zero takes the sign off a negative zero.
    format!("{:.0}", number.max(0.0) + 0.0)
}

/// Paths that a simulated car may read, each once.
pub fn paths() -> impl Iterator<Item = &'static str> {
    CHANNELS.iter().map(|(path, ..)| *path)
}

/// How a sensor reads the car.
type Read = fn(&Vehicle) -> String;

/// Path, period in milliseconds (a multiple of [`STEP_MS`]), and how it is read.
const CHANNELS: &[(&str, u64, Read)] = &[
    ("Vehicle.Speed", 200, |car| one(car.speed_kmh())),
    ("Vehicle.IsMoving", 1_000, |car| (car.speed_mps > 0.0).to_string()),
    ("Vehicle.LowVoltageSystemState", 1_000, |_| "ON".to_owned()),
    ("Vehicle.Acceleration.Longitudinal", 100, |car| three(car.accel_mps2)),
    ("Vehicle.Acceleration.Lateral", 200, |car| three(car.yaw_deg_s.to_radians() * car.speed_mps)),
    ("Vehicle.Acceleration.Vertical", 200, |_| "9.810".to_owned()),
    ("Vehicle.AngularVelocity.Yaw", 200, |car| three(car.yaw_deg_s)),
    ("Vehicle.CurrentLocation.Latitude", 1_000, |car| place(car.lat_deg)),
    ("Vehicle.CurrentLocation.Longitude", 1_000, |car| place(car.lon_deg)),
    ("Vehicle.CurrentLocation.Altitude", 1_000, |_| "173.0".to_owned()),
    ("Vehicle.CurrentLocation.Heading", 1_000, |car| one(car.heading_deg)),
    ("Vehicle.CurrentLocation.HorizontalAccuracy", 1_000, |_| "3.0".to_owned()),
    ("Vehicle.TraveledDistance", 1_000, |car| three(car.travelled_m / 1_000.0)),
    ("Vehicle.Powertrain.Transmission.CurrentGear", 500, |car| car.gear().to_string()),
    ("Vehicle.Chassis.ParkingBrake.IsEngaged", 1_000, |car| car.parked.to_string()),
    ("Vehicle.Chassis.Accelerator.PedalPosition", 200, |car| whole(car.throttle())),
    ("Vehicle.Chassis.Brake.PedalPosition", 200, |car| whole((-car.accel_mps2 * 25.0).clamp(0.0, 100.0))),
    ("Vehicle.Chassis.SteeringWheel.Angle", 200, |car| format!("{:.0}", car.yaw_deg_s * 6.0)),
    ("Vehicle.Chassis.Axle.Row1.Wheel.Left.Tire.Pressure", 5_000, |_| "240".to_owned()),
    ("Vehicle.Chassis.Axle.Row1.Wheel.Right.Tire.Pressure", 5_000, |_| "238".to_owned()),
    ("Vehicle.Chassis.Axle.Row2.Wheel.Left.Tire.Pressure", 5_000, |_| "251".to_owned()),
    ("Vehicle.Chassis.Axle.Row2.Wheel.Right.Tire.Pressure", 5_000, |_| "249".to_owned()),
    ("Vehicle.Powertrain.CombustionEngine.Speed", 200, |car| whole(car.rpm())),
    ("Vehicle.Powertrain.CombustionEngine.TPS", 500, |car| whole(car.throttle())),
    ("Vehicle.Powertrain.CombustionEngine.ECT", 1_000, |car| whole(car.coolant_c)),
    ("Vehicle.Powertrain.CombustionEngine.MAP", 1_000, |car| whole(30.0 + car.throttle() * 0.7)),
    ("Vehicle.Powertrain.FuelSystem.RelativeLevel", 5_000, |car| whole(car.fuel_l / TANK_L * 100.0)),
    ("Vehicle.OBD.EngineLoad", 1_000, |car| one(car.throttle())),
    ("Vehicle.OBD.FuelRate", 1_000, |car| three(car.fuel_rate_l_h())),
    ("Vehicle.OBD.IntakeTemp", 5_000, |_| "21.0".to_owned()),
    ("Vehicle.OBD.ControlModuleVoltage", 2_000, |car| one(if car.engine_on() { 14.1 } else { 12.6 })),
    ("Vehicle.OBD.BarometricPressure", 5_000, |_| "99.0".to_owned()),
    ("Vehicle.LowVoltageBattery.CurrentVoltage", 2_000, |car| one(if car.engine_on() { 14.2 } else { 12.6 })),
    ("Vehicle.Powertrain.TractionBattery.StateOfCharge.Current", 2_000, |car| one(car.charge_percent())),
    ("Vehicle.Powertrain.TractionBattery.CurrentVoltage", 1_000, |car| one(330.0 + car.charge_percent() * 0.5)),
    ("Vehicle.Powertrain.TractionBattery.CurrentCurrent", 1_000, |car| one(car.speed_mps * (0.35 + car.accel_mps2) * 3.0)),
    ("Vehicle.Powertrain.TractionBattery.Temperature.Average", 2_000, |car| one(24.0 + car.coolant_c * 0.05)),
    ("Vehicle.Powertrain.TractionBattery.Temperature.Max", 2_000, |car| one(25.5 + car.coolant_c * 0.05)),
    ("Vehicle.Powertrain.TractionBattery.Temperature.Min", 2_000, |car| one(23.0 + car.coolant_c * 0.05)),
    ("Vehicle.Body.Lights.Hazard.IsSignaling", 1_000, |car| car.hazard.to_string()),
    ("Vehicle.Body.Raindetection.Intensity", 5_000, |_| "10".to_owned()),
    ("Vehicle.ADAS.ABS.IsEngaged", 1_000, |car| (car.accel_mps2 < -2.9).to_string()),
    ("Vehicle.ADAS.ESC.IsEngaged", 1_000, |_| "false".to_owned()),
    ("Vehicle.Exterior.AirTemperature", 5_000, |_| "17.5".to_owned()),
    ("Vehicle.Cabin.HVAC.AmbientAirTemperature", 2_000, |_| "21.5".to_owned()),
    ("Vehicle.Cabin.HVAC.IsAirConditioningActive", 2_000, |_| "true".to_owned()),
    ("Vehicle.Cabin.Seat.Row1.DriverSide.IsOccupied", 2_000, |_| "true".to_owned()),
    ("Vehicle.Cabin.Seat.Row1.DriverSide.IsBelted", 2_000, |_| "true".to_owned()),
    ("Vehicle.Cabin.Door.Row1.DriverSide.IsOpen", 2_000, |_| "false".to_owned()),
    ("Vehicle.Cabin.Door.Row1.DriverSide.IsLocked", 5_000, |_| "true".to_owned()),
    ("Vehicle.Cabin.Infotainment.Media.Volume", 2_000, |_| "18".to_owned()),
    ("Vehicle.Cabin.Infotainment.Media.Played.Source", 5_000, |_| "RADIO".to_owned()),
    ("Vehicle.Cabin.Voice.WasUnderstood", 3_000, |car| car.voice.to_string()),
    ("Vehicle.Cabin.Voice.AnswerTime", 3_000, |_| "640".to_owned()),
    ("Vehicle.Cabin.HVAC.Station.Row1.Driver.Temperature", 2_000, |_| "21".to_owned()),
    ("Vehicle.VehicleIdentification.VIN", 10_000, |_| "XCGDEM00000000001".to_owned()),
    ("Vehicle.Obfcm.TotalDistance", 5_000, |car| whole(car.travelled_m / 1_000.0)),
    ("Vehicle.Obfcm.TotalFuelConsumed", 5_000, |car| three(1_180.0 + TANK_L - car.fuel_l)),
    ("Vehicle.Obfcm.TotalGridEnergy", 5_000, |_| "842.000".to_owned()),
    ("Vehicle.Security.AlertCount", 5_000, |_| "0".to_owned()),
    ("Vehicle.Security.BlockedFrameCount", 5_000, |car| whole(f64::from(u32::try_from(car.elapsed_ms / 60_000).unwrap_or(0)))),
    ("Vehicle.Security.IsTampered", 5_000, |_| "false".to_owned()),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_drives_the_same_way() {
        let run = |seed| {
            let mut car = Vehicle::new(seed);
            car.wish(Wish::Drive);
            (0..600).flat_map(|_| car.step()).collect::<Vec<_>>()
        };
        assert_eq!(run(3), run(3));
        assert_ne!(run(3), run(4));
    }

    #[test]
    fn at_a_light_it_stands_in_gear_and_goes_on() {
        let mut car = Vehicle::new(4);
        for (wish, steps) in [(Wish::Drive, 200), (Wish::Stand, 200)] {
            car.wish(wish);
            (0..steps).for_each(|_| drop(car.step()));
        }
        assert!(car.speed_kmh() == 0.0 && !car.is_parked() && car.gear() == 1 && car.brakes());
        car.wish(Wish::Drive);
        (0..50).for_each(|_| drop(car.step()));
        assert!(car.speed_kmh() > 5.0);
    }

    #[test]
    fn a_drive_is_plausible_and_ends_parked() {
        for seed in 0..20 {
            let mut car = Vehicle::new(seed);
            car.wish(Wish::Drive);
            let (mut fastest, from_m) = (0.0_f64, car.travelled_m);
            for _ in 0..3_000 {
                car.step();
                fastest = fastest.max(car.speed_kmh());
                assert!(car.accel_mps2.abs() <= 3.2 && car.speed_kmh() < 85.0);
            }
            assert!(fastest > 25.0, "seed {seed}: {fastest} km/h");
            assert!(car.travelled_m - from_m > 800.0);
            car.wish(Wish::Park);
            for _ in 0..300 {
                car.step();
            }
            assert_eq!(car.gear(), 126);
        }
    }
}

//! What a car of the fleet is like and what happens to it: all drawn from the car's own seed, so that cars differ and each can
//! be played again alone.

use crate::harness::{Chance, Faults};
use consent_core::Access;
use consent_protocol::catalog::CompiledCatalog;

/// Signals that every car has: without them it does not know whether it drives.
const ALWAYS: [&str; 4] =
    ["Vehicle.Speed", "Vehicle.LowVoltageSystemState", "Vehicle.Powertrain.Transmission.CurrentGear", "Vehicle.Chassis.ParkingBrake.IsEngaged"];
/// So many in a thousand of the other signals a car has, from and to.
const FITTED: (u64, u64) = (400, 1_000);
/// So many in a thousand of the uses a car's people say yes to, from and to.
const LEANING: (u64, u64) = (50, 950);
/// One of so many cars has a net that doubles, turns around and loses messages.
const ROUGH_NET: u64 = 10;

/// Chances of a second, in a thousand.
pub(super) mod often {
    /// A driver takes a consent back.
    pub(in crate::fleet) const WITHDRAWS: u32 = 15;
    /// Of those, the data is to be erased.
    pub(in crate::fleet) const ERASES: u32 = 400;
    /// A driver pauses a use until the car stands.
    pub(in crate::fleet) const PAUSES: u32 = 5;
    /// A connection is lost.
    pub(in crate::fleet) const LINK: u32 = 10;
    /// Of those, none comes up for a while.
    pub(in crate::fleet) const BLOCKED: u32 = 500;
    /// The computer crashes within the next few steps.
    pub(in crate::fleet) const CRASH: u32 = 8;
    /// What was taken back is given again when the driver gets in.
    pub(in crate::fleet) const AGAIN: u32 = 300;
}

/// A car's nature.
#[derive(Debug)]
pub(super) struct Life {
    /// Whatever happens to it.
    pub(super) chance: Chance,
    /// Who drives it.
    pub(super) drivers: Vec<String>,
    /// So many uses in a thousand get a yes.
    pub(super) leaning: u32,
    /// A trip lasts, seconds, from and to.
    pub(super) drive_s: (u64, u64),
    /// It stands between two, seconds, from and to.
    pub(super) stand_s: (u64, u64),
    /// When the first driver gets in, seconds.
    pub(super) first_s: u64,
    /// By position among the paths of a simulated car, whether this one has the signal.
    pub(super) fitted: Vec<bool>,
    /// What its net does to messages.
    pub(super) faults: Faults,
}

impl Life {
    /// The nature of a seed's car.
    pub(super) fn new(seed: u64) -> Self {
        let mut chance = Chance::new(seed, 41);
        let drivers = (0..=chance.below(3)).map(|number| format!("driver-{number}")).collect();
        let leaning = u32::try_from(chance.between(LEANING)).unwrap_or(500);
        let (drive, stand) = (30 + chance.below(600), 10 + chance.below(400));
        let first_s = chance.below(20);
        let share = u32::try_from(chance.between(FITTED)).unwrap_or(1_000);
        let fitted = crate::vehicle::paths().map(|path| ALWAYS.contains(&path) || chance.per_mille(share)).collect();
        let faults = if chance.below(ROUGH_NET) == 0 { Faults { duplicate: 20, reorder: 20, lose: 5 } } else { Faults::default() };
        Self { chance, drivers, leaning, drive_s: (drive / 2, drive * 2), stand_s: (stand / 2, stand * 2), first_s, fitted, faults }
    }
}

/// What people of a catalog's cars can say yes to: use, and how many tiers it has.
pub(super) fn asked_for(catalog: &CompiledCatalog) -> Vec<(String, u8)> {
    let asks = |access: Access| match access {
        Access::Consent | Access::RequestedService => true,
        Access::Transmission | Access::Law => false,
    };
    let tiers = |count: usize| u8::try_from(count).unwrap_or(u8::MAX);
    catalog.uses.iter().filter(|used| asks(used.access)).map(|used| (used.id.clone(), tiers(used.tiers.len()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_always_the_same_car_and_cars_differ() {
        let told = |seed| {
            let life = Life::new(seed);
            (life.drivers, life.leaning, life.drive_s, life.stand_s, life.first_s, life.fitted)
        };
        assert_eq!(told(5), told(5));
        let cars: std::collections::BTreeSet<_> = (0..50).map(told).collect();
        assert_eq!(cars.len(), 50);
        assert!(cars.iter().any(|car| car.0.len() == 3) && cars.iter().any(|car| car.0.len() == 1));
    }
}

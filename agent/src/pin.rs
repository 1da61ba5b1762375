//! PINs, hashed with Argon2id on a thread that may wait: it takes tens of milliseconds and 19 MiB on purpose.
//!
//! Parameters are those of the OWASP password storage cheat sheet (19 MiB, two passes, one lane). A PIN has few digits, so its
//! hash holds off nobody who has the disk for long: what protects it in the car is the limit of tries in the gatekeeper.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use consent_gatekeeper::pin::{PinJob, PinResult, PinTask};
use consent_gatekeeper::secret::Secret;

/// How dear a hash is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Memory, KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
}

impl Cost {
    /// In a car.
    pub const CAR: Self = Self { memory_kib: 19 * 1_024, passes: 2 };
    /// In a simulation, where nobody looks for PINs and thousands of cars share a machine.
    pub const SIMULATED: Self = Self { memory_kib: 8, passes: 1 };
}

/// Does a job; it blocks.
pub fn work_out(job: &PinJob, cost: Cost) -> PinResult {
    match &job.task {
        PinTask::Hash { salt } => hash(&job.pin, salt, cost).map_or(PinResult::Failed, PinResult::Hashed),
        PinTask::Compare { hash } => compare(&job.pin, hash),
    }
}

fn hash(pin: &Secret, salt: &[u8; 16], cost: Cost) -> Option<Secret> {
    let params = Params::new(cost.memory_kib, cost.passes, 1, None).ok()?;
    let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    hasher.hash_password_with_salt(pin.expose().as_bytes(), salt).ok().map(|hash| Secret::from(hash.to_string()))
}

/// By the parameters that stand in the hash.
fn compare(pin: &Secret, hash: &Secret) -> PinResult {
    let Ok(hash) = PasswordHash::new(hash.expose()) else { return PinResult::Failed };
    match Argon2::default().verify_password(pin.expose().as_bytes(), &hash) {
        Ok(()) => PinResult::Right,
        Err(_) => PinResult::Wrong,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(pin: &str, task: PinTask) -> PinJob {
        PinJob { token: 1, pin: pin.into(), task }
    }

    #[test]
    fn a_pin_is_known_by_its_hash_and_the_hash_does_not_hold_it() {
        let made = |pin: &str, salt, cost| {
            let result = work_out(&job(pin, PinTask::Hash { salt: [salt; 16] }), cost);
            let PinResult::Hashed(hash) = result else { panic!("{result:?}") };
            hash
        };
        for cost in [Cost::CAR, Cost::SIMULATED] {
            let hash = made("4711", 1, cost);
            let compared = |pin: &str| work_out(&job(pin, PinTask::Compare { hash: hash.clone() }), Cost::CAR);
            assert_eq!((compared("4711"), compared("4712"), compared("")), (PinResult::Right, PinResult::Wrong, PinResult::Wrong));
            assert!(!hash.expose().contains("4711"));
            assert_ne!(hash, made("4711", 2, cost), "salted");
        }
        assert!(made("4711", 1, Cost::CAR).expose().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert_eq!(work_out(&job("4711", PinTask::Compare { hash: "not a hash".into() }), Cost::CAR), PinResult::Failed);
    }
}

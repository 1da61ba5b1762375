//! PINs: what the shell is asked to hash, and how many wrong tries there are.
//!
//! Hashing one takes long on purpose, so it is done beside the state machine, by [`crate::Command::Pin`], and comes back as
//! [`crate::Event::Pin`]. INVARIANT: a PIN stands in no log, no answer and no ledger entry; only its hash is stored.

use crate::refusal::Refusal;
use crate::secret::Secret;
use crate::store::Tries;

/// Digits of a PIN.
pub const DIGITS: std::ops::RangeInclusive<usize> = 4..=12;
/// Wrong tries before the first lock.
const FREE_TRIES: u32 = 5;
/// How long each further wrong try locks, minutes; the last one for good.
const LOCK_MIN: [i64; 4] = [1, 5, 15, 60];

/// One PIN to be hashed or compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinJob {
    /// Names it in [`crate::Event::Pin`].
    pub token: u64,
    /// The PIN.
    pub pin: Secret,
    /// What is to be done with it.
    pub task: PinTask,
}

/// What is to be done with a PIN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PinTask {
    /// Hash it with this salt.
    Hash {
        /// Fresh randomness.
        salt: [u8; 16],
    },
    /// Compare it with a hash.
    Compare {
        /// The hash, in PHC form.
        hash: Secret,
    },
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PinResult {
    /// The hash, in PHC form.
    Hashed(Secret),
    /// It is the PIN of the hash.
    Right,
    /// It is not.
    Wrong,
    /// It could not be worked out.
    Failed,
}

/// Whether a text can be a PIN.
pub fn check(pin: &Secret) -> Result<(), Refusal> {
    let pin = pin.expose();
    if DIGITS.contains(&pin.len()) && pin.bytes().all(|byte| byte.is_ascii_digit()) { Ok(()) } else { Err(Refusal::PinForm) }
}

impl Tries {
    /// Whether a try is refused now.
    pub fn check(self, wall_ms: i64) -> Result<(), Refusal> {
        if wall_ms < self.locked_until_ms { Err(Refusal::PinLocked { until_ms: self.locked_until_ms }) } else { Ok(()) }
    }

    /// Wrong tries that are left before a pause.
    pub fn left(self) -> u32 {
        FREE_TRIES.saturating_sub(self.wrong)
    }

    /// A try was wrong.
    pub fn wrong(&mut self, wall_ms: i64) -> Refusal {
        self.wrong = self.wrong.saturating_add(1);
        let Some(beyond) = self.wrong.checked_sub(FREE_TRIES) else {
            return Refusal::PinWrong { left: FREE_TRIES.saturating_sub(self.wrong) };
        };
        let longest = LOCK_MIN.last().copied().unwrap_or(60);
        let minutes = usize::try_from(beyond).ok().and_then(|at| LOCK_MIN.get(at)).copied().unwrap_or(longest);
        self.locked_until_ms = wall_ms.saturating_add(minutes.saturating_mul(60_000));
        Refusal::PinLocked { until_ms: self.locked_until_ms }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r51_five_wrong_tries_then_ever_longer_locks() {
        let (mut tries, mut t_ms) = (Tries::default(), 1_000);
        for left in [4, 3, 2, 1] {
            assert_eq!(tries.check(t_ms), Ok(()));
            assert_eq!(tries.wrong(t_ms), Refusal::PinWrong { left });
            assert_eq!(tries.left(), left);
        }
        for minutes in [1, 5, 15, 60, 60, 60] {
            assert_eq!(tries.check(t_ms), Ok(()));
            let until_ms = t_ms + minutes * 60_000;
            assert_eq!(tries.wrong(t_ms), Refusal::PinLocked { until_ms });
            assert_eq!(tries.check(until_ms - 1), Err(Refusal::PinLocked { until_ms }));
            t_ms = until_ms;
        }
    }

    #[test]
    fn a_pin_is_4_to_12_digits() {
        for good in ["0000", "123456789012"] {
            assert_eq!(check(&good.into()), Ok(()));
        }
        for bad in ["", "123", "1234567890123", "12a4", "１２３４", "12 4"] {
            assert_eq!(check(&bad.into()), Err(Refusal::PinForm));
        }
    }
}

//! Which keys of the pool belong to whom, and randomness of each recipient's own.
//!
//! INVARIANT: what one recipient gets moves nothing that another one sees. So each draws from a generator of its own, and has
//! every sixteenth key of the pool to itself.

use super::Outbox;
use crate::rng::Rng;
use crate::store::{MetaKey, StoreOp};
use consent_core::limits::RECIPIENTS_MAX;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How many shares the pool has.
const SHARES: u32 = 16;

const _: () = assert!(RECIPIENTS_MAX == 16, "every recipient of a catalog has a share of the pool");

/// The pool of stream keys as it was given out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pool {
    /// The share of each recipient.
    shares: BTreeMap<String, u32>,
    /// How many keys of each share were given out.
    used: BTreeMap<u32, u32>,
}

impl Pool {
    /// Gives recipients a share each, in the order of the catalog; those who are gone give theirs up when none is free.
    fn assign(&mut self, recipients: &[String]) {
        for recipient in recipients {
            if self.shares.contains_key(recipient) {
                continue;
            }
            let free = |shares: &BTreeMap<String, u32>| (0..SHARES).find(|share| !shares.values().any(|taken| taken == share));
            if free(&self.shares).is_none() {
                self.shares.retain(|known, _| recipients.contains(known));
            }
            if let Some(share) = free(&self.shares) {
                self.shares.insert(recipient.clone(), share);
            }
        }
    }

    /// Takes the next key of a recipient's share from a pool of `len` keys.
    fn take(&mut self, recipient: &str, len: u32) -> Option<u32> {
        let share = *self.shares.get(recipient)?;
        let used = self.used.entry(share).or_default();
        let key = used.checked_mul(SHARES)?.checked_add(share).filter(|key| *key < len)?;
        *used = used.saturating_add(1);
        Some(key)
    }

    /// Remembers that a key was given out, whatever the rest says.
    fn taken(&mut self, key: u32) {
        let used = self.used.entry(key % SHARES).or_default();
        *used = (*used).max((key / SHARES).saturating_add(1));
    }

    /// Keys of a share of a pool of `len` keys: all, and those left.
    fn share(&self, share: u32, len: u32) -> (u32, u32) {
        let all = len.saturating_sub(share).div_ceil(SHARES);
        (all, all.saturating_sub(self.used.get(&share).copied().unwrap_or(0)))
    }
}

impl Outbox {
    /// Gives the recipients of a catalog their shares of the pool.
    pub fn assign_keys(&mut self, recipients: &[String], ops: &mut Vec<StoreOp>) {
        let before = self.pool.clone();
        self.pool.assign(recipients);
        if self.pool != before {
            ops.push(self.pool_op());
        }
    }

    pub(super) fn take_key(&mut self, recipient: &str, len: u32, ops: &mut Vec<StoreOp>) -> Option<u32> {
        let key = self.pool.take(recipient, len)?;
        ops.push(self.pool_op());
        Some(key)
    }

    pub(super) fn key_was_taken(&mut self, key: u32) {
        self.pool.taken(key);
    }

    fn pool_op(&self) -> StoreOp {
        StoreOp::Meta { key: MetaKey::PoolNext, value: postcard::to_allocvec(&self.pool).unwrap_or_default() }
    }

    /// How many of a pool of `len` keys are left.
    pub fn keys_left(&self, len: u32) -> u32 {
        (0..SHARES).fold(0, |sum: u32, share| sum.saturating_add(self.pool.share(share, len).1))
    }

    /// Whether some recipient's share is below a quarter.
    pub fn pool_is_low(&self, len: u32) -> bool {
        self.pool.shares.values().map(|share| self.pool.share(*share, len)).any(|(all, left)| left == 0 || left < all / 4)
    }

    /// The generator of a recipient: what it yields shows up on that recipient's connection only.
    pub(super) fn rng_of(&mut self, recipient: &str) -> &mut Rng {
        let seed = self.seed;
        self.rngs
            .entry(recipient.to_owned())
            .or_insert_with(|| Rng::new(consent_protocol::envelope::sha256(&[b"cg/1/recipient", &seed, recipient.as_bytes()]).0))
    }

    /// A number below `limit` that shows up on that recipient's connection only.
    pub fn below(&mut self, recipient: &str, limit: u64) -> u64 {
        self.rng_of(recipient).below(limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_recipient_gets_the_same_keys_whatever_others_take() {
        let keys = |others: usize| {
            let mut pool = Pool::default();
            pool.assign(&names(&["maker", "insurer"]));
            for at in 0..others {
                assert!(pool.take("maker", 64).is_some(), "{at}");
            }
            (0..5).map(|_| pool.take("insurer", 64)).collect::<Vec<_>>()
        };
        assert_eq!(keys(0), keys(3));
        assert_eq!(keys(0), [Some(1), Some(17), Some(33), Some(49), None]);
    }

    #[test]
    fn no_key_is_given_out_twice() {
        let mut pool = Pool::default();
        let first: Vec<String> = (0..16).map(|at| format!("r{at}")).collect();
        pool.assign(&first);
        let mut seen: Vec<u32> = first.iter().filter_map(|name| pool.take(name, 64)).collect();
        // Another catalog: the shares of those who are gone go on where they were.
        let second: Vec<String> = (8..24).map(|at| format!("r{at}")).collect();
        pool.assign(&second);
        seen.extend(second.iter().filter_map(|name| pool.take(name, 64)));
        let count = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!((seen.len(), count), (32, 32));
        assert_eq!(pool.take("nobody", 64), None);
    }
}

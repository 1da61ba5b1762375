//! Small numbers that name things inside one compiled catalog, and sets of them.
//!
//! INVARIANT: a [`SignalId`], [`UseIx`] or [`Tier`] has a meaning only together with the catalog that it came from; it is
//! never stored or sent without that catalog's digest.

use crate::limits::USES_MAX;

/// Index of a signal in its catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SignalId(pub u16);

/// Index of a use in its catalog, below [`USES_MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UseIx(pub u8);

/// Index of a person in [`crate::Standings`], below [`crate::limits::PERSONS_MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonIx(pub u8);

/// A tier of precision of one use: 0 is the coarsest, higher is finer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Tier(pub u8);

impl SignalId {
    /// As an index into the catalog's tables.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

impl UseIx {
    /// As an index into the catalog's tables.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

impl PersonIx {
    /// As an index into the standings.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// A set of uses, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct UseSet(pub u128);

const _: () = assert!(USES_MAX == 128, "a UseSet has one bit per use");

impl UseSet {
    /// No use.
    pub const EMPTY: Self = Self(0);

    /// Adds a use; an index beyond the limit adds nothing.
    pub fn insert(&mut self, use_ix: UseIx) {
        self.0 |= Self::bit(use_ix);
    }

    /// Removes a use.
    pub fn remove(&mut self, use_ix: UseIx) {
        self.0 &= !Self::bit(use_ix);
    }

    /// Whether the use is in the set.
    pub fn contains(self, use_ix: UseIx) -> bool {
        self.0 & Self::bit(use_ix) != 0
    }

    /// Uses that are in both sets.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Uses that are in this set and not in the other.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Uses that are in either set.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether no use is in the set.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many uses are in the set.
    pub fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// The uses in ascending order.
    pub fn iter(self) -> UseSetIter {
        UseSetIter(self.0)
    }

    fn bit(use_ix: UseIx) -> u128 {
        1_u128.checked_shl(u32::from(use_ix.0)).unwrap_or(0)
    }
}

impl IntoIterator for UseSet {
    type Item = UseIx;
    type IntoIter = UseSetIter;

    fn into_iter(self) -> UseSetIter {
        self.iter()
    }
}

/// Iterator over a [`UseSet`], ascending.
#[derive(Clone, Debug)]
pub struct UseSetIter(u128);

impl Iterator for UseSetIter {
    type Item = UseIx;

    fn next(&mut self) -> Option<UseIx> {
        if self.0 == 0 {
            return None;
        }
        let lowest = self.0.trailing_zeros();
        self.0 &= self.0.wrapping_sub(1);
        u8::try_from(lowest).ok().map(UseIx)
    }
}

/// A set of categories, one bit each in catalog order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CategorySet(pub u32);

impl CategorySet {
    /// No category.
    pub const EMPTY: Self = Self(0);
    /// Every category that a catalog can have.
    pub const ALL: Self = Self(u32::MAX);

    /// Whether all categories of the other set are in this one.
    pub fn contains_all(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }

    /// Whether the sets share a category.
    pub fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Categories that are in both sets.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Categories that are in this set and not in the other.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Categories that are in either set.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The set of one category; an index of 32 or more gives the empty set.
    pub fn single(index: u8) -> Self {
        Self(1_u32.checked_shl(u32::from(index)).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_lists_its_uses_in_order() {
        let mut set = UseSet::EMPTY;
        for ix in [127, 0, 64, 63] {
            set.insert(UseIx(ix));
        }
        set.remove(UseIx(64));
        set.insert(UseIx(200));
        let listed: heapless::Vec<u8, 8> = set.iter().map(|use_ix| use_ix.0).collect();
        assert_eq!(listed.as_slice(), [0, 63, 127]);
        assert_eq!(set.len(), 3);
    }
}

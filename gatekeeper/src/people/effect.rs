//! What a change of the context asks of the machine, and the words for what people switch.
//!
//! INVARIANT: effects add up in order; an end and a begin of a trip are never lost to one another.

/// What became of the trip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TripChange {
    /// One began.
    Began,
    /// It ended.
    Ended,
    /// It ended and the next began: somebody else drives.
    Restarted,
}

impl TripChange {
    /// Whether a trip ended, so that consents for it end ([`crate::book::Book::trip_ended`]).
    pub fn ended(self) -> bool {
        matches!(self, Self::Ended | Self::Restarted)
    }

    /// Whether a trip began.
    pub fn began(self) -> bool {
        matches!(self, Self::Began | Self::Restarted)
    }
}

/// Whether something begins or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Switch {
    /// Begins.
    Begin,
    /// Ends.
    End,
}

impl From<bool> for Switch {
    fn from(begins: bool) -> Self {
        if begins { Self::Begin } else { Self::End }
    }
}

/// Whether a person is old enough to consent in the country (R48).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Age {
    /// Old enough.
    OfAge,
    /// Not.
    Minor,
}

impl From<bool> for Age {
    fn from(minor: bool) -> Self {
        if minor { Self::Minor } else { Self::OfAge }
    }
}

/// Whether the store records what would leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StoreHealth {
    /// It writes.
    Writes,
    /// It does not.
    Failed,
}

/// What a change of the context asks of the machine.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effect {
    /// The list of people changed: [`crate::book::Book::aboard`] is due.
    pub list: bool,
    /// Somebody else drives, or nobody.
    pub driver: bool,
    /// The gate must be rebuilt.
    pub context: bool,
    /// [`super::People::meta`] must be stored.
    pub store: bool,
    /// What became of the trip.
    pub trip: Option<TripChange>,
}

impl Effect {
    pub(super) const NONE: Self = Self { list: false, driver: false, context: false, store: false, trip: None };
    pub(super) const CONTEXT: Self = Self { context: true, ..Self::NONE };
    pub(super) const STORED: Self = Self { context: true, store: true, ..Self::NONE };
    pub(super) const LIST: Self = Self { list: true, context: true, ..Self::NONE };

    /// Whether there is anything to do.
    pub fn is_none(self) -> bool {
        self == Self::NONE
    }

    /// Both, in this order.
    pub fn and(self, next: Self) -> Self {
        let trip = match (self.trip, next.trip) {
            (Some(TripChange::Ended), Some(TripChange::Began)) => Some(TripChange::Restarted),
            (Some(TripChange::Restarted), Some(TripChange::Ended)) => Some(TripChange::Ended),
            (first, second) => second.or(first),
        };
        Self { list: self.list || next.list, driver: self.driver || next.driver, context: self.context || next.context, store: self.store || next.store, trip }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn effects_add_up() {
        let trip = |change| Effect { trip: Some(change), ..Effect::NONE };
        assert_eq!(trip(TripChange::Ended).and(trip(TripChange::Began)).trip, Some(TripChange::Restarted));
        assert_eq!(trip(TripChange::Restarted).and(Effect::LIST).trip, Some(TripChange::Restarted));
        let both = Effect::LIST.and(Effect::STORED);
        assert!(both.list && both.store && both.context && !both.driver);
    }
}

//! Why a record was withheld: a closed list, the same in the gate, the ledger, the oracle and on the screen.

/// Why a use did not get a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[repr(u8)]
pub enum Reason {
    /// Nobody concerned has decided (R1).
    NoConsent = 0,
    /// A person concerned has refused.
    Refused = 1,
    /// A person concerned has withdrawn (R9).
    Withdrawn = 2,
    /// The consent ended by its own date (R11, R12).
    Expired = 3,
    /// The consent, or the duty to show the use first, has not begun.
    NotYet = 4,
    /// The consent was for a trip that is over.
    TripEnded = 5,
    /// The catalog changed materially (R15).
    NoticeChanged = 6,
    /// The person left this category out.
    CategoryExcluded = 7,
    /// Who is concerned is not known: no driver recognised, or occupancy unreadable (R16, R17).
    PersonUnknown = 8,
    /// Another person in the car has not agreed, or has stopped it (R17).
    OtherPerson = 9,
    /// The person is recognised, but not surely enough (R16).
    AssuranceLow = 10,
    /// Objected (R37).
    Objected = 11,
    /// Restricted (R37).
    Restricted = 12,
    /// Paused (R19).
    Paused = 13,
    /// A condition of the use does not hold: not parked, no theft declared, no call.
    ConditionUnmet = 14,
    /// Inside a private zone or a clipped end.
    Zone = 15,
    /// The clock cannot be trusted (R3).
    ClockUntrusted = 16,
    /// Measured before the present state began (R46).
    Late = 17,
    /// No catalog is loaded.
    NoCatalog = 18,
    /// The limits above any catalog forbid it (R53).
    NotLawful = 19,
    /// No certified key for a new stream is left.
    NoKey = 20,
    /// The store cannot record what would leave (R3).
    StoreFailed = 21,
}

impl Reason {
    /// How many reasons there are.
    pub const COUNT: usize = 22;

    /// All reasons in order of their number.
    pub const ALL: [Self; Self::COUNT] = [
        Self::NoConsent,
        Self::Refused,
        Self::Withdrawn,
        Self::Expired,
        Self::NotYet,
        Self::TripEnded,
        Self::NoticeChanged,
        Self::CategoryExcluded,
        Self::PersonUnknown,
        Self::OtherPerson,
        Self::AssuranceLow,
        Self::Objected,
        Self::Restricted,
        Self::Paused,
        Self::ConditionUnmet,
        Self::Zone,
        Self::ClockUntrusted,
        Self::Late,
        Self::NoCatalog,
        Self::NotLawful,
        Self::NoKey,
        Self::StoreFailed,
    ];

    /// Its position in [`Self::ALL`].
    pub fn index(self) -> usize {
        usize::from(self.number())
    }

    /// Its stable number, used in the store.
    #[allow(clippy::as_conversions, reason = "the discriminant of a repr(u8) enum")]
    pub fn number(self) -> u8 {
        self as u8
    }

    /// Its name as it stands in JSON and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoConsent => "no_consent",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
            Self::NotYet => "not_yet",
            Self::TripEnded => "trip_ended",
            Self::NoticeChanged => "notice_changed",
            Self::CategoryExcluded => "category_excluded",
            Self::PersonUnknown => "person_unknown",
            Self::OtherPerson => "other_person",
            Self::AssuranceLow => "assurance_low",
            Self::Objected => "objected",
            Self::Restricted => "restricted",
            Self::Paused => "paused",
            Self::ConditionUnmet => "condition_unmet",
            Self::Zone => "zone",
            Self::ClockUntrusted => "clock_untrusted",
            Self::Late => "late",
            Self::NoCatalog => "no_catalog",
            Self::NotLawful => "not_lawful",
            Self::NoKey => "no_key",
            Self::StoreFailed => "store_failed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_positions() {
        for (position, reason) in Reason::ALL.iter().enumerate() {
            assert_eq!(reason.index(), position);
        }
    }
}

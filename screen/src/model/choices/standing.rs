//! The gatekeeper's words for how a person stands towards a use, as a closed list.

use schemars::JsonSchema;
use serde::Serialize;

/// How the driver stands towards a use; for a use without consent what it rests on, unless they spoke against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Never decided.
    NotDecided,
    /// Yes.
    Given,
    /// Yes, with a review before anything leaves.
    GivenEachTime,
    /// No.
    Refused,
    /// Withdrawn.
    Withdrawn,
    /// Ended by its date.
    Expired,
    /// Ended with its trip.
    TripEnded,
    /// Suspended until decided anew, since the use changed.
    Suspended,
    /// Objected.
    Objected,
    /// Restricted.
    Restricted,
    /// It rests on a call that a person starts.
    Call,
    /// It rests on a declared theft.
    Theft,
    /// It rests on consent.
    Consent,
    /// It rests on a contract.
    Contract,
    /// It rests on a law.
    Law,
    /// It rests on a vital interest.
    VitalInterest,
    /// It rests on a legitimate interest.
    LegitimateInterest,
    /// A word that this screen does not know: shown as such, and taken for no yes.
    Unknown,
}

/// The gatekeeper's words, what they mean here, and the key of their sentence.
pub const STANDINGS: &[(&str, Standing, &str)] = &[
    ("not decided", Standing::NotDecided, "choices-standing-not-decided"),
    ("given", Standing::Given, "choices-standing-given"),
    ("given, each time", Standing::GivenEachTime, "choices-standing-each-time"),
    ("refused", Standing::Refused, "choices-standing-refused"),
    ("withdrawn", Standing::Withdrawn, "choices-standing-withdrawn"),
    ("expired", Standing::Expired, "choices-standing-expired"),
    ("trip ended", Standing::TripEnded, "choices-standing-trip-ended"),
    ("suspended", Standing::Suspended, "choices-standing-suspended"),
    ("objected", Standing::Objected, "choices-standing-objected"),
    ("restricted", Standing::Restricted, "choices-standing-restricted"),
    ("a call that a person starts", Standing::Call, "choices-standing-call"),
    ("a declared theft", Standing::Theft, "choices-standing-theft"),
    ("consent", Standing::Consent, "choices-standing-not-decided"),
    ("a contract", Standing::Contract, "choices-standing-contract"),
    ("law", Standing::Law, "choices-standing-law"),
    ("a vital interest", Standing::VitalInterest, "choices-standing-vital-interest"),
    ("a legitimate interest", Standing::LegitimateInterest, "choices-standing-legitimate-interest"),
];

impl Standing {
    /// From the gatekeeper's word.
    pub fn of(word: &str) -> Self {
        STANDINGS.iter().find(|(known, ..)| *known == word).map_or(Self::Unknown, |(_, standing, _)| *standing)
    }

    /// The key of its sentence.
    pub fn key(self) -> &'static str {
        STANDINGS.iter().find(|(_, standing, _)| *standing == self).map_or("choices-standing-unknown", |(.., key)| *key)
    }

    /// A yes in force.
    pub fn is_given(self) -> bool {
        matches!(self, Self::Given | Self::GivenEachTime)
    }

    /// The person said no, or spoke against it.
    pub fn is_against(self) -> bool {
        matches!(self, Self::Refused | Self::Withdrawn | Self::Objected | Self::Restricted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{Language, Words};
    use consent_core::Status;
    use consent_gatekeeper::status::status_word;

    const STATUSES: [Status; 10] = [
        Status::None,
        Status::Given,
        Status::GivenEachReview,
        Status::Refused,
        Status::Withdrawn,
        Status::Expired,
        Status::TripEnded,
        Status::Suspended,
        Status::Objected,
        Status::Restricted,
    ];

    #[test]
    fn every_word_of_the_gatekeeper_is_known_and_has_a_sentence() {
        for status in STATUSES {
            let standing = Standing::of(status_word(status));
            assert_ne!(standing, Standing::Unknown, "{status:?}");
            let given = matches!(status, Status::Given | Status::GivenEachReview);
            assert_eq!(standing.is_given(), given, "{status:?}");
        }
        for language in Language::ALL {
            let words = Words::new(language);
            for key in STANDINGS.iter().map(|(.., key)| *key).chain([Standing::Unknown.key()]) {
                assert_ne!(words.t(key), key, "{language:?}");
            }
        }
        assert_eq!(Standing::of("something new"), Standing::Unknown);
        assert!(!Standing::Unknown.is_given());
    }
}

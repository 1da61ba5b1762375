//! Why a page or an answer cannot be given: each in words for a person, and as a status for a program.

mod refusals;

use crate::words::{Var, Words};
use axum::http::StatusCode;

/// Why not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The gatekeeper refuses; its sentence says what was expected and what to do.
    #[error("{0}")]
    Refused(String),
    /// Bound in memory, and not on disk yet: "stopped; not yet recorded, retrying".
    #[error("{0}")]
    Unrecorded(String),
    /// Opens with this person's authentication only (R51).
    #[error("unlock your profile first")]
    Locked,
    /// The page was made for another driver.
    #[error("the driver has changed since this page was made")]
    DriverChanged,
    /// Nothing of that name.
    #[error("nothing of that name")]
    NotFound,
    /// Not understood: says which field.
    #[error("{0}")]
    Invalid(String),
    /// No catalog is in force yet.
    #[error("no catalog is in force yet")]
    NoCatalog,
    /// The gatekeeper answers in a shape that this screen does not know, or not at all.
    #[error("the gate does not answer")]
    Silent,
}

impl Fault {
    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Refused(_) | Self::DriverChanged => StatusCode::CONFLICT,
            Self::Unrecorded(_) => StatusCode::ACCEPTED,
            Self::Locked => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::NoCatalog | Self::Silent => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// A word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(_) => "refused",
            Self::Unrecorded(_) => "unrecorded",
            Self::Locked => "locked",
            Self::DriverChanged => "driver_changed",
            Self::NotFound => "not_found",
            Self::Invalid(_) => "invalid",
            Self::NoCatalog => "no_catalog",
            Self::Silent => "silent",
        }
    }

    /// A sentence for a person. What the gatekeeper or a field's check says stands in it.
    pub fn words(&self, words: Words) -> String {
        match self {
            Self::Refused(detail) => refusals::words(detail, words).unwrap_or_else(|| detail.clone()),
            Self::Unrecorded(_) => words.t("base-fault-unrecorded"),
            Self::Locked => words.t("base-fault-locked"),
            Self::DriverChanged => words.t("base-fault-driver_changed"),
            Self::NotFound => words.t("base-fault-not_found"),
            Self::Invalid(detail) => words.ta("base-fault-invalid", &[("detail", Var::Text(detail))]),
            Self::NoCatalog => words.t("base-fault-no_catalog"),
            Self::Silent => words.t("base-fault-silent"),
        }
    }
}

//! The catalog as authored: every value with its place, missing ones as `None` (their fault is noted already).

use super::reader::AuthoredTexts;
use super::report::{Place, Placed};
use consent_core::catalog::{EachTime, LawfulUse};
use consent_core::{Access, Assurance, Benefit, CategoryKind, Condition, Ground, Rule};
use consent_protocol::catalog::{Beneficiary, Datatype, Deployment, Environment, RecipientRole};

/// The file.
#[derive(Debug, Default)]
pub(crate) struct Authored {
    pub(crate) place: Place,
    pub(crate) version: Option<Placed<u32>>,
    pub(crate) environment: Option<Placed<Environment>>,
    pub(crate) country: Option<Placed<String>>,
    pub(crate) model_line: Option<Placed<String>>,
    pub(crate) deployment: Option<Placed<Deployment>>,
    pub(crate) consent_age_years: Option<Placed<u32>>,
    pub(crate) agreement: Option<Placed<String>>,
    pub(crate) languages: Vec<Placed<String>>,
    pub(crate) rights: Option<AuthoredTexts>,
    pub(crate) gate: Option<GateEntry>,
    pub(crate) categories: Vec<Category>,
    pub(crate) recipients: Vec<Recipient>,
    pub(crate) signals: Vec<OwnSignal>,
    pub(crate) uses: Vec<Use>,
    pub(crate) editorial: Vec<Editorial>,
}

/// "Running the gate" (R1).
#[derive(Debug)]
pub(crate) struct GateEntry {
    pub(crate) access: Option<Placed<Access>>,
    pub(crate) ground: Option<Placed<Ground>>,
    pub(crate) fields: Vec<Placed<String>>,
    pub(crate) headline: Option<AuthoredTexts>,
    pub(crate) plain: Option<AuthoredTexts>,
}

/// A category.
#[derive(Debug)]
pub(crate) struct Category {
    pub(crate) place: Place,
    pub(crate) id: Option<Placed<String>>,
    pub(crate) term: Option<Placed<String>>,
    pub(crate) kind: Option<Placed<CategoryKind>>,
    pub(crate) guarded: bool,
    pub(crate) location: bool,
    pub(crate) name: Option<AuthoredTexts>,
    pub(crate) signals: Vec<Placed<String>>,
}

/// What sort of recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RecipientKind {
    /// The maker of the car itself.
    Manufacturer,
    /// An insurer (R22).
    Insurer,
    /// An authority.
    Authority,
    /// The employer in an employer deployment.
    Employer,
    /// The lessor in a rental.
    Lessor,
    /// Anybody else.
    Service,
}

/// A recipient.
#[derive(Debug)]
pub(crate) struct Recipient {
    pub(crate) place: Place,
    pub(crate) id: Option<Placed<String>>,
    pub(crate) kind: Option<Placed<RecipientKind>>,
    pub(crate) role: Option<Placed<RecipientRole>>,
    pub(crate) name: Option<AuthoredTexts>,
    pub(crate) countries: Vec<Placed<String>>,
    pub(crate) safeguard: Option<Placed<String>>,
    pub(crate) contact: Option<Placed<String>>,
    pub(crate) authority: Option<Placed<String>>,
    pub(crate) systems: Vec<Placed<String>>,
    pub(crate) ack_key: Option<Placed<String>>,
}

/// A signal of our own, or what a stock signal is derived from.
#[derive(Debug)]
pub(crate) struct OwnSignal {
    pub(crate) path: Option<Placed<String>>,
    pub(crate) datatype: Option<Placed<Datatype>>,
    pub(crate) unit: Option<Placed<String>>,
    pub(crate) derived_from: Vec<Placed<String>>,
}

/// A law that a use rests on.
#[derive(Debug)]
pub(crate) struct Law {
    pub(crate) place: Place,
    pub(crate) act: Option<Placed<String>>,
    pub(crate) article: Option<Placed<String>>,
    pub(crate) table: Option<Placed<LawfulUse>>,
}

/// Whom a use rests on while nobody is aboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ParkedStanding {
    /// Nobody: it does not run.
    Nobody,
    /// The last driver's standing (R17).
    LastDriver,
}

/// A duration as authored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Millis(pub(crate) u64);

/// A use.
#[derive(Debug)]
pub(crate) struct Use {
    pub(crate) place: Place,
    pub(crate) id: Option<Placed<String>>,
    pub(crate) revision: Option<Placed<u32>>,
    pub(crate) recipient: Option<Placed<String>>,
    pub(crate) purpose: Option<Placed<String>>,
    pub(crate) access: Option<Placed<Access>>,
    pub(crate) ground: Option<Placed<Ground>>,
    pub(crate) law: Option<Law>,
    pub(crate) condition: Option<Placed<Condition>>,
    pub(crate) assurance_active: Option<Placed<Assurance>>,
    pub(crate) assurance_give: Option<Placed<Assurance>>,
    pub(crate) parked: Option<Placed<ParkedStanding>>,
    pub(crate) each_time: Option<Placed<EachTime>>,
    pub(crate) benefit: Option<Placed<Benefit>>,
    pub(crate) beneficiary: Option<Placed<Beneficiary>>,
    pub(crate) benefit_text: Option<AuthoredTexts>,
    pub(crate) reason: Option<AuthoredTexts>,
    pub(crate) signals: Vec<Placed<String>>,
    pub(crate) within: Option<Placed<Millis>>,
    pub(crate) records_max: Option<Placed<u32>>,
    pub(crate) age_max: Option<Placed<Millis>>,
    pub(crate) retention: Option<Placed<Millis>>,
    pub(crate) consent: Option<Placed<Millis>>,
    pub(crate) automated_decision: Option<Placed<bool>>,
    pub(crate) linked: bool,
    pub(crate) headline: Option<AuthoredTexts>,
    pub(crate) plain: Option<AuthoredTexts>,
    pub(crate) notice: Option<AuthoredTexts>,
    pub(crate) tiers: Vec<Tier>,
}

/// A tier.
#[derive(Debug)]
pub(crate) struct Tier {
    pub(crate) place: Place,
    pub(crate) reveals: Option<AuthoredTexts>,
    pub(crate) rules: Vec<RuleEntry>,
}

/// A rule for the signals of some patterns.
#[derive(Debug)]
pub(crate) struct RuleEntry {
    pub(crate) unit: Option<Placed<String>>,
    pub(crate) signals: Vec<Placed<String>>,
    pub(crate) effect: Option<Rule>,
}

/// The written reason of an editorial change.
#[derive(Debug)]
pub(crate) struct Editorial {
    pub(crate) place: Place,
    pub(crate) use_id: Option<Placed<String>>,
    pub(crate) reason: Option<Placed<String>>,
}

impl Use {
    /// Its id for messages.
    pub(crate) fn name(&self) -> &str {
        self.id.as_ref().map_or("", |id| id.value.as_str())
    }

    /// Its condition; always, if none is given.
    pub(crate) fn condition(&self) -> Condition {
        self.condition.as_ref().map_or(Condition::Always, |condition| condition.value)
    }
}

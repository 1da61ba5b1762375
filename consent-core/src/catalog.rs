//! The borrowed tables of a compiled catalog that the gate works on.
//!
//! The wire form with its texts lives in `consent-protocol`; what stands here is only what a verdict needs. A [`Catalog`] is
//! a bundle of slices, cheap to copy; whoever owns the tables keeps the slices consistent (the protocol crate checks that).

use crate::ids::{CategorySet, SignalId, Tier, UseSet};
use crate::rule::Rule;

/// The first gate: access to the terminal equipment (ePrivacy 5(3), R4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Access {
    /// With the person's consent.
    Consent,
    /// Strictly necessary for a service that the person requested.
    RequestedService,
    /// Needed to carry out the transmission itself.
    Transmission,
    /// Demanded by law.
    Law,
}

/// The second gate: the legal ground (GDPR 6(1), R4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Ground {
    /// 6(1)(a).
    Consent,
    /// 6(1)(b).
    Contract,
    /// 6(1)(c).
    LegalObligation,
    /// 6(1)(d).
    VitalInterest,
    /// 6(1)(f), with objection.
    LegitimateInterest,
}

/// Whom a category of data is about, and so whose yes is needed (R17).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum CategoryKind {
    /// The vehicle: the driver's consent; no occupant stops it.
    Vehicle,
    /// The driver: the driver's consent; any occupant stops it for this trip.
    Driver,
    /// The cabin: a yes of every occupied seat.
    Cabin,
}

/// One category.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CategoryDef {
    /// Whom it is about.
    pub kind: CategoryKind,
    /// One of location, biometric, cabin, occupant or offence-revealing: never leaves without consent (R53).
    pub guarded: bool,
}

/// When a use may run at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Condition {
    /// Always.
    Always,
    /// Only while parked.
    Parked,
    /// Only while the owner's theft declaration holds (R25); the ordinary rules on people do not apply then.
    TheftDeclared,
    /// Only during a call that a person in the car started; the call is the request (R16, R53).
    Call,
}

/// How an "each time" use is confirmed (R13).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum EachTime {
    /// One screen before driving off.
    BeforeTrip,
    /// One review of all waiting trips.
    Review,
}

/// What a benefit is about. †
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Benefit {
    /// Fewer accidents.
    Safety,
    /// Less time spent.
    Time,
    /// Less money spent.
    Cost,
    /// More comfort.
    Comfort,
    /// Less harm to the environment.
    Environment,
    /// Good for everyone.
    PublicGood,
}

/// The fixed field lists that a use by law may rest on (R53).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum LawfulUse {
    /// On-board fuel and energy consumption monitoring, Regulation (EU) 2021/392, with its right to refuse.
    Obfcm,
    /// Attack monitoring, UN R155 7.3.7.
    AttackMonitoring,
}

/// One signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignalDef {
    /// All categories that the signal carries.
    pub categories: CategorySet,
    /// Index of this set of categories among the catalog's distinct sets.
    pub class: u8,
    /// Uses that name this signal.
    pub covered_by: UseSet,
}

/// A rule of one use, tier and signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TierRule {
    /// Which signal; for a fix its latitude signal.
    pub signal: SignalId,
    /// Which tier.
    pub tier: Tier,
    /// What is left of it.
    pub rule: Rule,
    /// The slot of transformation state.
    pub slot: u16,
}

/// One use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UseDef {
    /// First gate.
    pub access: Access,
    /// Second gate.
    pub ground: Ground,
    /// The closed table's entry for a use by law.
    pub law: Option<LawfulUse>,
    /// Whether the person whom the law names may refuse.
    pub may_refuse: bool,
    /// When it may run.
    pub condition: Condition,
    /// Lowest assurance of the driver that activates a consent (R16).
    pub assurance_active: crate::Assurance,
    /// With nobody aboard, rests on the last driver's standing (R17).
    pub parked_last_driver: bool,
    /// All categories of the signals that it covers.
    pub categories: CategorySet,
    /// How many tiers it has, 1 to [`crate::limits::TIERS_MAX`].
    pub tiers: u8,
    /// First of its rules in [`Catalog::rules`]; rules of a use are sorted by tier, then signal.
    pub rules_from: u32,
    /// Number of its rules.
    pub rules_len: u32,
}

/// The tables of one compiled catalog.
#[derive(Clone, Copy, Debug)]
pub struct Catalog<'a> {
    /// Signals by [`SignalId`].
    pub signals: &'a [SignalDef],
    /// Uses by [`crate::UseIx`].
    pub uses: &'a [UseDef],
    /// Categories by bit.
    pub categories: &'a [CategoryDef],
    /// Distinct sets of categories by class.
    pub classes: &'a [CategorySet],
    /// Rules of all uses.
    pub rules: &'a [TierRule],
}

impl<'a> Catalog<'a> {
    /// The rules of a use, sorted by tier and signal; none of a use that is not there.
    pub fn rules_of(&self, use_ix: crate::UseIx) -> &'a [TierRule] {
        let range = self.uses.get(use_ix.index()).and_then(|def| {
            let from = usize::try_from(def.rules_from).ok()?;
            Some(from..from.checked_add(usize::try_from(def.rules_len).ok()?)?)
        });
        range.and_then(|range| self.rules.get(range)).unwrap_or_default()
    }

    /// The rule of a use at a tier for a signal; a signal without a rule is dropped.
    pub fn rule(&self, use_ix: crate::UseIx, tier: Tier, signal: SignalId) -> Option<&'a TierRule> {
        let rules = self.rules_of(use_ix);
        rules.binary_search_by_key(&(tier, signal), |rule| (rule.tier, rule.signal)).ok().and_then(|at| rules.get(at))
    }
}

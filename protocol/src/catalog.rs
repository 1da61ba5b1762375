//! The compiled catalog: signals, categories, recipients and uses, with all texts, as it is signed and sent.
//!
//! Encoded with postcard, wrapped in a COSE_Sign1 under the catalog's root key. Its version only rises; environments never mix.

use crate::ids::Digest;
use alloc::string::String;
use alloc::vec::Vec;
use consent_core::{
    Access, Assurance, Benefit, CategoryKind, CategorySet, Condition, Ground, Rule,
    catalog::{EachTime, LawfulUse},
};
use serde::{Deserialize, Serialize};

/// The version of the encoding, first in every compiled catalog.
pub const FORMAT: u16 = 1;

/// Where a catalog may be used; nothing crosses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// A desk; the only one in which an operator may decide for a person.
    Demo,
    /// Tests before release.
    Staging,
    /// Cars in the field.
    Production,
}

/// Under which relation the car is used (R49).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deployment {
    /// The driver's own car.
    Private,
    /// An employer's: consent towards the employer is not possible.
    Employer,
    /// A rental: consents end with the rental.
    Rental,
    /// Shared by several.
    Shared,
}

/// A text in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Localized {
    /// BCP 47 tag, as `en` or `de`.
    pub language: String,
    /// The text.
    pub text: String,
}

/// One text in every language of the catalog.
pub type Texts = Vec<Localized>;

/// The text in a language, if there is one.
pub fn text_in<'a>(texts: &'a [Localized], language: &str) -> Option<&'a str> {
    texts.iter().find(|text| text.language == language).map(|text| text.text.as_str())
}

/// What a group of signals says about people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    /// Stable id.
    pub id: String,
    /// DPV IRI.
    pub iri: String,
    /// Whom it is about.
    pub kind: CategoryKind,
    /// Location, biometric, cabin, occupant or offence-revealing: never leaves without consent (R53).
    pub guarded: bool,
    /// A location category (R24: sign while active).
    pub location: bool,
    /// Its name.
    pub name: Texts,
}

/// The DPV role of a recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecipientRole {
    /// `DataController`.
    Controller,
    /// Joint controllers.
    JointController,
    /// `DataProcessor`.
    Processor,
    /// `ThirdParty`.
    ThirdParty,
    /// `Authority`.
    Authority,
}

/// Who receives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// Stable id, also in topics: lower-case letters, digits and hyphens, at most 24.
    pub id: String,
    /// Its name.
    pub name: Texts,
    /// Its role.
    pub role: RecipientRole,
    /// Not the manufacturer: asked separately and marked.
    pub outside: bool,
    /// The employer of an employer deployment, or the lessor of a rental (R49).
    pub deployer: bool,
    /// ISO 3166 codes of the countries where data is processed.
    pub countries: Vec<String>,
    /// Safeguard for transfers, empty inside the EEA.
    pub safeguard: String,
    /// Contact address for questions and rights.
    pub contact: String,
    /// Supervisory authority.
    pub authority: String,
    /// Systems that hold data, for the count of an erasure.
    pub systems: Vec<String>,
    /// Ed25519 key that signs State and answers.
    pub ack_key: [u8; 32],
}

/// A VSS datatype.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Datatype {
    /// `boolean`
    Boolean,
    /// `int8`
    Int8,
    /// `int16`
    Int16,
    /// `int32`
    Int32,
    /// `int64`
    Int64,
    /// `uint8`
    Uint8,
    /// `uint16`
    Uint16,
    /// `uint32`
    Uint32,
    /// `uint64`
    Uint64,
    /// `float`
    Float,
    /// `double`
    Double,
    /// `string`
    String,
    /// Arrays of booleans or whole numbers.
    IntArray,
    /// `float[]`, `double[]`
    FloatArray,
    /// `string[]` and structs: known by name only, never taken.
    Unsupported,
}

/// What a signal is within a fix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FixPart {
    /// Latitude, degrees.
    Latitude,
    /// Longitude, degrees.
    Longitude,
    /// Altitude, metres.
    Altitude,
    /// Heading, degrees.
    Heading,
    /// Horizontal accuracy, metres.
    Accuracy,
}

/// One signal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signal {
    /// VSS path.
    pub path: String,
    /// VSS datatype.
    pub datatype: Datatype,
    /// VSS unit, empty if it has none.
    pub unit: String,
    /// Categories by bit, those of what it is derived from included.
    pub categories: CategorySet,
    /// What it is within a fix.
    pub fix: Option<FixPart>,
}

/// A rule for one signal at one tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignalRule {
    /// Index of the signal.
    pub signal: u16,
    /// What is left of it.
    pub rule: Rule,
}

/// A tier of precision; the first is the coarsest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TierDef {
    /// What it reveals, in words: "where you were, to 2 km".
    pub reveals: Texts,
    /// Rules sorted by signal, one for every signal of the use; what has none is dropped.
    pub rules: Vec<SignalRule>,
}

/// Who has the benefit (R31).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Beneficiary {
    /// The person asked.
    You,
    /// Everyone.
    Everyone,
    /// The recipient.
    Recipient,
}

/// The law that a use rests on (R4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Law {
    /// Act, as "Regulation (EU) 2021/392".
    pub act: String,
    /// Article.
    pub article: String,
    /// Which entry of the closed table.
    pub table: LawfulUse,
    /// Whether the person whom the law names may refuse.
    pub may_refuse: bool,
}

/// What is shown when the use is asked for, and beside it ever after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UseTexts {
    /// At most 60 characters.
    pub headline: Texts,
    /// What leaves and what it is used for, in plain words.
    pub plain: Texts,
    /// The benefit, or for a use by law its reason.
    pub benefit: Texts,
    /// The notice in full: rights, automated decisions, authority.
    pub notice: Texts,
}

/// One purpose for one recipient on one access and ground.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Use {
    /// Stable id.
    pub id: String,
    /// Rises with every change.
    pub revision: u32,
    /// Index of the recipient.
    pub recipient: u8,
    /// DPV purpose IRI.
    pub purpose: String,
    /// First gate.
    pub access: Access,
    /// Second gate.
    pub ground: Ground,
    /// For a use by law.
    pub law: Option<Law>,
    /// When it may run.
    pub condition: Condition,
    /// Lowest assurance that activates a consent.
    pub assurance_active: Assurance,
    /// Lowest assurance that gives one.
    pub assurance_give: Assurance,
    /// With nobody aboard it rests on the last driver's standing.
    pub parked_last_driver: bool,
    /// Offered with confirmation each time.
    pub each_time: Option<EachTime>,
    /// What the benefit is about.
    pub benefit: Benefit,
    /// Who has it.
    pub beneficiary: Beneficiary,
    /// Indices of the covered signals, ascending.
    pub signals: Vec<u16>,
    /// Patterns as authored (a wildcard that matches new signals is material).
    pub patterns: Vec<String>,
    /// Tiers, coarsest first, 1 to 8.
    pub tiers: Vec<TierDef>,
    /// Closing grid of its batches, seconds.
    pub within_s: u32,
    /// Most records of a batch.
    pub records_max: u32,
    /// A batch older than this ends unsent, seconds.
    pub age_max_s: u32,
    /// How long the recipient keeps it, days.
    pub retention_days: u32,
    /// Longest duration of a consent, days, at most 366.
    pub consent_days_max: u32,
    /// Whether the recipient decides about people by machine with it.
    pub automated_decision: bool,
    /// Streams of this use carry the recipient's pairwise pseudonym.
    pub linked: bool,
    /// Texts.
    pub texts: UseTexts,
}

/// The gate's own traffic, listed beside the uses (R1): it has no stream, basis, batch or decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateListing {
    /// First gate.
    pub access: Access,
    /// Second gate.
    pub ground: Ground,
    /// What the traffic consists of.
    pub fields: Vec<String>,
    /// At most 60 characters.
    pub headline: Texts,
    /// What leaves, in plain words.
    pub plain: Texts,
}

/// A compiled catalog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompiledCatalog {
    /// [`FORMAT`].
    pub format: u16,
    /// Rises with every catalog of an audience.
    pub version: u32,
    /// Environment.
    pub environment: Environment,
    /// ISO 3166 code of the country.
    pub country: String,
    /// Model line: lower-case letters, digits and hyphens.
    pub model_line: String,
    /// Deployment.
    pub deployment: Deployment,
    /// Age of digital consent in the country, years.
    pub consent_age_years: u8,
    /// Languages that every text has.
    pub languages: Vec<String>,
    /// VSS version that the paths were checked against.
    pub vss_version: String,
    /// "Running the gate".
    pub gate: GateListing,
    /// Categories by bit.
    pub categories: Vec<Category>,
    /// Recipients.
    pub recipients: Vec<Recipient>,
    /// Signals, sorted by path.
    pub signals: Vec<Signal>,
    /// Uses.
    pub uses: Vec<Use>,
}

/// Why bytes are no catalog, or a catalog breaks the sizes of the gate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CatalogError {
    /// Not the encoding of a catalog.
    #[error("not a compiled catalog of format {FORMAT}")]
    Encoding,
    /// Something beyond the limits or inconsistent; says what.
    #[error("catalog breaks a limit of the gate: {0}")]
    Invalid(String),
}

impl CompiledCatalog {
    /// The audience as it stands in the topic: `environment.country.model-line`.
    pub fn audience(&self) -> String {
        let environment = match self.environment {
            Environment::Demo => "demo",
            Environment::Staging => "staging",
            Environment::Production => "production",
        };
        alloc::format!("{environment}.{}.{}", self.country.to_lowercase(), self.model_line)
    }

    /// Postcard bytes, the payload of the signed envelope.
    pub fn to_bytes(&self) -> Vec<u8> {
        postcard::to_allocvec(self).unwrap_or_default()
    }

    /// Reads postcard bytes; trailing bytes and other spellings are an error, so that [`Self::digest`] is that of the bytes. Sizes and references are checked by [`crate::tables`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CatalogError> {
        match postcard::take_from_bytes::<Self>(bytes) {
            Ok((catalog, [])) if catalog.format == FORMAT && catalog.to_bytes() == bytes => Ok(catalog),
            Ok(_) | Err(_) => Err(CatalogError::Encoding),
        }
    }

    /// The catalog's digest: SHA-256 of its postcard bytes.
    pub fn digest(&self) -> Digest {
        crate::envelope::sha256(&[&self.to_bytes()])
    }

    /// Digest over everything of a use that its consent rests on: the use with its texts, its recipient (whatever key it
    /// signs with), and the paths, units and categories of its signals. Two catalogs in which a use means the same give it
    /// the same digest, wherever its recipient, signals and categories stand in them.
    pub fn terms_digest(&self, use_index: usize) -> Option<Digest> {
        let used = self.uses.get(use_index)?;
        let recipient = self.recipients.get(usize::from(used.recipient))?;
        let recipient = Recipient { ack_key: [0; 32], ..recipient.clone() };
        let signals = used.signals.iter().map(|signal| self.signals.get(usize::from(*signal)));
        let signals: Option<Vec<_>> = signals.map(|signal| signal.map(|signal| (&signal.path, &signal.unit, self.category_terms(signal.categories)))).collect();
        let parts =
            [postcard::to_allocvec(&used.id), postcard::to_allocvec(&used.terms()), postcard::to_allocvec(&recipient), postcard::to_allocvec(&signals?)];
        let parts: Option<Vec<Vec<u8>>> = parts.into_iter().collect::<Result<_, _>>().ok();
        Some(crate::envelope::sha256(&parts?.iter().map(Vec::as_slice).collect::<Vec<_>>()))
    }

    /// Digest of the texts of a use in one language, as they are shown when it is asked for: SHA-256 over the postcard strings
    /// headline, plain, benefit, notice; a text that is missing is empty.
    pub fn notice_digest(&self, use_index: usize, language: &str) -> Option<Digest> {
        let texts = &self.uses.get(use_index)?.texts;
        let shown = [&texts.headline, &texts.plain, &texts.benefit, &texts.notice].map(|text| text_in(text, language).unwrap_or_default());
        postcard::to_allocvec(&shown).ok().map(|bytes| crate::envelope::sha256(&[&bytes]))
    }

    /// The categories of a set, in the order of their bits.
    pub fn categories_in(&self, set: CategorySet) -> impl Iterator<Item = &Category> {
        self.categories.iter().zip(0..).filter(move |(_, bit)| set.intersects(CategorySet::single(*bit))).map(|(category, _)| category)
    }

    /// What consent rests on of a set of categories, by id.
    fn category_terms(&self, set: CategorySet) -> Vec<(&str, &str, CategoryKind, bool)> {
        let mut terms: Vec<_> =
            self.categories_in(set).map(|category| (category.id.as_str(), category.iri.as_str(), category.kind, category.guarded)).collect();
        terms.sort_unstable_by_key(|(id, ..)| *id);
        terms
    }

    /// Position of a use by its id.
    pub fn use_index(&self, id: &str) -> Option<usize> {
        self.uses.iter().position(|used| used.id == id)
    }
}

impl Use {
    /// What of a use its consent rests on, without indices that only this catalog knows.
    fn terms(&self) -> Self {
        let mut terms = self.clone();
        terms.signals = (0..).take(self.signals.len()).collect();
        terms.recipient = 0;
        for tier in &mut terms.tiers {
            for rule in &mut tier.rules {
                rule.signal = self.signals.iter().position(|signal| *signal == rule.signal).and_then(|at| u16::try_from(at).ok()).unwrap_or(u16::MAX);
            }
        }
        terms
    }
}

#[cfg(any(test, feature = "example"))]
pub mod example;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_catalog_reads_what_it_writes() {
        let catalog = example::catalog();
        let bytes = catalog.to_bytes();
        assert_eq!(CompiledCatalog::from_bytes(&bytes).as_ref(), Ok(&catalog));
        assert_eq!(catalog.digest(), crate::envelope::sha256(&[&bytes]));
        assert_eq!(CompiledCatalog::from_bytes(&[&bytes[..], &[0]].concat()), Err(CatalogError::Encoding));
        assert_eq!(catalog.audience(), "demo.de.line-1");
        let spelled_longer = [&[0x81, 0x00], &bytes[1..]].concat();
        assert_eq!(CompiledCatalog::from_bytes(&spelled_longer), Err(CatalogError::Encoding));
    }

    #[test]
    fn terms_are_the_same_wherever_things_stand() {
        let before = example::catalog();
        let mut after = before.clone();
        after.recipients.reverse();
        after.categories.rotate_left(1);
        for signal in &mut after.signals {
            signal.categories = CategorySet(signal.categories.0.rotate_right(1) & 0b11 | (signal.categories.0 & 1) << 2);
        }
        after.signals.insert(0, Signal { path: "Vehicle.A".into(), ..before.signals[4].clone() });
        for used in &mut after.uses {
            used.recipient = 1 - used.recipient;
            used.signals.iter_mut().for_each(|signal| *signal += 1);
            used.tiers.iter_mut().flat_map(|tier| &mut tier.rules).for_each(|rule| rule.signal += 1);
        }
        after.recipients[0].ack_key = [1; 32];
        for index in 0..before.uses.len() {
            assert_eq!(before.terms_digest(index), after.terms_digest(index));
        }
    }

    #[test]
    fn terms_change_with_what_consent_rests_on() {
        let before = example::catalog();
        let changes: [fn(&mut CompiledCatalog); 5] = [
            |c| c.signals[4].categories = CategorySet(7),
            |c| c.signals[4].unit = "m/s".into(),
            |c| c.recipients[1].countries.push("US".into()),
            |c| c.uses[0].retention_days += 1,
            |c| c.uses[0].texts.plain[0].text.push('x'),
        ];
        for change in changes {
            let mut after = before.clone();
            change(&mut after);
            assert_ne!(before.terms_digest(0), after.terms_digest(0));
        }
    }

    #[test]
    fn a_notice_is_of_one_language_and_order() {
        let mut catalog = example::catalog();
        let digest = catalog.notice_digest(0, "en");
        assert_ne!(digest, catalog.notice_digest(0, "de"));
        let moved = catalog.uses[0].texts.plain[0].text.pop().unwrap();
        catalog.uses[0].texts.benefit[0].text.insert(0, moved);
        assert_ne!(digest, catalog.notice_digest(0, "en"));
    }
}

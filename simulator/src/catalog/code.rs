//! The stable codes of the catalog check: one place for number, title and explanation, so that the tool, its `--explain`
//! and `docs/catalog.md` cannot say different things.
//!
//! INVARIANT: a number, once given, keeps its meaning; a code that is no longer used is not given again.

macro_rules! codes {
    ($($name:ident = $number:literal $title:literal $explanation:literal)+) => {
        /// What is wrong with a catalog.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $title] $name,)+
        }

        impl Code {
            /// All codes by number.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// Its number: 12 for `CG012`.
            pub fn number(self) -> u16 {
                match self { $(Self::$name => $number,)+ }
            }

            /// What is wrong, in a few words.
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)+ }
            }

            /// Why it is wrong and what to do.
            pub fn explanation(self) -> &'static str {
                match self { $(Self::$name => $explanation,)+ }
            }
        }
    };
}

codes! {
    File = 1 "file cannot be read as TOML"
        "The file must exist, be UTF-8 text of at most 4 MiB and follow TOML 1.1. The line names the place where the syntax breaks."
    UnknownKey = 2 "unknown key"
        "Only the keys listed in docs/catalog.md mean something. A key that is merely ignored would be a promise that nobody keeps, so it is a fault; the nearest known key is named."
    MissingKey = 3 "key missing"
        "The table needs this key. docs/catalog.md says what it takes."
    WrongType = 4 "value of the wrong type"
        "The key takes another TOML type: text in quotes, a whole number, true or false, a list, a table."
    NotInList = 5 "value not in its closed list"
        "The key takes one of a closed list of words; all of them are named as expected."
    OutOfRange = 6 "number or unit out of range"
        "The number, duration or length is outside what the gate accepts, or its unit is not one of ms, s, min, h, d, or m, km."
    DuplicateId = 7 "id given twice"
        "Ids of categories, recipients, uses and own signals name exactly one thing each."
    Dangling = 8 "reference to something that is not there"
        "The named category, recipient, use or signal does not exist in this catalog. The nearest known one is named."
    BadId = 9 "malformed id"
        "Ids are lower-case letters, digits and hyphens, begin with a letter, at most 24 characters: they stand in topics and file names."
    TooMany = 10 "more than the gate has room for"
        "The gate works in fixed memory: 1,024 signals, 128 uses, 32 categories, 16 recipients, 8 tiers, 64 distinct sets of categories, 640 slots of state, 4,096 rules. Use fewer, or narrower wildcards."
    TextTooLong = 11 "text over its limit"
        "Texts must fit the car's screen and a driver's glance. Limits in characters: headline 60, plain 280, benefit and reason 160, notice 1,200, reveals 60, names 60, contact, authority and safeguard 160."
    UnknownPath = 12 "signal path not in the VSS tree"
        "The path is neither in the VSS tree that was given (--vss FILE) nor declared as an own [[signal]]. Paths change between VSS versions; the nearest known one is named."
    MatchesNothing = 13 "pattern matches no signal"
        "A wildcard that matches nothing today would match something unforeseen tomorrow."
    BadPattern = 14 "malformed path or pattern"
        "A path is dot-separated names beginning with Vehicle. In a pattern `*` stands for one whole name and `**` for one or more; nothing else is special."
    Datatype = 15 "datatype that the gate does not take"
        "The gate takes all VSS scalar types, strings up to 32 bytes and arrays up to 4 numbers. Lists of strings and structs cannot pass."
    NoCategory = 16 "signal without a category"
        "A person decides by category, so every signal that a use covers belongs to at least one. Add its path to a category's signals."
    Ambiguous = 17 "two equally exact patterns claim the signal"
        "In one tier the most exact pattern decides which rule a signal gets. Two equally exact ones leave it open."
    LanguageMissing = 18 "language missing"
        "A request is asked only in a language that the catalog has in full (R47): every text exists, and is not empty, in every language of catalog.languages."
    LanguageUnknown = 19 "language not declared"
        "The text is given in a language that catalog.languages does not list."
    Anonymous = 20 "the word anonymous"
        "Data about one car is hardly ever anonymous, and a person who reads the word decides on a promise that cannot be kept (R23). Say what is left instead: the 2 km square, the count per week."
    NoBenefit = 21 "use without a benefit"
        "Nothing is asked for without naming what it is good for and who gets it: you, everyone, or the recipient (R31)."
    NoReason = 22 "use by law without a reason"
        "A use by law is not asked for but shown; it says in plain words why the law wants it (R31)."
    UnknownTerm = 23 "unknown DPV term"
        "Purposes and categories are named by the terms of the W3C Data Privacy Vocabulary that docs/catalog.md lists, or by our own `cg:` terms. A closed list, so that two catalogs that mean the same say the same."
    Endless = 24 "duration without an end"
        "Every consent and every retention ends (R11). Give a number of days."
    ConsentTooLong = 25 "consent longer than a year"
        "A consent lasts at most 366 days (R14) and is then asked for anew."
    AgeMax = 26 "age_max outside one minute to 14 days"
        "A batch that could not be delivered is destroyed after age_max. Longer than 14 days nobody remembers what they agreed to."
    Deliver = 27 "delivery grid out of range"
        "deliver.within is the closing grid of batches, 1 s to 7 d and not above age_max; deliver.records_max is 1 to 4,096."
    RecipientIncomplete = 28 "recipient does not say who it is"
        "Before any request a person can read who receives, where, how to reach them and who supervises them (R30): contact, countries, authority and at least one system that holds data."
    NoSafeguard = 29 "transfer without a safeguard"
        "A recipient that works on data outside the European Economic Area names the safeguard that it rests on (R30), as `adequacy decision` or `standard contractual clauses`."
    Combination = 30 "access and ground do not go together"
        "Two gates, both must hold (R4): legitimate interest goes only with access consent, requested_service or law; ground consent only with access consent; legal_obligation only with access law, and the reverse."
    LawIncomplete = 31 "use by law without act or article"
        "A use by law names the act and the article (R4)."
    LawTable = 32 "use by law outside the closed table"
        "Uses by law come only from a closed table (R53): obfcm, Regulation (EU) 2021/392, with its right to refuse; attack_monitoring, UN R155 7.3.7. A use that is not by law has no law key."
    LawFields = 33 "field that the law does not name"
        "A use by law covers exactly the fields of its table entry, given path by path (R29, R53). Anything more needs consent, as a use of its own."
    NeedsConsent = 34 "guarded category without consent"
        "Location, biometric, cabin, occupant and offence-revealing categories leave only with consent, save declared theft, vital interest, and a call that the person starts (R53)."
    CategoryFlags = 35 "category says less than its term"
        "A category whose term is about location, biometrics, the cabin or its occupants is guarded; a location category also has location = true and kind driver; a cabin category has kind cabin. A driver's stop or a passenger's depends on it (R17, R24)."
    NoLocationTiers = 36 "location use without tiers"
        "Location precision is chosen by the person (R24): a use that releases positions on a grid offers at least two tiers: 20 km, 5 km or 2 km, or a track that hides where the car stops."
    GridTooFine = 37 "location finer than 2 km"
        "A grid below 2 km hides no home (docs/catalog.md, 'Why 2 km'). Cells are 2, 5 or 20 km; the raster is fixed in time."
    ExactPlace = 38 "exact position without a reason to stand still"
        "A position that is not snapped to a grid leaves only while parked, during a theft that the owner declared, or in a call that the person started (R24, R25)."
    TierListsDiffer = 39 "two location tier lists for one recipient"
        "Two grids or rasters to one recipient can be laid over each other and are finer than either. Location precision is one list for all uses of a recipient; a use may have fewer tiers of it."
    TierOrder = 40 "tier is not finer than the one before"
        "Tiers go from coarse to fine: in each, every signal is at least as fine as in the one before, and at least one is finer. The effective tier is the coarsest that anyone concerned allows, so the order decides what leaves."
    InsurerRaw = 41 "insurer gets more than aggregates"
        "An insurer gets scores and distance, never the raw stream (R22): every rule of a use for an insurer sums up over at least a minute, or drops."
    ScoreServes = 42 "raw data where a score serves"
        "For this purpose a count or an aggregate is enough, so raw data about driver or cabin cannot be sent (R21). Use a rule that sums up over at least 10 s: window, split, score or way."
    SpeedWithPlace = 43 "speed together with an exact place"
        "Speed against the limit, or speed at an exact place, shows offences; no recipient may have it (R27)."
    SeriesTellsPlace = 44 "series that tells the place"
        "Speed, odometer, fuel, energy, altitude, barometer, heading, duration and start time as a series tell the route. Such a signal carries a location category, unless it leaves only as counts; and a recipient that gets positions on a grid gets no such series beside them."
    VehicleId = 45 "vehicle identification outside a use by law"
        "The VIN ties all recipients together. It stands in a payload only where a use by law names the act (R23)."
    Employer = 46 "consent towards an employer"
        "An employee cannot freely refuse the employer, so consent is not a ground there (R49)."
    NoAgreement = 47 "employer use without a named agreement"
        "In an employer deployment uses of the employer rest on a named agreement: catalog.agreement (R49)."
    Lessor = 48 "lessor gets data by consent"
        "In a rental the lessor gets no consent (R49)."
    RuleDatatype = 49 "rule does not suit the signal"
        "Rounding, blurring and windows need a number; grid, track, event, moved and way need the latitude of a fix; a rate cap or as_is takes anything."
    BadRule = 50 "rule is not one of the closed list"
        "A rule says exactly one of drop, as_is, every, round, grid, window, split, score, blur, track, event, moved, way, with the keys that docs/catalog.md lists beside it. Thresholds and ends are whole numbers of steps."
    RuleForNothing = 51 "rule for a signal that the use does not cover"
        "The rule's pattern matches none of the signals of its use."
    NeverReleased = 52 "signal that no tier releases"
        "The use covers a signal by its path, and every tier drops it; or a window is longer than any trip, with which it begins anew (R46). What serves no purpose is not asked for."
    EachTime = 53 "each time does not fit"
        "before_trip and review confirm a consent; they go with access and ground consent. A use with condition call or theft is confirmed by the call or the declaration itself."
    Theft = 54 "theft use too weak"
        "A theft state is set by the owner with high assurance (R25): assurance_give is high, access is requested_service or consent, and positions leave only under condition theft_declared."
    HalfFix = 55 "half a position"
        "Latitude and longitude are joined to one position before the gate decides; a use covers both or none. Altitude, heading and accuracy travel only with them."
    AckKey = 56 "acknowledgement key"
        "ack_key is the recipient's Ed25519 public key, 64 hexadecimal digits. The word demo stands for a derived key that everybody knows, and only in the demo environment."
    Deployment = 57 "recipient does not fit the deployment"
        "A recipient of kind employer belongs into an employer deployment, one of kind lessor into a rental."
    ParkedLastDriver = 58 "last driver's standing without need"
        "parked = \"last_driver\" lets a use run with nobody aboard; it goes only with condition parked or always, and not with cabin categories, for which nobody aboard can say yes (R17)."
    NoGate = 59 "running the gate is not listed"
        "The gate's own traffic is listed beside the uses with its ground and its fields (R1): the table [gate] says it in every language."
    Changes = 60 "note about a change that is none"
        "[[editorial]] gives the written reason of an editorial change of a use (R15). It names a use of this catalog and its reason is not empty."
    Revision = 61 "revision or version not positive"
        "catalog.version and a use's revision begin at 1 and rise with every change; a car refuses a catalog whose version is not higher (R41)."
    Unit = 62 "rule meant in another unit"
        "Steps and thresholds are in the signal's unit, and that differs between VSS versions: the odometer is in km up to 5 and in m from 6. A rule that says its unit is checked against the tree."
    Sentence = 63 "sentence too long"
        "A person reads a request in a parked car, or hears it. No sentence has more than 25 words; a colon or semicolon ends one."
    HardToRead = 64 "text hard to read"
        "What a person reads of a use (plain, benefit or reason, notice) has a Flesch reading ease of at least 60 in English and 50 in German (Amstad), from 40 words on. Other languages have no measure here: have somebody read it. Shorter sentences and shorter words help."
    ChangeTellsPlace = 65 "change of a value that tells the place"
        "A value that leaves only when it changes tells by its time where the car was: it never leaves so under a location category, nor speed, energy and their like. Give it a fixed beat (every)."
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CG{:03}", self.number())
    }
}

impl serde::Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl std::str::FromStr for Code {
    type Err = UnknownCode;

    fn from_str(text: &str) -> Result<Self, UnknownCode> {
        let upper = text.to_ascii_uppercase();
        Self::ALL.iter().copied().find(|code| code.to_string() == upper).ok_or_else(|| UnknownCode { found: text.to_owned(), last: Self::ALL.len() })
    }
}

/// Not a code of the check.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a code from CG001 to CG{last:03}, found {found:?}")]
pub struct UnknownCode {
    found: String,
    last: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_says_of_every_code_what_the_tool_says() {
        let document = include_str!("../../../docs/catalog.md");
        for code in Code::ALL {
            let row = format!("| {code} | {} | {} |", code.title(), code.explanation());
            assert!(document.contains(&row), "{row}");
        }
    }

    #[test]
    fn codes_are_numbered_without_gaps_and_read_back() {
        for (position, code) in Code::ALL.iter().enumerate() {
            assert_eq!(usize::from(code.number()), position + 1);
            assert_eq!(code.to_string().to_lowercase().parse::<Code>(), Ok(*code));
            assert!(code.explanation().len() > code.title().len());
        }
        assert!("CG999".parse::<Code>().is_err());
    }
}

//! Patterns become signals: which signals a use covers, which categories they carry, which rule each gets in each tier.
//!
//! INVARIANT: a signal that no rule of a tier names is dropped in that tier; nothing leaves for want of a rule.

use super::code::Code;
use super::model::{Authored, OwnSignal, Tier, Use};
use super::pattern;
use super::reader::quoted;
use super::report::{Faults, Place, Placed, nearest};
use super::rules;
use super::vss::Vss;
use consent_core::Rule;
use consent_protocol::catalog::{Datatype, FixPart};
use std::collections::{BTreeMap, BTreeSet};

/// A signal that at least one use covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Signal {
    pub(crate) datatype: Datatype,
    pub(crate) unit: String,
    /// Positions of its categories.
    pub(crate) categories: BTreeSet<usize>,
    pub(crate) fix: Option<FixPart>,
}

/// The rule that a signal gets in a tier.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TierRule {
    pub(crate) rule: Rule,
    pub(crate) place: Place,
}

/// A use with its patterns worked out.
#[derive(Debug)]
pub(crate) struct ResolvedUse {
    /// Position of the recipient.
    pub(crate) recipient: Option<usize>,
    /// Covered paths.
    pub(crate) signals: BTreeSet<String>,
    /// Rules by path, for each tier.
    pub(crate) tiers: Vec<BTreeMap<String, TierRule>>,
}

/// All that the patterns of a catalog stand for.
#[derive(Debug)]
pub(crate) struct Resolved {
    pub(crate) vss_version: String,
    pub(crate) signals: BTreeMap<String, Signal>,
    pub(crate) uses: Vec<ResolvedUse>,
}

/// The VSS tree with the catalog's own signals in it.
struct Known<'a> {
    vss: Vss,
    own: BTreeMap<&'a str, &'a OwnSignal>,
}

/// Works out all patterns of a catalog.
pub(crate) fn resolve(authored: &Authored, vss: &Vss, faults: &mut Faults) -> Resolved {
    let known = Known::new(authored, vss, faults);
    check_category_paths(authored, &known, faults);
    let mut signals = BTreeMap::new();
    let mut uses = Vec::new();
    for used in &authored.uses {
        let covered = cover(used, &known, faults);
        for (path, place) in &covered {
            if !signals.contains_key(path) {
                signals.insert(path.clone(), known.signal(authored, path, place, faults));
            }
        }
        let paths: BTreeSet<String> = covered.into_keys().collect();
        let tiers = used.tiers.iter().map(|tier| tier_rules(tier, used, &paths, &signals, faults)).collect();
        let recipient = used.recipient.as_ref().and_then(|id| recipient_of(authored, id, faults));
        uses.push(ResolvedUse { recipient, signals: paths, tiers });
    }
    Resolved { vss_version: vss.version.clone(), signals, uses }
}

fn recipient_of(authored: &Authored, id: &Placed<String>, faults: &mut Faults) -> Option<usize> {
    let ids = || authored.recipients.iter().filter_map(|recipient| recipient.id.as_ref()).map(|id| id.value.as_str());
    let at = authored.recipients.iter().position(|recipient| recipient.id.as_ref().is_some_and(|known| known.value == id.value));
    if at.is_none() {
        faults.add_near(Code::Dangling, &id.place, "the id of a [[recipient]]", quoted(&id.value), nearest(&id.value, ids()));
    }
    at
}

impl<'a> Known<'a> {
    fn new(authored: &'a Authored, vss: &Vss, faults: &mut Faults) -> Self {
        let mut known = Self { vss: vss.clone(), own: BTreeMap::new() };
        for own in &authored.signals {
            let Some(path) = &own.path else { continue };
            if known.own.insert(&path.value, own).is_some() {
                faults.add(Code::DuplicateId, &path.place, "a path that no other [[signal]] has", quoted(&path.value));
            }
            known.take_in(own, path, faults);
        }
        for from in authored.signals.iter().flat_map(|own| &own.derived_from) {
            known.is_path(from, faults);
        }
        known
    }

    /// Adds an own signal to the tree.
    fn take_in(&mut self, own: &OwnSignal, path: &Placed<String>, faults: &mut Faults) {
        if !pattern::well_formed(&path.value) || pattern::is_wildcard(&path.value) {
            faults.add(Code::BadPattern, &path.place, "a path, as Vehicle.Private.Door.Count", quoted(&path.value));
            return;
        }
        match (self.vss.signals.get(&path.value), &own.datatype) {
            (Some(stock), Some(datatype)) if stock.datatype != datatype.value => {
                faults.add(
                    Code::Datatype,
                    &datatype.place,
                    format!("{:?} as in the VSS tree, or no datatype", stock.datatype),
                    format!("{:?}", datatype.value),
                );
            }
            (Some(_), _) => {}
            (None, Some(datatype)) => {
                let unit = own.unit.as_ref().map(|unit| unit.value.clone()).unwrap_or_default();
                self.vss.signals.insert(path.value.clone(), super::vss::VssSignal { datatype: datatype.value, unit });
            }
            (None, None) => {
                let near = self.vss.nearest(&path.value);
                faults.add_near(Code::UnknownPath, &path.place, "a path of the VSS tree, or a datatype for an own signal", quoted(&path.value), near);
            }
        }
    }

    /// Whether something is a known path; a fault if not.
    fn is_path(&self, path: &Placed<String>, faults: &mut Faults) -> bool {
        if !pattern::well_formed(&path.value) {
            faults.add(Code::BadPattern, &path.place, "dot-separated names beginning with Vehicle", quoted(&path.value));
            return false;
        }
        let known = self.vss.signals.contains_key(&path.value);
        if !known {
            let expected = format!("a path of VSS {} or of an own [[signal]]", self.vss.version);
            faults.add_near(Code::UnknownPath, &path.place, expected, quoted(&path.value), self.vss.nearest(&path.value));
        }
        known
    }

    /// What a covered path is, with all categories that it carries.
    fn signal(&self, authored: &Authored, path: &str, place: &Place, faults: &mut Faults) -> Signal {
        let stock = self.vss.signals.get(path);
        let mut categories = BTreeSet::new();
        self.categories(authored, path, &mut categories, &mut BTreeSet::new());
        if categories.is_empty() {
            faults.add(Code::NoCategory, place, "a [[category]] whose signals match it", quoted(path));
        }
        Signal {
            datatype: stock.map_or(Datatype::Unsupported, |stock| stock.datatype),
            unit: stock.map(|stock| stock.unit.clone()).unwrap_or_default(),
            categories,
            fix: fix_part(path),
        }
    }

    /// Adds the categories of a path: those of its most exact patterns, and those of all that it is derived from.
    fn categories(&self, authored: &Authored, path: &str, into: &mut BTreeSet<usize>, seen: &mut BTreeSet<String>) {
        if !seen.insert(path.to_owned()) {
            return;
        }
        let all = authored.categories.iter().enumerate().flat_map(|(at, category)| category.signals.iter().map(move |pattern| (at, pattern.value.as_str())));
        let hits: Vec<(usize, pattern::Exactness)> =
            all.filter(|(_, known)| pattern::matches(known, path)).map(|(at, known)| (at, pattern::exactness(known))).collect();
        let best = hits.iter().map(|(_, exactness)| *exactness).max();
        into.extend(hits.iter().filter(|(_, exactness)| Some(*exactness) == best).map(|(at, _)| *at));
        for from in self.own.get(path).iter().flat_map(|own| &own.derived_from) {
            self.categories(authored, &from.value, into, seen);
        }
    }
}

fn check_category_paths(authored: &Authored, known: &Known<'_>, faults: &mut Faults) {
    for path in authored.categories.iter().flat_map(|category| &category.signals) {
        if !pattern::is_wildcard(&path.value) {
            known.is_path(path, faults);
        } else if !pattern::well_formed(&path.value) {
            faults.add(Code::BadPattern, &path.place, "dot-separated names beginning with Vehicle, * or **", quoted(&path.value));
        }
    }
}

/// The paths that a use covers, each with the place of the pattern that brought it in.
fn cover(used: &Use, known: &Known<'_>, faults: &mut Faults) -> BTreeMap<String, Place> {
    let mut covered = BTreeMap::new();
    for pattern in &used.signals {
        if pattern::well_formed(&pattern.value) && pattern::is_wildcard(&pattern.value) {
            let before = covered.len();
            let takes = |path: &&str| known.vss.signals.get(*path).is_some_and(|signal| signal.datatype != Datatype::Unsupported);
            let hits: Vec<&str> = known.vss.matching(&pattern.value).filter(takes).collect();
            if hits.is_empty() && covered.len() == before {
                faults.add(
                    Code::MatchesNothing,
                    &pattern.place,
                    format!("a pattern that matches signals of VSS {}", known.vss.version),
                    quoted(&pattern.value),
                );
            }
            covered.extend(hits.into_iter().map(|path| (path.to_owned(), pattern.place.clone())));
        } else if known.is_path(pattern, faults) {
            if known.vss.signals.get(&pattern.value).is_some_and(|signal| signal.datatype == Datatype::Unsupported) {
                faults.add(
                    Code::Datatype,
                    &pattern.place,
                    "a scalar, a string or an array of numbers",
                    format!("{} with a list of strings or a struct", pattern.value),
                );
            }
            covered.insert(pattern.value.clone(), pattern.place.clone());
        }
    }
    covered
}

/// What a path is within a fix.
pub(crate) fn fix_part(path: &str) -> Option<FixPart> {
    match path.strip_prefix("Vehicle.CurrentLocation.")? {
        "Latitude" => Some(FixPart::Latitude),
        "Longitude" => Some(FixPart::Longitude),
        "Altitude" => Some(FixPart::Altitude),
        "Heading" => Some(FixPart::Heading),
        "HorizontalAccuracy" => Some(FixPart::Accuracy),
        _ => None,
    }
}

/// Whether the pattern that won names its signal by its full path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Named {
    Exactly,
    ByWildcard,
}

fn tier_rules(tier: &Tier, used: &Use, covered: &BTreeSet<String>, signals: &BTreeMap<String, Signal>, faults: &mut Faults) -> BTreeMap<String, TierRule> {
    // What the use itself names and no tree knows is one fault there, not another one here.
    let named = |pattern: &str| used.signals.iter().any(|known| known.value == pattern || pattern::matches(pattern, &known.value));
    for pattern in tier.rules.iter().flat_map(|entry| &entry.signals) {
        if !pattern::well_formed(&pattern.value) {
            faults.add(Code::BadPattern, &pattern.place, "dot-separated names beginning with Vehicle, * or **", quoted(&pattern.value));
        } else if !covered.iter().any(|path| pattern::matches(&pattern.value, path)) && !named(&pattern.value) {
            faults.add_near(
                Code::RuleForNothing,
                &pattern.place,
                "a signal of this use",
                quoted(&pattern.value),
                nearest(&pattern.value, covered.iter().map(String::as_str)),
            );
        }
    }
    let mut rules = BTreeMap::new();
    for path in covered {
        let Some(signal) = signals.get(path) else { continue };
        let (rule, place) = winner(tier, path, signal, faults);
        check_unit(tier, &place, signal, faults);
        let known = signal.datatype != Datatype::Unsupported;
        rules.insert(path.clone(), TierRule { rule: if known { rule } else { Rule::Drop }, place });
    }
    rules
}

/// A step is meant in a unit; a tree that has another one would change what leaves without a word.
fn check_unit(tier: &Tier, place: &Place, signal: &Signal, faults: &mut Faults) {
    let entry = tier.rules.iter().find(|entry| entry.signals.iter().any(|pattern| pattern.place == *place));
    if let Some(unit) = entry.and_then(|entry| entry.unit.as_ref()).filter(|unit| unit.value != signal.unit) {
        faults.add(Code::Unit, &unit.place, format!("the signal's unit {}", quoted(&signal.unit)), quoted(&unit.value));
    }
}

/// The effect that the most exact pattern of a tier has on a signal; drop, if none names it.
fn winner(tier: &Tier, path: &str, signal: &Signal, faults: &mut Faults) -> (Rule, Place) {
    let entries = tier.rules.iter().flat_map(|entry| entry.signals.iter().map(move |pattern| (entry, pattern)));
    let mut hits: Vec<_> = entries.filter(|(_, pattern)| pattern::matches(&pattern.value, path)).collect();
    hits.sort_by_key(|(_, pattern)| std::cmp::Reverse(pattern::exactness(&pattern.value)));
    let Some((entry, best)) = hits.first() else { return (Rule::Drop, tier.place.clone()) };
    if let Some((other, rival)) = hits.get(1)
        && pattern::exactness(&rival.value) == pattern::exactness(&best.value)
        && other.effect != entry.effect
    {
        faults.add(Code::Ambiguous, &rival.place, format!("one pattern that is more exact for {path}"), format!("{} and {}", best.value, rival.value));
    }
    let named = if best.value == path { Named::Exactly } else { Named::ByWildcard };
    let rule = entry.effect.unwrap_or(Rule::Drop);
    // A position is released as a whole at the pace of its latitude: on its other parts a rate cap means "goes along", and
    // beside a coarse place they are dropped.
    let part = signal.fix.is_some_and(|part| part != FixPart::Latitude);
    if part && matches!(rule, Rule::RateCap { .. } | Rule::AsIs) {
        return (Rule::AsIs, best.place.clone());
    }
    if rules::suits(&rule, signal) {
        return (rule, best.place.clone());
    }
    let goes_along = part && rule.is_for_places();
    if named == Named::Exactly && !goes_along {
        rules::unsuited(&rule, path, signal, &best.place, faults);
    }
    (Rule::Drop, best.place.clone())
}

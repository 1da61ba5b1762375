//! Signal × use, for the reviewer: who gets what, and how exactly. Ranks are those of the privacy screen's ribbons: none,
//! aggregate, coarse, exact.

use crate::Outcome;
use crate::args::{Format, MatrixArgs};
use crate::{files, out};
use anyhow::Result;
use consent_core::{Leaves, Rule};
use consent_protocol::catalog::{CompiledCatalog, FixPart, Use};
use serde_json::json;

/// How exactly a use gets a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    None,
    Aggregate,
    Coarse,
    Exact,
}

impl Rank {
    fn of(rule: &Rule) -> Self {
        match rule.leaves() {
            Leaves::Nothing => Self::None,
            Leaves::Aggregate => Self::Aggregate,
            Leaves::Coarse => Self::Coarse,
            Leaves::Capped | Leaves::All => Self::Exact,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Aggregate => "aggregate",
            Self::Coarse => "coarse",
            Self::Exact => "exact",
        }
    }

    fn letter(self) -> &'static str {
        match self {
            Self::None => "-",
            Self::Aggregate => "a",
            Self::Coarse => "c",
            Self::Exact => "x",
        }
    }
}

/// Prints the matrix.
pub(crate) fn run(args: &MatrixArgs) -> Result<Outcome> {
    let catalog = files::any(&args.file, &args.vss)?.compiled;
    match if args.json { Format::Json } else { args.format } {
        Format::Text => text(&catalog)?,
        Format::Csv => csv(&catalog)?,
        Format::Json => in_json(&catalog)?,
    }
    Ok(Outcome::Well)
}

/// Ranks of a signal per tier of a use, coarsest tier first; `None` if the use does not cover it. A longitude leaves with its
/// latitude, under the latitude's rule.
fn ranks(catalog: &CompiledCatalog, used: &Use, signal: usize) -> Option<Vec<Rank>> {
    let covered = u16::try_from(signal).ok()?;
    used.signals.binary_search(&covered).ok()?;
    let longitude = catalog.signals.get(signal)?.fix == Some(FixPart::Longitude);
    let latitude = catalog.signals.iter().position(|signal| signal.fix == Some(FixPart::Latitude));
    let signal = if longitude { u16::try_from(latitude?).ok()? } else { covered };
    let rank =
        |rules: &[consent_protocol::catalog::SignalRule]| rules.iter().find(|rule| rule.signal == signal).map_or(Rank::None, |rule| Rank::of(&rule.rule));
    Some(used.tiers.iter().map(|tier| rank(&tier.rules)).collect())
}

fn finest(ranks: &[Rank]) -> Rank {
    ranks.iter().copied().max().unwrap_or(Rank::None)
}

fn categories(catalog: &CompiledCatalog, signal: usize) -> Vec<&str> {
    let set = catalog.signals.get(signal).map(|signal| signal.categories).unwrap_or_default();
    let named = catalog.categories.iter().zip(0_u8..);
    named.filter(|(_, bit)| set.intersects(consent_core::CategorySet::single(*bit))).map(|(category, _)| category.id.as_str()).collect()
}

fn text(catalog: &CompiledCatalog) -> Result<()> {
    for (use_at, used) in catalog.uses.iter().enumerate() {
        let recipient = catalog.recipients.get(usize::from(used.recipient)).map_or("", |recipient| recipient.id.as_str());
        out::line(format!("{:>3}  {} to {recipient}", use_at + 1, used.id))?;
    }
    out::line("\n     finest tier: x exact, c coarse, a aggregate, - nothing; blank: not covered\n")?;
    let width = catalog.signals.iter().map(|signal| signal.path.len()).max().unwrap_or(0);
    let heads: String = (1..=catalog.uses.len()).map(|number| format!("{number:>3}")).collect();
    out::line(format!("{:width$}{heads}  categories", ""))?;
    for (at, signal) in catalog.signals.iter().enumerate() {
        let cells: String = catalog.uses.iter().map(|used| format!("{:>3}", ranks(catalog, used, at).map_or("", |ranks| finest(&ranks).letter()))).collect();
        out::line(format!("{:width$}{cells}  {}", signal.path, categories(catalog, at).join("+")))?;
    }
    Ok(())
}

fn csv(catalog: &CompiledCatalog) -> Result<()> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let heads = ["signal", "unit", "categories"].into_iter().chain(catalog.uses.iter().map(|used| used.id.as_str()));
    writer.write_record(heads)?;
    for (at, signal) in catalog.signals.iter().enumerate() {
        let mut row = vec![signal.path.clone(), signal.unit.clone(), categories(catalog, at).join("+")];
        row.extend(catalog.uses.iter().map(|used| ranks(catalog, used, at).map_or(String::new(), |ranks| finest(&ranks).word().to_owned())));
        writer.write_record(row)?;
    }
    let table = String::from_utf8(writer.into_inner()?)?;
    out::line(table.trim_end())
}

fn in_json(catalog: &CompiledCatalog) -> Result<()> {
    let signals: Vec<_> = catalog
        .signals
        .iter()
        .enumerate()
        .map(|(at, signal)| {
            let uses: serde_json::Map<_, _> = catalog
                .uses
                .iter()
                .filter_map(|used| Some((used.id.clone(), json!(ranks(catalog, used, at)?.into_iter().map(Rank::word).collect::<Vec<_>>()))))
                .collect();
            json!({"path": signal.path, "unit": signal.unit, "categories": categories(catalog, at), "uses": uses})
        })
        .collect();
    let uses: Vec<&str> = catalog.uses.iter().map(|used| used.id.as_str()).collect();
    out::json(&json!({"schema": "consent-catalog/matrix/1", "version": catalog.version, "uses": uses, "signals": signals}))
}

//! What the car knows, put into at most eight lanes, derived from the catalog's categories alone, so that the picture keeps its
//! shape from one look to the next.
//!
//! Categories of location are one lane, the other categories of the driver a second, those of the cabin a third. Categories of
//! the vehicle have a lane each in the catalog's order, as long as there is room; the rest of them share the last lane. A lane
//! of one category has that category's name.

use consent_core::{CategoryKind, CategorySet};
use consent_protocol::catalog::{Category, CompiledCatalog, Localized};
use schemars::JsonSchema;
use serde::Serialize;

/// So many lanes can be told apart at one glance.
pub const LANES_MAX: usize = 8;

/// What a lane of several categories is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LaneName {
    /// Where the car is and how it moves.
    Location,
    /// How it is driven.
    Driving,
    /// People in the car, and what happens there.
    Cabin,
    /// More about the vehicle.
    Vehicle,
    /// One category, with its own name.
    Own,
}

/// One lane.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Lane {
    /// What it is called.
    pub name: LaneName,
    /// The name of its only category, in the person's language; empty if it has several.
    pub own_name: String,
    /// Its categories by id.
    pub categories: Vec<String>,
    /// Signals that the catalog knows in it.
    pub signals: usize,
}

pub(super) fn lanes(catalog: &CompiledCatalog, text: &dyn Fn(&[Localized]) -> String) -> Vec<Lane> {
    let of = |wanted: fn(&Category) -> bool| catalog.categories.iter().filter(move |category| wanted(category)).collect::<Vec<_>>();
    let mut groups: Vec<(LaneName, Vec<&Category>)> = vec![
        (LaneName::Location, of(|category| category.location)),
        (LaneName::Driving, of(|category| !category.location && category.kind == CategoryKind::Driver)),
        (LaneName::Cabin, of(|category| !category.location && category.kind == CategoryKind::Cabin)),
    ];
    groups.retain(|(_, categories)| !categories.is_empty());
    let vehicle = of(|category| !category.location && category.kind == CategoryKind::Vehicle);
    let room = LANES_MAX.saturating_sub(groups.len());
    let alone = if vehicle.len() > room { room.saturating_sub(1) } else { vehicle.len() };
    let (alone, rest) = vehicle.split_at(alone);
    groups.extend(alone.iter().map(|category| (LaneName::Own, vec![*category])));
    if !rest.is_empty() {
        groups.push((LaneName::Vehicle, rest.to_vec()));
    }
    groups.into_iter().map(|(name, categories)| lane(catalog, name, &categories, text)).collect()
}

fn lane(catalog: &CompiledCatalog, name: LaneName, categories: &[&Category], text: &dyn Fn(&[Localized]) -> String) -> Lane {
    let own = if let [only] = categories { Some(text(&only.name)) } else { None };
    let bits = categories.iter().filter_map(|category| catalog.categories.iter().position(|known| known.id == category.id));
    let bits: Vec<u8> = bits.filter_map(|at| u8::try_from(at).ok()).collect();
    let signals = catalog.signals.iter().filter(|signal| bits.iter().any(|bit| signal.categories.intersects(CategorySet::single(*bit)))).count();
    Lane {
        name: if own.is_some() { LaneName::Own } else { name },
        own_name: own.unwrap_or_default(),
        categories: categories.iter().map(|category| category.id.clone()).collect(),
        signals,
    }
}

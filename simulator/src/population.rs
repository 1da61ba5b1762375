//! Simulated people of the five kinds meet a catalog for a year: under one form of asking for all, and under forms by kind.
//!
//! The rules of asking are the gatekeeper's own; what people like is assumed (`population/params.toml`). What comes out is
//! simulated, not evidence: it shows how a catalog's texts, benefits and cadences work against the budget of requests, and how
//! much hangs on what was assumed.

mod html;
pub mod params;
mod person;
mod report;
mod world;

pub use params::{Params, ParamsError};
pub use report::{compare_lines, lines};

use crate::harness::chance::Chance;
use consent_gatekeeper::change::InForce;
use consent_gatekeeper::show::Asking;
use consent_protocol::catalog::{CatalogError, CompiledCatalog};
use consent_protocol::tables::Tables;
use params::KINDS;
use person::Person;
use serde::Serialize;
use std::collections::BTreeMap;
use world::Lived;

/// The words at the head of every output.
pub const NOT_EVIDENCE: &str = "simulated, not evidence";

/// How people are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// The neutral form for all.
    One,
    /// Each in the way of their kind.
    ByKind,
}

/// Means over people, or over runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Measures {
    /// People.
    pub people: u32,
    /// Requests a person and year: uses asked about.
    pub requests: f64,
    /// Of them those that the person set off.
    pub wanted: f64,
    /// Screens that came unasked, a person and year; the budget is four.
    pub unasked_screens: f64,
    /// The most that one person got.
    pub unasked_screens_max: u32,
    /// Touches a person and year.
    pub steps: f64,
    /// Share of yeses that were taken back within 30 days.
    pub regret: f64,
    /// Shares of the answers: allow, decline, later, never.
    pub answers: Answers,
}

/// Shares of the answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Answers {
    /// Allow.
    pub allow: f64,
    /// Decline.
    pub decline: f64,
    /// Later.
    pub later: f64,
    /// Don't ask again.
    pub never: f64,
}

/// What reaches a recipient.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Reached {
    /// Recipient id.
    pub recipient: String,
    /// Share of people who gave it anything in the year.
    pub people: f64,
    /// Days of consent in force a person and year, all its uses together.
    pub days: f64,
}

/// One form of asking.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Arm {
    /// Which.
    pub form: Form,
    /// Over all people.
    pub all: Measures,
    /// By kind, in the order of the study's table.
    pub kinds: Vec<(Asking, Measures)>,
    /// By recipient, in the catalog's order.
    pub reached: Vec<Reached>,
}

/// How far the headline figures move over seeds and over what was assumed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// What was varied.
    pub what: String,
    /// How asked.
    pub form: Form,
    /// Lowest, middle and highest mean number of requests.
    pub requests: (f64, f64, f64),
    /// Of steps.
    pub steps: (f64, f64, f64),
    /// Of regret.
    pub regret: (f64, f64, f64),
}

/// Everything about one catalog.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// [`NOT_EVIDENCE`].
    pub caution: &'static str,
    /// Version of this shape.
    pub version: u32,
    /// The catalog, as its file is called.
    pub catalog: String,
    /// Version and uses of it.
    pub catalog_version: u32,
    /// How many uses it has.
    pub uses: usize,
    /// People simulated in each arm.
    pub count: u32,
    /// Days.
    pub days: u32,
    /// Unasked screens that the gatekeeper allows a person and year.
    pub budget: u32,
    /// One form for all, forms by kind.
    pub arms: Vec<Arm>,
    /// Sensitivity.
    pub sensitivity: Vec<Spread>,
}

/// What to simulate.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// People of each arm.
    pub count: u32,
    /// Runs with other people for the sensitivity; 0 = none.
    pub seeds: u32,
    /// Makes it reproducible.
    pub seed: u64,
    /// Parameters.
    pub params: &'a Params,
}

/// Simulates; `told` hears how much of all is done.
pub fn run(name: &str, catalog: CompiledCatalog, options: &Options<'_>, told: &mut dyn FnMut(u64, u64)) -> Result<Outcome, CatalogError> {
    let (tables, digest) = (Tables::new(&catalog)?, catalog.digest());
    let in_force = InForce { catalog, tables, digest };
    let few = (options.count / 5).clamp(1, 200);
    let all = u64::from(options.count).saturating_add(u64::from(few).saturating_mul(u64::from(options.seeds).saturating_add(4))).saturating_mul(2);
    let mut done: u64 = 0;
    let mut step = || {
        done = done.saturating_add(1);
        told(done, all);
    };
    let arms = [Form::One, Form::ByKind].map(|form| arm(options.params, &in_force, form, (options.seed, options.count), &mut step)).to_vec();
    let sensitivity = if options.seeds == 0 { Vec::new() } else { sensitivity(options, &in_force, few, &mut step) };
    Ok(Outcome {
        caution: NOT_EVIDENCE,
        version: 1,
        catalog: name.to_owned(),
        catalog_version: in_force.catalog.version,
        uses: in_force.catalog.uses.len(),
        count: options.count,
        days: options.params.year.days,
        budget: consent_gatekeeper::requests::Requests::default().budget("", 0).1,
        arms,
        sensitivity,
    })
}

/// One arm: the same people whatever the form, so that the arms can be compared person by person.
fn arm(params: &Params, in_force: &InForce, form: Form, (seed, count): (u64, u32), step: &mut dyn FnMut()) -> Arm {
    let mut chance = Chance::new(seed, 1);
    let mut lived: Vec<(Asking, Lived)> = Vec::new();
    for at in 0..count {
        let person = Person::draw(params, &mut chance);
        let year = world::live(params, in_force, person, form, seed.wrapping_mul(1_000_003).wrapping_add(u64::from(at)));
        lived.push((person.kind, year));
        step();
    }
    let of = |kind: Asking| lived.iter().filter(|(known, _)| *known == kind).map(|(_, year)| year).collect::<Vec<_>>();
    let everybody: Vec<&Lived> = lived.iter().map(|(_, year)| year).collect();
    Arm {
        form,
        all: measures(&everybody),
        kinds: KINDS.into_iter().map(|kind| (kind, measures(&of(kind)))).collect(),
        reached: in_force.catalog.recipients.iter().map(|recipient| reached(&recipient.id, &everybody)).collect(),
    }
}

#[allow(clippy::as_conversions, clippy::cast_precision_loss, reason = "counts of thousands of people")]
fn mean(sum: u64, count: usize) -> f64 {
    if count == 0 { 0.0 } else { sum as f64 / count as f64 }
}

fn measures(lived: &[&Lived]) -> Measures {
    let sum = |of: fn(&Lived) -> u32| lived.iter().map(|year| u64::from(of(year))).sum::<u64>();
    let per_person = |of: fn(&Lived) -> u32| mean(sum(of), lived.len());
    let answers = sum(|year| year.allowed + year.declined + year.later + year.never);
    let share = |of: fn(&Lived) -> u32| mean(sum(of), usize::try_from(answers).unwrap_or(usize::MAX));
    Measures {
        people: u32::try_from(lived.len()).unwrap_or(u32::MAX),
        requests: per_person(|year| year.requests),
        wanted: per_person(|year| year.wanted),
        unasked_screens: per_person(|year| year.unasked_screens),
        unasked_screens_max: lived.iter().map(|year| year.unasked_screens).max().unwrap_or(0),
        steps: per_person(|year| year.steps),
        regret: mean(sum(|year| year.regretted), usize::try_from(sum(|year| year.allowed)).unwrap_or(usize::MAX)),
        answers: Answers {
            allow: share(|year| year.allowed),
            decline: share(|year| year.declined),
            later: share(|year| year.later),
            never: share(|year| year.never),
        },
    }
}

fn reached(recipient: &str, lived: &[&Lived]) -> Reached {
    let days = |year: &&&Lived| year.days.get(recipient).copied().unwrap_or(0);
    let people = lived.iter().filter(|year| days(year) > 0).count();
    Reached {
        recipient: recipient.to_owned(),
        people: mean(u64::try_from(people).unwrap_or(0), lived.len()),
        days: mean(lived.iter().map(|year| u64::from(days(&year))).sum(), lived.len()),
    }
}

/// What is varied, and how.
type Varied = (&'static str, fn(&mut Params, f64));

/// The same with other people, and with what was assumed halved and doubled.
fn sensitivity(options: &Options<'_>, in_force: &InForce, few: u32, step: &mut dyn FnMut()) -> Vec<Spread> {
    let mut found = Vec::new();
    let mut runs: BTreeMap<(u8, Form), Vec<Measures>> = BTreeMap::new();
    let varied: [Varied; 2] = [
        ("what is said first (answers.lead), halved and doubled", |params, by| params.answers.lead *= by),
        ("fatigue (answers.fatigue), halved and doubled", |params, by| params.answers.fatigue *= by),
    ];
    for form in [Form::One, Form::ByKind] {
        for run in 0..options.seeds {
            let seed = options.seed.wrapping_add(1).wrapping_add(u64::from(run));
            runs.entry((0, form)).or_default().push(arm(options.params, in_force, form, (seed, few), step).all);
        }
        for ((_, vary), at) in varied.iter().zip(1_u8..) {
            for by in [0.5, 2.0] {
                let mut params = options.params.clone();
                vary(&mut params, by);
                runs.entry((at, form)).or_default().push(arm(&params, in_force, form, (options.seed, few), step).all);
            }
        }
    }
    for ((at, form), measured) in runs {
        let what = match at {
            0 => format!("other people, {} runs of {few}", options.seeds),
            varied_at => varied.get(usize::from(varied_at).saturating_sub(1)).map(|(what, _)| (*what).to_owned()).unwrap_or_default(),
        };
        let of = |of: fn(&Measures) -> f64| low_middle_high(measured.iter().map(of).collect());
        found.push(Spread { what, form, requests: of(|one| one.requests), steps: of(|one| one.steps), regret: of(|one| one.regret) });
    }
    found
}

fn low_middle_high(mut values: Vec<f64>) -> (f64, f64, f64) {
    values.sort_by(f64::total_cmp);
    let at = |index: usize| values.get(index).copied().unwrap_or(0.0);
    (at(0), at(values.len() / 2), at(values.len().saturating_sub(1)))
}

/// A report of its own file: HTML with charts, nothing loaded from elsewhere.
pub fn html(outcomes: &[Outcome]) -> String {
    html::report(outcomes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::example;

    fn outcome(count: u32, seeds: u32) -> Outcome {
        let params = Params::shipped().unwrap();
        run("example", example(), &Options { count, seeds, seed: 1, params: &params }, &mut |_, _| ()).unwrap()
    }

    #[test]
    fn nobody_is_asked_unasked_beyond_the_budget_and_fundamentalists_never_r43() {
        let outcome = outcome(60, 0);
        for arm in &outcome.arms {
            assert!(arm.all.unasked_screens_max <= outcome.budget, "{arm:?}");
            assert!(arm.all.requests > 0.0 && arm.all.steps > 0.0);
            let answers = arm.all.answers;
            assert!((answers.allow + answers.decline + answers.later + answers.never - 1.0).abs() < 1e-9);
        }
        let by_kind = &outcome.arms[1];
        let (_, trust) = by_kind.kinds.iter().find(|(kind, _)| *kind == Asking::TrustFirst).unwrap();
        assert_eq!(trust.unasked_screens_max, 0, "never asked unasked, in their own form");
        let (_, control) = by_kind.kinds.iter().find(|(kind, _)| *kind == Asking::ControlFirst).unwrap();
        assert!(control.steps > by_kind.all.steps, "who decides each time touches more often");
    }

    #[test]
    fn the_same_seed_gives_the_same_year_and_another_one_another() {
        let of = |seed| {
            let params = Params::shipped().unwrap();
            run("example", example(), &Options { count: 20, seeds: 0, seed, params: &params }, &mut |_, _| ()).unwrap()
        };
        assert_eq!(of(5), of(5));
        assert_ne!(of(5).arms, of(6).arms);
    }

    #[test]
    fn every_output_says_that_it_is_no_evidence() {
        let outcome = outcome(10, 2);
        assert_eq!(outcome.sensitivity.len(), 6);
        assert!(lines(&outcome).first().unwrap().contains(NOT_EVIDENCE));
        assert!(html(std::slice::from_ref(&outcome)).contains(NOT_EVIDENCE));
        assert!(serde_json::to_string(&outcome).unwrap().contains(NOT_EVIDENCE));
    }
}

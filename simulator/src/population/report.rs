//! The outcome in lines for a terminal. Steps, requests and regret come first; a yes is never the headline.

use super::params::name;
use super::{Arm, Form, Measures, Outcome, Spread};

/// What a form is called.
pub(super) fn form_name(form: Form) -> &'static str {
    match form {
        Form::One => "one form for all",
        Form::ByKind => "forms by kind",
    }
}

/// One catalog.
pub fn lines(outcome: &Outcome) -> Vec<String> {
    let Outcome { caution, catalog, catalog_version, uses, count, days, budget, arms, sensitivity, .. } = outcome;
    let mut lines = vec![
        format!("{}: {count} people meet {catalog} (version {catalog_version}, {uses} uses) for {days} days", caution),
        format!("The gatekeeper allows {budget} unasked screens a person and year."),
        String::new(),
        format!("{:<34}{:>10}{:>10}{:>10}{:>9}{:>9}", "a person and year", "steps", "requests", "unasked", "most", "regret"),
    ];
    for arm in arms {
        lines.push(measured(form_name(arm.form), &arm.all));
        lines.extend(arm.kinds.iter().map(|(kind, measures)| measured(&format!("  {}", name(*kind)), measures)));
    }
    lines.push(String::new());
    lines.push(format!("{:<34}{:>10}{:>10}{:>10}{:>9}", "answers", "allow", "decline", "later", "never"));
    for arm in arms {
        let answers = arm.all.answers;
        let [allow, decline, later, never] = [answers.allow, answers.decline, answers.later, answers.never].map(percent);
        lines.push(format!("{:<34}{allow:>10}{decline:>10}{later:>10}{never:>9}", form_name(arm.form)));
    }
    lines.push(String::new());
    lines.push(format!("{:<34}{:>20}{:>20}", "reaches a recipient (people, days)", form_name(Form::One), form_name(Form::ByKind)));
    lines.extend(reached(arms));
    if !sensitivity.is_empty() {
        lines.push(String::new());
        lines.push("how far it moves: lowest, middle, highest".to_owned());
        lines.extend(sensitivity.iter().map(spread));
    }
    lines
}

fn measured(what: &str, measures: &Measures) -> String {
    let Measures { steps, requests, unasked_screens, unasked_screens_max, regret, .. } = measures;
    format!("{what:<34}{steps:>10.1}{requests:>10.1}{unasked_screens:>10.2}{unasked_screens_max:>9}{:>9}", percent(*regret))
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

fn reached(arms: &[Arm]) -> Vec<String> {
    let [one, by_kind] = arms else { return Vec::new() };
    let cell = |people: f64, days: f64| format!("{} {days:>8.0}", percent(people));
    let rows = one.reached.iter().zip(&by_kind.reached);
    rows.map(|(one, other)| format!("{:<34}{:>20}{:>20}", one.recipient, cell(one.people, one.days), cell(other.people, other.days))).collect()
}

fn spread(spread: &Spread) -> String {
    let three = |(low, middle, high): (f64, f64, f64)| format!("{low:.1} {middle:.1} {high:.1}");
    let (low, middle, high) = spread.regret;
    let regret = format!("{} {} {}", percent(low), percent(middle), percent(high));
    format!("  {}, {}: steps {}, requests {}, regret {regret}", form_name(spread.form), spread.what, three(spread.steps), three(spread.requests))
}

/// Two catalogs side by side.
pub fn compare_lines(one: &Outcome, other: &Outcome) -> Vec<String> {
    let mut lines = vec![
        format!("{}: {} people meet two catalogs for {} days", one.caution, one.count, one.days),
        String::new(),
        format!("{:<34}{:>18}{:>18}", "a person and year", short(&one.catalog), short(&other.catalog)),
    ];
    for (mine, yours) in one.arms.iter().zip(&other.arms) {
        lines.push(form_name(mine.form).to_owned());
        let mut row = |what: &str, of: fn(&Measures) -> f64| lines.push(format!("  {what:<32}{:>18.2}{:>18.2}", of(&mine.all), of(&yours.all)));
        row("steps", |all| all.steps);
        row("requests", |all| all.requests);
        row("unasked screens", |all| all.unasked_screens);
        row("regret, of yeses", |all| all.regret);
        for recipient in &mine.reached {
            let days = |outcome: &Arm| outcome.reached.iter().find(|known| known.recipient == recipient.recipient).map_or(0.0, |known| known.days);
            lines.push(format!("  {:<32}{:>18.0}{:>18.0}", format!("days to {}", recipient.recipient), days(mine), days(yours)));
        }
    }
    lines
}

/// The last part of a path.
fn short(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

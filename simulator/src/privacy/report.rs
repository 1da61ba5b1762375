//! The outcome as a table.

use super::linked::LinkRow;
use super::route::{ABOVE_CHANCE, Routes};
use super::series::Located;
use super::{Attacked, BOUND, CAUTION, Homes, Outcome, Share, Twice};

/// Columns of a line.
const WIDTH: usize = 120;
/// Longest name.
const NAME_MAX: usize = 42;
/// Attackers of routes, in the order of their columns.
pub(super) const ATTACKED: [&str; 5] = ["shape", "values", "sums", "lasts", "begins"];

/// The outcome, for a terminal: a section for each attack, then what the rules cost.
pub fn lines(outcome: &Outcome) -> Vec<String> {
    let mut lines = head(outcome);
    for section in [homes(outcome), joins(outcome), routes(&outcome.routes), links(outcome), slices(outcome), unique(outcome), costs(outcome), useful(outcome)]
    {
        if !section.is_empty() {
            lines.push(String::new());
            lines.extend(section);
        }
    }
    lines
}

/// Columns of the longest name.
fn width<'a>(names: impl Iterator<Item = &'a String>) -> usize {
    names.map(|name| name.chars().count()).max().unwrap_or(0).clamp(10, NAME_MAX)
}

/// A1 and A2.
fn homes(outcome: &Outcome) -> Vec<String> {
    if outcome.rows.is_empty() {
        return Vec::new();
    }
    let width = width(outcome.rows.iter().map(|row| &row.name));
    let mut lines = vec![format!("Home found (A1, A2) within, % of n = {} cars, and its bound:", outcome.control[0].n)];
    lines.push(format!("{:<width$} {:<10} {:>11} {:>11} {:>11}", "rule", "by", "100 m", "200 m", "500 m"));
    lines.push(format!("{:<width$} {:<10} {}", "control", "-", found(&outcome.control)));
    for row in &outcome.rows {
        lines.extend(attacked(&row.name, &row.attacks, width));
    }
    let control = outcome.control[2].share;
    let above: Vec<String> = outcome
        .rows
        .iter()
        .filter_map(|row| Some((&row.name, row.worst()?.home[2].share)))
        .filter(|(_, share)| *share > control + 1e-9)
        .map(|(name, share)| format!("{name} ({:.0})", share * 100.0))
        .collect();
    if above.is_empty() {
        lines.push("No rule is above the control within 500 m.".to_owned());
    } else {
        lines.extend(wrapped("Above the control within 500 m: ", &above));
    }
    lines
}

fn attacked(name: &str, attacks: &[Attacked], width: usize) -> Vec<String> {
    let shown = |at: usize| if at == 0 { cut(name, width) } else { String::new() };
    attacks.iter().enumerate().map(|(at, attacked)| format!("{:<width$} {:<10} {}", shown(at), attacked.attack, found(&attacked.home))).collect()
}

/// Several streams in one hand.
fn joins(outcome: &Outcome) -> Vec<String> {
    if outcome.joins.is_empty() {
        return Vec::new();
    }
    let width = width(outcome.joins.iter().map(|join| &join.name));
    let mut lines = vec![format!("Home found by whoever joins several streams of a car, % of n = {} cars, and its bound:", outcome.control[0].n)];
    lines.push(format!("{:<width$} {:<10} {:>11} {:>11} {:>11}", "streams of", "by", "100 m", "200 m", "500 m"));
    for join in &outcome.joins {
        lines.extend(attacked(&join.name, &join.attacks, width));
        lines.extend(wrapped(&format!("{:<width$}   =", ""), &join.streams));
    }
    lines.push("alone: the best attacker on the best of these streams by itself.".to_owned());
    lines
}

/// A4.
fn links(outcome: &Outcome) -> Vec<String> {
    let rows: Vec<&LinkRow> = outcome.links.iter().filter(|row| !row.trips.is_empty()).collect();
    let Some(first) = rows.first().and_then(|row| row.trips.first()) else {
        return vec!["Trips of one car (A4): no two cars come within 50 km of each other, so that the place alone would say whose a trip is.".to_owned()];
    };
    let width = width(rows.iter().map(|row| &row.name));
    let chance = first.chance.unwrap_or_default() * 100.0;
    let mut lines = vec![format!(
        "Nearest other trip is of the same car (A4), % of n = {} trips of cars within 50 km of each other, and its bound; chance {chance:.0} %:",
        first.n
    )];
    lines.push(format!(
        "{:<width$} {}",
        "rule",
        rows.first().map_or_else(String::new, |row| row.trips.iter().map(|found| format!("{:>14}", found.attack)).collect())
    ));
    for row in rows {
        let cells: String = row.trips.iter().map(|found| format!("{:>14}", bounded(found.share, found.upper95))).collect();
        lines.push(format!("{:<width$} {cells}", cut(&row.name, width)));
    }
    lines
}

/// A4, of slices.
fn slices(outcome: &Outcome) -> Vec<String> {
    let rows: Vec<&LinkRow> = outcome.links.iter().filter(|row| !row.slices.is_empty()).collect();
    if rows.is_empty() {
        return Vec::new();
    }
    let width = width(rows.iter().map(|row| &row.name));
    let mut lines = vec!["Next slice of the same car found after a gap (A4), %, and its bound:".to_owned()];
    lines.push(format!("{:<width$} {:<24} {:>6} {:>8} {:>14}", "rule", "traffic", "n", "chance", "found"));
    for row in rows {
        for (at, found) in row.slices.iter().enumerate() {
            let traffic = if found.attack == "folded" { "folded into 2 h" } else { "as driven" };
            let shown = if at == 0 { cut(&row.name, width) } else { String::new() };
            let chance = found.chance.unwrap_or_default() * 100.0;
            lines.push(format!("{shown:<width$} {traffic:<24} {:>6} {chance:>8.0} {:>14}", found.n, bounded(found.share, found.upper95)));
        }
    }
    lines
}

/// A3.
fn unique(outcome: &Outcome) -> Vec<String> {
    let Some(n) = outcome.links.iter().find_map(|row| row.unique.first()).map(|found| found.n) else { return Vec::new() };
    let width = width(outcome.links.iter().map(|row| &row.name));
    let mut lines = vec![format!("Trips alone among n = {n} with 4 of their points (A3), %, and its bound; in a larger crowd fewer are:")];
    lines.push(format!("{:<width$} {:>14} {:>15} {:>14}", "rule", "place", "place and hour", "dated hour"));
    for row in &outcome.links {
        let cells: String = row.unique.iter().map(|found| format!("{:>14} ", bounded(found.share, found.upper95))).collect();
        lines.push(format!("{:<width$} {}", cut(&row.name, width), cells.trim_end()));
    }
    lines
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "-".to_owned(), |share| format!("{:.0}", share * 100.0))
}

/// What rules of places cost.
fn costs(outcome: &Outcome) -> Vec<String> {
    if outcome.rows.is_empty() {
        return Vec::new();
    }
    let width = width(outcome.rows.iter().map(|row| &row.name));
    let mut lines = vec!["Cost of rules of places to the use (travel time and distance: median errors; straight lines between places):".to_owned()];
    lines.push(format!("{:<width$} {:>7} {:>9} {:>14} {:>11} {:>8} {:>8}", "rule", "way %", "error m", "travel time %", "distance %", "B/km", "fixes"));
    for row in &outcome.rows {
        let cost = &row.cost;
        let error = cost.error_m.map_or_else(|| "-".to_owned(), |error_m| format!("{error_m:.0}"));
        lines.push(format!(
            "{:<width$} {:>7} {error:>9} {:>14} {:>11} {:>8.1} {:>8.0}",
            cut(&row.name, width),
            percent(cost.distance_left),
            percent(cost.travel_time_error),
            percent(cost.distance_error),
            cost.bytes_per_km,
            cost.fixes
        ));
    }
    lines
}

/// What rules of other signals cost.
fn useful(outcome: &Outcome) -> Vec<String> {
    if outcome.useful.is_empty() {
        return Vec::new();
    }
    let width = width(outcome.useful.iter().map(|row| &row.name));
    let mut lines = vec!["Cost of rules of other signals to the use (median errors of a trip; braking below -3 m/s2):".to_owned()];
    lines.push(format!("{:<width$} {:>6} {:>11} {:>18} {:>14} {:>6}", "rule", "trips", "distance %", "braking: on board", "from the rows", "l/100 km %"));
    for row in &outcome.useful {
        let (board, rows) = row.braking.map_or_else(|| ("-".to_owned(), "-".to_owned()), |(board, rows)| (board.to_string(), rows.to_string()));
        let consumption = row.consumption_error.map_or_else(|| "-".to_owned(), |error| format!("{:.1} ({})", error * 100.0, row.consumption_trips));
        let distance = row.distance_error.map_or_else(|| "-".to_owned(), |error| format!("{:.1}", error * 100.0));
        lines.push(format!("{:<width$} {:>6} {distance:>11} {board:>18} {rows:>14} {consumption:>10}", cut(&row.name, width), row.trips));
    }
    if outcome.useful.iter().all(|row| row.consumption_error.is_none()) {
        lines.push("Consumption: no column fuel_l_h in these files, or no rule that lets speed and fuel out.".to_owned());
    }
    lines
}

/// A5.
fn routes(routes: &Routes) -> Vec<String> {
    if routes.rows.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![format!(
        "Route found in a series without position (A5): n = {} trips of {} cars that have another trip of the same route.",
        routes.n, routes.cars
    )];
    lines.push(format!(
        "Chance {:.0} %. A use without location consent should not be above it by more than {:.0} points.",
        routes.chance * 100.0,
        ABOVE_CHANCE * 100.0
    ));
    if routes.n == 0 {
        return lines;
    }
    let width = width(routes.rows.iter().map(|row| &row.name));
    let cells = ATTACKED.map(|name| format!("{name:>10}")).join(" ");
    lines.push(format!("{:<width$} {:<8} {:>5} {cells}", "rule", "consent", "rows"));
    for row in &routes.rows {
        let cell = |name: &str| {
            row.attacks.iter().find(|found| found.attack == name).map_or_else(|| format!("{:>10}", "-"), |found| bounded(found.share, found.upper95))
        };
        let located = match row.located {
            Some(Located::Consented) => "location",
            Some(Located::Without) => "other",
            None => "no rule",
        };
        lines.push(format!("{:<width$} {located:<8} {:>5.1} {}", cut(&row.name, width), row.rows_per_trip, ATTACKED.map(cell).join(" ")));
    }
    let still: Vec<String> =
        routes.rows.iter().filter(|row| row.known < row.signals).map(|row| format!("{} {} of {}", row.name, row.known, row.signals)).collect();
    if !still.is_empty() {
        lines.extend(wrapped("Signals whose values are known from these files (the others stand still, so that only their times are attacked): ", &still));
    }
    if routes.failing.is_empty() {
        lines.push("No use without location consent is above chance + 10 points.".to_owned());
    } else {
        lines.extend(wrapped("ABOVE chance + 10 points without location consent: ", &routes.failing));
    }
    lines
}

/// Words, then items with commas between, in lines of at most [`WIDTH`].
fn wrapped(words: &str, items: &[String]) -> Vec<String> {
    let mut lines = vec![words.trim_end().to_owned()];
    for (at, item) in items.iter().enumerate() {
        let text = if at + 1 < items.len() { format!("{item};") } else { item.clone() };
        match lines.last_mut().filter(|line| line.chars().count() + text.chars().count() < WIDTH) {
            Some(line) => {
                line.push(' ');
                line.push_str(&text);
            }
            None => lines.push(format!("  {text}")),
        }
    }
    lines
}

fn bounded(share: f64, upper95: f64) -> String {
    format!("{:>3.0} [<={:>3.0}]", share * 100.0, upper95 * 100.0)
}

/// What this is and is not.
pub(super) fn head(outcome: &Outcome) -> Vec<String> {
    let trips: usize = outcome.cars.iter().map(|car| car.trips).sum();
    let km: f64 = outcome.cars.iter().map(|car| car.km).sum();
    let n = outcome.control[0].n;
    let draws = outcome.rows.iter().map(|row| row.draws).max().unwrap_or(1);
    let homes = match outcome.homes {
        Homes::Given => "as the file of places says",
        Homes::OfRawTrips => "taken to be where most raw trips begin and end, so that raw is found by making",
    };
    let mut lines = vec![
        format!("Privacy: {CAUTION}."),
        format!(
            "n = {n} cars whose home is known ({homes}) of {} cars, {trips} trips, {km:.0} km; {} trips too short.",
            outcome.cars.len(),
            outcome.trips_dropped
        ),
        format!("Each share of n = {n} cars, then in brackets its bound: {BOUND}. One car is {:.0} points.", 100.0 / f64::from(n.max(1))),
        format!(
            "All trips of a car are linked; a hit is the nearest of {} guesses. What is drawn was drawn up to {draws} times; draws are not cars.",
            outcome.guesses
        ),
        "Control: random points of the car's own raw track. At or below it nothing was learned.".to_owned(),
    ];
    if outcome.trips_twice > 0 {
        lines.push(match outcome.twice {
            Twice::LeftOut => format!(
                "{} trips overlap in time with another of their car, one drive recorded twice: neither is looked for in the other.",
                outcome.trips_twice
            ),
            Twice::Kept => format!(
                "{} trips overlap in time with another of their car, one drive recorded twice: they count as two, and find each other.",
                outcome.trips_twice
            ),
        });
    }
    if n < 20 {
        lines.push(format!("With {n} cars even no hit at all leaves a share of up to {:.0} % possible.", super::upper95(0.0, n) * 100.0));
    }
    lines
}

fn found(home: &[Share; 3]) -> String {
    home.map(|share| format!("{:>4.0} [<={:>3.0}]", share.share * 100.0, share.upper95 * 100.0)).join(" ")
}

fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

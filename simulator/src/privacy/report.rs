//! The outcome as a table.

use super::{BOUND, CAUTION, Homes, Outcome, Share};

/// The outcome, for a terminal.
pub fn lines(outcome: &Outcome) -> Vec<String> {
    let mut lines = head(outcome);
    let width = outcome.rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0).clamp(10, 48);
    lines.push(String::new());
    lines.push(format!("home found within {:>34}      cost to the use", "100 m       200 m       500 m"));
    lines.push(format!("{:<width$} by   {:>11} {:>11} {:>11}   {:>5} {:>7} {:>7} {:>8}", "rule", "%", "%", "%", "way %", "error m", "B/km", "fixes"));
    lines.push(format!("{:<width$} -    {}", "control", found(&outcome.control)));
    for row in &outcome.rows {
        for (at, attacked) in row.attacks.iter().enumerate() {
            let shown = if at == 0 { cut(&row.name, width) } else { String::new() };
            let line = format!("{shown:<width$} {:<4} {}", attacked.attack, found(&attacked.home));
            lines.push(if at == 0 {
                let cost = &row.cost;
                let way = cost.distance_left.map_or_else(|| "-".to_owned(), |share| format!("{:.0}", share * 100.0));
                let error = cost.error_m.map_or_else(|| "-".to_owned(), |error_m| format!("{error_m:.0}"));
                format!("{line}   {way:>5} {error:>7} {:>7.1} {:>8.0}", cost.bytes_per_km, cost.fixes)
            } else {
                line
            });
        }
    }
    lines
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

//! The outcome as one HTML file that loads nothing: curves of protection against utility as inline SVG, with their numbers in tables.

use super::{BOUND, Outcome};
use std::fmt::Write as _;

/// Size of the chart and of its margin, pixels.
const SIZE: (f64, f64) = (720.0, 360.0);
const MARGIN: f64 = 56.0;
/// Points that are nearer to each other share a label, pixels.
const NEAR: f64 = 16.0;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;color:#10151d;background:#f6f7f9;margin:0}main{max-width:1080px;margin:0 auto;padding:32px}\
h1{font-size:32px;font-weight:500}h2{font-weight:500;margin-top:48px}.caution{padding:8px 16px;border:2px solid #9a5b00;color:#7a4700;border-radius:6px;font-weight:600}\
table{border-collapse:collapse;width:100%;background:#fff;font-variant-numeric:tabular-nums}th,td{padding:8px;border-bottom:1px solid #d8dde5;text-align:right}\
th:first-child,td:first-child,.text{text-align:left}td small{display:block;color:#5a6675;white-space:nowrap}@media(max-width:760px){main{padding:16px}table{display:block;overflow-x:auto}}figure{margin:16px 0;background:#fff;padding:16px;border:1px solid #d8dde5}svg{width:100%;height:auto}svg text{font:13px system-ui,sans-serif}";

/// The report.
pub fn report(outcome: &Outcome) -> String {
    let mut out = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>Privacy of rules, measured</title><style>{STYLE}</style></head><body><main><h1>Privacy of rules, measured</h1>"
    );
    // The first line is the caution.
    for (line, class) in super::report::head(outcome).iter().zip([" class=\"caution\""].into_iter().chain(std::iter::repeat(""))) {
        put(&mut out, format_args!("<p{class}>{}</p>", text(line)));
    }
    if !outcome.rows.is_empty() {
        out.push_str("<h2>Homes</h2>");
        chart(
            &mut out,
            &homes_by_time(outcome),
            outcome.control[2].share,
            "Homes found within 500 m by the best attacker (up) against the accuracy of travel time (right: exact)",
            "control",
        );
        homes(&mut out, outcome);
    }
    if !outcome.joins.is_empty() {
        joins(&mut out, outcome);
    }
    if outcome.routes.n > 0 && !outcome.routes.rows.is_empty() {
        out.push_str("<h2>Routes from series without position</h2>");
        chart(
            &mut out,
            &routes_by_error(outcome),
            outcome.routes.chance,
            "Routes found by the best attacker (up) against the accuracy of a trip's length (right: exact)",
            "chance",
        );
        routes(&mut out, outcome);
    }
    links(&mut out, outcome);
    put(&mut out, format_args!("<p>Bound: {}.</p></main></body></html>\n", text(BOUND)));
    out
}

/// A point of a curve: utility and what was found, its bound, and the row of the table.
type Dot = (f64, f64, f64, usize);

fn accuracy(error: f64) -> f64 {
    (1.0 - error).max(0.0)
}

fn homes_by_time(outcome: &Outcome) -> Vec<Dot> {
    let dot = |(at, row): (usize, &super::Row)| {
        let worst = row.worst()?.home[2];
        Some((accuracy(row.cost.travel_time_error?), worst.share, worst.upper95, at + 1))
    };
    outcome.rows.iter().enumerate().filter_map(dot).collect()
}

fn routes_by_error(outcome: &Outcome) -> Vec<Dot> {
    let dot = |(at, row): (usize, &super::route::RouteRow)| {
        let error = outcome.useful.iter().find(|useful| useful.name == row.name)?.distance_error?;
        let worst = row.worst()?;
        Some((accuracy(error), worst.share, worst.upper95, at + 1))
    };
    outcome.routes.rows.iter().enumerate().filter_map(dot).collect()
}

/// A curve of protection against utility, with the bound of each point.
fn chart(out: &mut String, dots: &[Dot], level: f64, caption: &str, level_name: &str) {
    let x = |share: f64| MARGIN + share * (SIZE.0 - 2.0 * MARGIN);
    let y = |share: f64| SIZE.1 - MARGIN - share * (SIZE.1 - 2.0 * MARGIN);
    put(out, format_args!("<figure><svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">", SIZE.0, SIZE.1, text(caption)));
    for tenth in [0.0, 0.25, 0.5, 0.75, 1.0] {
        put(out, format_args!("<path d=\"M{} {}H{}\" stroke=\"#d8dde5\"/>", x(0.0), y(tenth), x(1.0)));
        put(out, format_args!("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{:.0} %</text>", x(0.0) - 6.0, y(tenth) + 4.0, tenth * 100.0));
        put(out, format_args!("<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{:.0} %</text>", x(tenth), y(0.0) + 20.0, tenth * 100.0));
    }
    put(out, format_args!("<path d=\"M{} {}H{}\" stroke=\"#9a5b00\" stroke-dasharray=\"6 4\"/>", x(0.0), y(level), x(1.0)));
    let line: Vec<String> = best(dots).iter().map(|(right, up, ..)| format!("{:.1},{:.1}", x(*right), y(*up))).collect();
    put(out, format_args!("<polyline points=\"{}\" fill=\"none\" stroke=\"#8aa0bd\"/>", line.join(" ")));
    let mut named: Vec<(f64, f64, String)> = Vec::new();
    for (right, up, bound, name) in dots {
        let (left, top) = (x(*right), y(*up));
        put(out, format_args!("<path d=\"M{left:.1} {top:.1}V{:.1}\" stroke=\"#2b5fb0\" stroke-opacity=\".4\"/>", y(*bound)));
        put(out, format_args!("<circle cx=\"{left:.1}\" cy=\"{top:.1}\" r=\"5\" fill=\"#2b5fb0\"/>"));
        match named.iter_mut().find(|(other_left, other_top, _)| (left - other_left).abs() < NEAR && (top - other_top).abs() < NEAR) {
            Some((_, _, names)) => put(names, format_args!(", {name}")),
            None => named.push((left, top, name.to_string())),
        }
    }
    for (left, top, names) in named {
        put(out, format_args!("<text x=\"{left:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{names}</text>", top - 10.0));
    }
    put(
        out,
        format_args!(
            "</svg><figcaption>{}. The line joins rules that no other beats in both; a bar reaches to the bound; the broken line is {level_name}. Numbers are rows of the table; rows without such a utility have no point.</figcaption></figure>",
            text(caption)
        ),
    );
}

/// Those than which no other leaves more and is found less, from left to right.
fn best(dots: &[Dot]) -> Vec<Dot> {
    let beats = |one: &Dot, other: &Dot| one.0 >= other.0 && one.1 <= other.1 && (one.0 > other.0 || one.1 < other.1);
    let mut best: Vec<Dot> = dots.iter().filter(|dot| !dots.iter().any(|other| beats(other, dot))).copied().collect();
    best.sort_by(|one, other| one.0.total_cmp(&other.0));
    best
}

fn cell(share: f64, upper95: f64) -> String {
    format!("<td>{:.0} %<small>(≤ {:.0} %)</small></td>", share * 100.0, upper95 * 100.0)
}

fn shares(home: &[super::Share; 3]) -> String {
    home.iter().map(|share| cell(share.share, share.upper95)).collect()
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "–".to_owned(), |share| format!("{:.0} %", share * 100.0))
}

fn homes(out: &mut String, outcome: &Outcome) {
    out.push_str("<table><tr><th>Rule</th><th>Attack</th><th>n</th><th>100 m</th><th>200 m</th><th>500 m</th><th>Distance left</th><th>Error, m</th><th>Travel time, error</th><th>Length, error</th><th>B/km</th><th>Fixes</th></tr>");
    put(out, format_args!("<tr><td>control</td><td>–</td><td>{}</td>{}<td colspan=\"6\"></td></tr>", outcome.control[0].n, shares(&outcome.control)));
    for (at, row) in outcome.rows.iter().enumerate() {
        let cost = &row.cost;
        let error = cost.error_m.map_or_else(|| "–".to_owned(), |error_m| format!("{error_m:.0}"));
        for attacked in &row.attacks {
            let (n, name) = (attacked.home[0].n, text(&row.name));
            put(out, format_args!("<tr><td>{}. {name}</td><td>{}</td><td>{n}</td>{}", at + 1, attacked.attack, shares(&attacked.home)));
            let (way, time, length) = (percent(cost.distance_left), percent(cost.travel_time_error), percent(cost.distance_error));
            put(
                out,
                format_args!("<td>{way}</td><td>{error}</td><td>{time}</td><td>{length}</td><td>{:.1}</td><td>{:.0}</td></tr>", cost.bytes_per_km, cost.fixes),
            );
        }
    }
    out.push_str("</table>");
}

fn joins(out: &mut String, outcome: &Outcome) {
    out.push_str(
        "<h2>Several streams in one hand</h2><table><tr><th>Whose</th><th class=\"text\">Streams</th><th>Attack</th><th>n</th><th>100 m</th><th>200 m</th><th>500 m</th></tr>",
    );
    for join in &outcome.joins {
        for attacked in &join.attacks {
            let (name, streams) = (text(&join.name), text(&join.streams.join("; ")));
            put(
                out,
                format_args!(
                    "<tr><td>{name}</td><td class=\"text\">{streams}</td><td>{}</td><td>{}</td>{}</tr>",
                    attacked.attack,
                    attacked.home[0].n,
                    shares(&attacked.home)
                ),
            );
        }
    }
    out.push_str("</table>");
}

fn routes(out: &mut String, outcome: &Outcome) {
    let routes = &outcome.routes;
    put(out, format_args!("<p>n = {} trips of {} cars; chance {:.0} %.</p>", routes.n, routes.cars, routes.chance * 100.0));
    out.push_str("<table><tr><th>Rule</th>");
    for name in super::report::ATTACKED {
        put(out, format_args!("<th>{name}</th>"));
    }
    out.push_str("<th>Length, error</th><th>Braking, on board / rows</th><th>l/100 km, error</th></tr>");
    for (at, row) in routes.rows.iter().enumerate() {
        put(out, format_args!("<tr><td>{}. {}</td>", at + 1, text(&row.name)));
        for name in super::report::ATTACKED {
            let found = row.attacks.iter().find(|found| found.attack == name);
            out.push_str(&found.map_or_else(|| "<td>–</td>".to_owned(), |found| cell(found.share, found.upper95)));
        }
        let useful = outcome.useful.iter().find(|useful| useful.name == row.name);
        let braking = useful.and_then(|useful| useful.braking).map_or_else(|| "–".to_owned(), |(board, rows)| format!("{board} / {rows}"));
        let (length, fuel) = (useful.and_then(|useful| useful.distance_error), useful.and_then(|useful| useful.consumption_error));
        put(out, format_args!("<td>{}</td><td>{braking}</td><td>{}</td></tr>", percent(length), percent(fuel)));
    }
    out.push_str("</table>");
    for failing in &routes.failing {
        put(out, format_args!("<p class=\"caution\">Above chance + 10 points without location consent: {}</p>", text(failing)));
    }
}

fn links(out: &mut String, outcome: &Outcome) {
    if outcome.links.is_empty() {
        return;
    }
    out.push_str(
        "<h2>Trips of one car, and trips that are alone</h2><table><tr><th>Rule</th><th class=\"text\">What is found</th><th>n</th><th>Chance</th><th>Share</th></tr>",
    );
    for row in &outcome.links {
        for (what, found) in [("same car by ", &row.trips), ("same car, ", &row.slices), ("alone with 4 points, by ", &row.unique)] {
            for found in found {
                let name = text(&row.name);
                put(
                    out,
                    format_args!(
                        "<tr><td>{name}</td><td class=\"text\">{what}{}</td><td>{}</td><td>{}</td>{}</tr>",
                        found.attack,
                        found.n,
                        percent(found.chance),
                        cell(found.share, found.upper95)
                    ),
                );
            }
        }
    }
    out.push_str("</table>");
}

/// Writing to a text does not fail.
fn put(out: &mut String, what: std::fmt::Arguments<'_>) {
    if out.write_fmt(what).is_err() {
        out.push_str(" [not written] ");
    }
}

fn text(plain: &str) -> String {
    plain.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

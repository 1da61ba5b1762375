//! The outcome as one HTML file that loads nothing: a curve of protection against utility as inline SVG, with its numbers in a table.

use super::{BOUND, Outcome};
use std::fmt::Write as _;

/// Size of the chart and of its margin, pixels.
const SIZE: (f64, f64) = (720.0, 360.0);
const MARGIN: f64 = 56.0;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;color:#10151d;background:#f6f7f9;margin:0}main{max-width:1080px;margin:0 auto;padding:32px}\
h1{font-size:32px;font-weight:500}.caution{padding:8px 16px;border:2px solid #9a5b00;color:#7a4700;border-radius:6px;font-weight:600}\
table{border-collapse:collapse;width:100%;background:#fff;font-variant-numeric:tabular-nums}th,td{padding:8px;border-bottom:1px solid #d8dde5;text-align:right}\
th:first-child,td:first-child{text-align:left}figure{margin:16px 0;background:#fff;padding:16px;border:1px solid #d8dde5}svg{width:100%;height:auto}svg text{font:13px system-ui,sans-serif}";

/// The report.
pub fn report(outcome: &Outcome) -> String {
    let mut out = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Privacy of location rules</title><style>{STYLE}</style></head><body><main>\
         <h1>Privacy of location rules</h1><p class=\"caution\">{}</p>",
        text(outcome.caution)
    );
    for line in super::report::head(outcome) {
        put(&mut out, format_args!("<p>{}</p>", text(&line)));
    }
    chart(&mut out, outcome);
    table(&mut out, outcome);
    put(&mut out, format_args!("<p>Bound: {}.</p></main></body></html>\n", text(BOUND)));
    out
}

/// Share of homes found within 500 m by the best attacker, with its bound, against the distance left.
fn chart(out: &mut String, outcome: &Outcome) {
    let x = |share: f64| MARGIN + share * (SIZE.0 - 2.0 * MARGIN);
    let y = |share: f64| SIZE.1 - MARGIN - share * (SIZE.1 - 2.0 * MARGIN);
    put(out, format_args!("<figure><svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"homes found against distance left\">", SIZE.0, SIZE.1));
    for tenth in [0.0, 0.25, 0.5, 0.75, 1.0] {
        put(out, format_args!("<path d=\"M{} {}H{}\" stroke=\"#d8dde5\"/>", x(0.0), y(tenth), x(1.0)));
        put(out, format_args!("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{:.0} %</text>", x(0.0) - 6.0, y(tenth) + 4.0, tenth * 100.0));
        put(out, format_args!("<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{:.0} %</text>", x(tenth), y(0.0) + 20.0, tenth * 100.0));
    }
    let control = y(outcome.control[2].share);
    put(out, format_args!("<path d=\"M{} {control}H{}\" stroke=\"#9a5b00\" stroke-dasharray=\"6 4\"/>", x(0.0), x(1.0)));
    let mut points: Vec<(f64, f64, f64, usize)> = Vec::new();
    for (at, row) in outcome.rows.iter().enumerate() {
        let worst = row.attacks.iter().map(|attacked| attacked.home[2]).max_by(|one, other| one.share.total_cmp(&other.share));
        if let (Some(worst), Some(way)) = (worst, row.cost.distance_left) {
            points.push((way, worst.share, worst.upper95, at + 1));
        }
    }
    points.sort_by(|one, other| one.0.total_cmp(&other.0));
    let line: Vec<String> = points.iter().map(|(way, share, ..)| format!("{:.1},{:.1}", x(*way), y(*share))).collect();
    put(out, format_args!("<polyline points=\"{}\" fill=\"none\" stroke=\"#8aa0bd\"/>", line.join(" ")));
    for (way, share, bound, name) in points {
        let (left, top) = (x(way), y(share));
        put(out, format_args!("<path d=\"M{left:.1} {top:.1}V{:.1}\" stroke=\"#2b5fb0\" stroke-opacity=\".4\"/>", y(bound)));
        put(
            out,
            format_args!(
                "<circle cx=\"{left:.1}\" cy=\"{top:.1}\" r=\"5\" fill=\"#2b5fb0\"/><text x=\"{:.1}\" y=\"{:.1}\">{name}</text>",
                left + 7.0,
                top - 6.0
            ),
        );
    }
    out.push_str("</svg><figcaption>Homes found within 500 m by the best attacker (up) against the distance that is left (right). A bar reaches to the bound; the broken line is the control. Numbers are rows of the table; single places have no distance.</figcaption></figure>");
}

fn table(out: &mut String, outcome: &Outcome) {
    out.push_str("<table><tr><th>Rule</th><th>Attack</th><th>n</th><th>100 m</th><th>200 m</th><th>500 m</th><th>Distance left</th><th>Error, m</th><th>B/km</th><th>Fixes</th></tr>");
    let share = |share: &super::Share| format!("<td>{:.0} % (≤ {:.0} %)</td>", share.share * 100.0, share.upper95 * 100.0);
    let shares = |home: &[super::Share; 3]| home.iter().map(share).collect::<String>();
    put(
        out,
        format_args!("<tr><td>control</td><td>–</td><td>{}</td>{}<td></td><td></td><td></td><td></td></tr>", outcome.control[0].n, shares(&outcome.control)),
    );
    for (at, row) in outcome.rows.iter().enumerate() {
        let cost = &row.cost;
        let way = cost.distance_left.map_or_else(|| "–".to_owned(), |share| format!("{:.0} %", share * 100.0));
        let error = cost.error_m.map_or_else(|| "–".to_owned(), |error_m| format!("{error_m:.0}"));
        for attacked in &row.attacks {
            put(
                out,
                format_args!(
                    "<tr><td>{}. {}</td><td>{}</td><td>{}</td>{}",
                    at + 1,
                    text(&row.name),
                    attacked.attack,
                    attacked.home[0].n,
                    shares(&attacked.home)
                ),
            );
            put(out, format_args!("<td>{way}</td><td>{error}</td><td>{:.1}</td><td>{:.0}</td></tr>", cost.bytes_per_km, cost.fixes));
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

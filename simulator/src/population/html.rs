//! The outcome as one HTML file that loads nothing: charts are inline SVG, each with its numbers in a table beside it.

use super::params::name;
use super::report::form_name;
use super::{Arm, Measures, NOT_EVIDENCE, Outcome, Spread};
use std::fmt::Write as _;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;color:#10151d;background:#f6f7f9;margin:0}main{max-width:1080px;margin:0 auto;padding:32px}\
h1{font-size:32px;font-weight:500;margin:0 0 8px}h2{font-size:22px;font-weight:500;margin:48px 0 8px}.caution{display:inline-block;padding:4px 12px;border:2px solid #9a5b00;\
color:#7a4700;border-radius:16px;font-weight:600}table{border-collapse:collapse;width:100%;background:#fff;font-variant-numeric:tabular-nums}th,td{padding:8px 12px;border-bottom:1px solid #d8dde5;\
text-align:right}th:first-child,td:first-child{text-align:left}figure{margin:16px 0;background:#fff;padding:16px;border:1px solid #d8dde5;border-radius:6px}\
svg{width:100%;height:auto;display:block}figcaption{color:#4a5565;font-size:14px}svg text{font:14px system-ui,sans-serif;fill:#10151d}\
@media(prefers-color-scheme:dark){body{color:#eef2f8;background:#080b10}table,figure{background:#10151d;border-color:#2a3342}th,td{border-color:#2a3342}svg text{fill:#eef2f8}figcaption{color:#a3afc0}\
.caution{color:#f0b35c;border-color:#f0b35c}}";

/// One report about one or two catalogs.
pub(super) fn report(outcomes: &[Outcome]) -> String {
    let mut out = String::new();
    write_to(
        &mut out,
        format_args!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>People and a catalog: {NOT_EVIDENCE}</title><style>{STYLE}</style></head><body><main>"
        ),
    );
    write_to(&mut out, format_args!("<h1>People and a catalog</h1><p class=\"caution\">{NOT_EVIDENCE}</p>"));
    write_to(
        &mut out,
        format_args!(
            "<p>What follows is about steps, requests and regret. The rules of asking are those of the gatekeeper; what people like is assumed, and named in the parameters.</p>"
        ),
    );
    for outcome in outcomes {
        one(&mut out, outcome);
    }
    out.push_str("</main></body></html>\n");
    out
}

/// Writing to a text does not fail.
fn write_to(out: &mut String, what: std::fmt::Arguments<'_>) {
    if out.write_fmt(what).is_err() {
        out.push_str(" [not written] ");
    }
}

fn one(out: &mut String, outcome: &Outcome) {
    let Outcome { catalog, catalog_version, uses, count, days, budget, arms, sensitivity, .. } = outcome;
    write_to(
        out,
        format_args!(
            "<h2>{}</h2><p>Version {catalog_version}, {uses} uses; {count} people for {days} days, the same people under both forms.</p>",
            text(catalog)
        ),
    );
    chart(out, "Steps a person and year", arms, |all| all.steps, None);
    chart(out, "Unasked screens a person and year", arms, |all| all.unasked_screens, Some(f64::from(*budget)));
    chart(out, "Yeses taken back within 30 days, %", arms, |all| all.regret * 100.0, None);
    table(out, arms);
    reached(out, arms);
    if !sensitivity.is_empty() {
        spreads(out, sensitivity);
    }
}

fn text(raw: &str) -> String {
    raw.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A pair of bars for everybody and for each kind.
fn chart(out: &mut String, title: &str, arms: &[Arm], of: fn(&Measures) -> f64, limit: Option<f64>) {
    let [first, second] = arms else { return };
    let everybody = [("Everybody", of(&first.all), of(&second.all))];
    let kinds = first.kinds.iter().zip(&second.kinds).map(|((kind, one), (_, other))| (name(*kind), of(one), of(other)));
    let rows: Vec<(&str, f64, f64)> = everybody.into_iter().chain(kinds).collect();
    let most = rows.iter().flat_map(|(_, one, other)| [*one, *other]).chain(limit).fold(0.0, f64::max).max(f64::MIN_POSITIVE);
    let wide = |value: f64| 560.0 * value / most;
    let height = rows.iter().fold(40_u32, |sum, _| sum.saturating_add(52));
    write_to(out, format_args!("<figure><svg viewBox=\"0 0 900 {height}\" role=\"img\" aria-label=\"{}\">", text(title)));
    let mut y = 12_u32;
    for (label, one, other) in &rows {
        write_to(out, format_args!("<text x=\"0\" y=\"{}\">{label}</text>", y.saturating_add(24)));
        for (value, colour, lower) in [(*one, "#8a94a6", 0_u32), (*other, "#1f6feb", 20)] {
            let top = y.saturating_add(lower);
            write_to(out, format_args!("<rect x=\"220\" y=\"{top}\" width=\"{:.1}\" height=\"16\" fill=\"{colour}\"/>", wide(value)));
            write_to(out, format_args!("<text x=\"{:.1}\" y=\"{}\">{value:.1}</text>", 228.0 + wide(value), top.saturating_add(13)));
        }
        y = y.saturating_add(52);
    }
    if let Some(limit) = limit {
        let x = 220.0 + wide(limit);
        write_to(out, format_args!("<line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"4\" y2=\"{y}\" stroke=\"#9a5b00\" stroke-width=\"2\" stroke-dasharray=\"6 4\"/>"));
        write_to(out, format_args!("<text x=\"{:.1}\" y=\"{}\">budget {limit:.0}</text>", x - 80.0, y.saturating_add(16)));
    }
    write_to(out, format_args!("</svg><figcaption>{}. Grey: one form for all; blue: forms by kind.</figcaption></figure>", text(title)));
}

fn table(out: &mut String, arms: &[Arm]) {
    out.push_str("<table><caption>A person and year</caption><tr><th>asked</th><th>steps</th><th>requests</th><th>set off by the person</th><th>unasked screens</th><th>most</th><th>regret</th><th>allow</th><th>decline</th><th>later</th><th>never</th></tr>");
    for arm in arms {
        row(out, form_name(arm.form), &arm.all);
        arm.kinds.iter().for_each(|(kind, measures)| row(out, name(*kind), measures));
    }
    out.push_str("</table>");
}

fn row(out: &mut String, what: &str, all: &Measures) {
    let percent = |share: f64| format!("{:.0} %", share * 100.0);
    write_to(
        out,
        format_args!(
            "<tr><td>{what}</td><td>{:.1}</td><td>{:.1}</td><td>{:.1}</td><td>{:.2}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            all.steps,
            all.requests,
            all.wanted,
            all.unasked_screens,
            all.unasked_screens_max,
            percent(all.regret),
            percent(all.answers.allow),
            percent(all.answers.decline),
            percent(all.answers.later),
            percent(all.answers.never)
        ),
    );
}

fn reached(out: &mut String, arms: &[Arm]) {
    let [one, by_kind] = arms else { return };
    out.push_str("<h2>What reaches each recipient</h2><table><tr><th>recipient</th><th>people, one form</th><th>people, by kind</th><th>days of consent, one form</th><th>by kind</th></tr>");
    for (mine, other) in one.reached.iter().zip(&by_kind.reached) {
        write_to(
            out,
            format_args!(
                "<tr><td>{}</td><td>{:.0} %</td><td>{:.0} %</td><td>{:.0}</td><td>{:.0}</td></tr>",
                text(&mine.recipient),
                mine.people * 100.0,
                other.people * 100.0,
                mine.days,
                other.days
            ),
        );
    }
    out.push_str("</table>");
}

fn spreads(out: &mut String, spreads: &[Spread]) {
    out.push_str("<h2>How far it moves</h2><table><tr><th>varied</th><th>asked</th><th>steps: low, middle, high</th><th>requests</th><th>regret, %</th></tr>");
    let three = |(low, middle, high): (f64, f64, f64), by: f64| format!("{:.1}, {:.1}, {:.1}", low * by, middle * by, high * by);
    for Spread { what, form, requests, steps, regret } in spreads {
        write_to(
            out,
            format_args!(
                "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
                text(what),
                form_name(*form),
                three(*steps, 1.0),
                three(*requests, 1.0),
                three(*regret, 100.0)
            ),
        );
    }
    out.push_str("</table>");
}

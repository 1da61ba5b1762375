//! How a use stands, in words.

use crate::ctx::Ctx;
use crate::model::choices::{LawView, PauseView, Position, RuleView, UseRow};
use crate::pages::parts::{State, pill};
use crate::words::{Var, Words, capital};
use consent_core::catalog::EachTime;
use maud::{Markup, html};

/// Precision and end of what is allowed; of what is off, what a plain yes would allow.
pub(super) fn terms(ctx: &Ctx, row: &UseRow) -> String {
    let words = ctx.words;
    let reveals = Var::Text(&row.reveals);
    match (row.position, row.cadence.as_deref(), row.until_ms) {
        (Position::On, Some("trip"), _) => words.ta("choices-terms-trip", &[("reveals", reveals)]),
        (Position::On, Some("each_time"), Some(until_ms)) => {
            let before = ctx.used(&row.use_id).is_some_and(|used| used.each_time == Some(EachTime::BeforeTrip));
            let key = if before { "choices-terms-before" } else { "choices-terms-each" };
            words.ta(key, &[("reveals", reveals), ("date", Var::Text(&words.date(until_ms)))])
        }
        (Position::On, _, Some(until_ms)) => words.ta("choices-terms-until", &[("reveals", reveals), ("date", Var::Text(&words.date(until_ms)))]),
        (Position::On | Position::Off | Position::Fixed | Position::OnRequest, _, _) => row.reveals.clone(),
    }
}

/// The same as a sentence of its own.
pub(super) fn sentence(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{}.", capital(text)) }
}

/// What is so right now, and why.
pub(super) fn now(ctx: &Ctx, row: &UseRow) -> Markup {
    let words = ctx.words;
    html! {
        p.now {
            @if let Some(pause) = row.paused.as_ref().filter(|_| row.position != Position::Off) {
                (pill(State::Stays, &paused(ctx, pause)))
            } @else if row.position == Position::Off {
                span { (words.t(row.standing.key())) }
            } @else if row.activity == "live" {
                (pill(State::Leaves, &words.t("choices-now-live")))
            } @else if row.activity == "awaits" {
                (pill(State::Waits, &words.t("choices-now-awaits")))
            } @else {
                (pill(State::Stays, &words.t("choices-now-stays")))
                span { (reason(words, &row.activity, ctx.used(&row.use_id).map(|used| used.condition))) }
            }
        }
    }
}

/// Why nothing leaves, as a sentence; a reason that this screen does not know is named as it is.
pub(super) fn reason(words: Words, reason: &str, condition: Option<consent_core::Condition>) -> String {
    use consent_core::Condition;
    let key = match (reason, condition) {
        ("condition_unmet", Some(Condition::Parked)) => "choices-reason-condition_unmet-parked".to_owned(),
        ("condition_unmet", Some(Condition::Call)) => "choices-reason-condition_unmet-call".to_owned(),
        ("condition_unmet", Some(Condition::TheftDeclared)) => "choices-reason-condition_unmet-theft".to_owned(),
        (reason, _) => format!("choices-reason-{reason}"),
    };
    let text = words.t(&key);
    if text == key { words.ta("choices-reason-unknown", &[("reason", Var::Text(reason))]) } else { text }
}

/// Until when something is paused.
pub(super) fn paused(ctx: &Ctx, pause: &PauseView) -> String {
    match (pause.until.as_str(), pause.until_ms) {
        (_, Some(until_ms)) => ctx.words.ta("base-paused-time", &[("time", Var::Text(&ctx.words.time(until_ms)))]),
        ("trip", None) => ctx.words.t("base-paused-trip"),
        (_, None) => ctx.words.t("base-paused-resumed"),
    }
}

/// Act and article, and whether it may be refused.
pub(super) fn law(ctx: &Ctx, law: &LawView) -> String {
    let key = if law.may_refuse { "choices-law-may-refuse" } else { "choices-law-fixed" };
    ctx.words.ta(key, &[("act", Var::Text(&law.act)), ("article", Var::Text(&law.article))])
}

/// What is left of a signal.
pub(super) fn rule(words: Words, rule: &RuleView, unit: &str) -> String {
    let every = |period_ms: u32| words.duration(period_ms.into());
    match *rule {
        RuleView::Nothing => words.t("choices-rule-nothing"),
        RuleView::Every => words.t("choices-rule-every"),
        RuleView::Capped { period_ms } => words.ta("choices-rule-capped", &[("every", Var::Text(&every(period_ms)))]),
        RuleView::Rounded { step, period_ms: 0 } => words.ta("choices-rule-rounded", &[("step", Var::Text(&words.quantity(step, 9, unit)))]),
        RuleView::Rounded { step, period_ms } => {
            words.ta("choices-rule-rounded-capped", &[("step", Var::Text(&words.quantity(step, 9, unit))), ("every", Var::Text(&every(period_ms)))])
        }
        RuleView::Square { cell_m, period_ms } => {
            words.ta("choices-rule-square", &[("cell", Var::Text(&words.distance(cell_m.into()))), ("every", Var::Text(&every(period_ms)))])
        }
        RuleView::Window { sum, period_ms, step, below } => {
            // A count has no unit of its own.
            let step_unit = if matches!(sum, "count" | "drops_below" | "rises_to") { "" } else { unit };
            words.ta(
                &format!("choices-rule-{sum}"),
                &[
                    ("every", Var::Text(&every(period_ms))),
                    ("step", Var::Text(&words.quantity(step, 9, step_unit))),
                    ("below", Var::Text(&words.quantity(below, 9, unit))),
                ],
            )
        }
        RuleView::Level { step, low, high, period_ms, when } => {
            let key = match (when, period_ms) {
                ("changes", _) => "choices-rule-level-changes",
                (_, 0) => "choices-rule-level",
                (_, _) => "choices-rule-level-capped",
            };
            let [step, low, high] = [step, low, high].map(|number| words.quantity(number, 9, unit));
            words.ta(key, &[("step", Var::Text(&step)), ("low", Var::Text(&low)), ("high", Var::Text(&high)), ("every", Var::Text(&every(period_ms)))])
        }
        RuleView::Ranges { period_ms, bins } => words.ta("choices-rule-ranges", &[("every", Var::Text(&every(period_ms))), ("n", Var::Count(bins.into()))]),
        RuleView::Score { period_ms } => words.ta("choices-rule-score", &[("every", Var::Text(&every(period_ms)))]),
        RuleView::Blurred { step, period_ms, epsilon } => {
            let (step, epsilon) = (words.quantity(step, 9, unit), words.number(epsilon, 3));
            words.ta("choices-rule-blurred", &[("step", Var::Text(&step)), ("every", Var::Text(&every(period_ms))), ("epsilon", Var::Text(&epsilon))])
        }
        RuleView::Track { cell_m: 0, period_ms } => words.ta("choices-rule-track", &[("every", Var::Text(&every(period_ms)))]),
        RuleView::Track { cell_m, period_ms } => {
            words.ta("choices-rule-track-square", &[("cell", Var::Text(&words.distance(cell_m.into()))), ("every", Var::Text(&every(period_ms)))])
        }
        RuleView::Event { spacing_m } => words.ta("choices-rule-event", &[("way", Var::Text(&words.distance(spacing_m.into())))]),
        RuleView::Moved { scale_m, period_ms } => {
            words.ta("choices-rule-moved", &[("by", Var::Text(&words.distance(scale_m.into()))), ("every", Var::Text(&every(period_ms)))])
        }
        RuleView::Way { what, period_ms, step } => {
            let step = if what == "metres" { words.quantity(step, 9, "m") } else { words.quantity(step, 9, "") };
            words.ta(&format!("choices-rule-way-{what}"), &[("every", Var::Text(&every(period_ms))), ("step", Var::Text(&step))])
        }
    }
}

/// The part of a path that a person reads: without the root, in words.
pub(in crate::pages) fn signal_name(path: &str) -> String {
    path.strip_prefix("Vehicle.").unwrap_or(path).replace('.', " › ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;
    use consent_core::{Aggregate, Condition, Reason, Rule, Step};

    #[test]
    fn every_reason_has_a_sentence_in_both_languages() {
        for language in Language::ALL {
            let words = Words::new(language);
            let unknown = words.ta("choices-reason-unknown", &[("reason", Var::Text("something new"))]);
            assert_eq!(reason(words, "something new", None), unknown);
            for name in Reason::ALL.map(Reason::name).into_iter().chain(["gone"]) {
                for condition in [None, Some(Condition::Always), Some(Condition::Parked), Some(Condition::Call), Some(Condition::TheftDeclared)] {
                    let sentence = reason(words, name, condition);
                    let unknown = words.ta("choices-reason-unknown", &[("reason", Var::Text(name))]);
                    assert!(sentence.ends_with('.') && sentence != unknown, "{language:?} {name}: {sentence}");
                }
            }
        }
    }

    #[test]
    fn every_rule_has_words_in_both_languages() {
        let step = Step { mantissa: 5, exponent: -1 };
        let window = |aggregate| Rule::Window { period_ms: 600_000, aggregate, step, threshold_steps: -6 };
        let rules = [
            Rule::Drop,
            Rule::AsIs,
            Rule::RateCap { period_ms: 10_000 },
            Rule::Round { step, period_ms: 0 },
            Rule::Round { step, period_ms: 60_000 },
            Rule::Grid { cell_m: 2_000, raster_ms: 10_000 },
            window(Aggregate::Min),
            window(Aggregate::Max),
            window(Aggregate::Mean),
            window(Aggregate::Count),
            window(Aggregate::DropsBelow),
            window(Aggregate::Difference),
        ];
        for language in Language::ALL {
            let words = Words::new(language);
            for known in rules {
                let text = rule(words, &RuleView::of(&known), "km/h");
                assert!(!text.contains("choices-") && !text.contains('{'), "{text}");
            }
        }
        let words = Words::new(Language::En);
        let plain = |known: &Rule, unit: &str| rule(words, &RuleView::of(known), unit).replace(['\u{202f}', '\u{a0}'], " ");
        assert_eq!(plain(&rules[4], "km/h"), "rounded to 0.5 km/h, at most every 1 min");
        assert_eq!(plain(&rules[5], ""), "the square of 2 km that it lies in, every 10 s");
        assert_eq!(plain(&rules[10], "m/s^2"), "how often it fell below −3 m/s², counted over 10 min");
    }
}

//! One request: its blocks in the order of its form, its answers, and the second layer.

use super::picture;
use crate::ctx::Ctx;
use crate::model::requests::facts::{self, Fact, cadence_words};
use crate::model::requests::form::{self, Block};
use crate::model::requests::script::ANSWERS;
use crate::model::requests::{RequestView, printed_cadence};
use crate::pages::parts;
use crate::words::{Var, Words};
use consent_gatekeeper::show::Pictures;
use maud::{Markup, html};

const DAY_MS: i64 = 86_400_000;
/// Facts that stand beside another one, in a frame: who the recipient is, and whom the benefit is for.
const BESIDE: [(&str, &str); 2] = [("mark", "who"), ("for", "benefit")];

/// A request, with all that belongs to its answer in one form: Allow takes what is printed, or what was chosen instead.
pub fn card(ctx: &Ctx, view: &RequestView, pictures: &Pictures) -> Markup {
    drawn(ctx, view, pictures, (&format!("/api/1/requests/{}/answer", view.id), super::BACK))
}

/// The same where the answer goes elsewhere: on the page of a use, which a person opens of their own accord.
pub fn card_for(ctx: &Ctx, view: &RequestView, pictures: &Pictures, action: &str) -> Markup {
    drawn(ctx, view, pictures, (action, &ctx.path))
}

fn drawn(ctx: &Ctx, view: &RequestView, pictures: &Pictures, (action, back): (&str, &str)) -> Markup {
    let words = ctx.words;
    let sheet = facts::sheet(view, words);
    let content = html! {
        (parts::hidden(&[("language", &view.language), ("printed", printed_cadence(view.printed.cadence))]))
        div.blocks {
            @for (block, facts) in &sheet.above { (self::block(*block, facts)) }
        }
        (adjust(ctx, view, pictures))
        (answers(view, words))
    };
    html! {
        article class={ "card request form-" (form::word(view.asking)) (if view.recipient.outside { " outside" } else { "" }) } id={ "request-" (view.id) } aria-labelledby={ "headline-" (view.id) } {
            h3.headline id={ "headline-" (view.id) } { (view.headline) }
            (parts::form(ctx, action, back, &view.use_id, &content))
            @if !sheet.below.is_empty() {
                div.blocks.below { @for (block, facts) in &sheet.below { (self::block(*block, facts)) } }
            }
            (details(view, words))
        }
    }
}

fn block(block: Block, facts: &[Fact]) -> Markup {
    let beside = |key: &str| BESIDE.iter().find(|(_, of)| *of == key).and_then(|(beside, _)| facts.iter().find(|fact| fact.key == *beside));
    html! {
        section class={ "block block-" (block.word()) } {
            dl.said {
                @for fact in facts.iter().filter(|fact| BESIDE.iter().all(|(beside, _)| fact.key != *beside)) {
                    div class={ "fact fact-" (fact.key) } {
                        dt { (fact.label) }
                        dd { (fact.text) @if let Some(beside) = beside(fact.key) { " " span.mark { (beside.text) } } }
                    }
                }
            }
        }
    }
}

/// Allow and Decline of the same size, weight and tone, Adjust a third; then Later and "Don't ask again". They stay in view
/// while what they answer is.
fn answers(view: &RequestView, words: Words) -> Markup {
    let label = |answer: &str| words.t(&format!("requests-answer-{answer}"));
    let [allow, decline, later, never] = ANSWERS;
    html! {
        @if !view.can_allow {
            div.note.waits.locked { p { (words.t("requests-locked")) } a.btn.small href="/people" { (words.t("requests-unlock")) } }
        }
        div.decide {
            div.bar.even.answers {
                button.btn type="submit" name="answer" value=(allow) disabled[!view.can_allow] {
                    span { (label(allow)) span.chosen { " " (words.t("requests-as-chosen")) } }
                }
                button.btn type="submit" name="answer" value=(decline) { span { (label(decline)) } }
                a.btn href={ "#adjust-" (view.id) } { (words.t("requests-adjust")) }
            }
            div.bar.even.answers.second {
                button.btn.small type="submit" name="answer" value=(later) { (label(later)) }
                button.btn.small type="submit" name="answer" value=(never) { (label(never)) }
            }
        }
    }
}

/// What can be chosen instead of the printed terms. Nothing is chosen beforehand.
fn adjust(ctx: &Ctx, view: &RequestView, pictures: &Pictures) -> Markup {
    let words = ctx.words;
    html! {
        details.more.adjust {
            summary { (words.t("requests-adjust-title")) }
            div.stack id={ "adjust-" (view.id) } tabindex="-1" {
                p.fine { (words.t("requests-adjust-note")) }
                @if view.cause != crate::model::requests::BEFORE_TRIP { (how_long(ctx, view)) }
                (how_precisely(ctx, view, pictures))
                (which(view, words))
                (how_often(view, words))
                div.bar { button.btn.small type="reset" { (words.t("requests-reset")) } }
            }
        }
    }
}

fn how_long(ctx: &Ctx, view: &RequestView) -> Markup {
    let words = ctx.words;
    let now_ms = ctx.port.now_ms();
    let end_ms = |days: u32| now_ms.saturating_add(i64::from(days).saturating_mul(DAY_MS));
    let latest = words.date(end_ms(view.adjust.days_max));
    let exact = format!("until-{}", view.id);
    html! {
        fieldset {
            legend { (words.t("requests-adjust-long")) }
            div.choices {
                (radio("last", "trip", &words.t("requests-adjust-trip"), ""))
                @for days in &view.adjust.days {
                    @let until = words.ta("requests-adjust-until", &[("date", Var::Text(&words.date(end_ms(*days))))]);
                    (radio("last", &days.to_string(), &words.days((*days).into()), &until))
                }
            }
            details.more {
                summary { (words.t("requests-adjust-exact")) }
                div.field {
                    label for=(exact) { (words.ta("requests-adjust-exact-label", &[("date", Var::Text(&latest))])) }
                    input type="date" id=(exact) name="until" min=(iso(end_ms(1))) max=(iso(end_ms(view.adjust.days_max)));
                }
            }
        }
    }
}

fn how_precisely(ctx: &Ctx, view: &RequestView, pictures: &Pictures) -> Markup {
    let words = ctx.words;
    html! {
        @if view.adjust.tiers.len() > 1 {
            fieldset {
                legend { (words.t("requests-adjust-precise")) }
                div.choices.pictures {
                    @for (tier, (reveals, drawn)) in view.adjust.tiers.iter().zip(picture::tiers(ctx, view, pictures)).enumerate() {
                        label.choice.picture {
                            input type="radio" name="tier" value=(tier);
                            span { span.reveals { (reveals) } (drawn) }
                        }
                    }
                }
            }
        }
    }
}

fn which(view: &RequestView, words: Words) -> Markup {
    html! {
        @if view.printed.categories.len() > 1 {
            fieldset {
                legend { (words.t("requests-adjust-which")) }
                div.choices {
                    @for category in &view.printed.categories {
                        label.choice {
                            input type="checkbox" name={ "without_" (category.id) } value="1";
                            span { (words.ta("requests-adjust-without", &[("name", Var::Text(&category.name))])) }
                        }
                    }
                }
            }
        }
    }
}

fn how_often(view: &RequestView, words: Words) -> Markup {
    html! {
        @if view.adjust.cadences.len() > 1 && view.cause != crate::model::requests::BEFORE_TRIP {
            fieldset {
                legend { (words.t("requests-adjust-often")) }
                div.choices {
                    @for cadence in &view.adjust.cadences {
                        (radio("cadence", printed_cadence(*cadence), &cadence_words(*cadence, view.adjust.each_time, words), ""))
                    }
                }
            }
        }
    }
}

fn radio(name: &str, value: &str, label: &str, note: &str) -> Markup {
    html! {
        label.choice {
            input type="radio" name=(name) value=(value);
            span { (label) @if !note.is_empty() { small { (note) } } }
        }
    }
}

/// The second layer (R30).
fn details(view: &RequestView, words: Words) -> Markup {
    html! {
        details.more.layer2 {
            summary { (words.t("requests-details")) }
            dl.said.rows {
                @for fact in facts::details(view, words) {
                    div class={ "fact fact-" (fact.key) } { dt { (fact.label) } dd { (fact.text) } }
                }
            }
        }
    }
}

/// A day as a date field takes it; empty if it is none.
fn iso(ms: i64) -> String {
    let zoned = jiff::Timestamp::from_millisecond(ms).map(|time| time.to_zoned(jiff::tz::TimeZone::system()));
    zoned.map(|zoned| zoned.strftime("%Y-%m-%d").to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use consent_protocol::ledger::Cadence;

    #[test]
    fn a_cadence_has_the_word_that_the_answer_takes() {
        for (cadence, word) in [(Cadence::Until, "until"), (Cadence::Trip, "trip"), (Cadence::EachTime, "each_time")] {
            assert_eq!(printed_cadence(cadence), word);
            assert_eq!(serde_json::to_value(cadence).unwrap(), word);
        }
    }
}

//! Parts that pages share: forms, buttons, switches, choices, states, tables, confirmations.
//!
//! Every touch is a form, so that it works with script off. Nothing here is preselected unless a page says that it is the
//! present state ([`Choice::current`]).

use crate::ctx::Ctx;
use consent_protocol::catalog::Recipient;
use maud::{Markup, html};

/// A form that sends a touch: `action` is the API's path, `at` the place where the page shows what it did.
///
/// It comes back to `back`, and names the driver for whom the page was made, so that a touch meant for one does not count
/// for another.
pub fn form(ctx: &Ctx, action: &str, back: &str, at: &str, content: &Markup) -> Markup {
    html! {
        form method="post" action=(action) {
            input type="hidden" name="back" value=(back);
            input type="hidden" name="at" value=(at);
            input type="hidden" name="as" value=(ctx.person().unwrap_or_default());
            (content)
        }
    }
}

/// A form that is one button, with its fields hidden.
pub fn touch(ctx: &Ctx, action: &str, at: &str, fields: &[(&str, &str)], button: &Markup) -> Markup {
    form(ctx, action, &ctx.path, at, &html! { (hidden(fields)) (button) })
}

/// Fields that nobody fills in.
pub fn hidden(fields: &[(&str, &str)]) -> Markup {
    html! { @for (name, value) in fields { input type="hidden" name=(name) value=(value); } }
}

/// What the last touch did, where it was done; nothing if it was done elsewhere.
pub fn flash(ctx: &Ctx, at: &str) -> Markup {
    let here = ctx.flash.as_ref().filter(|flash| flash.at == at);
    html! {
        @if let Some(flash) = here {
            div.flash.refused[flash.refused] role="status" { p { (flash.text) } }
        }
    }
}

/// A button that sends its form.
pub fn button(label: &str) -> Markup {
    html! { button.btn type="submit" { (label) } }
}

/// A button that sends its form with a field of its own, for several answers in one form.
pub fn answer(name: &str, value: &str, label: &str) -> Markup {
    html! { button.btn type="submit" name=(name) value=(value) { (label) } }
}

/// A small button that sends its form.
pub fn small(label: &str) -> Markup {
    html! { button.btn.small type="submit" { (label) } }
}

/// A button that stops something: of the same weight as every other.
pub fn stop(label: &str) -> Markup {
    html! { button.btn.stop type="submit" { (label) } }
}

/// A link that looks like a button, to another page.
pub fn link(href: &str, label: &str) -> Markup {
    html! { a.btn href=(href) { (label) } }
}

/// How a switch stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stand {
    /// On: it leaves.
    On,
    /// Off: it stays.
    Off,
}

impl From<bool> for Stand {
    fn from(on: bool) -> Self {
        if on { Self::On } else { Self::Off }
    }
}

/// A switch inside a form: position, fill and word say how it stands; `about` names it for a screen reader.
pub fn switch(stand: Stand, about: &str, word: &str) -> Markup {
    let checked = match stand {
        Stand::On => "true",
        Stand::Off => "false",
    };
    html! { button.switch type="submit" role="switch" aria-checked=(checked) { span { span.hush { (about) ": " } (word) } } }
}

/// One of several large choices.
#[derive(Clone, Debug, Default)]
pub struct Choice<'a> {
    /// As it is sent.
    pub value: &'a str,
    /// As it is shown.
    pub label: &'a str,
    /// A second line; may be empty.
    pub note: &'a str,
    /// This is how it stands now (never a preselection).
    pub current: bool,
}

/// A group of choices of which one holds.
pub fn choices(name: &str, legend: &str, options: &[Choice<'_>]) -> Markup {
    group("radio", name, legend, options)
}

/// A group of choices of which several may hold.
pub fn checks(name: &str, legend: &str, options: &[Choice<'_>]) -> Markup {
    group("checkbox", name, legend, options)
}

fn group(kind: &str, name: &str, legend: &str, options: &[Choice<'_>]) -> Markup {
    html! {
        fieldset {
            legend { (legend) }
            div.choices {
                @for option in options {
                    label.choice {
                        input type=(kind) name=(name) value=(option.value) checked[option.current];
                        span { (option.label) @if !option.note.is_empty() { small { (option.note) } } }
                    }
                }
            }
        }
    }
}

/// A labelled field: `id` is also its name; `kind` an input type.
pub fn field(kind: &str, id: &str, label: &str) -> Markup {
    html! { div.field { label for=(id) { (label) } input type=(kind) id=(id) name=(id) autocomplete="off"; } }
}

/// What a state word means: each has a colour and a shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// It leaves the car.
    Leaves,
    /// It stays.
    Stays,
    /// It waits for the person.
    Waits,
    /// A fault of the system.
    Fault,
}

impl State {
    /// Its class.
    pub fn class(self) -> &'static str {
        match self {
            Self::Leaves => "leaves",
            Self::Stays => "stays",
            Self::Waits => "waits",
            Self::Fault => "fault",
        }
    }
}

/// A state word.
pub fn pill(state: State, word: &str) -> Markup {
    html! { span class={ "pill " (state.class()) } { (word) } }
}

/// A sentence about how the system stands.
pub fn note(state: State, text: &str) -> Markup {
    html! { div class={ "note " (state.class()) } { p { (text) } } }
}

/// A designed empty state: what there is not, and what that means.
pub fn empty(title: &str, text: &str) -> Markup {
    html! { div.empty { h2 { (title) } @if !text.is_empty() { p { (text) } } } }
}

/// The second layer: closed, opened by a touch.
pub fn more(summary: &str, content: &Markup) -> Markup {
    html! { details.more { summary { (summary) } div.stack { (content) } } }
}

/// Facts as pairs of a name and what it is.
pub fn facts(pairs: &[(String, Markup)]) -> Markup {
    html! { dl.facts { @for (name, what) in pairs { dt { (name) } dd { (what) } } } }
}

/// A column of a table.
#[derive(Clone, Debug)]
pub enum Column<'a> {
    /// Text; the first column heads its row.
    Text(&'a str),
    /// Numbers: aligned at the right, tabular figures.
    Number(&'a str),
}

impl Column<'_> {
    fn name(&self) -> &str {
        match self {
            Self::Text(name) | Self::Number(name) => name,
        }
    }

    fn class(&self) -> Option<&'static str> {
        match self {
            Self::Text(_) => None,
            Self::Number(_) => Some("num"),
        }
    }
}

/// A table that turns into rows at a phone's width.
pub fn table(caption: &str, columns: &[Column<'_>], rows: &[Vec<Markup>]) -> Markup {
    html! {
        div.table-wrap tabindex="0" role="region" aria-label=(caption) {
            // Rows and cells are laid out as blocks where it is narrow; the roles keep them a table for a screen reader.
            table.table.rows role="table" {
                caption { (caption) }
                thead role="rowgroup" { tr role="row" { @for column in columns { th scope="col" role="columnheader" class=[column.class()] { (column.name()) } } } }
                tbody role="rowgroup" {
                    @for row in rows {
                        tr role="row" {
                            @for (at, (cell, column)) in row.iter().zip(columns).enumerate() {
                                @if at == 0 {
                                    th scope="row" role="rowheader" class=[column.class()] { (cell) }
                                } @else {
                                    td role="cell" class=[column.class()] data-label=(column.name()) { (cell) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A recipient: its colour, its name, and whether it is outside the maker's house, by shape and word.
pub fn recipient(ctx: &Ctx, recipient: &Recipient) -> Markup {
    html! {
        span.recipient {
            span.dot.{ (colour(ctx, &recipient.id)) }.outside[recipient.outside] aria-hidden="true" {}
            span { (ctx.text(&recipient.name)) " " @if recipient.outside { (outside(ctx)) } }
        }
    }
}

/// The mark of an outside recipient.
pub fn outside(ctx: &Ctx) -> Markup {
    html! { span.mark { (ctx.words.t("base-mark-outside")) } }
}

/// Colours in base.css, `--r0` to `--r11`.
const COLOURS: usize = 12;

/// The class of a recipient's colour: the manufacturer has the first, the others follow in the catalog's order.
pub fn colour(ctx: &Ctx, recipient: &str) -> String {
    let recipients = ctx.catalog.as_ref().map(|catalog| catalog.catalog.recipients.as_slice()).unwrap_or_default();
    let own = recipients.iter().filter(|recipient| !recipient.outside);
    let order = own.chain(recipients.iter().filter(|recipient| recipient.outside));
    let at = order.enumerate().find(|(_, known)| known.id == recipient).map_or(0, |(at, _)| at);
    format!("r{}", at % COLOURS)
}

//! The preview's own page: what to look at, and the frames.

use super::{Chosen, Shown};
use crate::catalog::{Fault, Report};
use consent_protocol::catalog::{CompiledCatalog, Use, text_in};
use consent_screen::model::requests::form::{FORMS, word};
use consent_screen::words::{Language, Words};
use maud::{DOCTYPE, Markup, html};

/// Style and script of the preview's own page.
pub(super) const ASSETS: &[(&str, &str, &str)] = &[
    ("preview.css", "text/css; charset=utf-8", include_str!("assets/preview.css")),
    ("preview.js", "text/javascript; charset=utf-8", include_str!("assets/preview.js")),
];

/// Width and height of the frames: the car's screen, a wide one, a phone.
const SIZES: [(u32, u32); 3] = [(1280, 800), (1920, 720), (390, 844)];

pub(super) fn index(file: &str, shown: &Shown, chosen: &Chosen) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                title { "Preview of " (file) }
                link rel="stylesheet" href="/assets/preview.css";
                script type="module" src="/assets/preview.js" {}
            }
            body data-generation=(shown.generation) {
                header { h1 { "Requests of " code { (file) } } }
                @match &shown.scenes {
                    Ok(scenes) => { (all(scenes.catalog(), chosen)) }
                    Err(report) => { (faults(report)) }
                }
            }
        }
    }
}

fn faults(report: &Report) -> Markup {
    html! {
        main.faults role="alert" {
            h2 { @if report.faults.len() == 1 { "1 fault" } @else { (report.faults.len()) " faults" } ": the requests come back when the file has none" }
            ol { @for fault in &report.faults { (one_fault(fault)) } }
        }
    }
}

fn one_fault(fault: &Fault) -> Markup {
    html! {
        li {
            p { code.place { (fault.file) @if fault.line > 0 { ":" (fault.line) } } " " strong { (fault.code) } " " (fault.code.title()) }
            dl {
                @if !fault.key.is_empty() { dt { "key" } dd { code { (fault.key) } } }
                dt { "expected" } dd { (fault.expected) }
                dt { "found" } dd { (fault.found) }
                @if let Some(nearest) = &fault.nearest { dt { "nearest" } dd { code { (nearest) } } }
            }
        }
    }
}

/// Uses that are asked for.
fn asked(catalog: &CompiledCatalog) -> Vec<&Use> {
    catalog.uses.iter().filter(|used| consent_gatekeeper::book::rests_on_consent(used)).collect()
}

fn all(catalog: &CompiledCatalog, chosen: &Chosen) -> Markup {
    let uses = asked(catalog);
    let languages: Vec<Language> = Language::ALL.into_iter().filter(|language| catalog.languages.iter().any(|tag| tag == language.tag())).collect();
    let language = Language::of(&chosen.language).filter(|language| languages.contains(language)).or_else(|| languages.first().copied());
    let used = uses.iter().find(|used| used.id == chosen.use_id).or_else(|| uses.first());
    let theme = if chosen.theme == "light" { "light" } else { "dark" };
    let (Some(language), Some(used)) = (language, used) else {
        return html! { main { p { "Nothing of this catalog is asked for in a language that the page has (en, de)." } } };
    };
    let to = |use_id: &str, language: &str, theme: &str| format!("/?use={use_id}&language={language}&theme={theme}");
    html! {
        nav {
            ul { @for other in &uses {
                li { a href=(to(&other.id, language.tag(), theme)) aria-current=[(other.id == used.id).then_some("page")] title=[text_in(&other.texts.headline, language.tag())] { (other.id) } }
            } }
            ul { @for other in languages { li { a href=(to(&used.id, other.tag(), theme)) aria-current=[(other == language).then_some("true")] { (other.tag()) } } } }
            ul { @for other in ["dark", "light"] { li { a href=(to(&used.id, language.tag(), other)) aria-current=[(other == theme).then_some("true")] { (other) } } } }
        }
        main { @for form in FORMS { (row(&used.id, language, theme, word(form))) } }
    }
}

/// One form at the three sizes.
fn row(use_id: &str, language: Language, theme: &str, form: &str) -> Markup {
    let src = format!("/frame/{}/{form}/{use_id}?theme={theme}", language.tag());
    html! {
        section {
            h2 { code { (form) } " " span { (Words::new(Language::En).t(&format!("asking-does-{form}"))) } }
            div.frames {
                @for (width, height) in SIZES {
                    figure class={ "w" (width) } {
                        iframe src=(src) width=(width) height=(height) loading="lazy" title={ (form) ", " (width) " by " (height) } {}
                        figcaption { a href=(src) { (width) " × " (height) } }
                    }
                }
            }
        }
    }
}

//! The spoken script of a request (R47): the facts of the screen and both answers, in sentences for the car's speech output.

use super::facts::{self, Fact};
use super::{RequestView, SHOW_VERSION};
use crate::words::{Var, Words};
use schemars::JsonSchema;
use serde::Serialize;

/// What the car says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Script {
    /// Version of this shape.
    pub version: u32,
    /// Number of the request.
    pub id: u64,
    /// Language of the texts of the use.
    pub language: String,
    /// The sentences, in the order of the form.
    pub sentences: Vec<String>,
    /// How to answer, yes and no first and in the same form.
    pub answers: Vec<SpokenAnswer>,
    /// What the second layer says, if the person asks for more.
    pub details: Vec<String>,
}

/// An answer that a person can give.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SpokenAnswer {
    /// `allow`, `decline`, `later`, `never`, as the API takes it.
    pub answer: &'static str,
    /// The word to say.
    pub say: String,
    /// What the car says about it.
    pub sentence: String,
}

/// The answers of a request in the order in which they stand on the page.
pub const ANSWERS: [&str; 4] = ["allow", "decline", "later", "never"];

/// Makes the script of a request.
pub fn script(view: &RequestView, words: Words) -> Script {
    let mut sentences = vec![sentence(&words.t("requests-spoken-headline"), &view.headline)];
    let blocks = facts::blocks(view, words);
    sentences.extend(blocks.iter().flat_map(|(_, facts)| facts).map(|fact| sentence(&fact.label, &fact.text)));
    if !view.can_allow {
        sentences.push(words.t("requests-locked"));
    }
    let say = |answer: &'static str| {
        let say = words.t(&format!("requests-answer-{answer}"));
        let sentence = words.ta(&format!("requests-spoken-{answer}"), &[("say", Var::Text(&say))]);
        SpokenAnswer { answer, say, sentence }
    };
    let details = facts::details(view, words);
    Script {
        version: SHOW_VERSION,
        id: view.id,
        language: view.language.clone(),
        sentences,
        answers: ANSWERS.into_iter().map(say).collect(),
        details: details.iter().map(|Fact { label, text, .. }| sentence(label, text)).collect(),
    }
}

fn sentence(label: &str, text: &str) -> String {
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{label}: {text}{end}")
}

//! Words of the page in the person's language: fluent bundles, numbers, dates, units.
//!
//! Texts of uses come from the signed catalog ([`crate::Ctx::text`]); everything else is here, complete in English and
//! German: a test compares keys and variables.

mod numbers;
mod times;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::memoizer::MemoizerKind;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use std::sync::LazyLock;
use unic_langid::LanguageIdentifier;

/// A language of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// German.
    De,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::En, Self::De];

    /// Its BCP 47 tag.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
        }
    }

    /// The language of a tag, if the page has it.
    pub fn of(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| language.tag() == primary)
    }
}

/// The files of a language, one a section of the page.
const FILES: [(Language, &[(&str, &str)]); 2] = [
    (
        Language::En,
        &[
            ("base", include_str!("../locales/en/base.ftl")),
            ("now", include_str!("../locales/en/now.ftl")),
            ("requests", include_str!("../locales/en/requests.ftl")),
            ("choices", include_str!("../locales/en/choices.ftl")),
            ("reviews", include_str!("../locales/en/reviews.ftl")),
            ("data", include_str!("../locales/en/data.ftl")),
            ("trust", include_str!("../locales/en/trust.ftl")),
            ("asking", include_str!("../locales/en/asking.ftl")),
            ("people", include_str!("../locales/en/people.ftl")),
        ],
    ),
    (
        Language::De,
        &[
            ("base", include_str!("../locales/de/base.ftl")),
            ("now", include_str!("../locales/de/now.ftl")),
            ("requests", include_str!("../locales/de/requests.ftl")),
            ("choices", include_str!("../locales/de/choices.ftl")),
            ("reviews", include_str!("../locales/de/reviews.ftl")),
            ("data", include_str!("../locales/de/data.ftl")),
            ("trust", include_str!("../locales/de/trust.ftl")),
            ("asking", include_str!("../locales/de/asking.ftl")),
            ("people", include_str!("../locales/de/people.ftl")),
        ],
    ),
];

static BUNDLES: LazyLock<Vec<(Language, FluentBundle<FluentResource>)>> =
    LazyLock::new(|| FILES.iter().map(|(language, files)| (*language, bundle(*language, files))).collect());

fn bundle(language: Language, files: &[(&str, &str)]) -> FluentBundle<FluentResource> {
    let id: LanguageIdentifier = language.tag().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![id]);
    // Isolation marks show up as boxes in some of the fonts that cars ship.
    bundle.set_use_isolating(false);
    bundle.set_formatter(Some(match language {
        Language::En => grouped_en,
        Language::De => grouped_de,
    }));
    for (_, text) in files {
        // What does not parse is left out; the test of the files does not let it come so far.
        let resource = FluentResource::try_new((*text).to_owned()).unwrap_or_else(|(resource, _)| resource);
        bundle.add_resource_overriding(resource);
    }
    bundle
}

// Fluent takes a plain function, so there is one a language.
fn grouped_en<M: MemoizerKind>(value: &FluentValue<'_>, _: &M) -> Option<String> {
    grouped(value, Language::En)
}

fn grouped_de<M: MemoizerKind>(value: &FluentValue<'_>, _: &M) -> Option<String> {
    grouped(value, Language::De)
}

fn grouped(value: &FluentValue<'_>, language: Language) -> Option<String> {
    match value {
        FluentValue::Number(number) => Some(Words::new(language).number(number.value, 0)),
        FluentValue::String(_) | FluentValue::Custom(_) | FluentValue::None | FluentValue::Error => None,
    }
}

/// Words in one language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Words {
    language: Language,
}

/// The text with a capital first: many texts also stand inside of sentences.
pub(crate) fn capital(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}

impl Words {
    /// Words of a language.
    pub fn new(language: Language) -> Self {
        Self { language }
    }

    /// The language.
    pub fn language(self) -> Language {
        self.language
    }

    /// A message without variables.
    pub fn t(self, key: &str) -> String {
        self.ta(key, &[])
    }

    /// A message with variables; a key that does not exist shows as itself.
    pub fn ta(self, key: &str, values: &[(&str, Var<'_>)]) -> String {
        let Some((_, bundle)) = BUNDLES.iter().find(|(language, _)| *language == self.language) else { return key.to_owned() };
        let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else { return key.to_owned() };
        let mut args = FluentArgs::new();
        for (name, value) in values {
            args.set(*name, value.fluent(self));
        }
        bundle.format_pattern(pattern, Some(&args), &mut Vec::new()).into_owned()
    }
}

/// A variable of a message.
#[derive(Clone, Debug, PartialEq)]
pub enum Var<'a> {
    /// Text.
    Text(&'a str),
    /// A count: chooses the plural, and is written with the language's separators.
    Count(u64),
}

impl Var<'_> {
    fn fluent(&self, _words: Words) -> FluentValue<'static> {
        match self {
            Self::Text(text) => FluentValue::from((*text).to_owned()),
            Self::Count(count) => FluentValue::from(*count),
        }
    }
}

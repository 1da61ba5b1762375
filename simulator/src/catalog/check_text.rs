//! Checks of words: every text in every language, within its length, without promises that cannot be kept (R23, R30, R31, R47).

use super::code::Code;
use super::model::{Authored, Use};
use super::readability::{SENTENCE_WORDS_MAX, WORDS_MIN, ease_min, heaviest, longest_begins, measure};
use super::reader::{AuthoredTexts, quoted};
use super::report::{Faults, Place, Placed};

/// Longest texts, in characters.
pub(crate) const HEADLINE_CHARS_MAX: usize = 60;
const PLAIN_CHARS_MAX: usize = 280;
const BENEFIT_CHARS_MAX: usize = 160;
const NOTICE_CHARS_MAX: usize = 1_200;
const REVEALS_CHARS_MAX: usize = 60;
const NAME_CHARS_MAX: usize = 60;
/// Longest contact, authority, safeguard, act, article, agreement, reason of an editorial change.
const LINE_CHARS_MAX: usize = 160;
/// What no text says, in the languages that we can read, as word stems.
const STEMS_REFUSED: &[&str] = &["anonym"];

/// Checks all texts.
pub(crate) fn check(authored: &Authored, faults: &mut Faults) {
    let mut checker = Checker { languages: authored.languages.iter().map(|language| language.value.as_str()).collect(), faults };
    checker.languages_given(authored);
    checker.texts(authored.rights.as_ref(), NOTICE_CHARS_MAX);
    if let Some(gate) = &authored.gate {
        checker.texts(gate.headline.as_ref(), HEADLINE_CHARS_MAX);
        checker.texts(gate.plain.as_ref(), NOTICE_CHARS_MAX);
    } else {
        let place = Place { key: "gate".to_owned(), at: 0 };
        checker.faults.add(Code::NoGate, &place, "a table [gate] with access, ground, fields, headline, plain", "nothing");
    }
    for category in &authored.categories {
        checker.texts(category.name.as_ref(), NAME_CHARS_MAX);
    }
    for recipient in &authored.recipients {
        checker.texts(recipient.name.as_ref(), NAME_CHARS_MAX);
        [&recipient.contact, &recipient.authority, &recipient.safeguard].into_iter().flatten().for_each(|line| checker.line(line));
        recipient.systems.iter().for_each(|line| checker.line(line));
    }
    authored.agreement.iter().for_each(|line| checker.line(line));
    authored.uses.iter().for_each(|used| checker.used(used));
    for editorial in &authored.editorial {
        let known = editorial.use_id.as_ref().is_none_or(|id| authored.uses.iter().any(|used| used.name() == id.value));
        if !known || editorial.reason.as_ref().is_some_and(|reason| reason.value.trim().is_empty()) {
            checker.faults.add(Code::Changes, &editorial.place, "the id of a use and the reason of its change", "none such");
        }
    }
}

struct Checker<'a> {
    languages: Vec<&'a str>,
    faults: &'a mut Faults,
}

impl Checker<'_> {
    fn languages_given(&mut self, authored: &Authored) {
        for (at, language) in authored.languages.iter().enumerate() {
            let tag = &language.value;
            let is_tag = (2..=12).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            if !is_tag {
                self.faults.add(Code::OutOfRange, &language.place, "a BCP 47 language tag, as en or de", quoted(tag));
            }
            if authored.languages.iter().take(at).any(|before| before.value == *tag) {
                self.faults.add(Code::DuplicateId, &language.place, "each language once", quoted(tag));
            }
        }
        if authored.languages.is_empty() {
            self.faults.add(Code::LanguageMissing, &authored.place.inside("languages"), "at least one language", "none");
        }
    }

    fn used(&mut self, used: &Use) {
        self.texts(used.headline.as_ref(), HEADLINE_CHARS_MAX);
        self.texts(used.plain.as_ref(), PLAIN_CHARS_MAX);
        self.texts(used.notice.as_ref(), NOTICE_CHARS_MAX);
        self.texts(used.benefit_text.as_ref(), BENEFIT_CHARS_MAX);
        self.texts(used.reason.as_ref(), BENEFIT_CHARS_MAX);
        used.tiers.iter().for_each(|tier| self.texts(tier.reveals.as_ref(), REVEALS_CHARS_MAX));
        self.readable(used);
        let by_law = used.law.is_some();
        if by_law && used.reason.is_none() {
            self.faults.add(Code::NoReason, &used.place.inside("reason"), "why the law wants it, per language", "nothing");
        }
        if !by_law && used.benefit_text.is_none() && used.benefit.is_none() {
            self.faults.add(Code::NoBenefit, &used.place.inside("benefit"), "a table [use.benefit] with about, for and text", "nothing");
        }
        if let Some(law) = &used.law {
            [&law.act, &law.article].into_iter().flatten().for_each(|line| self.line(line));
        }
    }

    fn texts(&mut self, texts: Option<&AuthoredTexts>, chars_max: usize) {
        let Some(texts) = texts else { return };
        for language in &self.languages {
            let text = texts.texts.iter().find(|(known, _)| known == language);
            if text.is_none_or(|(_, text)| text.value.trim().is_empty()) {
                self.faults.add(Code::LanguageMissing, &texts.place.inside(language), format!("a text in {language}"), "nothing");
            }
        }
        for (language, text) in &texts.texts {
            if !self.languages.contains(&language.as_str()) {
                self.faults.add(Code::LanguageUnknown, &text.place, format!("one of {}", self.languages.join(", ")), quoted(language));
            }
            self.within(text, chars_max);
            let longest = measure(language, &text.value).longest;
            if longest > SENTENCE_WORDS_MAX {
                let found = format!("one of {longest}: make two of {}", quoted(&longest_begins(&text.value)));
                self.faults.add(Code::Sentence, &text.place, format!("sentences of at most {SENTENCE_WORDS_MAX} words"), found);
            }
        }
    }

    /// What a person reads of a use before they decide, together, in each language.
    fn readable(&mut self, used: &Use) {
        for language in &self.languages {
            let parts = [&used.plain, &used.benefit_text, &used.reason, &used.notice].into_iter().flatten();
            let found: Vec<&Placed<String>> = parts.filter_map(|texts| texts.texts.iter().find(|(known, _)| known == language)).map(|(_, text)| text).collect();
            let whole = found.iter().map(|text| text.value.as_str()).collect::<Vec<_>>().join(" ");
            let reading = measure(language, &whole);
            let (Some(least), Some(ease), Some(first)) = (ease_min(language), reading.ease, found.first()) else { continue };
            if reading.words >= WORDS_MIN && ease < least {
                self.faults.add(
                    Code::HardToRead,
                    &first.place,
                    format!("a reading ease of at least {least:.0} over plain, benefit and notice"),
                    format!("{ease:.0}: write shorter sentences, and other words for {}", heaviest(language, &whole, 3).join(", ")),
                );
            }
        }
    }

    fn line(&mut self, line: &Placed<String>) {
        self.within(line, LINE_CHARS_MAX);
    }

    fn within(&mut self, text: &Placed<String>, chars_max: usize) {
        let chars = text.value.chars().count();
        if chars > chars_max {
            self.faults.add(Code::TextTooLong, &text.place, format!("at most {chars_max} characters"), format!("{chars}"));
        }
        let lower = text.value.to_lowercase();
        if STEMS_REFUSED.iter().any(|stem| lower.contains(stem)) {
            self.faults.add(Code::Anonymous, &text.place, "words that say what is left of the data", quoted(&text.value));
        }
    }
}

//! How hard a text is to read: the Flesch reading ease, for English in Flesch's form, for German in Amstad's; and how long its
//! longest sentence is, in any language.
//!
//! Sources: R. Flesch, "A new readability yardstick", 1948; T. Amstad, "Wie verständlich sind unsere Zeitungen?", 1978. Syllables
//! are counted by groups of vowels, which is off by a few percent: a proxy, and no reading test. The limits below were written
//! down before the example was measured against them.

/// Longest sentence of a text of a catalog, words.
pub const SENTENCE_WORDS_MAX: usize = 25;
/// Lowest reading ease of what a person reads before they decide: 60 is "plain English".
pub const EASE_MIN_EN: f64 = 60.0;
/// The same in German, where words are longer: 50 is a newspaper for everybody.
pub const EASE_MIN_DE: f64 = 50.0;
/// Fewer words say nothing about reading ease.
pub const WORDS_MIN: usize = 40;

/// What was measured of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// Words.
    pub words: usize,
    /// Words of the longest sentence.
    pub longest: usize,
    /// Reading ease, about 0 (hard) to 100 (easy); none in a language without a measure, or of an empty text.
    pub ease: Option<f64>,
}

/// The least reading ease in a language; none without a measure.
pub fn ease_min(language: &str) -> Option<f64> {
    match primary(language) {
        "en" => Some(EASE_MIN_EN),
        "de" => Some(EASE_MIN_DE),
        _ => None,
    }
}

/// Measures a text.
pub fn measure(language: &str, text: &str) -> Reading {
    let sentences: Vec<usize> = sentences(text).map(|sentence| words(sentence).count()).filter(|count| *count > 0).collect();
    let count: usize = sentences.iter().sum();
    let longest = sentences.iter().copied().max().unwrap_or(0);
    let syllables: usize = words(text).map(|word| syllables(language, word)).sum();
    Reading { words: count, longest, ease: ease(language, sentences.len(), count, syllables) }
}

/// How the longest sentence begins: enough of it to be found in the text.
pub fn longest_begins(text: &str) -> String {
    let longest = sentences(text).max_by_key(|sentence| words(sentence).count()).unwrap_or_default();
    let mut begins = longest.split_whitespace();
    let first: Vec<&str> = begins.by_ref().take(5).collect();
    let more = if begins.next().is_some() { " …" } else { "" };
    format!("{}{more}", first.join(" "))
}

/// The words of a text with the most syllables, heaviest first, each once.
pub fn heaviest(language: &str, text: &str, count: usize) -> Vec<String> {
    let mut found: Vec<&str> = Vec::new();
    for word in words(text) {
        if !found.contains(&word) {
            found.push(word);
        }
    }
    found.sort_by_key(|word| std::cmp::Reverse(syllables(language, word)));
    found.into_iter().take(count).map(str::to_owned).collect()
}

#[allow(clippy::as_conversions, clippy::cast_precision_loss, reason = "counts of a text of a few hundred words")]
fn ease(language: &str, sentences: usize, words: usize, syllables: usize) -> Option<f64> {
    if words == 0 || sentences == 0 {
        return None;
    }
    let (per_sentence, per_word) = (words as f64 / sentences as f64, syllables as f64 / words as f64);
    match primary(language) {
        "en" => Some(206.835 - 1.015 * per_sentence - 84.6 * per_word),
        "de" => Some(180.0 - per_sentence - 58.5 * per_word),
        _ => None,
    }
}

fn primary(language: &str) -> &str {
    language.split('-').next().unwrap_or_default()
}

/// A sentence ends where a mark is followed by a space or by nothing: "2.5 km" is within one.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut marks = rest.char_indices().filter(|(_, mark)| matches!(mark, '.' | '!' | '?' | ':' | ';'));
        let end = marks.find_map(|(at, mark)| {
            let after = at.saturating_add(mark.len_utf8());
            rest.get(after..).is_none_or(|tail| tail.is_empty() || tail.starts_with(char::is_whitespace)).then_some(after)
        });
        let (sentence, tail) = rest.split_at_checked(end.unwrap_or(rest.len())).unwrap_or((rest, ""));
        rest = tail;
        Some(sentence)
    })
}

/// Words, numbers among them.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !(letter.is_alphanumeric() || matches!(letter, '-' | '\'' | '’' | '.' | ',')))
        .map(|word| word.trim_matches(['.', ',', '-', '\'', '’']))
        .filter(|word| !word.is_empty())
}

fn syllables(language: &str, word: &str) -> usize {
    let word = word.to_lowercase();
    let german = primary(language) == "de";
    let vowel = |letter: char| matches!(letter, 'a' | 'e' | 'i' | 'o' | 'u' | 'y' | 'ä' | 'ö' | 'ü');
    let mut groups: usize = 0;
    let mut before: Option<char> = None;
    for letter in word.chars() {
        // In German two vowels are one syllable only in a diphthong or a long vowel; in English mostly.
        let joined = before.is_some_and(|before| vowel(before) && (!german || is_diphthong(before, letter)));
        if vowel(letter) && !joined {
            groups = groups.saturating_add(1);
        }
        // "eie" is two: what was joined does not join on.
        before = if joined && german { None } else { Some(letter) };
    }
    let silent = !german && groups > 1 && word.ends_with('e') && !word.ends_with("le");
    groups.saturating_sub(usize::from(silent)).max(1)
}

fn is_diphthong(first: char, second: char) -> bool {
    matches!((first, second), ('a', 'u' | 'i' | 'a') | ('e', 'u' | 'i' | 'e') | ('ä', 'u') | ('i', 'e') | ('o', 'o'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syllables_are_counted_as_they_are_spoken() {
        for (language, word, expected) in [
            ("en", "car", 1),
            ("en", "where", 1),
            ("en", "vehicle", 3),
            ("en", "the", 1),
            ("en", "insurer", 3),
            ("de", "Auto", 2),
            ("de", "Einwilligung", 4),
            ("de", "Theater", 3),
            ("de", "Reise", 2),
            ("de", "Freie", 2),
            ("de", "fährt", 1),
        ] {
            assert_eq!(syllables(language, word), expected, "{word}");
        }
    }

    #[test]
    fn a_number_ends_no_sentence() {
        let reading = measure("en", "It sees 2.5 km. Nothing else: never.");
        assert_eq!((reading.words, reading.longest), (7, 4));
    }

    #[test]
    fn plain_words_read_easier_than_offices() {
        let plain = measure("en", "Your insurer gets one score a month. It never sees where you were.").ease.unwrap();
        let office = measure("en", "Processing of telematics information is undertaken for actuarial determination of individualised premium adjustments.")
            .ease
            .unwrap();
        assert!(plain > 80.0 && office < 0.0, "{plain} {office}");
        let plain = measure("de", "Ihre Versicherung bekommt eine Zahl im Monat. Sie sieht nie, wo Sie waren.").ease.unwrap();
        let office = measure(
            "de",
            "Die Verarbeitung telematischer Fahrzeuginformationen erfolgt zur versicherungsmathematischen Ermittlung individualisierter Beitragsanpassungen.",
        )
        .ease
        .unwrap();
        assert!(plain > 70.0 && office < 0.0, "{plain} {office}");
    }

    #[test]
    fn a_fault_shows_which_sentence_and_which_words() {
        let text = "Short. This sentence goes on and on until nobody reads it. Datenverarbeitungseinrichtung, Prämienermittlung.";
        assert_eq!(longest_begins(text), "This sentence goes on and …");
        assert_eq!(longest_begins("Only three words."), "Only three words.");
        assert_eq!(heaviest("de", text, 2), ["Datenverarbeitungseinrichtung", "Prämienermittlung"]);
    }

    #[test]
    fn a_language_without_a_measure_has_sentences_only() {
        let reading = measure("fr", "Un deux trois. Quatre.");
        assert_eq!((reading.longest, reading.ease, ease_min("fr")), (3, None, None));
        assert_eq!(measure("en", ""), Reading { words: 0, longest: 0, ease: None });
    }
}

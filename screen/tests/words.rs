//! The page says the same in every language: same keys, same variables, and no key that is used and does not exist.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::wildcard_enum_match_arm,
    clippy::let_underscore_must_use,
    reason = "test code: a failure should end the test"
)]

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|known| known == ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Key and variables of each message of a language, by file.
fn messages(language: &str) -> BTreeMap<String, BTreeMap<String, BTreeSet<String>>> {
    let read = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).unwrap();
        let resource = fluent_syntax::parser::parse(text.as_str()).unwrap_or_else(|(_, errors)| panic!("{}: {errors:?}", path.display()));
        let mut messages = BTreeMap::new();
        for entry in &resource.body {
            if let Entry::Message(message) = entry {
                assert!(message.attributes.is_empty(), "{}: {} has attributes, which the page does not read", path.display(), message.id.name);
                let mut variables = BTreeSet::new();
                pattern(message.value.as_ref().unwrap(), &mut variables);
                assert!(messages.insert(message.id.name.to_owned(), variables).is_none(), "{}: {} stands twice", path.display(), message.id.name);
            }
        }
        (path.file_name().unwrap().to_string_lossy().into_owned(), messages)
    };
    files(&folder("locales").join(language), "ftl").iter().map(read).collect()
}

fn pattern(pattern: &Pattern<&str>, variables: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        if let PatternElement::Placeable { expression } = element {
            any(expression, variables);
        }
    }
}

fn any(expression: &Expression<&str>, variables: &mut BTreeSet<String>) {
    match expression {
        Expression::Inline(expression) => inline(expression, variables),
        Expression::Select { selector, variants } => {
            inline(selector, variables);
            for variant in variants {
                pattern(&variant.value, variables);
            }
        }
    }
}

fn inline(expression: &InlineExpression<&str>, variables: &mut BTreeSet<String>) {
    match expression {
        InlineExpression::VariableReference { id } => drop(variables.insert(id.name.to_owned())),
        InlineExpression::Placeable { expression } => any(expression, variables),
        InlineExpression::StringLiteral { .. } | InlineExpression::NumberLiteral { .. } => {}
        other => panic!("{other:?}: the page's messages refer to variables only"),
    }
}

#[test]
fn every_language_has_the_same_messages_with_the_same_variables() {
    let (en, de) = (messages("en"), messages("de"));
    assert_eq!(en.keys().collect::<Vec<_>>(), de.keys().collect::<Vec<_>>(), "files");
    for (file, messages) in &en {
        let other = &de[file];
        let differ = |key: &&String| messages.get(*key) != other.get(*key);
        let wrong: Vec<&String> = messages.keys().chain(other.keys()).filter(differ).collect();
        assert!(wrong.is_empty(), "{file}: these messages are missing in a language or have other variables there: {wrong:?}");
    }
}

#[test]
fn a_key_stands_in_one_file_only() {
    for language in ["en", "de"] {
        let mut known: BTreeMap<String, String> = BTreeMap::new();
        for (file, messages) in messages(language) {
            for key in messages.into_keys() {
                let before = known.insert(key.clone(), file.clone());
                assert!(before.is_none(), "{language}: {key} stands in {file} and in {before:?}");
            }
        }
    }
}

/// Literal keys of `.t("…")` and `.ta("…"` in a source.
fn used(source: &str) -> impl Iterator<Item = &str> {
    [".t(\"", ".ta(\"", ".t(\n", ".ta(\n"].into_iter().flat_map(move |call| {
        source.split(call).skip(1).filter_map(move |rest| {
            let rest = if call.ends_with('\n') { rest.trim_start().strip_prefix('"')? } else { rest };
            rest.split('"').next()
        })
    })
}

#[test]
fn every_key_in_the_source_exists() {
    let known: BTreeSet<String> = messages("en").into_values().flat_map(BTreeMap::into_keys).collect();
    let mut missing = Vec::new();
    for path in files(&folder("src"), "rs") {
        let source = std::fs::read_to_string(&path).unwrap();
        for key in used(&source).filter(|key| !known.contains(*key)) {
            missing.push(format!("{}: {key}", path.strip_prefix(folder("src")).unwrap().display()));
        }
    }
    assert!(missing.is_empty(), "keys that no language has:\n{}", missing.join("\n"));
}

#[test]
fn the_scan_for_keys_sees_what_it_should() {
    let found: Vec<&str> = used("words.t(\"a-b\"); words.ta(\"c-d\", &[]); words.ta(\n    \"e-f\",\n  &[])").collect();
    assert_eq!(found, ["a-b", "c-d", "e-f"]);
}

#[test]
fn every_locale_file_is_built_in() {
    let source = std::fs::read_to_string(folder("src/words.rs")).unwrap();
    for path in files(&folder("locales"), "ftl") {
        let name = path.strip_prefix(folder("locales")).unwrap().display().to_string();
        assert!(source.contains(&format!("../locales/{name}")), "{name} is not built in");
    }
}

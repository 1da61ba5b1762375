//! Which requirements of the domain have a test of their software part: reads the sources of the workspace, and counts the
//! tests that cite each (`R43` in a test's comment, words or name as `_r43`).
//!
//! It says that somebody wrote a test for it, not that the law is kept.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command prints")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Requirements that have a part in software, and those that the page and its rules are about.
const ALL: std::ops::RangeInclusive<u32> = 1..=53;
const PAGE: &[(u32, u32)] = &[(5, 20), (24, 24), (30, 33), (35, 37), (42, 44), (46, 52)];
const HELP: &str = "Counts the requirements that a test cites.\n\nUsage: requirements [--page] [--json]\n\n  --page  only those of the privacy screen and its rules\n  \
    --json  one JSON object\n\nExample: cargo run -p consent-tests --bin requirements -- --page";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(unknown) = arguments.iter().find(|argument| !matches!(argument.as_str(), "--page" | "--json")) {
        let asked = matches!(unknown.as_str(), "--help" | "-h");
        println!("{HELP}");
        return if asked { ExitCode::SUCCESS } else { ExitCode::from(2) };
    }
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let wanted: BTreeSet<u32> = if has("--page") { PAGE.iter().flat_map(|(from, to)| *from..=*to).collect() } else { ALL.collect() };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut cited: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    // The examples of this file's own tests are no tests of a requirement.
    for file in sources(&root).into_iter().filter(|file| !file.ends_with("src/bin/requirements.rs")) {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        let name = file.strip_prefix(&root).unwrap_or(&file).display().to_string();
        for test in tests(&text) {
            for requirement in &test.cites {
                cited.entry(*requirement).or_default().push(format!("{name}: {}", test.name));
            }
        }
    }
    let found: Vec<u32> = wanted.iter().copied().filter(|requirement| cited.contains_key(requirement)).collect();
    if has("--json") {
        let tests: BTreeMap<String, &Vec<String>> =
            wanted.iter().filter_map(|requirement| Some((format!("R{requirement}"), cited.get(requirement)?))).collect();
        println!("{}", serde_json::json!({ "version": 1, "tested": found.len(), "of": wanted.len(), "tests": tests }));
    } else {
        for requirement in &wanted {
            let tests = cited.get(requirement).map(Vec::as_slice).unwrap_or_default();
            let first = tests.first().map_or("no test", String::as_str);
            println!("R{requirement:<3} {:>3}  {first}", tests.len());
        }
        println!("{} of {} requirements have a test of their software part", found.len(), wanted.len());
    }
    if found.len() == wanted.len() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A test of a source file.
#[derive(Debug, PartialEq, Eq)]
struct Test {
    name: String,
    cites: BTreeSet<u32>,
}

/// Every Rust file of the workspace, without what is built.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    for path in entries.map(|entry| entry.path()) {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            found.append(&mut sources(&path));
        } else if Path::new(&name).extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The tests of a text: from the comment above the attribute to the end of the function, which stands as deep as it began.
fn tests(text: &str) -> Vec<Test> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let attribute = line.trim_start();
        if !(attribute.starts_with("#[test]") || attribute.starts_with("#[tokio::test")) {
            continue;
        }
        let above = lines.iter().take(at).rev().take_while(|line| line.trim_start().starts_with("//") || line.trim_start().starts_with("#["));
        let depth: String = line.chars().take_while(|letter| *letter == ' ').collect();
        let end = format!("{depth}}}");
        let body: Vec<&str> = lines.iter().skip(at).take_while(|line| **line != end).copied().collect();
        let whole = above.copied().chain(body.iter().copied()).collect::<Vec<_>>().join("\n");
        let name = body.iter().find_map(|line| line.split_once("fn ")?.1.split('(').next().map(str::to_owned));
        found.push(Test { name: name.unwrap_or_default(), cites: cites(&whole) });
    }
    found
}

/// `R43` as a word, `_r43` in a name.
fn cites(text: &str) -> BTreeSet<u32> {
    let mut found = BTreeSet::new();
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric());
    for word in words {
        let number = word.strip_prefix('R').or_else(|| word.strip_prefix('r')).and_then(|digits| digits.parse().ok());
        found.extend(number.filter(|number| ALL.contains(number)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_citation_counts_in_the_comment_the_name_and_the_body_of_a_test_and_nowhere_else() {
        let text = "// R1\nfn helper() {}\n\n/// Holds R5.\n#[test]\nfn nothing_passes_r43_r44() {\n    // R9 too\n}\n\nconst R7: u8 = 0;\n";
        let found = super::tests(text);
        assert_eq!(found, [Test { name: "nothing_passes_r43_r44".to_owned(), cites: BTreeSet::from([5, 9, 43, 44]) }]);
    }

    #[test]
    fn the_page_is_about_a_part_of_all() {
        assert!(PAGE.iter().flat_map(|(from, to)| *from..=*to).all(|requirement| ALL.contains(&requirement)));
    }
}

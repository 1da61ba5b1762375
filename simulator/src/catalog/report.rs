//! Faults of a catalog, all of them in one go, each with file, line, key, code, what was expected and what was found.

use super::code::Code;
use std::fmt;

/// Where something stands in the authored file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// Dotted key, with ids in place of positions where they are known.
    pub(crate) key: String,
    /// Byte offset.
    pub(crate) at: usize,
}

impl Place {
    /// The place of a key inside this one.
    pub(crate) fn inside(&self, key: &str) -> Self {
        Self { key: if self.key.is_empty() { key.to_owned() } else { format!("{}.{key}", self.key) }, at: self.at }
    }
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Placed<T> {
    pub(crate) value: T,
    pub(crate) place: Place,
}

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Fault {
    /// `CG012`.
    pub code: Code,
    /// File as it was named.
    pub file: String,
    /// Line from 1; 0 if the file as a whole is meant.
    pub line: usize,
    /// Dotted key.
    pub key: String,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub found: String,
    /// The nearest thing that would have been right.
    pub nearest: Option<String>,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {} {}", self.file, self.line, self.code, self.code.title())?;
        if !self.key.is_empty() {
            write!(f, "\n    key       {}", self.key)?;
        }
        write!(f, "\n    expected  {}\n    found     {}", self.expected, self.found)?;
        self.nearest.iter().try_for_each(|nearest| write!(f, "\n    nearest   {nearest}"))
    }
}

/// All faults of a catalog, by line.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Report {
    /// The faults.
    pub faults: Vec<Fault>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.faults.iter().try_for_each(|fault| writeln!(f, "{fault}"))?;
        let count = self.faults.len();
        write!(f, "{count} fault{}; `consent-catalog check --explain CODE` says more about one", if count == 1 { "" } else { "s" })
    }
}

impl std::error::Error for Report {}

impl Report {
    /// Whether a code is among the faults.
    pub fn has(&self, code: Code) -> bool {
        self.faults.iter().any(|fault| fault.code == code)
    }

    /// A report of one fault about a file as a whole.
    pub(crate) fn about_file(file: &str, expected: &str, found: String) -> Self {
        Self::whole(Code::File, file, expected, found)
    }

    /// A report about a catalog that breaks a limit of the gate only when it is taken as a whole.
    pub(crate) fn beyond(file: &str, found: String) -> Self {
        Self::whole(Code::TooMany, file, "a catalog that the gate can hold", found)
    }

    fn whole(code: Code, file: &str, expected: &str, found: String) -> Self {
        let fault = Fault { code, file: file.to_owned(), line: 0, key: String::new(), expected: expected.to_owned(), found, nearest: None };
        Self { faults: vec![fault] }
    }
}

/// Gathers faults while a file is read and checked.
#[derive(Debug)]
pub(crate) struct Faults {
    file: String,
    line_ends: Vec<usize>,
    list: Vec<Fault>,
}

impl Faults {
    pub(crate) fn new(file: &str, text: &str) -> Self {
        let line_ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect();
        Self { file: file.to_owned(), line_ends, list: Vec::new() }
    }

    /// Notes a fault.
    pub(crate) fn add(&mut self, code: Code, place: &Place, expected: impl Into<String>, found: impl Into<String>) {
        self.add_near(code, place, expected, found, None);
    }

    /// Notes a fault with the nearest thing that would have been right.
    pub(crate) fn add_near(&mut self, code: Code, place: &Place, expected: impl Into<String>, found: impl Into<String>, nearest: Option<String>) {
        let line = self.line_ends.partition_point(|end| *end < place.at) + 1;
        self.list.push(Fault { code, file: self.file.clone(), line, key: place.key.clone(), expected: expected.into(), found: found.into(), nearest });
    }

    /// The report, sorted by line; `None` if there is no fault.
    pub(crate) fn report(mut self) -> Option<Report> {
        self.list.sort_by(|a, b| (a.line, a.code, &a.key).cmp(&(b.line, b.code, &b.key)));
        self.list.dedup();
        (!self.list.is_empty()).then_some(Report { faults: self.list })
    }
}

/// The nearest of some known words, if one is near enough to be meant.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    known
        .into_iter()
        .map(|candidate| (strsim::normalized_damerau_levenshtein(word, candidate), candidate))
        .filter(|(score, _)| *score > 0.4)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_names_the_line_of_its_byte() {
        let mut faults = Faults::new("x.toml", "a\nbc\n\nd");
        for at in [0, 2, 3, 5, 6] {
            faults.add(Code::MissingKey, &Place { key: format!("k{at}"), at }, "", "");
        }
        let lines: Vec<usize> = faults.report().unwrap().faults.iter().map(|fault| fault.line).collect();
        assert_eq!(lines, [1, 2, 2, 3, 4]);
    }

    #[test]
    fn a_distant_word_has_no_nearest() {
        assert_eq!(nearest("retentoin", ["retention", "revision"]).as_deref(), Some("retention"));
        assert_eq!(nearest("zzz", ["retention"]), None);
    }
}

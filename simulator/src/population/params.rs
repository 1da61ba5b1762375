//! The parameters, as a documented TOML file.

use consent_gatekeeper::show::Asking;
use serde::Deserialize;
use std::path::Path;

/// The shipped parameters, with their sources.
pub const SHIPPED: &str = include_str!("params.toml");

/// All of them.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// A year of one driver.
    pub year: Year,
    /// How people answer.
    pub answers: Answers,
    /// How much a benefit counts, by who has it.
    pub benefit: Benefits,
    /// How much a category weighs.
    pub reveals: Reveals,
    /// The five kinds.
    pub kinds: Kinds,
}

/// A year of one driver.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Year {
    /// Days.
    pub days: u32,
    /// Parkings a day.
    pub parkings_per_day: f64,
    /// Openings a year of the feature of a use that is not decided.
    pub opens_per_use: f64,
}

/// How people answer.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answers {
    /// Chance in an answer.
    pub spread: f64,
    /// Share of those who do not allow that puts it off.
    pub later: f64,
    /// Share of them that does not want to be asked again.
    pub never: f64,
    /// What the first thing said adds.
    pub lead: f64,
    /// What every request of the year takes away.
    pub fatigue: f64,
    /// Share that looks at its data and thinks again.
    pub looks: f64,
}

/// By who has the benefit.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Benefits {
    /// The person asked.
    pub you: f64,
    /// Everyone.
    pub everyone: f64,
    /// The recipient.
    pub recipient: f64,
}

/// By what a category says.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reveals {
    /// Where somebody is.
    pub location: f64,
    /// How they drive.
    pub driving: f64,
    /// What happens in the cabin.
    pub cabin: f64,
    /// How the car is.
    pub vehicle: f64,
}

/// The five kinds.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kinds {
    /// Brand Loyalist.
    pub who_first: Kind,
    /// Convenience Seeker.
    pub benefit_first: Kind,
    /// Control Addict.
    pub control_first: Kind,
    /// Flexible One.
    pub balanced: Kind,
    /// Privacy Fundamentalist.
    pub trust_first: Kind,
}

/// One kind.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    /// Share of all people.
    pub share: f64,
    /// Trust in the manufacturer.
    pub maker: f64,
    /// Trust in others.
    pub outside: f64,
    /// How much a benefit counts.
    pub benefit: f64,
    /// How much it matters what is revealed.
    pub sensitivity: f64,
    /// Share that says no to everything.
    pub refuses: f64,
}

/// All kinds in the order of the tables.
pub const KINDS: [Asking; 5] = [Asking::WhoFirst, Asking::BenefitFirst, Asking::ControlFirst, Asking::Balanced, Asking::TrustFirst];

/// What a kind is called in the study.
pub fn name(kind: Asking) -> &'static str {
    match kind {
        Asking::WhoFirst => "Brand Loyalist",
        Asking::BenefitFirst => "Convenience Seeker",
        Asking::ControlFirst => "Control Addict",
        Asking::Balanced => "Flexible One",
        Asking::TrustFirst => "Privacy Fundamentalist",
    }
}

/// Why parameters cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ParamsError {
    /// The file is not there.
    #[error("{0}: {1}")]
    Unreadable(String, std::io::Error),
    /// A wrong key, type or syntax; the parser says where.
    #[error("{0}: {1}")]
    Toml(String, String),
    /// A number that means nothing.
    #[error("{file}: {key}: expected {expected}, found {found}")]
    Range {
        /// File.
        file: String,
        /// Key.
        key: &'static str,
        /// What was expected.
        expected: &'static str,
        /// What was found.
        found: f64,
    },
}

impl Params {
    /// Reads a file.
    pub fn read(file: &Path) -> Result<Self, ParamsError> {
        let name = file.display().to_string();
        let text = std::fs::read_to_string(file).map_err(|error| ParamsError::Unreadable(name.clone(), error))?;
        Self::parse(&name, &text)
    }

    /// Reads a text; `file` names it in errors.
    pub fn parse(file: &str, text: &str) -> Result<Self, ParamsError> {
        let params: Self = toml::from_str(text).map_err(|error| ParamsError::Toml(file.to_owned(), error.to_string().trim_end().to_owned()))?;
        let wrong = |key, expected, found| Err(ParamsError::Range { file: file.to_owned(), key, expected, found });
        let shares: f64 = KINDS.iter().map(|kind| params.kind(*kind).share).sum();
        if !(0.999..=1.001).contains(&shares) {
            return wrong("kinds.*.share", "shares that add up to 1", shares);
        }
        let Year { days, parkings_per_day, opens_per_use } = params.year;
        if !(1..=1_500).contains(&days) {
            return wrong("year.days", "1 to 1500 days", f64::from(days));
        }
        if !(0.1..=20.0).contains(&parkings_per_day) {
            return wrong("year.parkings_per_day", "0.1 to 20", parkings_per_day);
        }
        if !(0.0..=400.0).contains(&opens_per_use) {
            return wrong("year.opens_per_use", "0 to 400", opens_per_use);
        }
        let Answers { spread, later, never, looks, .. } = params.answers;
        if !(0.01..=10.0).contains(&spread) {
            return wrong("answers.spread", "0.01 to 10", spread);
        }
        for (key, share) in [("answers.later", later), ("answers.never", never), ("answers.looks", looks), ("answers.later + never", later + never)] {
            if !(0.0..=1.0).contains(&share) {
                return wrong(key, "a share from 0 to 1", share);
            }
        }
        Ok(params)
    }

    /// The shipped ones.
    pub fn shipped() -> Result<Self, ParamsError> {
        Self::parse("the shipped parameters", SHIPPED)
    }

    /// The parameters of a kind.
    pub fn kind(&self, kind: Asking) -> &Kind {
        match kind {
            Asking::WhoFirst => &self.kinds.who_first,
            Asking::BenefitFirst => &self.kinds.benefit_first,
            Asking::ControlFirst => &self.kinds.control_first,
            Asking::Balanced => &self.kinds.balanced,
            Asking::TrustFirst => &self.kinds.trust_first,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_parameters_read_and_each_says_source_or_assumed() {
        assert!(Params::shipped().is_ok());
        for section in ["[year]", "[answers]", "[benefit]", "[reveals]"] {
            let lines = SHIPPED.split(section).nth(1).unwrap().lines().skip(1).take_while(|line| !line.starts_with('['));
            for line in lines.filter(|line| line.contains(" = ") && !line.starts_with("days")) {
                let known = ["assumed", "FIA", "Otonomo", "Deloitte", "DEKRA", "the same"];
                assert!(known.iter().any(|source| line.contains(source)), "{line}");
            }
        }
    }

    #[test]
    fn wrong_parameters_are_named() {
        let shares = SHIPPED.replace("share = 0.25", "share = 0.5");
        assert!(Params::parse("p.toml", &shares).unwrap_err().to_string().contains("kinds.*.share"));
        let key = SHIPPED.replace("fatigue", "fatige");
        assert!(Params::parse("p.toml", &key).unwrap_err().to_string().contains("fatige"));
        let never = SHIPPED.replace("never = 0.15", "never = 0.9");
        assert!(Params::parse("p.toml", &never).unwrap_err().to_string().contains("later + never"));
    }
}

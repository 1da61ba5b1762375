//! Six questions that propose a form, by a published rule: each answer counts one point for one form; the most points win; a
//! tie proposes everything at one glance; no answer, no proposal: the neutral form.
//!
//! Each form can be named by four of the six questions. Answers are counted here and kept nowhere; only the form that a person
//! takes is stored, and it never leaves the car.

use consent_gatekeeper::show::Asking;
use schemars::JsonSchema;
use serde::Serialize;

/// A question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Question {
    /// Its word.
    pub key: &'static str,
    /// Its answers.
    pub options: &'static [Answer],
}

/// An answer, and the form that it counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Answer {
    /// Its word.
    pub key: &'static str,
    /// One point for this form.
    pub counts_for: Asking,
}

const fn answer(key: &'static str, counts_for: Asking) -> Answer {
    Answer { key, counts_for }
}

/// The six questions.
pub const QUESTIONS: [Question; 6] = [
    Question { key: "who", options: &[answer("maker", Asking::WhoFirst), answer("useful", Asking::BenefitFirst), answer("nobody", Asking::TrustFirst)] },
    Question { key: "often", options: &[answer("every", Asking::ControlFirst), answer("yearly", Asking::BenefitFirst), answer("myself", Asking::TrustFirst)] },
    Question { key: "look", options: &[answer("name", Asking::WhoFirst), answer("set", Asking::ControlFirst), answer("glance", Asking::Balanced)] },
    Question { key: "unknown", options: &[answer("apart", Asking::WhoFirst), answer("depends", Asking::Balanced), answer("stays", Asking::TrustFirst)] },
    Question { key: "settings", options: &[answer("each", Asking::ControlFirst), answer("few", Asking::BenefitFirst), answer("either", Asking::Balanced)] },
    Question {
        key: "convinces",
        options: &[
            answer("known", Asking::WhoFirst),
            answer("brings", Asking::BenefitFirst),
            answer("limit", Asking::ControlFirst),
            answer("check", Asking::TrustFirst),
            answer("any", Asking::Balanced),
        ],
    },
];

const WAYS: [Asking; 5] = [Asking::WhoFirst, Asking::BenefitFirst, Asking::ControlFirst, Asking::Balanced, Asking::TrustFirst];

/// What the answers propose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Proposal {
    /// The form; none = the neutral one.
    pub asking: Option<Asking>,
    /// How many questions were answered.
    pub answered: usize,
}

/// Counts answers, given as (question, answer); what is not known counts as skipped.
pub fn propose<'a>(answers: impl Iterator<Item = (&'a str, &'a str)>) -> Proposal {
    let counted = |(question, answer): (&str, &str)| {
        let question = QUESTIONS.iter().find(|known| known.key == question)?;
        question.options.iter().find(|known| known.key == answer).map(|known| known.counts_for)
    };
    let named: Vec<Asking> = answers.filter_map(counted).collect();
    let points = |way: Asking| named.iter().filter(|named| **named == way).count();
    let most = WAYS.into_iter().map(points).max().unwrap_or(0);
    let winners: Vec<Asking> = WAYS.into_iter().filter(|way| points(*way) == most).collect();
    let asking = match winners.as_slice() {
        _ if most == 0 => None,
        [only] => Some(*only),
        _ => Some(Asking::Balanced),
    };
    Proposal { asking, answered: named.len() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(answers: &[(&str, &str)]) -> Option<Asking> {
        propose(answers.iter().copied()).asking
    }

    #[test]
    fn every_form_is_named_by_four_questions_and_can_be_proposed() {
        for way in WAYS {
            let naming: Vec<(&str, &str)> = QUESTIONS
                .iter()
                .filter_map(|question| question.options.iter().find(|option| option.counts_for == way).map(|option| (question.key, option.key)))
                .collect();
            assert_eq!(naming.len(), 4, "{way:?}");
            assert_eq!(of(&naming), Some(way));
        }
    }

    #[test]
    fn the_most_points_win_a_tie_is_balanced_and_skipping_is_neutral() {
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[("who", "maker")]), Some(Asking::WhoFirst));
        assert_eq!(of(&[("who", "maker"), ("often", "every")]), Some(Asking::Balanced));
        assert_eq!(of(&[("who", "maker"), ("often", "every"), ("settings", "each")]), Some(Asking::ControlFirst));
        assert_eq!(propose([("who", "nonsense"), ("nonsense", "maker")].into_iter()), Proposal { asking: None, answered: 0 });
    }
}

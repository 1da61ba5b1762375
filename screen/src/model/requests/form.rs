//! The six forms of a request: the neutral one, and one for each way of being asked.
//!
//! A form is an order of blocks and the cadence that is printed first. INVARIANT: every form has every block exactly once, and
//! offers every cadence that any of them offers (R44).

use consent_core::catalog::EachTime;
use consent_gatekeeper::show::Asking;
use consent_protocol::ledger::Cadence;
use schemars::JsonSchema;
use serde::Serialize;

/// A block of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Block {
    /// What leaves, and what for.
    What,
    /// Who receives it.
    Who,
    /// What it brings, and to whom.
    Benefit,
    /// How precisely, which data, how long this yes lasts, how often the person is asked, where to stop.
    Control,
    /// How long it is kept, what happens after a no, how to check.
    Trust,
}

impl Block {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::What => "what",
            Self::Who => "who",
            Self::Benefit => "benefit",
            Self::Control => "control",
            Self::Trust => "trust",
        }
    }
}

/// The six forms; none = the neutral one.
pub const FORMS: [Option<Asking>; 6] =
    [None, Some(Asking::WhoFirst), Some(Asking::BenefitFirst), Some(Asking::ControlFirst), Some(Asking::Balanced), Some(Asking::TrustFirst)];

/// The published rule (docs/design-language.md, "The five forms"): the order of the blocks in a form.
pub fn order(asking: Option<Asking>) -> [Block; 5] {
    use Block::{Benefit, Control, Trust, What, Who};
    match asking {
        None => [What, Who, Benefit, Control, Trust],
        Some(Asking::WhoFirst) => [Who, What, Trust, Benefit, Control],
        Some(Asking::BenefitFirst) => [Benefit, What, Who, Control, Trust],
        Some(Asking::ControlFirst) => [Control, What, Who, Trust, Benefit],
        Some(Asking::Balanced) => [Benefit, Control, Trust, What, Who],
        Some(Asking::TrustFirst) => [Trust, Control, What, Who, Benefit],
    }
}

/// When a request is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// At any parking.
    AnyTime,
    /// Before a trip, because the person chose to be asked each time: this trip only.
    BeforeTrip,
}

/// How often the person can be asked; the first is printed. Only who wants the controls first has "each time" printed first.
pub fn cadences(asking: Option<Asking>, each_time: Option<EachTime>, moment: Moment) -> Vec<Cadence> {
    match (each_time, moment, asking) {
        (None, _, _) => vec![Cadence::Until],
        (Some(_), Moment::BeforeTrip, _) | (Some(_), Moment::AnyTime, Some(Asking::ControlFirst)) => vec![Cadence::EachTime, Cadence::Until],
        (Some(_), Moment::AnyTime, None | Some(Asking::WhoFirst | Asking::BenefitFirst | Asking::Balanced | Asking::TrustFirst)) => {
            vec![Cadence::Until, Cadence::EachTime]
        }
    }
}

/// The word of a form in addresses and class names.
pub fn word(asking: Option<Asking>) -> &'static str {
    match asking {
        None => "neutral",
        Some(Asking::WhoFirst) => "who_first",
        Some(Asking::BenefitFirst) => "benefit_first",
        Some(Asking::ControlFirst) => "control_first",
        Some(Asking::Balanced) => "balanced",
        Some(Asking::TrustFirst) => "trust_first",
    }
}

/// The form of a word.
pub fn of_word(found: &str) -> Option<Option<Asking>> {
    FORMS.into_iter().find(|form| word(*form) == found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_form_has_every_block_once_and_no_two_the_same_order() {
        let orders: BTreeSet<[Block; 5]> = FORMS.into_iter().map(order).collect();
        assert_eq!(orders.len(), FORMS.len());
        for order in orders {
            assert_eq!(order.into_iter().collect::<BTreeSet<_>>().len(), 5);
        }
    }

    #[test]
    fn a_form_leads_with_what_it_says() {
        let first = |asking| order(Some(asking))[0];
        assert_eq!(first(Asking::WhoFirst), Block::Who);
        assert_eq!(first(Asking::BenefitFirst), Block::Benefit);
        assert_eq!(first(Asking::ControlFirst), Block::Control);
        assert_eq!(first(Asking::TrustFirst), Block::Trust);
        assert_eq!(order(Some(Asking::Balanced))[..3], [Block::Benefit, Block::Control, Block::Trust]);
    }

    #[test]
    fn every_form_offers_every_cadence() {
        for each_time in [None, Some(EachTime::Review), Some(EachTime::BeforeTrip)] {
            for moment in [Moment::AnyTime, Moment::BeforeTrip] {
                let sets: BTreeSet<Vec<String>> = FORMS
                    .into_iter()
                    .map(|form| {
                        let mut words: Vec<String> = cadences(form, each_time, moment).iter().map(|cadence| format!("{cadence:?}")).collect();
                        words.sort();
                        words
                    })
                    .collect();
                assert_eq!(sets.len(), 1, "{each_time:?} {moment:?}");
            }
        }
        let printed = |asking| cadences(asking, Some(EachTime::Review), Moment::AnyTime)[0];
        assert_eq!(FORMS.into_iter().filter(|form| printed(*form) == Cadence::EachTime).collect::<Vec<_>>(), [Some(Asking::ControlFirst)]);
    }

    #[test]
    fn words_name_forms() {
        for form in FORMS {
            assert_eq!(of_word(word(form)), Some(form));
        }
        assert_eq!(of_word("loyalist"), None);
    }
}

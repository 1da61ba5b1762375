//! A simulated person: what they like, what they answer, what they regret.

use super::params::{KINDS, Params};
use crate::harness::chance::Chance;
use consent_core::{CategoryKind, CategorySet};
use consent_gatekeeper::passed;
use consent_gatekeeper::show::{Asking, Revealed};
use consent_protocol::catalog::{Beneficiary, CompiledCatalog, Use};

/// One person.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Person {
    /// Their kind.
    pub(super) kind: Asking,
    /// Says no to everything.
    refuses: bool,
    /// How far this person is from the mean of their kind, on the scale of the sums.
    leaning: f64,
}

/// What a person does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Says {
    /// Allow.
    Allow,
    /// Decline.
    Decline,
    /// Later.
    Later,
    /// Don't ask again.
    Never,
}

impl Person {
    /// The next person of a population.
    pub(super) fn draw(params: &Params, chance: &mut Chance) -> Self {
        let mut at = chance.unit();
        let kind = KINDS.into_iter().find(|kind| {
            at -= params.kind(*kind).share;
            at <= 0.0
        });
        let kind = kind.unwrap_or(Asking::Balanced);
        let refuses = chance.unit() < params.kind(kind).refuses;
        // The sum of three is near enough to a bell.
        let leaning = (chance.unit() + chance.unit() + chance.unit() - 1.5) * params.answers.spread;
        Self { kind, refuses, leaning }
    }

    /// How much a use is liked, without what a request says first and without chance.
    pub(super) fn likes(&self, params: &Params, catalog: &CompiledCatalog, used: &Use) -> f64 {
        let kind = params.kind(self.kind);
        let outside = catalog.recipients.get(usize::from(used.recipient)).is_none_or(|recipient| recipient.outside);
        let benefit = match used.beneficiary {
            Beneficiary::You => params.benefit.you,
            Beneficiary::Everyone => params.benefit.everyone,
            Beneficiary::Recipient => params.benefit.recipient,
        };
        let trust = if outside { kind.outside } else { kind.maker };
        kind.benefit * benefit + trust - kind.sensitivity * weight(params, catalog, used) + self.leaning
    }

    /// The answer to a request. `form` is what it says first, `asked` how often the car asked this year.
    pub(super) fn answers(&self, params: &Params, likes: f64, form: Option<Asking>, asked: u32, chance: &mut Chance) -> Says {
        let answers = &params.answers;
        if self.refuses {
            return if chance.unit() < answers.never { Says::Never } else { Says::Decline };
        }
        let lead = if form == Some(self.kind) { answers.lead } else { 0.0 };
        let sum = likes + lead - answers.fatigue * f64::from(asked);
        if chance.unit() < logistic(sum / answers.spread) {
            return Says::Allow;
        }
        let other = chance.unit();
        if other < answers.never {
            Says::Never
        } else if other < answers.never + answers.later {
            Says::Later
        } else {
            Says::Decline
        }
    }

    /// Whether they withdraw within 30 days: who looks again judges by the use alone.
    pub(super) fn regrets(params: &Params, likes: f64, chance: &mut Chance) -> bool {
        chance.unit() < params.answers.looks && chance.unit() > logistic(likes / params.answers.spread)
    }
}

fn logistic(sum: f64) -> f64 {
    1.0 / (1.0 + (-sum).exp())
}

/// What the coarsest tier of a use reveals, of its heaviest category.
fn weight(params: &Params, catalog: &CompiledCatalog, used: &Use) -> f64 {
    let of = |(id, revealed): (String, Revealed)| {
        let category = catalog.categories.iter().find(|category| category.id == id)?;
        let full = match (category.location, category.kind) {
            (true, _) => params.reveals.location,
            (false, CategoryKind::Driver) => params.reveals.driving,
            (false, CategoryKind::Cabin) => params.reveals.cabin,
            (false, CategoryKind::Vehicle) => params.reveals.vehicle,
        };
        let part = match revealed {
            Revealed::None => 0.0,
            Revealed::Aggregate => 0.3,
            Revealed::Coarse => 0.6,
            Revealed::Exact => 1.0,
        };
        Some(full * part)
    };
    passed::of_tier(catalog, used, 0, CategorySet(u32::MAX)).into_iter().filter_map(of).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::example;

    fn shares(use_id: &str) -> f64 {
        let (params, catalog) = (Params::shipped().unwrap(), example());
        let used = catalog.uses.iter().find(|used| used.id == use_id).unwrap();
        let mut chance = Chance::new(7, 1);
        let allowed = (0..4_000).filter(|_| {
            let person = Person::draw(&params, &mut chance);
            let likes = person.likes(&params, &catalog, used);
            person.answers(&params, likes, None, 0, &mut chance) == Says::Allow
        });
        f64::from(u32::try_from(allowed.count()).unwrap()) / 4_000.0
    }

    #[test]
    fn the_population_stays_within_what_was_published() {
        let benefit = shares("maintenance");
        assert!((0.60..=0.85).contains(&benefit), "framed by their own benefit: {benefit}");
        let advertising = shares("advertising");
        assert!(advertising < 0.35, "where only the recipient gains: {advertising}");
        assert!(shares("hazards") > advertising);
    }

    #[test]
    fn who_refuses_everything_allows_nothing() {
        let params = Params::shipped().unwrap();
        let person = Person { kind: Asking::TrustFirst, refuses: true, leaning: 9.0 };
        let mut chance = Chance::new(1, 1);
        assert!((0..200).all(|_| person.answers(&params, 9.0, Some(Asking::TrustFirst), 0, &mut chance) != Says::Allow));
    }

    #[test]
    fn what_is_said_first_moves_only_whom_it_suits() {
        let params = Params::shipped().unwrap();
        let person = Person { kind: Asking::BenefitFirst, refuses: false, leaning: 0.0 };
        let allowed = |form| {
            let mut chance = Chance::new(3, 1);
            (0..2_000).filter(|_| person.answers(&params, 0.0, form, 0, &mut chance) == Says::Allow).count()
        };
        assert!(allowed(Some(Asking::BenefitFirst)) > allowed(None) + 100);
        assert_eq!(allowed(Some(Asking::TrustFirst)), allowed(None));
    }
}

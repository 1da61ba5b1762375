//! The life is worth comparing: it meets what there is to meet, accounts for everything, and is the same twice.

#[cfg(test)]
mod life {
    use consent_scenario::{Going, Life, Outcome, Reason};

    fn lived() -> Outcome {
        let mut life = Box::new(Life::new());
        while life.step() == Going::On {}
        life.outcome()
    }

    #[test]
    fn every_kind_of_rule_leaves_something_and_every_reason_withholds() {
        let outcome = lived();
        for (kind, released) in outcome.by_kind.iter().enumerate() {
            assert_eq!(*released > 0, kind != 0, "kind {kind} of rule: {released} released; kind 0 drops");
        }
        for (reason, withheld) in Reason::ALL.iter().zip(outcome.by_reason) {
            // The gatekeeper gives the one, and without a catalog no use covers anything.
            let elsewhere = matches!(reason, Reason::Zone | Reason::NoCatalog);
            assert_eq!(withheld > 0, !elsewhere, "{reason:?}: {withheld}");
        }
        assert!(outcome.records > 5_000 && outcome.passed > 10_000 && outcome.awaiting > 1_000, "{outcome}");
    }

    #[test]
    fn every_decision_is_released_or_reduced() {
        let outcome = lived();
        assert_eq!(outcome.passed + outcome.awaiting, outcome.merged + outcome.reduced, "{outcome}");
    }

    #[test]
    fn a_life_repeats_itself_to_the_bit() {
        assert_eq!(lived(), lived());
    }
}

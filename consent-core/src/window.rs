//! One window of one aggregate: many samples in, one number out.
//!
//! INVARIANT: `inputs` counts exactly the samples that the number sums up.

use crate::rule::{Aggregate, Step};
use crate::sample::Value;
use crate::transform::is_finite;

/// The parts of [`crate::Rule::Window`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct WindowRule {
    pub(crate) period_ms: u32,
    pub(crate) aggregate: Aggregate,
    pub(crate) step: Step,
    pub(crate) threshold_steps: i32,
}

impl WindowRule {
    /// What a value contributes; `None` if the aggregate has no use for it.
    pub(crate) fn number(&self, value: &Value) -> Option<f64> {
        if self.aggregate == Aggregate::Count {
            return is_finite(value).then_some(0.0);
        }
        value.as_number().filter(|number| number.is_finite())
    }

    /// The aggregate's result in the form that this rule yields: counts are whole where the step is.
    pub(crate) fn form(&self, result: f64) -> Option<Value> {
        let multiple = self.step.multiple_of(result)?;
        match (self.aggregate, self.step.whole()) {
            (Aggregate::Count | Aggregate::DropsBelow, Some(unit)) => multiple.checked_mul(unit).map(Value::Int),
            (Aggregate::Count | Aggregate::DropsBelow | Aggregate::Min | Aggregate::Max | Aggregate::Mean | Aggregate::Difference, _) => {
                self.step.value(multiple).map(Value::Float)
            }
        }
    }
}

/// A window that fills.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Window {
    pub(crate) rule: WindowRule,
    pub(crate) start_ms: i64,
    pub(crate) newest_ms: i64,
    pub(crate) inputs: u32,
    first: f64,
    last: f64,
    /// Minimum, maximum or mean so far.
    sum: f64,
    drops: u32,
}

impl Window {
    /// An empty window; `first` is the number that will be added first.
    pub(crate) fn new(rule: WindowRule, start_ms: i64, first: f64) -> Self {
        Self { rule, start_ms, newest_ms: start_ms, inputs: 0, first, last: first, sum: first, drops: 0 }
    }

    /// Adds a sample not older than the newest; whether there was room for one more.
    pub(crate) fn add(&mut self, t_ms: i64, number: f64, inputs: u32, above: &mut Option<bool>) -> bool {
        let Some(inputs) = self.inputs.checked_add(inputs) else { return false };
        (self.inputs, self.newest_ms, self.last) = (inputs, t_ms, number);
        match self.rule.aggregate {
            Aggregate::Min => self.sum = self.sum.min(number),
            Aggregate::Max => self.sum = self.sum.max(number),
            Aggregate::Mean => {
                // Divided before it is added: two huge numbers must not overflow.
                let count = f64::from(inputs);
                self.sum = self.sum - self.sum / count + number / count;
            }
            Aggregate::DropsBelow => {
                let is_above = self.threshold().is_some_and(|threshold| number >= threshold);
                if *above == Some(true) && !is_above {
                    self.drops = self.drops.saturating_add(1);
                }
                *above = Some(is_above);
            }
            Aggregate::Count | Aggregate::Difference => {}
        }
        true
    }

    /// The result in its form; `None` if it cannot be told.
    pub(crate) fn result(&self) -> Option<Value> {
        self.rule.form(match self.rule.aggregate {
            Aggregate::Min | Aggregate::Max | Aggregate::Mean => self.sum,
            Aggregate::Count => f64::from(self.inputs),
            Aggregate::DropsBelow => self.threshold().map(|_| f64::from(self.drops))?,
            Aggregate::Difference => self.last - self.first,
        })
    }

    fn threshold(&self) -> Option<f64> {
        self.rule.step.value(i64::from(self.rule.threshold_steps))
    }
}

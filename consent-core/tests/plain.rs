//! The transformations once more, slow and plain: all samples are kept, numbers are exact, and what should have left is
//! worked out from `docs/catalog.md` and the comments of the rules. Held against the real ones over random lives.

#[cfg(test)]
#[allow(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::wildcard_enum_match_arm,
    reason = "the plain version may be as simple as it can"
)]
mod plain {
    use consent_core::conform::conforms;
    use consent_core::rule::{ScoreRole, Weigh};
    use consent_core::transform::{Target, end, push, tick, tick_score};
    use consent_core::*;
    use proptest::prelude::*;

    /// Eighths: every number of these tests is a whole number of them.
    type Eighths = i128;

    /// What is too large for every step of these tests, as eighths.
    fn eighths(value: &Value) -> Option<Eighths> {
        match value {
            Value::Bool(flag) => Some(8 * i128::from(*flag)),
            Value::Int(number) => Some(8 * (*number as f64 as i128)),
            Value::Uint(number) => Some(8 * (*number as f64 as i128)),
            Value::Float(number) if !number.is_finite() => None,
            Value::Float(number) if number.abs() >= 1e300 => Some(if number.abs() > 1.7e308 { HUGE } else { HUGE / 10 } * number.signum() as i128),
            Value::Float(number) => Some((number * 8.0) as i128),
            Value::Text(_) | Value::Ints(_) | Value::Floats(_) => None,
        }
    }

    const HUGE: Eighths = 10_i128.pow(34);

    /// A fraction of two whole numbers, the lower one positive.
    #[derive(Clone, Copy, Debug)]
    struct Exact(i128, i128);

    impl Exact {
        fn nearest(self) -> i128 {
            (2 * self.0.abs() + self.1) / (2 * self.1) * self.0.signum()
        }
    }

    /// How many steps a number is.
    fn in_steps(number: Exact, step: Step) -> Exact {
        let power = 10_i128.pow(u32::from(step.exponent.unsigned_abs()));
        let (up, down) = if step.exponent < 0 { (power, 1) } else { (1, power) };
        Exact(number.0 * up, number.1 * i128::from(step.mantissa) * down)
    }

    fn multiple(number: Exact, step: Step) -> Option<i64> {
        let multiple = in_steps(number, step).nearest();
        let told_apart = multiple.abs() <= 1 << 50 && (multiple * i128::from(step.mantissa)).abs() <= 1 << 53;
        told_apart.then_some(multiple as i64)
    }

    /// The decimal number, as a reader of numbers writes it.
    fn decimal(steps: i64, step: Step) -> f64 {
        format!("{}e{}", steps * i64::from(step.mantissa), step.exponent).parse::<f64>().unwrap()
    }

    fn whole_or_decimal(steps: i64, step: Step) -> Value {
        if step.exponent >= 0 {
            Value::Int(steps * i64::from(step.mantissa) * 10_i64.pow(step.exponent.unsigned_abs().into()))
        } else {
            Value::Float(decimal(steps, step))
        }
    }

    /// What should have left: its stamp, any of these values, and how many samples it stands for.
    #[derive(Clone, Debug)]
    struct Left {
        t_ms: i64,
        values: Vec<ReleasedValue>,
        inputs: u32,
    }

    #[derive(Clone, Debug)]
    enum Taken {
        Number(Eighths),
        Place(f64, f64),
    }

    /// The open window: all that it was given.
    #[derive(Clone, Debug)]
    struct Open {
        start_ms: i64,
        taken: Vec<(i64, Taken, u32)>,
        /// Whether the value before the window's first was at or above the threshold.
        above: Option<bool>,
    }

    impl Open {
        fn inputs(&self) -> u32 {
            self.taken.iter().map(|(_, _, inputs)| inputs).sum()
        }

        fn newest_ms(&self) -> i64 {
            self.taken.last().map_or(self.start_ms, |(t_ms, _, _)| *t_ms)
        }

        fn numbers(&self) -> Vec<(i64, Eighths)> {
            self.taken.iter().filter_map(|(t_ms, taken, _)| if let Taken::Number(number) = taken { Some((*t_ms, *number)) } else { None }).collect()
        }
    }

    /// One rule and all that it was ever given.
    #[derive(Clone, Debug)]
    struct Plain {
        rule: Rule,
        left: Vec<Left>,
        reduced: u64,
        begin_ms: Option<i64>,
        last_ms: Option<i64>,
        open: Option<Open>,
        above: Option<bool>,
        last_level: Option<i64>,
        ended: bool,
        /// Points of windows that closed: start, points, inputs.
        parts: Vec<(i64, Option<i64>, u32)>,
        /// Doubles and exact numbers may part company here: nothing more is compared.
        unclear: bool,
    }

    impl Plain {
        fn new(rule: Rule) -> Self {
            Self {
                rule,
                left: vec![],
                reduced: 0,
                begin_ms: None,
                last_ms: None,
                open: None,
                above: None,
                last_level: None,
                ended: false,
                parts: vec![],
                unclear: false,
            }
        }

        fn period_ms(&self) -> i64 {
            i64::from(self.rule.pace_ms())
        }

        /// The slot of a stamp, if the rule saw all of it and nothing of it or later left.
        fn slot(&mut self, t_ms: i64) -> Option<i64> {
            let begin_ms = *self.begin_ms.get_or_insert(t_ms);
            let start_ms = i64::try_from(i128::from(t_ms).div_euclid(self.period_ms().into()) * i128::from(self.period_ms())).ok()?;
            (start_ms >= begin_ms && self.is_apart(start_ms)).then_some(start_ms)
        }

        fn is_apart(&self, t_ms: i64) -> bool {
            self.period_ms() == 0 || self.last_ms.is_none_or(|last_ms| i128::from(t_ms) - i128::from(last_ms) >= i128::from(self.period_ms()))
        }

        fn push(&mut self, sample: &Sample) {
            let t_ms = sample.t_ms();
            if std::mem::take(&mut self.ended) && self.last_ms.is_some_and(|last_ms| t_ms < last_ms) {
                self.last_ms = None;
            }
            let windows = matches!(self.rule, Rule::Window { .. } | Rule::Histogram { .. } | Rule::Score { .. } | Rule::Path { .. });
            let taken = if windows { self.take(sample) } else { self.at_once(sample) };
            if !taken {
                self.reduced += u64::from(sample.inputs());
            }
        }

        /// What leaves at once, or never.
        fn at_once(&mut self, sample: &Sample) -> bool {
            let (t_ms, inputs) = (sample.t_ms(), sample.inputs());
            let found = match (self.rule, sample) {
                (Rule::AsIs, Sample::Scalar { value, .. }) => sound(value).then(|| (t_ms, value.clone())),
                (Rule::RateCap { .. }, Sample::Scalar { value, .. }) => (sound(value) && self.is_apart(t_ms)).then(|| (t_ms, value.clone())),
                (Rule::Round { step, .. }, Sample::Scalar { value, .. }) => rounded(value, step).filter(|_| self.is_apart(t_ms)).map(|value| (t_ms, value)),
                (Rule::Level { .. }, Sample::Scalar { value, .. }) => self.level(t_ms, value).map(|value| (t_ms, value)),
                (Rule::AsIs | Rule::RateCap { .. }, Sample::Fix { fix, .. }) => {
                    let leaves = on_globe(fix) && (self.rule == Rule::AsIs || self.is_apart(t_ms));
                    if leaves {
                        self.last_ms = if self.rule == Rule::AsIs { None } else { Some(t_ms) };
                        // Only what is not finite is lost of it.
                        let whole = Fix { accuracy_m: None, ..*fix };
                        self.left.push(Left { t_ms, values: vec![ReleasedValue::Fix(whole)], inputs });
                    }
                    return leaves;
                }
                (Rule::Grid { cell_m, .. }, Sample::Fix { fix, .. }) => {
                    let Some(start_ms) = centre(fix, cell_m).and_then(|_| self.slot(t_ms)) else { return false };
                    let centre = centre(fix, cell_m).unwrap();
                    self.last_ms = Some(start_ms);
                    self.left.push(Left { t_ms: start_ms, values: vec![ReleasedValue::Fix(centre)], inputs });
                    return true;
                }
                _ => None,
            };
            let Some((t_ms, value)) = found else { return false };
            let remembers = !matches!(self.rule, Rule::AsIs);
            if remembers {
                self.last_ms = Some(t_ms);
            }
            self.left.push(Left { t_ms, values: vec![ReleasedValue::Scalar(value)], inputs });
            true
        }

        fn level(&mut self, t_ms: i64, value: &Value) -> Option<Value> {
            let Rule::Level { step, low_steps, high_steps, dead_steps, change, .. } = self.rule else { return None };
            let number = eighths(value)?;
            let far = if number > 0 { i64::from(high_steps) } else { i64::from(low_steps) };
            let steps = multiple(Exact(number, 8), step).unwrap_or(far);
            // Zero stands for the dead band where it lies between the ends; otherwise the end that is nearest to it does.
            let steps = steps.clamp(low_steps.into(), high_steps.into());
            let steps = if steps.abs() < i64::from(dead_steps) { 0_i64.clamp(low_steps.into(), high_steps.into()) } else { steps };
            if let (Change::Moved { beyond_pct }, Some(last)) = (change, self.last_level) {
                // |number - last| in steps against (50 + beyond) hundredths.
                let at = in_steps(Exact(number, 8), step);
                let away = 100 * (at.0 - i128::from(last) * at.1).abs();
                let enough = i128::from(50 + u16::from(beyond_pct)) * at.1;
                self.unclear |= away == enough;
                if steps == last || away <= enough {
                    return None;
                }
            }
            self.is_apart(t_ms).then(|| {
                self.last_level = Some(steps);
                whole_or_decimal(steps, step)
            })
        }

        /// Takes a sample into a window.
        fn take(&mut self, sample: &Sample) -> bool {
            let (t_ms, inputs) = (sample.t_ms(), sample.inputs());
            let count_only = matches!(self.rule, Rule::Window { aggregate: Aggregate::Count, .. } | Rule::Score { aggregate: Aggregate::Count, .. });
            let taken = match (self.rule, sample) {
                (Rule::Path { .. }, Sample::Fix { fix, .. }) if on_globe(fix) => Taken::Place(fix.lat_deg, fix.lon_deg),
                (Rule::Path { .. }, _) | (_, Sample::Fix { .. }) => return false,
                (_, Sample::Scalar { value, .. }) if count_only && sound(value) => Taken::Number(0),
                (_, Sample::Scalar { value, .. }) => {
                    let Some(number) = eighths(value) else { return false };
                    Taken::Number(number)
                }
            };
            let Some(start_ms) = self.slot(t_ms) else { return false };
            match &self.open {
                Some(open) if start_ms < open.start_ms || t_ms < open.newest_ms() => return false,
                Some(open) if start_ms > open.start_ms => self.close(),
                Some(_) | None => {}
            }
            let above = self.above;
            self.open.get_or_insert(Open { start_ms, taken: vec![], above }).taken.push((t_ms, taken, inputs));
            true
        }

        fn tick(&mut self, now_ms: i64) {
            if self.rule.raster_ms().is_some() {
                self.begin_ms.get_or_insert(now_ms);
            }
            if self.open.as_ref().is_some_and(|open| now_ms >= open.start_ms.saturating_add(self.period_ms())) {
                self.close();
            }
        }

        fn end(&mut self) {
            self.reduced += self.open.take().map_or(0, |open| u64::from(open.inputs()));
            (self.begin_ms, self.above, self.ended) = (None, None, self.last_ms.is_some());
        }

        fn close(&mut self) {
            let Some(open) = self.open.take() else { return };
            self.last_ms = Some(open.start_ms);
            if let Rule::Window { step, threshold_steps, .. } | Rule::Score { step, threshold_steps, .. } = self.rule {
                let threshold = decimal(threshold_steps.into(), step);
                self.above = open.numbers().last().map(|(_, number)| is_above(*number, threshold));
            }
            let (start_ms, inputs) = (open.start_ms, open.inputs());
            let results = self.results(&open);
            if let Rule::Score { weight, step, .. } = self.rule {
                let points = results.first().and_then(|result| multiple(*result, step)).and_then(|steps| steps.checked_mul(weight.into()));
                self.unclear |= results.iter().any(|result| multiple(*result, step) != multiple(results[0], step));
                return self.parts.push((start_ms, points, inputs));
            }
            let values: Vec<ReleasedValue> = match self.rule {
                Rule::Histogram { .. } => vec![ReleasedValue::Counts(self.bins(&open))],
                _ => results.iter().filter_map(|result| self.form(*result)).map(ReleasedValue::Scalar).collect(),
            };
            self.unclear |= values.len() < results.len() && !values.is_empty();
            if values.is_empty() {
                self.reduced += u64::from(inputs);
            } else {
                self.left.push(Left { t_ms: start_ms, values, inputs });
            }
        }

        fn form(&self, result: Exact) -> Option<Value> {
            let step = self.rule.step()?;
            let steps = multiple(result, step)?;
            let whole = match self.rule {
                Rule::Path { .. } => true,
                Rule::Window { aggregate, .. } => aggregate.counts(),
                _ => false,
            };
            Some(if whole { whole_or_decimal(steps, step) } else { Value::Float(decimal(steps, step)) })
        }

        /// The result, exact; for what doubles add up, the least and the greatest that they may come to.
        fn results(&mut self, open: &Open) -> Vec<Exact> {
            let numbers = open.numbers();
            let aggregate = match self.rule {
                Rule::Window { aggregate, .. } | Rule::Score { aggregate, .. } => aggregate,
                Rule::Path { way: Way::Metres, .. } => return self.metres(open),
                Rule::Path { way: Way::Cells, .. } => return vec![Exact(cells(open), 1)],
                _ => return vec![],
            };
            let last = numbers.last().unwrap().1;
            match aggregate {
                Aggregate::Min => vec![Exact(numbers.iter().map(|(_, number)| *number).min().unwrap(), 8)],
                Aggregate::Max => vec![Exact(numbers.iter().map(|(_, number)| *number).max().unwrap(), 8)],
                Aggregate::Count => vec![Exact(open.inputs().into(), 1)],
                Aggregate::Difference => vec![Exact(last - numbers[0].1, 8)],
                Aggregate::DropsBelow | Aggregate::RisesTo => vec![Exact(self.events(open, aggregate), 1)],
                Aggregate::Mean => self.about(Exact(numbers.iter().map(|(_, number)| number).sum(), 8 * numbers.len() as i128), &numbers),
                Aggregate::TimeMean => {
                    let end_ms = open.start_ms.saturating_add(self.period_ms());
                    let whole_ms = i128::from(end_ms) - i128::from(numbers[0].0);
                    if whole_ms == 0 || self.loses_what_is_small(&numbers) {
                        return vec![];
                    }
                    let until = numbers.iter().skip(1).map(|(t_ms, _)| *t_ms).chain([end_ms]);
                    let sum = numbers.iter().zip(until).map(|((from_ms, number), to_ms)| number * (i128::from(to_ms) - i128::from(*from_ms))).sum();
                    self.about(Exact(sum, 8 * whole_ms), &numbers)
                }
            }
        }

        fn about(&mut self, result: Exact, numbers: &[(i64, Eighths)]) -> Vec<Exact> {
            if self.loses_what_is_small(numbers) {
                return vec![];
            }
            let scale = 1_000_000_000;
            vec![Exact(result.0 * scale - result.1, result.1 * scale), Exact(result.0 * scale + result.1, result.1 * scale)]
        }

        /// Doubles lose what is small beside what is huge.
        fn loses_what_is_small(&mut self, numbers: &[(i64, Eighths)]) -> bool {
            let loses = numbers.iter().any(|(_, number)| number.abs() > 8_000_000);
            self.unclear |= loses;
            loses
        }

        fn events(&self, open: &Open, aggregate: Aggregate) -> i128 {
            let (Rule::Window { step, threshold_steps, .. } | Rule::Score { step, threshold_steps, .. }) = self.rule else { return 0 };
            let threshold = decimal(threshold_steps.into(), step);
            let sides: Vec<bool> = open.above.into_iter().chain(open.numbers().iter().map(|(_, number)| is_above(*number, threshold))).collect();
            let wanted = if aggregate == Aggregate::RisesTo { [false, true] } else { [true, false] };
            sides.windows(2).filter(|pair| *pair == wanted).count() as i128
        }

        fn bins(&self, open: &Open) -> Counts {
            let Rule::Histogram { weigh, step, low_steps, width_steps, bins, .. } = self.rule else { return Counts::new() };
            let mut counts = vec![0_u64; bins.into()];
            let bin = |number: Eighths| {
                let at = in_steps(Exact(number, 8), step);
                (0..i128::from(bins) - 1).filter(|below| at.0 >= (i128::from(low_steps) + below * i128::from(width_steps)) * at.1).count()
            };
            let numbers = open.numbers();
            let end_ms = open.start_ms.saturating_add(self.period_ms());
            let until = numbers.iter().skip(1).map(|(t_ms, _)| *t_ms).chain([end_ms]);
            for ((from_ms, number), to_ms) in numbers.iter().zip(until) {
                counts[bin(*number)] += if weigh == Weigh::Samples { 1 } else { u64::try_from(to_ms - from_ms).unwrap() };
            }
            counts.iter().map(|count| u32::try_from(if weigh == Weigh::Samples { *count } else { count / 1_000 }).unwrap()).collect()
        }

        fn metres(&mut self, open: &Open) -> Vec<Exact> {
            let places: Vec<(i64, f64, f64)> =
                open.taken.iter().filter_map(|(t_ms, taken, _)| if let Taken::Place(lat, lon) = taken { Some((*t_ms, *lat, *lon)) } else { None }).collect();
            let mut sum = 0.0;
            for pair in places.windows(2) {
                let away_m = arc_m((pair[0].1, pair[0].2), (pair[1].1, pair[1].2));
                let most_m = 100.0 * (pair[1].0 - pair[0].0) as f64 / 1_000.0;
                // Far apart the real measure is rougher; near the limit it may take either side.
                self.unclear |= away_m > 0.98 * most_m && away_m < 1.02 * most_m;
                sum += if away_m <= most_m { away_m } else { 0.0 };
            }
            let milli = |metres: f64| Exact((metres * 1_000.0) as i128, 1_000);
            vec![milli(sum * 0.9995 - 0.002), milli(sum * 1.0005 + 0.002)]
        }

        fn pending(&self) -> u32 {
            self.open.as_ref().map_or(0, Open::inputs)
        }
    }

    fn is_above(number: Eighths, threshold: f64) -> bool {
        // The threshold is small; so is every number near it.
        number.clamp(-8_000_000_000, 8_000_000_000) as f64 / 8.0 >= threshold
    }

    fn sound(value: &Value) -> bool {
        match value {
            Value::Float(number) => number.is_finite(),
            Value::Floats(numbers) => numbers.iter().all(|number| number.is_finite()),
            Value::Bool(_) | Value::Int(_) | Value::Uint(_) | Value::Text(_) | Value::Ints(_) => true,
        }
    }

    fn rounded(value: &Value, step: Step) -> Option<Value> {
        let exact = |number: i128| in_steps(Exact(number, 1), step).nearest() * i128::from(step.mantissa) * 10_i128.pow(step.exponent.unsigned_abs().into());
        match value {
            Value::Int(number) if step.exponent >= 0 => i64::try_from(exact((*number).into())).ok().map(Value::Int),
            Value::Uint(number) if step.exponent >= 0 => u64::try_from(exact((*number).into())).ok().map(Value::Uint),
            Value::Int(_) | Value::Uint(_) | Value::Float(_) => multiple(Exact(eighths(value)?, 8), step).map(|steps| Value::Float(decimal(steps, step))),
            Value::Bool(_) | Value::Text(_) | Value::Ints(_) | Value::Floats(_) => None,
        }
    }

    fn on_globe(fix: &Fix) -> bool {
        fix.lat_deg.abs() <= 90.0 && fix.lon_deg.abs() <= 180.0
    }

    fn written(deg: f64) -> f64 {
        format!("{deg:.5}").parse().unwrap()
    }

    /// Row and column, and the centre, of a cell: word by word as `docs/wire.md` has it. A row's columns are counted at its
    /// centre as it is written, since a receiver knows no other.
    fn located(fix: &Fix, cell_m: u32) -> Option<((i64, i64), (f64, f64))> {
        let cell_m = f64::from(cell_m);
        let rows = (180.0 * 110_574.0 / cell_m).floor().max(1.0);
        let row = ((fix.lat_deg + 90.0) * rows / 180.0).floor().min(rows - 1.0);
        let lat_deg = written(-90.0 + (row + 0.5) * 180.0 / rows);
        let columns = (360.0 * (110_574.0 * lat_deg.to_radians().cos()) / cell_m).floor().max(1.0);
        let column = ((fix.lon_deg + 180.0) * columns / 360.0).floor() % columns;
        on_globe(fix).then_some(((row as i64, column as i64), (lat_deg, written(-180.0 + (column + 0.5) * 360.0 / columns))))
    }

    fn centre(fix: &Fix, cell_m: u32) -> Option<Fix> {
        let (_, (lat_deg, lon_deg)) = located(fix, cell_m)?;
        Some(Fix { lat_deg, lon_deg, alt_m: None, heading_deg: None, accuracy_m: None })
    }

    fn cells(open: &Open) -> i128 {
        let place = |taken: &Taken| match taken {
            Taken::Place(lat_deg, lon_deg) => located(&Fix { lat_deg: *lat_deg, lon_deg: *lon_deg, alt_m: None, heading_deg: None, accuracy_m: None }, 5_000),
            Taken::Number(_) => None,
        };
        let touched: std::collections::BTreeSet<_> = open.taken.iter().filter_map(|(_, taken, _)| place(taken)).map(|(cell, _)| cell).collect();
        (touched.len() as i128).min(12)
    }

    /// The great circle between two positions.
    fn arc_m(a: (f64, f64), b: (f64, f64)) -> f64 {
        let half = |from: f64, to: f64| ((to - from).to_radians() / 2.0).sin().powi(2);
        let h = half(a.0, b.0) + a.0.to_radians().cos() * b.0.to_radians().cos() * half(a.1, b.1);
        2.0 * 6_371_000.0 * h.sqrt().min(1.0).asin()
    }

    /// Keeps all that the real one yields.
    #[derive(Default)]
    struct Kept {
        released: Vec<Released>,
        reduced: u64,
    }

    impl Sink for Kept {
        fn released(&mut self, released: Released) {
            self.released.push(released);
        }

        fn reduced(&mut self, _: UseIx, inputs: u32) {
            self.reduced += u64::from(inputs);
        }
    }

    #[derive(Clone, Debug)]
    enum Deed {
        Push(usize, Sample),
        Tick(i64),
        End(EndCause),
    }

    /// The real rules of one use, one per signal.
    struct Real {
        targets: Vec<Target>,
        states: Vec<RuleState>,
        shared: Shared,
        kept: Kept,
    }

    impl Real {
        fn new(rules: &[Rule]) -> Self {
            let target = |(at, rule): (usize, &Rule)| Target { use_ix: UseIx(1), tier: Tier(2), signal: SignalId(at as u16), rule: *rule };
            let targets = rules.iter().enumerate().map(target).collect();
            Self { targets, states: vec![RuleState::default(); rules.len()], shared: Shared::default(), kept: Kept::default() }
        }

        fn each(&mut self, mut deed: impl FnMut(&Target, &mut Work<'_>)) {
            for (target, state) in self.targets.iter().zip(&mut self.states) {
                deed(target, &mut Work { state, shared: &mut self.shared, source: &mut NoSource, sink: &mut self.kept });
            }
        }

        fn apply(&mut self, deed: &Deed) {
            match deed {
                Deed::Push(at, sample) => {
                    let mut at_next = 0;
                    self.each(|target, work| {
                        if at_next == *at {
                            push(sample, target, work);
                        }
                        at_next += 1;
                    });
                }
                Deed::Tick(now_ms) => {
                    self.each(|target, work| tick(*now_ms, target, work));
                    self.each(|target, work| tick_score(*now_ms, target, work));
                }
                Deed::End(cause) => self.each(|target, work| end(*cause, target, work)),
            }
        }

        fn pending(&self) -> u32 {
            self.states.iter().map(RuleState::pending).sum::<u32>() + self.shared.pending()
        }
    }

    fn alike(found: &Released, expected: &Left) -> bool {
        let near = |a: f64, b: f64| (a - b).abs() < 1.5e-5;
        let value_alike = |value: &ReleasedValue| match (found.value(), value) {
            (ReleasedValue::Fix(a), ReleasedValue::Fix(b)) => {
                near(a.lat_deg, b.lat_deg) && near(a.lon_deg, b.lon_deg) && (a.alt_m, a.heading_deg, a.accuracy_m) == (b.alt_m, b.heading_deg, b.accuracy_m)
            }
            (a, b) => a == b,
        };
        // Between the two ends lies every step that the doubles may come to.
        let between = |low: &ReleasedValue, high: &ReleasedValue| {
            let number = |value: &ReleasedValue| if let ReleasedValue::Scalar(value) = value { value.as_number() } else { None };
            number(low).zip(number(high)).zip(number(found.value())).is_some_and(|((low, high), found)| low <= found && found <= high)
        };
        let value = match expected.values.as_slice() {
            [low, high] => between(low, high),
            values => values.iter().any(value_alike),
        };
        (found.t_ms(), found.inputs()) == (expected.t_ms, expected.inputs) && value
    }

    /// Scores: the parts of one window add up; one that is overtaken, or comes too late, is reduced.
    #[derive(Default)]
    struct PlainScore {
        sum: Option<(i64, i64, u32)>,
        left: Vec<Left>,
        reduced: u64,
    }

    impl PlainScore {
        fn add(&mut self, (start_ms, points, inputs): (i64, Option<i64>, u32)) {
            let Some(points) = points else {
                self.reduced += u64::from(inputs);
                return;
            };
            match self.sum {
                Some((at_ms, sum, so_far)) if at_ms == start_ms => match sum.checked_add(points) {
                    Some(sum) => self.sum = Some((at_ms, sum, so_far + inputs)),
                    None => self.reduced += u64::from(inputs),
                },
                Some((at_ms, _, _)) if at_ms > start_ms => self.reduced += u64::from(inputs),
                overtaken => {
                    self.reduced += overtaken.map_or(0, |(_, _, inputs)| u64::from(inputs));
                    self.sum = Some((start_ms, points, inputs));
                }
            }
        }

        fn tick(&mut self, now_ms: i64, period_ms: i64) {
            if let Some((start_ms, points, inputs)) = self.sum.filter(|(start_ms, _, _)| now_ms >= start_ms.saturating_add(period_ms)) {
                self.sum = None;
                self.left.push(Left { t_ms: start_ms, values: vec![ReleasedValue::Scalar(Value::Int(points))], inputs });
            }
        }

        fn end(&mut self) {
            self.reduced += self.sum.take().map_or(0, |(_, _, inputs)| u64::from(inputs));
        }
    }

    fn any_step() -> impl Strategy<Value = Step> {
        (1_u32..=200, -2_i8..=1).prop_map(|(mantissa, exponent)| Step { mantissa, exponent })
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let number = prop_oneof![
            12 => (-4_000_i32..4_000).prop_map(|eighths| f64::from(eighths) / 8.0),
            4 => (-20_i32..20).prop_map(|eighths| f64::from(eighths) / 8.0),
            1 => prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN, 1e300, -1e300, -0.0]),
        ];
        prop_oneof![
            12 => number.prop_map(Value::Float),
            4 => (-500_i64..500).prop_map(Value::Int),
            1 => prop::sample::select(vec![i64::MIN, i64::MAX, i64::MIN + 1, -3, 7]).prop_map(Value::Int),
            1 => prop::sample::select(vec![u64::MAX, 0, 12, u64::MAX - 9]).prop_map(Value::Uint),
            1 => any::<bool>().prop_map(Value::Bool),
            1 => Just(Value::Text(Text::try_from("gear").unwrap())),
            1 => Just(Value::Floats([1.5, f64::NAN].into_iter().collect())),
        ]
    }

    /// Where a car may be: on a way of a few hundred metres, far off, at the edges of the globe, or nowhere.
    fn any_place() -> impl Strategy<Value = (f64, f64)> {
        prop_oneof![
            12 => (0_i32..400, 0_i32..400).prop_map(|(north, east)| (48.0 + f64::from(north) * 1e-5, 11.0 + f64::from(east) * 1e-5)),
            6 => (0_i32..100, 0_i32..100).prop_map(|(north, east)| (48.0 + f64::from(north) * 0.01, 11.0 + f64::from(east) * 0.01)),
            2 => (-0.01_f64..0.01, prop::sample::select(vec![179.9999, -179.9999, 180.0, -180.0])),
            1 => prop::sample::select(vec![(90.0, 5.0), (-90.0, 0.0), (f64::NAN, 1.0), (91.0, 1.0), (1.0, f64::INFINITY), (-0.0, -180.1)]),
        ]
    }

    /// Deeds with the time from one to the next, mostly onwards.
    fn any_life(signals: usize, places: impl Strategy<Value = bool> + Clone) -> impl Strategy<Value = Vec<Deed>> {
        let pace = prop_oneof![14 => 0_i64..900, 3 => 900_i64..6_000, 2 => -2_500_i64..0, 1 => Just(i64::MAX), 1 => Just(i64::MIN)];
        let kind = prop_oneof![20 => Just(0_u8), 4 => Just(1), 1 => Just(2)];
        let late = prop_oneof![4 => Just(0_i64), 2 => 0_i64..4_000, 1 => -4_000_i64..0, 1 => Just(i64::MAX)];
        let cause = prop::sample::select(vec![EndCause::Changed, EndCause::Trip, EndCause::Shutdown]);
        let one = (kind, pace, late, any_value(), any_place(), (0..signals, places, cause));
        prop::collection::vec(one, 1..60).prop_map(|all| {
            let mut t_ms = 3_000_i64;
            let deed = |(kind, pace, late, value, (lat_deg, lon_deg), (signal, place, cause)): (_, i64, i64, _, _, (usize, bool, _))| {
                // An extreme is visited once, and time goes on from where it was.
                let here_ms = if pace == i64::MAX || pace == i64::MIN { pace } else { t_ms + pace };
                if here_ms != pace {
                    t_ms = here_ms;
                }
                match kind {
                    0 => {
                        let fix = Fix { lat_deg, lon_deg, alt_m: Some(500.0), heading_deg: None, accuracy_m: Some(f64::NAN) };
                        let id = SignalId(signal as u16);
                        let sample = if place {
                            Sample::Fix { signal: id, fix, t_ms: here_ms, inputs: 2, cleared: None }
                        } else {
                            Sample::Scalar { signal: id, value, t_ms: here_ms }
                        };
                        Deed::Push(signal, sample)
                    }
                    1 => Deed::Tick(t_ms.saturating_add(late)),
                    _ => Deed::End(cause),
                }
            };
            all.into_iter().map(deed).collect()
        })
    }

    fn any_aggregate() -> impl Strategy<Value = Aggregate> {
        use Aggregate::{Count, Difference, DropsBelow, Max, Mean, Min, RisesTo, TimeMean};
        prop::sample::select(vec![Min, Max, Mean, Count, DropsBelow, Difference, TimeMean, RisesTo])
    }

    fn any_rule() -> impl Strategy<Value = Rule> {
        let change = prop_oneof![Just(Change::Every), (0_u8..=100).prop_map(|beyond_pct| Change::Moved { beyond_pct })];
        let period = prop_oneof![Just(0_u32), 1_u32..3_000];
        prop_oneof![
            1 => Just(Rule::Drop),
            1 => Just(Rule::AsIs),
            1 => (0_u32..3_000).prop_map(|period_ms| Rule::RateCap { period_ms }),
            3 => (any_step(), period.clone()).prop_map(|(step, period_ms)| Rule::Round { step, period_ms }),
            6 => (any_step(), -60_i32..=5, 5_i32..60, 0_u16..5, change, period).prop_map(|(step, low_steps, high_steps, dead_steps, change, period_ms)| {
                Rule::Level { step, low_steps, high_steps, dead_steps, change, period_ms }
            }),
            9 => (1_000_u32..4_000, any_aggregate(), any_step(), -9_i32..9).prop_map(|(period_ms, aggregate, step, threshold_steps)| {
                let threshold_steps = if aggregate.has_threshold() { threshold_steps } else { 0 };
                Rule::Window { period_ms, aggregate, step, threshold_steps }
            }),
            4 => (1_000_u32..9_000, any::<bool>(), any_step(), -50_i32..50, 1_u16..50, 2_u8..=12).prop_map(|(period_ms, seconds, step, low_steps, width_steps, bins)| {
                Rule::Histogram { period_ms, weigh: if seconds { Weigh::Seconds } else { Weigh::Samples }, step, low_steps, width_steps, bins }
            }),
            3 => (2_000_u32..20_000, 1_000_u32..5_000).prop_map(|(cell_m, raster_ms)| Rule::Grid { cell_m, raster_ms }),
            4 => (1_000_u32..9_000, any::<bool>(), any_step()).prop_map(|(period_ms, metres, step)| {
                Rule::Path { period_ms, way: if metres { Way::Metres } else { Way::Cells }, step }
            }),
        ]
    }

    fn any_part() -> impl Strategy<Value = (Aggregate, Step, i32, i16)> {
        (any_aggregate(), any_step(), -9_i32..9, any::<i16>())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_500, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_leaves_is_what_should_leave((rule, deeds) in any_rule().prop_flat_map(|rule| {
            let mostly = if rule.is_for_places() { 0.95 } else { 0.05 };
            (Just(rule), any_life(1, prop::bool::weighted(mostly)))
        })) {
            let (mut plain, mut real) = (Plain::new(rule), Real::new(&[rule]));
            for (at, deed) in deeds.iter().enumerate() {
                let before = real.kept.released.len();
                real.apply(deed);
                match deed {
                    Deed::Push(_, sample) => plain.push(sample),
                    Deed::Tick(now_ms) => plain.tick(*now_ms),
                    Deed::End(_) => plain.end(),
                }
                if plain.unclear {
                    return Ok(());
                }
                prop_assert_eq!(real.kept.released.len(), plain.left.len(), "deed {} {:?}: {:?} {:?}", at, deed, real.kept.released.last(), plain.left.last());
                for (found, expected) in real.kept.released.iter().zip(&plain.left).skip(before) {
                    prop_assert!(alike(found, expected), "deed {at} {deed:?}: {found:?} is not {expected:?}");
                    prop_assert_eq!(conforms(&rule, found.t_ms(), None, found.value()), Ok(()));
                }
                prop_assert_eq!((real.kept.reduced, real.pending()), (plain.reduced, plain.pending()), "deed {} {:?}", at, deed);
            }
        }

        #[test]
        fn a_score_is_the_sum_of_what_its_parts_should_be(
            parts in prop::collection::vec(any_part(), 1..4),
            period_ms in 1_000_u32..4_000,
            deeds in any_life(3, Just(false)),
        ) {
            let rule = |(at, (aggregate, step, threshold_steps, weight)): (usize, &(Aggregate, Step, i32, i16))| {
                let role = if at == 0 { ScoreRole::Bears } else { ScoreRole::Adds };
                Rule::Score { role, period_ms, aggregate: *aggregate, step: *step, threshold_steps: *threshold_steps, weight: *weight }
            };
            let rules: Vec<Rule> = parts.iter().enumerate().map(rule).collect();
            let mut plains: Vec<Plain> = rules.iter().map(|rule| Plain::new(*rule)).collect();
            let (mut score, mut real) = (PlainScore::default(), Real::new(&rules));
            for (number, deed) in deeds.iter().enumerate() {
                real.apply(deed);
                for (at, plain) in plains.iter_mut().enumerate() {
                    match deed {
                        Deed::Push(signal, sample) if *signal == at => plain.push(sample),
                        Deed::Push(..) => {}
                        Deed::Tick(now_ms) => plain.tick(*now_ms),
                        Deed::End(_) => plain.end(),
                    }
                    plain.parts.drain(..).for_each(|part| score.add(part));
                }
                match deed {
                    Deed::Push(..) => {}
                    Deed::Tick(now_ms) => score.tick(*now_ms, period_ms.into()),
                    Deed::End(_) => score.end(),
                }
                if plains.iter().any(|plain| plain.unclear) {
                    return Ok(());
                }
                prop_assert_eq!(real.kept.released.len(), score.left.len(), "deed {} {:?}", number, deed);
                prop_assert!(real.kept.released.iter().zip(&score.left).all(|(found, expected)| alike(found, expected) && found.signal() == SignalId(0)));
                let pending = plains.iter().map(Plain::pending).sum::<u32>() + score.sum.map_or(0, |(_, _, inputs)| inputs);
                let reduced = plains.iter().map(|plain| plain.reduced).sum::<u64>() + score.reduced;
                prop_assert_eq!((real.kept.reduced, real.pending()), (reduced, pending), "deed {} {:?}", number, deed);
            }
        }
    }
}

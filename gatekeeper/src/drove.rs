//! Who drove when, in this boot: so that what rests on nobody's consent is shown to the one person whose trip it was (R51).
//!
//! In memory only, since nothing of an open batch outlives a boot. INVARIANT: where it is not sure that one recognised person
//! alone drove, it was nobody.

use std::collections::VecDeque;

/// Changes of the driver that are kept: of more than a day of short trips.
const CHANGES_MAX: usize = 64;

/// Who is in the driver's seat.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Seat {
    /// Nobody, as far as the car knows.
    #[default]
    Empty,
    /// Somebody whom the car does not recognise.
    Guest,
    /// A person, by id.
    Person(String),
}

/// The changes of the driver, in order of time.
#[derive(Clone, Debug, Default)]
pub struct Drove {
    changes: VecDeque<(i64, Seat)>,
    /// Nothing is known of before this time.
    forgotten_ms: Option<i64>,
}

impl Drove {
    /// Somebody is in the driver's seat from now on. Under a clock that went back nothing of before is known.
    pub fn sits(&mut self, seat: Seat, now_ms: i64) {
        if self.changes.back().map_or(&Seat::Empty, |(_, last)| last) == &seat {
            return;
        }
        if self.changes.back().is_some_and(|(since_ms, _)| *since_ms > now_ms) {
            self.changes.clear();
            self.forgotten_ms = Some(now_ms);
        }
        self.changes.push_back((now_ms, seat));
        if self.changes.len() > CHANGES_MAX {
            self.changes.pop_front();
            self.forgotten_ms = self.changes.front().map(|(since_ms, _)| *since_ms);
        }
    }

    /// The only person who drove within a span of time; the seat may have been empty for a part of it.
    pub fn alone(&self, (first_ms, last_ms): (i64, i64)) -> Option<&str> {
        if self.forgotten_ms.is_some_and(|forgotten_ms| first_ms < forgotten_ms) {
            return None;
        }
        let ends = self.changes.iter().skip(1).map(|(since_ms, _)| *since_ms).chain([i64::MAX]);
        let within = self.changes.iter().zip(ends).filter(|((since_ms, _), until_ms)| *since_ms <= last_ms && *until_ms > first_ms);
        let mut found = None;
        for ((_, seat), _) in within {
            match seat {
                Seat::Empty => {}
                Seat::Person(person) if found.is_none_or(|known: &str| known == person) => found = Some(person.as_str()),
                Seat::Guest | Seat::Person(_) => return None,
            }
        }
        found
    }

    /// A person was erased: they were never known.
    pub fn forget(&mut self, person: &str) {
        for (_, seat) in self.changes.iter_mut().filter(|(_, seat)| matches!(seat, Seat::Person(known) if known == person)) {
            *seat = Seat::Guest;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(id: &str) -> Seat {
        Seat::Person(id.to_owned())
    }

    /// R51: what nobody consented to is of the one person who drove, or of nobody.
    #[test]
    fn r51_a_span_is_of_the_only_person_who_drove_in_it() {
        let mut drove = Drove::default();
        assert_eq!(drove.alone((0, 9)), None);
        for (at_ms, seat) in [(10, person("anna")), (20, Seat::Empty), (30, person("anna")), (40, person("ben")), (50, Seat::Guest), (60, person("ben"))] {
            drove.sits(seat, at_ms);
        }
        let cases = [
            ((0, 9), None),
            ((0, 10), Some("anna")),
            ((10, 19), Some("anna")),
            ((12, 39), Some("anna")),
            ((20, 29), None),
            ((12, 40), None),
            ((40, 49), Some("ben")),
            ((45, 50), None),
            ((45, 65), None),
            ((60, 99), Some("ben")),
        ];
        for (span, expected) in cases {
            assert_eq!(drove.alone(span), expected, "{span:?}");
        }
        drove.forget("ben");
        assert_eq!((drove.alone((60, 99)), drove.alone((10, 19))), (None, Some("anna")));
    }

    #[test]
    fn what_was_forgotten_and_what_a_clock_that_went_back_hides_is_of_nobody() {
        let mut drove = Drove::default();
        for at_ms in 0..100_i64 {
            drove.sits(if at_ms % 2 == 0 { person("anna") } else { Seat::Empty }, at_ms * 10);
        }
        assert!(drove.changes.len() <= CHANGES_MAX);
        assert_eq!((drove.alone((0, 5)), drove.alone((980, 985))), (None, Some("anna")));
        drove.sits(person("ben"), 5);
        assert_eq!((drove.alone((0, 6)), drove.alone((5, 6))), (None, Some("ben")));
    }
}

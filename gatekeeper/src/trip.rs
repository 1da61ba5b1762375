//! The present trip in memory, for the driver's own screen: what signals were before the gate.
//!
//! Of a fixed size: at most [`RECORDS_MAX`] values, of each signal at most one a second. Where there is no room left, the signals
//! that take most of it are thinned evenly, so that the trip is always there from its begin, the longer the coarser in time. Beside
//! sixty signals an hour has a place every one to three seconds, and of each signal a value every half minute.
//!
//! INVARIANT: it is kept for one driver and one trip and for nobody else; nothing of it is printed, logged or stored; what is
//! dropped is overwritten.

use crate::change::InForce;
use crate::event::Record;
use crate::stage::AHEAD_MS;
use consent_core::limits::TEXT_BYTES_MAX;
use consent_core::sample::Text;
use consent_core::{SignalId, Value};
use core::fmt;
use zeroize::{DefaultIsZeroes, Zeroize};

/// Values at most: 768 KiB.
pub const RECORDS_MAX: usize = 16_384;
/// Least distance of two values of a signal, milliseconds.
pub const PERIOD_MS: i64 = 1_000;
/// Room that is made at a time, at least.
const ROOM: u32 = 1_024;
/// A place may take so many times the room of another signal before it is thinned: a line on a map needs more points than a chart.
const PLACE_WEIGHT: u32 = 32;

/// A value as plain words, so that it can be overwritten whole.
#[derive(Clone, Copy, Default)]
struct Kept {
    t_ms: i64,
    words: [u64; TEXT_BYTES_MAX / 8],
    signal: u16,
    kind: u8,
    len: u8,
}

impl DefaultIsZeroes for Kept {}

/// What is known of a signal, or of all parts of a fix together: they are kept and thinned as one.
#[derive(Clone, Copy)]
struct Lane {
    /// Whether values of the signal are kept.
    open: bool,
    /// The signal that this one goes with; itself, if it is no part of a fix.
    with: u16,
    /// Stamp before which no further value of the signal is kept.
    next_ms: i64,
    /// Stamp of the newest value of all that go with it.
    newest_ms: i64,
    /// Least distance of two stamps.
    period_ms: i64,
    /// Values of all that go with it.
    count: u32,
    /// What they may take before they are thinned, beside others.
    weight: u32,
    thinning: Thinning,
}

/// A lane in the course of being thinned: every second stamp goes.
#[derive(Clone, Copy, Default)]
struct Thinning {
    on: bool,
    first_ms: Option<i64>,
    last_ms: i64,
    stamps: i64,
}

impl Thinning {
    /// Whether a value with this stamp stays.
    fn stays(&mut self, t_ms: i64) -> bool {
        if self.first_ms.is_none() || t_ms != self.last_ms {
            self.first_ms.get_or_insert(t_ms);
            self.last_ms = t_ms;
            self.stamps = self.stamps.saturating_add(1);
        }
        self.stamps % 2 == 1
    }

    /// The mean distance of the stamps.
    fn mean_ms(&self) -> i64 {
        let span_ms = self.last_ms.saturating_sub(self.first_ms.unwrap_or(self.last_ms));
        span_ms.checked_div(self.stamps.saturating_sub(1)).unwrap_or(0)
    }
}

impl Lane {
    const CLOSED: Self = Self {
        open: false,
        with: 0,
        next_ms: i64::MIN,
        newest_ms: i64::MIN,
        period_ms: PERIOD_MS,
        count: 0,
        weight: 1,
        thinning: Thinning { on: false, first_ms: None, last_ms: 0, stamps: 0 },
    };

    fn forget(&mut self) {
        *self = Self { open: self.open, with: self.with, weight: self.weight, ..Self::CLOSED };
    }
}

/// Whose trip it is.
#[derive(Clone, PartialEq, Eq)]
struct Owner {
    trip: u64,
    driver: String,
    since_ms: i64,
}

/// The memory of one trip.
#[derive(Default)]
pub struct TripMemory {
    owner: Option<Owner>,
    /// Room for [`RECORDS_MAX`] values, taken with the first of them and never moved, so that no copy stays behind. What is not in
    /// use is zero.
    room: Box<[Kept]>,
    /// How many values there are, in order of arrival.
    len: usize,
    /// By signal of the catalog in force.
    lanes: Vec<Lane>,
}

impl fmt::Debug for TripMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TripMemory").finish_non_exhaustive()
    }
}

impl Drop for TripMemory {
    fn drop(&mut self) {
        self.clear();
    }
}

impl TripMemory {
    /// Another catalog came into force: signals have other numbers.
    pub fn reset(&mut self, in_force: &InForce) {
        self.clear();
        let latitude = in_force.catalog.signals.iter().position(|signal| signal.fix == Some(consent_protocol::catalog::FixPart::Latitude));
        let place = latitude.and_then(|at| u16::try_from(at).ok());
        let lane = |(id, signal): (u16, &consent_protocol::catalog::Signal)| {
            let with = signal.fix.and(place).unwrap_or(id);
            Lane { with, weight: if Some(with) == place { PLACE_WEIGHT } else { 1 }, ..Lane::CLOSED }
        };
        self.lanes = (0_u16..).zip(&in_force.catalog.signals).map(lane).collect();
    }

    /// Whose trip it is from now on: number of the trip and person id. Anybody else's is gone.
    pub fn belongs_to(&mut self, owner: Option<(u64, &str)>, wall_ms: i64) {
        let same = match (&self.owner, owner) {
            (Some(known), Some((trip, driver))) => known.trip == trip && known.driver == driver,
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if !same {
            self.clear();
            self.owner = owner.map(|(trip, driver)| Owner { trip, driver: driver.to_owned(), since_ms: wall_ms });
        }
    }

    /// Of which signals values are kept; those of the others go.
    pub fn open(&mut self, is_open: impl Fn(SignalId) -> bool) {
        for (id, lane) in (0..).map(SignalId).zip(&mut self.lanes) {
            lane.open = is_open(id);
        }
        if self.kept().any(|kept| !is_open(SignalId(kept.signal))) {
            self.forget(|signal| !is_open(signal));
        }
    }

    /// Drops the values of some signals.
    pub fn forget(&mut self, is_gone: impl Fn(SignalId) -> bool) {
        self.retain(|_, kept| !is_gone(SignalId(kept.signal)));
        for (id, lane) in (0..).map(SignalId).zip(&mut self.lanes) {
            if is_gone(id) {
                lane.forget();
            }
        }
        self.recount();
    }

    /// Takes a record, if it is one to keep.
    #[inline]
    pub fn push(&mut self, record: &Record, wall_ms: i64) {
        // Most records end here: most signals come more than once a second.
        if self.owner.is_some()
            && let Some(lane) = self.lanes.get(record.signal.index())
            && lane.open
            && record.t_ms >= lane.next_ms
        {
            self.take(record, lane.with, wall_ms);
        }
    }

    /// Whether there is anything of some signals.
    pub fn holds(&self, of: impl Fn(SignalId) -> bool) -> bool {
        self.kept().any(|kept| of(SignalId(kept.signal)))
    }

    /// What is kept of some signals, in order of arrival.
    pub fn records(&self, of: impl Fn(SignalId) -> bool) -> impl Iterator<Item = Record> {
        self.kept().filter(move |kept| of(SignalId(kept.signal))).filter_map(|kept| {
            let value = value(kept)?;
            Some(Record { signal: SignalId(kept.signal), value, t_ms: kept.t_ms })
        })
    }

    #[inline(never)]
    fn take(&mut self, record: &Record, with: u16, wall_ms: i64) {
        let ahead = record.t_ms > wall_ms.saturating_add(AHEAD_MS);
        let early = self.owner.as_ref().is_none_or(|owner| record.t_ms < owner.since_ms);
        let Some(group) = self.lanes.get(usize::from(with)) else { return };
        let apart = record.t_ms == group.newest_ms || record.t_ms.saturating_sub(group.newest_ms) >= group.period_ms;
        if ahead || early || !apart {
            return;
        }
        if self.len >= RECORDS_MAX {
            self.thin();
        }
        self.keep(record, with);
    }

    fn keep(&mut self, record: &Record, with: u16) {
        if self.room.is_empty() {
            self.room = vec![Kept::default(); RECORDS_MAX].into_boxed_slice();
        }
        let Some(slot) = self.room.get_mut(self.len) else { return };
        *slot = kept(record);
        self.len = self.len.saturating_add(1);
        let mut period_ms = PERIOD_MS;
        if let Some(group) = self.lanes.get_mut(usize::from(with)) {
            (group.newest_ms, group.count, period_ms) = (record.t_ms, group.count.saturating_add(1), group.period_ms);
        }
        if let Some(lane) = self.lanes.get_mut(record.signal.index()) {
            lane.next_ms = record.t_ms.saturating_add(period_ms);
        }
    }

    /// Drops every second stamp of what takes most of the room.
    #[cold]
    fn thin(&mut self) {
        let mut room: u32 = 0;
        while room < ROOM {
            let Some(most) = self.lanes.iter_mut().filter(|lane| !lane.thinning.on && lane.count > 1).max_by_key(|lane| lane.count / lane.weight) else {
                break;
            };
            most.thinning = Thinning { on: true, ..Thinning::default() };
            room = room.saturating_add(most.count / 2);
        }
        self.retain(|lanes, kept| {
            let with = lanes.get(usize::from(kept.signal)).map_or(kept.signal, |lane| lane.with);
            let thinning = lanes.get_mut(usize::from(with)).map(|lane| &mut lane.thinning).filter(|thinning| thinning.on);
            thinning.is_none_or(|thinning| thinning.stays(kept.t_ms))
        });
        for lane in self.lanes.iter_mut().filter(|lane| lane.thinning.on) {
            lane.period_ms = lane.period_ms.max(lane.thinning.mean_ms()).saturating_mul(2);
            lane.thinning = Thinning::default();
        }
        self.recount();
    }

    fn recount(&mut self) {
        self.lanes.iter_mut().for_each(|lane| lane.count = 0);
        for kept in self.room.iter().take(self.len) {
            let with = self.lanes.get(usize::from(kept.signal)).map_or(kept.signal, |lane| lane.with);
            if let Some(group) = self.lanes.get_mut(usize::from(with)) {
                group.count = group.count.saturating_add(1);
            }
        }
    }

    fn kept(&self) -> impl Iterator<Item = &Kept> {
        self.room.iter().take(self.len)
    }

    /// Moves what stays together, in its order, and overwrites the rest.
    fn retain(&mut self, mut stays: impl FnMut(&mut [Lane], &Kept) -> bool) {
        let mut to: usize = 0;
        for from in 0..self.len {
            let Some(one) = self.room.get(from).copied().filter(|one| stays(&mut self.lanes, one)) else { continue };
            if let Some(slot) = self.room.get_mut(to) {
                *slot = one;
                to = to.saturating_add(1);
            }
        }
        if let Some(rest) = self.room.get_mut(to..self.len) {
            rest.zeroize();
        }
        self.len = to;
    }

    fn clear(&mut self) {
        self.room.zeroize();
        (self.room, self.len) = (Box::default(), 0);
        self.lanes.iter_mut().for_each(Lane::forget);
        if let Some(owner) = &mut self.owner {
            owner.driver.zeroize();
        }
        self.owner = None;
    }
}

/// A record in plain words.
fn kept(record: &Record) -> Kept {
    let mut words = [0; TEXT_BYTES_MAX / 8];
    let (kind, len) = match &record.value {
        Value::Bool(flag) => (0, put(&mut words, [u64::from(*flag)])),
        Value::Int(number) => (1, put(&mut words, [number.cast_unsigned()])),
        Value::Uint(number) => (2, put(&mut words, [*number])),
        Value::Float(number) => (3, put(&mut words, [number.to_bits()])),
        Value::Text(text) => {
            let eights = text.as_bytes().chunks(8).map(|bytes| bytes.iter().rev().fold(0_u64, |word, byte| (word << 8) | u64::from(*byte)));
            put(&mut words, eights);
            (4, text.len())
        }
        Value::Ints(numbers) => (5, put(&mut words, numbers.iter().map(|number| number.cast_unsigned()))),
        Value::Floats(numbers) => (6, put(&mut words, numbers.iter().map(|number| number.to_bits()))),
    };
    Kept { t_ms: record.t_ms, words, signal: record.signal.0, kind, len: u8::try_from(len).unwrap_or(u8::MAX) }
}

/// Fills words from the front; yields how many it was given.
fn put(words: &mut [u64], from: impl IntoIterator<Item = u64>) -> usize {
    words.iter_mut().zip(from).map(|(word, value)| *word = value).count()
}

/// The value that the words stand for.
fn value(kept: &Kept) -> Option<Value> {
    let len = usize::from(kept.len);
    let [first, ..] = kept.words;
    match kept.kind {
        0 => Some(Value::Bool(first != 0)),
        1 => Some(Value::Int(first.cast_signed())),
        2 => Some(Value::Uint(first)),
        3 => Some(Value::Float(f64::from_bits(first))),
        4 => {
            let mut bytes = [0; TEXT_BYTES_MAX];
            bytes.iter_mut().zip(kept.words.iter().flat_map(|word| word.to_le_bytes())).for_each(|(byte, of)| *byte = of);
            let text = core::str::from_utf8(bytes.get(..len)?).ok()?;
            Text::try_from(text).ok().map(Value::Text)
        }
        5 => Some(Value::Ints(kept.words.iter().take(len).map(|word| word.cast_signed()).collect())),
        6 => Some(Value::Floats(kept.words.iter().take(len).map(|word| f64::from_bits(*word)).collect())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use consent_protocol::catalog::{CompiledCatalog, FixPart};

    const T0: i64 = fixture::T0_MS;

    /// Signals 0 to 2; of them 0 and 1 a place, if wanted.
    fn memory(place: Option<[FixPart; 2]>) -> TripMemory {
        let mut catalog: CompiledCatalog = fixture::catalog();
        // The one that covers both of them.
        catalog.uses.retain(|used| used.id == "traffic");
        for (signal, part) in catalog.signals.iter_mut().zip(place.into_iter().flatten()) {
            signal.fix = Some(part);
        }
        let mut memory = TripMemory::default();
        memory.reset(&fixture::in_force(catalog));
        memory.open(|_| true);
        memory.belongs_to(Some((1, "ada")), T0);
        memory
    }

    fn record(signal: u16, t_ms: i64, number: f64) -> Record {
        Record { signal: SignalId(signal), value: Value::Float(number), t_ms }
    }

    fn stamps(memory: &TripMemory, signal: u16) -> Vec<i64> {
        memory.records(|id| id.0 == signal).map(|record| record.t_ms - T0).collect()
    }

    #[test]
    fn every_value_comes_back_as_it_went_in() {
        let values = [
            Value::Bool(true),
            Value::Int(i64::MIN),
            Value::Uint(u64::MAX),
            Value::Float(-0.5),
            Value::Text("".try_into().unwrap()),
            Value::Text("ä thirty-one bytes, and a few.".try_into().unwrap()),
            Value::Ints([-1, i64::MAX].into_iter().collect()),
            Value::Floats([0.25; 4].into_iter().collect()),
        ];
        let mut memory = memory(None);
        for (at, value) in (0..).zip(values.clone()) {
            memory.push(&Record { signal: SignalId(2), value, t_ms: T0 + at * PERIOD_MS }, T0);
        }
        assert_eq!(memory.records(|_| true).map(|record| record.value).collect::<Vec<_>>(), values);
    }

    #[test]
    fn one_value_a_second_is_kept_and_none_from_before_or_from_the_future() {
        let mut memory = memory(None);
        for ms in [-1, 0, 999, 1_000, 500, 1_000, 60_000_000] {
            memory.push(&record(0, T0 + ms, 1.0), T0 + 1_000);
        }
        assert_eq!(stamps(&memory, 0), [0, 1_000]);
    }

    /// The size that the header promises.
    #[test]
    fn an_hour_of_sixty_signals_and_a_place_is_a_line_and_charts() {
        let mut catalog = fixture::catalog();
        catalog.uses.retain(|used| used.id == "traffic");
        let more = catalog.signals[2].clone();
        let named = |at: usize| consent_protocol::catalog::Signal { path: format!("Vehicle.D{at:04}"), ..more.clone() };
        catalog.signals.extend((3..63).map(named));
        (catalog.signals[0].fix, catalog.signals[1].fix) = (Some(FixPart::Latitude), Some(FixPart::Longitude));
        let mut memory = TripMemory::default();
        memory.reset(&fixture::in_force(catalog));
        memory.open(|_| true);
        memory.belongs_to(Some((1, "ada")), T0);
        for second in 0..3_600 {
            let at = T0 + second * 1_000;
            for signal in 0..63 {
                memory.push(&record(signal, at, 1.0), at);
            }
        }
        let (places, values) = (stamps(&memory, 0).len(), stamps(&memory, 30).len());
        assert!(places >= 1_200 && values >= 100, "{places} places, {values} values of a signal, {} in all", memory.len);
    }

    #[test]
    fn halves_of_a_fix_stay_together_however_long_the_trip() {
        let mut memory = memory(Some([FixPart::Latitude, FixPart::Longitude]));
        for second in 0..20_000 {
            let at = T0 + second * 1_000;
            memory.push(&record(0, at, 50.0), at);
            memory.push(&record(1, at, 8.0), at);
            // Of another signal a value every ten seconds: the place has most of the room.
            memory.push(&record(2, at - at.rem_euclid(10_000), 1.0), at);
        }
        let (latitude, other) = (stamps(&memory, 0), stamps(&memory, 2));
        assert_eq!(latitude, stamps(&memory, 1));
        assert!(memory.len <= RECORDS_MAX && memory.len >= RECORDS_MAX / 2, "{}", memory.len);
        assert!(latitude.len() > 4_000 && other.len() > 250, "{} and {}", latitude.len(), other.len());
        for stamps in [&latitude, &other] {
            let gaps: Vec<i64> = stamps.windows(2).map(|pair| pair[1] - pair[0]).collect();
            assert!(stamps[0] < 20_000 && *stamps.last().unwrap() > 19_900_000, "from begin to end");
            assert!(gaps.iter().max() <= gaps.iter().min().map(|gap| gap * 4).as_ref(), "evenly: {:?} to {:?}", gaps.iter().min(), gaps.iter().max());
        }
    }

    #[test]
    fn its_room_is_fixed_also_with_many_signals() {
        let mut catalog = fixture::catalog();
        let more = catalog.signals[2].clone();
        let named = |at: usize| consent_protocol::catalog::Signal { path: format!("Vehicle.D{at:04}"), ..more.clone() };
        catalog.signals.extend((3..1_024).map(named));
        let mut memory = TripMemory::default();
        memory.reset(&fixture::in_force(catalog));
        memory.open(|_| true);
        memory.belongs_to(Some((1, "ada")), T0);
        for second in 0..120 {
            for signal in 0..1_024 {
                memory.push(&record(signal, T0 + second * 1_000, 1.0), T0 + second * 1_000);
            }
        }
        assert!(memory.len <= RECORDS_MAX && memory.room.len() == RECORDS_MAX);
        assert!((0..1_024).all(|signal| stamps(&memory, signal).len() >= 2));
    }

    #[test]
    fn it_is_gone_with_trip_driver_catalog_and_what_is_closed() {
        let fill = |memory: &mut TripMemory| {
            for signal in 0..3 {
                memory.push(&record(signal, T0, 1.0), T0);
            }
        };
        let ends: [fn(&mut TripMemory); 4] = [
            |memory| memory.belongs_to(None, T0),
            |memory| memory.belongs_to(Some((2, "ada")), T0),
            |memory| memory.belongs_to(Some((1, "bob")), T0),
            |memory| memory.reset(&fixture::in_force(fixture::catalog())),
        ];
        for end in ends {
            let mut memory = memory(None);
            fill(&mut memory);
            memory.belongs_to(Some((1, "ada")), T0 + 5);
            assert_eq!(memory.records(|_| true).count(), 3);
            end(&mut memory);
            assert_eq!((memory.records(|_| true).count(), memory.room.len()), (0, 0));
        }
        let mut memory = memory(None);
        fill(&mut memory);
        memory.open(|signal| signal.0 != 1);
        assert_eq!((stamps(&memory, 0).len(), stamps(&memory, 1).len()), (1, 0));
        memory.push(&record(1, T0 + 5_000, 1.0), T0 + 5_000);
        memory.open(|_| true);
        assert_eq!(stamps(&memory, 1).len(), 0, "what came while it was closed was not kept");
        memory.forget(|signal| signal.0 == 0);
        memory.push(&record(0, T0, 1.0), T0);
        assert_eq!(stamps(&memory, 0), [0], "it begins anew");
    }

    #[test]
    fn what_is_dropped_is_overwritten_and_nothing_is_printed() {
        let mut memory = memory(None);
        let secret = Value::Text("a place nobody may know of".try_into().unwrap());
        memory.push(&Record { signal: SignalId(0), value: secret, t_ms: T0 }, T0);
        memory.push(&record(1, T0, 1.0), T0);
        assert_eq!(format!("{memory:?}"), "TripMemory { .. }");
        memory.push(&record(2, T0, 1.0), T0);
        memory.forget(|signal| signal.0 == 1);
        assert_eq!((stamps(&memory, 0), stamps(&memory, 2), memory.len), (vec![0], vec![0], 2));
        memory.forget(|signal| signal.0 == 0);
        let used = memory.room.iter().filter(|kept| kept.words != [0; 4] || kept.t_ms != 0 || (kept.signal, kept.kind, kept.len) != (0, 0, 0));
        assert_eq!((used.count(), memory.len, memory.room.len()), (1, 1, RECORDS_MAX), "only what is kept is left in the room");
    }
}

//! Some cars of the fleet and the receiver that serves them all, on one thread.
//!
//! Time goes on in slices: every car lives one, then the receiver takes what was passed on to it, car by car, and its answers
//! start on their way. So a receiver answers up to a slice late, and what a car meets does not depend on who shares its thread.

use super::audit::{CarReport, audit};
use super::car::FleetCar;
use super::machine::{Part, Spent};
use super::sums::add_counts;
use super::{FleetError, Options};
use crate::harness::desk::Desk;
use crate::harness::{Chance, Passed, World, WorldError};
use consent_core::{SignalId, Value};
use consent_protocol::StreamId;
use consent_protocol::catalog::Datatype;
use consent_protocol::topic::Topic;
use consent_receiver::engine::{Counts, Engine, Outgoing};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Everybody is home within so many seconds.
const HOME_S: u64 = 120;
/// After so many seconds of rest all connections are made anew.
const RECONNECT_S: u64 = 60;
/// The receiver looks for what is past its retention so often, seconds.
const TICK_S: u64 = 3_600;

/// Position of a path among those of a simulated car, and what the catalog says of it.
type Entry = (usize, Option<(SignalId, Datatype)>);

/// The signals that simulated cars read, as the catalog knows them.
#[derive(Debug)]
pub(super) struct Directory {
    by_path: BTreeMap<&'static str, Entry>,
}

impl Directory {
    fn new(world: &mut World) -> Self {
        Self { by_path: crate::vehicle::paths().enumerate().map(|(at, path)| (path, (at, world.signal(path)))).collect() }
    }

    /// A reading as a record has it, if the car has the sensor and the catalog the signal.
    pub(super) fn read(&self, path: &str, text: &str, fitted: &[bool]) -> Option<(SignalId, Value)> {
        let (at, known) = self.by_path.get(path)?;
        let (signal, datatype) = known.filter(|_| fitted.get(*at).copied().unwrap_or(false))?;
        crate::value::parse(datatype, text).map(|value| (signal, value))
    }

    /// That the ignition is off.
    pub(super) fn off(&self) -> Option<(SignalId, Value)> {
        let (_, known) = self.by_path.get("Vehicle.LowVoltageSystemState")?;
        let (signal, datatype) = (*known)?;
        crate::value::parse(datatype, "OFF").map(|value| (signal, value))
    }
}

/// Whether a car still takes part.
#[derive(Debug)]
enum Fate {
    Lives,
    /// Nothing is owed.
    AtRest,
    /// It could not go on.
    Failed(String),
}

#[derive(Debug)]
struct Slot {
    car: FleetCar,
    state: Fate,
}

/// What a shard ends with.
#[derive(Debug)]
pub(super) struct ShardReport {
    pub(super) cars: Vec<CarReport>,
    pub(super) counts: Counts,
    /// Of the run without the way home and the rest.
    pub(super) spent: Spent,
    /// Of everything that came before and after.
    pub(super) boot_ns: u64,
    pub(super) rest: Spent,
    /// Messages that the receiver took in the run.
    pub(super) messages: u64,
    /// Rows of data that it accepted in the run.
    pub(super) rows: u64,
}

/// Cars on one thread.
pub(super) struct Shard<'a> {
    options: &'a Options<'a>,
    directory: Directory,
    slots: Vec<Slot>,
    receiver: Engine,
    owners: BTreeMap<StreamId, usize>,
    spent: Spent,
    run: Spent,
    boot_ns: u64,
    messages: u64,
    run_messages: u64,
    run_rows: u64,
    start_ms: i64,
    now_s: u64,
    ticked_s: u64,
}

impl<'a> Shard<'a> {
    /// Boots the cars of some seeds; each verifies the catalog, and then holds it together with the others.
    pub(super) fn build(options: &'a Options<'a>, desk: &Arc<Desk>, seeds: &[u64], built: &AtomicU64) -> Result<Self, FleetError> {
        let began_ns = crate::clock::thread_cpu_ns();
        let receiver = crate::harness::open_receiver(desk, Chance::new(options.seed, 43).bytes()).map_err(FleetError::Receiver)?;
        let (mut slots, mut directory, mut shared) = (Vec::with_capacity(seeds.len()), None, None);
        for seed in seeds {
            let failed = |error| FleetError::Car { seed: *seed, error };
            let mut car = FleetCar::new(*seed, desk, options.meddler.store(*seed)).map_err(failed)?;
            if shared.is_none() {
                shared = car.world.shared_catalog();
                directory = Some(Directory::new(&mut car.world));
            }
            if let Some(shared) = &shared {
                car.world.share_catalog(Clone::clone(shared));
            }
            slots.push(Slot { car, state: Fate::Lives });
            built.fetch_add(1, Ordering::Relaxed);
        }
        Ok(Self {
            options,
            directory: directory.ok_or(FleetError::Empty)?,
            slots,
            receiver,
            owners: BTreeMap::new(),
            spent: Spent::default(),
            run: Spent::default(),
            boot_ns: crate::clock::thread_cpu_ns().saturating_sub(began_ns),
            messages: 0,
            run_messages: 0,
            run_rows: 0,
            start_ms: crate::harness::Settings::new(0).start_ms,
            now_s: 0,
            ticked_s: 0,
        })
    }

    /// Lets everybody live for the time that was asked for.
    pub(super) fn drive(&mut self, lived: &AtomicU64) -> Result<(), FleetError> {
        for to_s in 1..=u64::from(self.options.seconds) {
            let (directory, spent) = (&self.directory, &mut self.spent);
            for slot in &mut self.slots {
                slot.does(|car| car.second(to_s, directory, spent));
                lived.fetch_add(1, Ordering::Relaxed);
            }
            self.now_s = to_s;
            self.exchange()?;
        }
        (self.run, self.run_messages) = (self.spent, self.messages);
        self.run_rows = self.receiver.counts().map_err(FleetError::Receiver)?.records;
        Ok(())
    }

    /// Everybody comes home, the net works again, and what is owed is delivered; then the promises are counted.
    pub(super) fn finish(mut self, resting: &AtomicU64) -> Result<ShardReport, FleetError> {
        self.come_home()?;
        self.drain(resting)?;
        let by_stream = self.receiver.counts_by_stream().map_err(FleetError::Receiver)?;
        let mut by_car: BTreeMap<usize, Counts> = BTreeMap::new();
        for (stream, counts) in &by_stream {
            if let Some(at) = self.owners.get(stream) {
                add_counts(by_car.entry(*at).or_default(), counts);
            }
        }
        let mut cars = Vec::with_capacity(self.slots.len());
        for (at, slot) in self.slots.iter_mut().enumerate() {
            let counts = by_car.remove(&at).unwrap_or_default();
            cars.push(match &slot.state {
                Fate::Failed(error) => CarReport::of_broken(&slot.car, error.clone()),
                Fate::Lives | Fate::AtRest => audit(&mut slot.car, &counts).unwrap_or_else(|error| CarReport::of_broken(&slot.car, error.to_string())),
            });
        }
        let counts = self.receiver.counts().map_err(FleetError::Receiver)?;
        Ok(ShardReport { cars, counts, spent: self.run, boot_ns: self.boot_ns, rest: self.spent, messages: self.run_messages, rows: self.run_rows })
    }

    fn come_home(&mut self) -> Result<(), FleetError> {
        let mut out = true;
        for _ in 0..HOME_S {
            if !out {
                break;
            }
            out = false;
            self.now_s = self.now_s.saturating_add(1);
            let (to_s, directory, spent) = (self.now_s, &self.directory, &mut self.spent);
            for slot in &mut self.slots {
                slot.does(|car| {
                    out |= !car.comes_home(to_s, directory, spent)?;
                    Ok(())
                });
            }
            self.exchange()?;
        }
        self.slots.iter_mut().for_each(|slot| slot.car.heal());
        Ok(())
    }

    fn drain(&mut self, resting: &AtomicU64) -> Result<(), FleetError> {
        let (begin_s, mut looks, mut reconnected) = (self.now_s, 0_u64, false);
        loop {
            let rested_s = self.now_s.saturating_sub(begin_s);
            let step_s = if rested_s < 10 { 1 } else { (rested_s / 10).clamp(2, 300) };
            self.now_s = self.now_s.saturating_add(step_s);
            looks = looks.saturating_add(1);
            if !reconnected && rested_s >= RECONNECT_S {
                reconnected = true;
                self.living().for_each(|slot| slot.car.reconnect());
            }
            let (to_s, spent) = (self.now_s, &mut self.spent);
            for slot in self.slots.iter_mut().filter(|slot| matches!(slot.state, Fate::Lives)) {
                slot.does(|car| {
                    spent.on(Part::Gate, || car.idle(to_s))?;
                    car.after_a_crash()?;
                    car.look();
                    Ok(())
                });
            }
            self.exchange()?;
            if looks.is_multiple_of(5) {
                for slot in self.living().filter(|slot| slot.car.world.nothing_owed()) {
                    slot.state = Fate::AtRest;
                    resting.fetch_add(1, Ordering::Relaxed);
                }
            }
            if rested_s >= u64::from(self.options.rest_s) || self.living().next().is_none() {
                return Ok(());
            }
        }
    }

    fn living(&mut self) -> impl Iterator<Item = &mut Slot> {
        self.slots.iter_mut().filter(|slot| matches!(slot.state, Fate::Lives))
    }

    /// The receiver takes what was passed on in this slice, and answers.
    fn exchange(&mut self) -> Result<(), FleetError> {
        let mut inbox: Vec<(usize, Passed)> = Vec::new();
        for (at, slot) in self.slots.iter_mut().enumerate() {
            let seed = slot.car.seed;
            for passed in slot.car.world.take_passed() {
                if let Some(stream) = stream_of(&passed.topic) {
                    self.owners.insert(stream, at);
                }
                if self.options.meddler.passes(seed, &passed) {
                    inbox.push((at, passed));
                }
            }
        }
        self.messages = self.messages.saturating_add(u64::try_from(inbox.len()).unwrap_or(0));
        let wall_ms = self.start_ms.saturating_add_unsigned(self.now_s.saturating_mul(1_000));
        let ticks = self.now_s.saturating_sub(self.ticked_s) >= TICK_S;
        let receiver = &mut self.receiver;
        let answered = self.spent.on(Part::Receiver, || {
            let mut answered: Vec<Outgoing> = Vec::new();
            for (_, passed) in &inbox {
                answered.append(&mut receiver.handle(wall_ms, &passed.topic, &passed.payload)?);
            }
            if ticks {
                answered.append(&mut receiver.tick(wall_ms)?);
            }
            Ok::<_, consent_receiver::engine::EngineError>(answered)
        });
        if ticks {
            self.ticked_s = self.now_s;
        }
        for message in answered.map_err(FleetError::Receiver)? {
            let owner = stream_of(&message.topic).and_then(|stream| self.owners.get(&stream));
            if let Some(slot) = owner.and_then(|at| self.slots.get_mut(*at)) {
                slot.car.world.answer(vec![message]);
            }
        }
        Ok(())
    }
}

impl Slot {
    /// A car that cannot go on stands still, and is named in the end.
    fn does(&mut self, act: impl FnOnce(&mut FleetCar) -> Result<(), WorldError>) {
        if !matches!(self.state, Fate::Failed(_))
            && let Err(error) = act(&mut self.car)
        {
            self.state = Fate::Failed(error.to_string());
        }
    }
}

fn stream_of(topic: &str) -> Option<StreamId> {
    match Topic::parse(topic) {
        Some(Topic::Stream { stream, .. }) => Some(stream),
        Some(Topic::Catalog { .. }) | None => None,
    }
}

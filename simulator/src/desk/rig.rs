//! The rig: everything that the desk shows, in one task: the car's steps, the story, the touches, and a look every quarter of a
//! second.
//!
//! It is built when somebody looks for the first time, so that nobody comes late to the story. INVARIANT: nothing here waits
//! for the agent to take records; a car goes on while its computer is behind or dark.

use super::buttons::Button;
use super::cabin::Values;
use super::journal::Journal;
use super::view::{Shown, Who};
use super::{Touch, deeds};
use crate::catalog::{example, example_v2};
use crate::clock::{Stopwatch, wall_ms};
use crate::harness::desk::Desk;
use crate::stack::{Premises, Rest, Stack, StackError, offered};
use crate::story::{self, Beat, Mood};
use crate::summary::{Compared, Kept};
use crate::vehicle::{STEP_MS, Vehicle};
use crate::yesterday::{self, Tried};
use consent_agent::source::Offered;
use consent_gatekeeper::control::{Request, Response};
use consent_gatekeeper::show::Reports;
use consent_gatekeeper::status::{PersonStatus, Status};
use consent_receiver::look::{Depth, Look};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};

/// Between making everything ready and the first beat, milliseconds.
const READY_MS: i64 = 2_500;
/// Between two looks, milliseconds.
const LOOK_MS: u64 = 250;
/// Between two comparisons of the three sums, milliseconds.
const SUMS_MS: u64 = 2_000;
/// How long the car's computer stays dark.
const DARK_MS: u64 = 3_000;
/// After a boot the car needs so long to say who is aboard.
const RECOGNISE_MS: u64 = 800;
/// The simulated person takes so long to read a screen.
const READ_MS: u64 = 2_500;
/// Batches of records that wait while the agent is behind; older ones are lost, as from a sensor that nobody reads.
const PENDING_MAX: usize = 600;
/// Points of the track that are kept, one a second.
const TRACK_MAX: usize = 240;
/// What is looked at of each recipient.
const DEPTH: Depth = Depth { batches: 4, rows: 3 };

/// The rig's ends of the wires.
#[derive(Debug)]
pub(super) struct Ends {
    pub(super) touched: mpsc::Receiver<Touch>,
    pub(super) shows: watch::Sender<Option<Shown>>,
    pub(super) looks: watch::Receiver<bool>,
    pub(super) asked: mpsc::Receiver<oneshot::Sender<Option<String>>>,
}

/// The rig.
#[derive(Debug)]
pub(super) struct Rig {
    ends: Ends,
    seed: u64,
    /// Where the page is served that frames the privacy screen.
    page: SocketAddr,
}

/// A telling of the story.
#[derive(Debug)]
pub(super) struct Telling {
    pub(super) begins_ms: i64,
    pub(super) beats: VecDeque<Beat>,
    pub(super) sentence: &'static str,
    pub(super) mood: Mood,
    /// When the open requests were seen first.
    asked_ms: Option<u64>,
}

/// One telling's car, computer and receivers.
#[derive(Debug)]
pub(super) struct Bench {
    pub(super) stack: Stack,
    pub(super) next: Desk,
    pub(super) car: Vehicle,
    pub(super) journal: Journal,
    pub(super) telling: Option<Telling>,
    pub(super) watch: Stopwatch,
    /// When the computer boots again; none while it runs.
    pub(super) boots_at_ms: Option<u64>,
    /// Who the car has to name again after a boot, and when.
    pub(super) names_at_ms: Option<(u64, Vec<PersonStatus>)>,
    /// What the agent said last; none without power.
    pub(super) status: Option<Status>,
    pub(super) catalog_offered: bool,
    /// Which telling this is.
    pub(super) number: u32,
    car_ms: u64,
    pub(super) values: Values,
    pub(super) track: VecDeque<(f64, f64)>,
    pending: VecDeque<Vec<Offered>>,
    pub(super) look: Look,
    pub(super) names: BTreeMap<String, String>,
    pub(super) compared: Option<Compared>,
    /// Comparisons in a row that did not agree.
    apart: u32,
    summed_ms: u64,
    /// When it is looked at next.
    looks_at_ms: u64,
    /// Who answered the first screen.
    pub(super) welcomed: BTreeSet<String>,
    pub(super) meddled: u64,
}

impl Rig {
    pub(super) fn new(seed: u64, page: SocketAddr, ends: Ends) -> Self {
        Self { ends, seed, page }
    }

    /// Runs until the time is up or somebody ends it; nothing is left if nobody ever looked.
    pub(super) async fn run(mut self, lasts: Option<Duration>) -> Result<Option<Rest>, StackError> {
        let mut stop = std::pin::pin!(tokio::signal::ctrl_c());
        let end = async {
            match lasts {
                Some(lasts) => tokio::time::sleep(lasts).await,
                None => std::future::pending().await,
            }
        };
        let mut end = std::pin::pin!(end);
        tokio::select! {
            looked = self.ends.looks.wait_for(|looked| *looked), if lasts.is_none() => drop(looked),
            () = std::future::ready(()), if lasts.is_some() => {}
            _ = &mut stop => return Ok(None),
        }
        let mut bench = Box::pin(Bench::new(self.seed, self.page, 1, None)).await?;
        loop {
            tokio::select! {
                biased;
                _ = &mut stop => break,
                () = &mut end => break,
                Some(touch) = self.ends.touched.recv() => {
                    bench = Box::pin(self.touch(bench, touch)).await?;
                }
                Some(reply) = self.ends.asked.recv() => drop(reply.send(bench.stack.screen_url())),
                () = tokio::time::sleep(Duration::from_millis(STEP_MS)) => {
                    bench.step().await;
                    if bench.watch.elapsed_ms() >= bench.looks_at_ms {
                        self.show(&mut bench).await?;
                    }
                }
            }
        }
        Ok(Some(bench.stack.stop().await?))
    }

    async fn touch(&mut self, mut bench: Box<Bench>, touch: Touch) -> Result<Box<Bench>, StackError> {
        if touch.button == Button::Story {
            bench = Box::pin(bench.anew(self.seed, self.page)).await?;
        } else {
            deeds::press(&mut bench, touch.button).await;
        }
        let shown = self.show(&mut bench).await?;
        drop(touch.shown.send(shown));
        Ok(bench)
    }

    async fn show(&mut self, bench: &mut Bench) -> Result<Shown, StackError> {
        // A look that fails is said, and tried again: the car goes on meanwhile.
        if let Err(error) = bench.look().await {
            bench.journal.fault(bench.now_ms(), &error.to_string());
        }
        let view = bench.view();
        let shown: Shown = serde_json::to_string(&view).map_err(|error| StackError::Answer(error.to_string()))?.into();
        self.ends.shows.send_replace(Some(shown.clone()));
        Ok(shown)
    }
}

impl Bench {
    /// A fresh car with its people, and the story about to begin.
    async fn new(seed: u64, page: SocketAddr, number: u32, broker: Option<SocketAddr>) -> Result<Box<Self>, StackError> {
        let begins_ms = wall_ms().saturating_add(READY_MS);
        let premises = Premises::new(Desk::new(example()))?.framed_by(page);
        let (use_id, tier, ends_s) = story::TRIED;
        yesterday::play(&premises, &Tried { person: story::DRIVER, use_id, tier, ends_ms: begins_ms.saturating_add(seconds_ms(ends_s)) })?;
        let next = Desk::new(example_v2());
        let recipients = &premises.desk().catalog.recipients;
        let names = recipients.iter().map(|one| (one.id.clone(), one.name.first().map(|name| name.text.clone()).unwrap_or_default())).collect();
        let stack = match broker {
            Some(broker) => Stack::start_at(premises, &[&next], None, broker).await?,
            None => Stack::start(premises, &[&next], None).await?,
        };
        let telling = Telling { begins_ms, beats: story::story().into(), sentence: "Everything starts.", mood: Mood::Deciding, asked_ms: None };
        let car = Vehicle::new(seed);
        // What its sensors say while it stands, the slowest of them once in 10 s.
        let mut shadow = car.clone();
        let values = (0..100).flat_map(|_| shadow.step()).map(|reading| (reading.path, reading.text)).collect();
        Ok(Box::new(Self {
            stack,
            next,
            car,
            journal: Journal::default(),
            telling: Some(telling),
            watch: Stopwatch::start(),
            boots_at_ms: None,
            names_at_ms: None,
            status: None,
            catalog_offered: false,
            number,
            car_ms: 0,
            values,
            track: VecDeque::new(),
            pending: VecDeque::new(),
            look: Look::default(),
            names,
            compared: None,
            apart: 0,
            summed_ms: 0,
            looks_at_ms: 0,
            welcomed: BTreeSet::new(),
            meddled: 0,
        }))
    }

    /// Everything from the beginning; what was is gone.
    async fn anew(self: Box<Self>, seed: u64, page: SocketAddr) -> Result<Box<Self>, StackError> {
        let (number, broker) = (self.number.saturating_add(1), self.stack.broker());
        let mut stack = self.stack;
        stack.cut_power().await;
        // The receiver's threads end before its folder goes.
        if tokio::task::spawn_blocking(move || drop(stack)).await.is_err() {
            tracing::warn!("the last telling did not end well");
        }
        Self::new(seed, page, number, Some(broker)).await
    }

    /// The car's clock.
    pub(super) fn now_ms(&self) -> i64 {
        self.stack.now_ms()
    }

    /// A line of the log.
    pub(super) fn say(&mut self, who: Who, text: impl Into<String>) {
        let t_ms = self.now_ms();
        self.journal.say(t_ms, who, text);
    }

    /// A tenth of a second.
    async fn step(&mut self) {
        self.drive();
        self.power().await;
        deeds::tell(self).await;
        self.read().await;
    }

    /// Lets the car come as far as time has.
    fn drive(&mut self) {
        let (elapsed_ms, t_ms) = (self.watch.elapsed_ms(), self.now_ms());
        while self.car_ms.saturating_add(STEP_MS) <= elapsed_ms {
            self.car_ms = self.car_ms.saturating_add(STEP_MS);
            let readings = self.car.step();
            let records: Vec<(&str, &str)> = readings.iter().map(|one| (one.path, one.text.as_str())).collect();
            self.pending.push_back(offered(t_ms, &records));
            self.values.extend(readings.into_iter().map(|one| (one.path, one.text)));
            if self.car_ms.is_multiple_of(1_000) {
                self.track.push_back(self.car.position());
            }
        }
        while self.track.len() > TRACK_MAX {
            self.track.pop_front();
        }
        while self.pending.len() > PENDING_MAX {
            self.pending.pop_front();
        }
        let Some(records) = self.stack.records() else {
            self.pending.clear();
            return;
        };
        while let Some(batch) = self.pending.pop_front() {
            if let Err(mpsc::error::TrySendError::Full(batch)) = records.try_send(batch) {
                self.pending.push_front(batch);
                return;
            }
        }
    }

    /// Boots again after a while, and says who is aboard.
    async fn power(&mut self) {
        let elapsed_ms = self.watch.elapsed_ms();
        if self.boots_at_ms.is_some_and(|at_ms| elapsed_ms >= at_ms) {
            match self.stack.boot().await {
                Ok(()) => {
                    self.boots_at_ms = None;
                    self.journal.booted();
                    if let Some((at_ms, _)) = &mut self.names_at_ms {
                        *at_ms = elapsed_ms.saturating_add(RECOGNISE_MS);
                    }
                }
                Err(error) => {
                    self.boots_at_ms = Some(elapsed_ms.saturating_add(DARK_MS));
                    self.say(Who::Alarm, format!("It does not boot: {error}. It tries again."));
                }
            }
        }
        if self.stack.is_on()
            && let Some((_, people)) = self.names_at_ms.take_if(|(at_ms, _)| elapsed_ms >= *at_ms)
        {
            deeds::name_again(self, people).await;
        }
    }

    /// When the computer that loses its power now boots again.
    pub(super) fn dark(&mut self) {
        let at_ms = self.watch.elapsed_ms().saturating_add(DARK_MS);
        let people = self.status.take().map(|status| status.people).unwrap_or_default();
        self.boots_at_ms = Some(at_ms);
        self.names_at_ms = Some((u64::MAX, people));
    }

    /// While the story is told, the simulated person reads what the car asks, and answers.
    async fn read(&mut self) {
        let elapsed_ms = self.watch.elapsed_ms();
        let open = self.status.as_ref().is_some_and(|status| status.driving == "parked" && (status.requests > 0 || self.welcomes(status).is_some()));
        let Some(telling) = &mut self.telling else { return };
        let asked_ms = if open { *telling.asked_ms.get_or_insert(elapsed_ms) } else { u64::MAX };
        if !open {
            telling.asked_ms = None;
        } else if elapsed_ms.saturating_sub(asked_ms) >= READ_MS {
            telling.asked_ms = None;
            let mood = telling.mood;
            deeds::answer(self, mood).await;
        }
    }

    /// The driver, if they did not answer the first screen yet.
    pub(super) fn welcomes(&self, status: &Status) -> Option<String> {
        let driver = status.people.iter().find(|one| one.role == "driver")?.person.clone()?;
        (!self.welcomed.contains(&driver)).then_some(driver)
    }

    /// Looks at agent and receivers.
    async fn look(&mut self) -> Result<(), StackError> {
        let t_ms = self.now_ms();
        self.looks_at_ms = self.watch.elapsed_ms().saturating_add(LOOK_MS);
        self.status = if self.stack.is_on() { Some(self.stack.status().await?) } else { None };
        let look = self.stack.look(DEPTH)?;
        let systems = if look.counts.erased > self.look.counts.erased { self.systems().await } else { BTreeMap::new() };
        if let Some(status) = &self.status {
            self.journal.gate(t_ms, status);
        }
        self.journal.receivers(t_ms, &look, &self.names, &systems);
        self.look = look;
        let meddled = self.stack.radio().meddled();
        self.meddled = meddled.swallowed.saturating_add(meddled.replayed).saturating_add(meddled.corrupted);
        if self.watch.elapsed_ms() >= self.summed_ms {
            let begun_ms = self.watch.elapsed_ms();
            self.summed_ms = begun_ms.saturating_add(SUMS_MS);
            self.sum_up().await?;
            // The longer it runs the more there is to add up: it takes at most a fiftieth of the time.
            let took_ms = self.watch.elapsed_ms().saturating_sub(begun_ms);
            self.summed_ms = self.summed_ms.max(begun_ms.saturating_add(took_ms.saturating_mul(50)));
        }
        Ok(())
    }

    /// In how many of a recipient's systems the newest erasure is done, as it says itself.
    async fn systems(&self) -> BTreeMap<String, (usize, usize)> {
        let Response::Data { data } = self.stack.request(deeds::SCREEN, Request::ReportList).await else { return BTreeMap::new() };
        let reports: Reports = serde_json::from_value(data).unwrap_or_default();
        let newest = |one: &consent_gatekeeper::show::RecipientReport| {
            let erasure = one.erasures.iter().filter(|erasure| erasure.answered_ms.is_some()).max_by_key(|erasure| erasure.answered_ms)?;
            let done = erasure.systems.iter().filter(|(_, done)| *done).count();
            Some((one.recipient.clone(), (done, erasure.systems.len())))
        };
        reports.recipients.iter().filter_map(newest).collect()
    }

    /// Compares the three sums, if nothing moved while they were taken; they are shown as apart when they are so twice.
    async fn sum_up(&mut self) -> Result<(), StackError> {
        let Some(before) = &self.status else { return Ok(()) };
        let (stored, counts) = (self.stack.stored()?, self.stack.counts()?);
        let status = self.stack.status().await?;
        if (before.outcomes.sent, before.consent_events) != (status.outcomes.sent, status.consent_events) {
            return Ok(());
        }
        let kept = if self.stack.moved_ms() == 0 { Kept::All } else { Kept::Pruned };
        let compared = Compared::new(&status, &stored, &counts, kept);
        self.apart = if compared.agree { 0 } else { self.apart.saturating_add(1) };
        if compared.agree || self.apart > 1 {
            self.compared = Some(compared);
        }
        Ok(())
    }
}

#[allow(clippy::as_conversions, clippy::cast_possible_truncation, reason = "seconds of a story of a minute")]
pub(super) fn seconds_ms(at_s: f64) -> i64 {
    (at_s * 1_000.0) as i64
}

//! The rig: everything that the desk shows, in one task: the car's steps, the story, the touches, and a look every quarter of a
//! second.
//!
//! It is built when somebody looks for the first time, so that nobody comes late to the story. INVARIANT: nothing here waits
//! for the agent to take records; a car goes on while its computer is behind or dark.

use super::buttons::{self, Button, Stand};
use super::cabin::{self, Values};
use super::journal::Journal;
use super::view::{CarView, GateView, LeftView, PersonView, ReceiverView, Shown, StoryView, SumsView, UseView, VIEW_VERSION, View, Who};
use super::{Touch, deeds};
use crate::broker::{Behaviour, Carrier};
use crate::catalog::{example, example_v2};
use crate::clock::{Stopwatch, wall_ms};
use crate::harness::desk::Desk;
use crate::stack::{Premises, Rest, Stack, StackError, offered};
use crate::story::{self, Beat, Mood};
use crate::summary::{Compared, Kept};
use crate::vehicle::{STEP_MS, Vehicle, Wish};
use crate::yesterday::{self, Tried};
use consent_agent::source::Offered;
use consent_gatekeeper::control::{Request, Response};
use consent_gatekeeper::show::Reports;
use consent_gatekeeper::status::{PersonStatus, Status};
use consent_receiver::look::{Depth, Look};
use std::collections::{BTreeMap, VecDeque};
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
    number: u32,
    car_ms: u64,
    values: Values,
    track: VecDeque<(f64, f64)>,
    pending: VecDeque<Vec<Offered>>,
    look: Look,
    names: BTreeMap<String, String>,
    compared: Option<Compared>,
    /// Comparisons in a row that did not agree.
    apart: u32,
    summed_ms: u64,
    meddled: u64,
}

impl Rig {
    pub(super) fn new(seed: u64, ends: Ends) -> Self {
        Self { ends, seed }
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
        let mut bench = Bench::new(self.seed, 1, None).await?;
        let mut looked_ms = 0;
        loop {
            tokio::select! {
                biased;
                _ = &mut stop => break,
                () = &mut end => break,
                Some(touch) = self.ends.touched.recv() => {
                    bench = self.touch(bench, touch).await?;
                }
                Some(reply) = self.ends.asked.recv() => drop(reply.send(bench.stack.screen_url())),
                () = tokio::time::sleep(Duration::from_millis(STEP_MS)) => {
                    bench.step().await;
                    if bench.watch.elapsed_ms() >= looked_ms || bench.number != 1 && looked_ms > bench.watch.elapsed_ms().saturating_add(LOOK_MS) {
                        looked_ms = bench.watch.elapsed_ms().saturating_add(LOOK_MS);
                        self.show(&mut bench).await?;
                    }
                }
            }
        }
        Ok(Some(bench.stack.stop().await?))
    }

    async fn touch(&mut self, mut bench: Bench, touch: Touch) -> Result<Bench, StackError> {
        if touch.button == Button::Story {
            bench = bench.anew(self.seed).await?;
        } else {
            deeds::press(&mut bench, touch.button).await;
        }
        let shown = self.show(&mut bench).await?;
        drop(touch.shown.send(shown));
        Ok(bench)
    }

    async fn show(&mut self, bench: &mut Bench) -> Result<Shown, StackError> {
        bench.look().await?;
        let view = bench.view();
        let shown: Shown = serde_json::to_string(&view).map_err(|error| StackError::Answer(error.to_string()))?.into();
        self.ends.shows.send_replace(Some(shown.clone()));
        Ok(shown)
    }
}

impl Bench {
    /// A fresh car with its people, and the story about to begin.
    async fn new(seed: u64, number: u32, broker: Option<SocketAddr>) -> Result<Self, StackError> {
        let begins_ms = wall_ms().saturating_add(READY_MS);
        let premises = Premises::new(Desk::new(example()))?;
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
        Ok(Self {
            stack,
            next,
            car: Vehicle::new(seed),
            journal: Journal::default(),
            telling: Some(telling),
            watch: Stopwatch::start(),
            boots_at_ms: None,
            names_at_ms: None,
            status: None,
            catalog_offered: false,
            number,
            car_ms: 0,
            values: Values::new(),
            track: VecDeque::new(),
            pending: VecDeque::new(),
            look: Look::default(),
            names,
            compared: None,
            apart: 0,
            summed_ms: 0,
            meddled: 0,
        })
    }

    /// Everything from the beginning; what was is gone.
    async fn anew(self, seed: u64) -> Result<Self, StackError> {
        let (number, broker) = (self.number.saturating_add(1), self.stack.broker());
        let mut stack = self.stack;
        stack.cut_power().await;
        // The receiver's threads end before its folder goes.
        if tokio::task::spawn_blocking(move || drop(stack)).await.is_err() {
            tracing::warn!("the last telling did not end well");
        }
        Self::new(seed, number, Some(broker)).await
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
        let open = self.status.as_ref().is_some_and(|status| status.requests > 0 && status.driving == "parked");
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

    /// Looks at agent and receivers.
    async fn look(&mut self) -> Result<(), StackError> {
        let t_ms = self.now_ms();
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
            self.summed_ms = self.watch.elapsed_ms().saturating_add(SUMS_MS);
            self.sum_up().await?;
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

    fn stand(&self) -> Stand {
        let status = self.status.as_ref();
        Stand {
            wish: self.car.wished(),
            carrier: self.stack.radio().carrier(),
            behaviour: self.stack.radio().behaviour(),
            power: self.stack.is_on(),
            space: self.stack.space(),
            next_catalog: !self.catalog_offered,
            aboard: status.map_or(0, |status| status.people.len()),
            asks: status.is_some_and(|status| status.driving == "parked" && status.people.iter().any(|one| one.person.is_some())),
            story: self.telling.is_some(),
        }
    }

    fn view(&self) -> View {
        let status = self.status.as_ref();
        let stand = self.stand();
        let screen = status.map(|status| format!("{}-{}", self.number, status.boot)).unwrap_or_default();
        let story = self.telling.as_ref().map(|telling| StoryView {
            at_s: seconds(wall_ms().saturating_sub(telling.begins_ms).max(0)),
            of_s: story::STORY_S,
            sentence: telling.sentence,
        });
        View {
            version: VIEW_VERSION,
            at_ms: self.now_ms(),
            moved_days: self.stack.moved_ms() / 86_400_000,
            screen,
            story,
            hint: hint(&stand, status),
            car: self.car_view(),
            gate: status.map(gate).unwrap_or_default(),
            left: self.left(&stand),
            receivers: self.receivers(),
            sums: self.sums(),
            buttons: buttons::all(&stand),
            log: self.journal.lines(),
        }
    }

    fn car_view(&self) -> CarView {
        let wish = match self.car.wished() {
            Wish::Park => "park",
            Wish::Drive => "drive",
            Wish::Stand => "stand",
        };
        let people = self.status.as_ref().map(|status| status.people.iter().map(person).collect()).unwrap_or_default();
        let catalog = if self.status.as_ref().is_some_and(|status| status.catalog_version > 1) { &self.next.catalog } else { self.stack.catalog() };
        CarView {
            speed_kmh: tenth(self.car.speed_kmh()),
            gear: if self.car.is_parked() { "P".to_owned() } else { self.car.gear().to_string() },
            wish,
            hazard: self.car.hazard(),
            brakes: self.car.brakes(),
            heading_deg: tenth(self.car.heading_deg()),
            people,
            known: cabin::known(catalog, self.status.as_ref(), &self.values),
            signals: self.values.iter().map(|(path, text)| (path.strip_prefix("Vehicle.").unwrap_or(path), text.clone())).collect(),
            track: self.track_m(),
        }
    }

    /// The track in metres from its first point.
    fn track_m(&self) -> Vec<(i32, i32)> {
        let Some((lat0, lon0)) = self.track.front().copied() else { return Vec::new() };
        let per_degree_m = 111_320.0;
        let point = |(lat, lon): &(f64, f64)| (metres((lon - lon0) * per_degree_m * lat0.to_radians().cos()), metres((lat - lat0) * per_degree_m));
        self.track.iter().map(point).collect()
    }

    fn left(&self, stand: &Stand) -> LeftView {
        let link = if stand.carrier == Carrier::Up { "up" } else { "lost" };
        let broker = match stand.behaviour {
            Behaviour::Honest => "honest",
            Behaviour::Swallow => "swallow",
            Behaviour::Replay => "replay",
            Behaviour::Corrupt => "corrupt",
        };
        let Some(status) = &self.status else { return LeftView { link, broker, meddled: self.meddled, ..LeftView::default() } };
        let sum = |of: fn(&consent_gatekeeper::status::LinkStatus) -> u64| status.links.iter().map(of).fold(0, u64::saturating_add);
        let outcomes = &status.outcomes;
        LeftView {
            offered: status.records,
            decisions: status.decisions,
            withheld: outcomes.withheld.values().copied().fold(0, u64::saturating_add),
            values: status.records_sent,
            batches: status.batches_sent,
            bytes: status.bytes_sent,
            waiting: sum(|link| link.waiting),
            owed: sum(|link| link.statements_owed),
            destroyed: outcomes.purged.saturating_add(outcomes.expired).saturating_add(outcomes.dropped),
            link,
            broker,
            meddled: self.meddled,
        }
    }

    fn receivers(&self) -> Vec<ReceiverView> {
        let links = self.status.as_ref().map(|status| status.links.as_slice()).unwrap_or_default();
        let view = |one: &consent_protocol::catalog::Recipient| {
            let link = links.iter().find(|link| link.recipient == one.id);
            ReceiverView {
                id: one.id.clone(),
                name: self.names.get(&one.id).cloned().unwrap_or_default(),
                outside: one.outside,
                link: link.map(|link| link.state.clone()).unwrap_or_default(),
                waiting: link.map_or(0, |link| link.waiting),
                look: self.look.recipients.get(&one.id).cloned().unwrap_or_default(),
            }
        };
        self.stack.catalog().recipients.iter().map(view).collect()
    }

    fn sums(&self) -> SumsView {
        let counts = &self.look.counts;
        SumsView {
            balanced: self.status.as_ref().is_none_or(|status| status.balanced),
            compared: self.compared,
            bad: counts.bad,
            refused: counts.batches_refused,
            forks: counts.forks,
        }
    }
}

fn gate(status: &Status) -> GateView {
    let used = |used: &consent_gatekeeper::status::UseStatus| UseView {
        id: used.id.clone(),
        headline: used.headline.clone(),
        recipient: used.recipient.clone(),
        activity: used.activity.clone(),
        consent: used.consent.clone(),
        reveals: used.reveals.clone(),
        values: used.records_sent,
        waits: used.outcomes.pending.saturating_add(used.outcomes.awaiting).saturating_add(used.outcomes.queued).saturating_add(used.outcomes.numbered),
    };
    GateView {
        power: true,
        boot: status.boot,
        catalog: status.catalog_version,
        driving: status.driving.clone(),
        trip: status.trip,
        location: status.location_active,
        store_ok: status.store_ok,
        paused: !status.paused.is_empty(),
        stopped_by_occupant: status.stopped_by_occupant,
        asks: status.requests,
        uses: status.uses.iter().map(used).collect(),
    }
}

fn person(one: &PersonStatus) -> PersonView {
    PersonView { name: deeds::name(one.person.as_deref()), drives: one.role == "driver", assurance: one.assurance.clone() }
}

/// What to try next: one short sentence.
fn hint(stand: &Stand, status: Option<&Status>) -> &'static str {
    let Some(status) = status else { return "The car's computer has no power. The car drives on. In a moment it boots by itself." };
    let live = status.uses.iter().any(|used| used.activity == "live" && used.consent.starts_with("given"));
    let given = status.uses.iter().any(|used| used.consent.starts_with("given"));
    match stand.wish {
        _ if !status.store_ok => "Nothing new leaves: what cannot be recorded is not sent. Stop a use in the middle: that is still written.",
        _ if stand.carrier == Carrier::Lost => {
            "The link is cut. Stop a use in the middle: its waiting batches are destroyed before you read this. Then mend the link."
        }
        _ if stand.behaviour != Behaviour::Honest => {
            "The broker is hostile. Drive, and watch the right: nothing is stored twice, nothing that does not hold is stored."
        }
        Wish::Park if status.requests > 0 => "The car asks. Answer in the middle, or press A.",
        Wish::Park if !given => "Look at the middle: choose what may leave, or press A and somebody answers. Then drive off (D).",
        Wish::Park => "Drive off (D). Then look at the middle.",
        Wish::Stand => "A red light is not parking. Press D to go on, or P to park: only then the car may ask.",
        Wish::Drive if live => "It leaves, coarse and signed: see the right. Now let Ben in (I), or cut the link (L).",
        Wish::Drive => "It drives, and only what law demands leaves. Park (P) and give a consent to see the difference.",
    }
}

fn tenth(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

#[allow(clippy::as_conversions, clippy::cast_possible_truncation, reason = "seconds of a story of a minute")]
pub(super) fn seconds_ms(at_s: f64) -> i64 {
    (at_s * 1_000.0) as i64
}

#[allow(clippy::as_conversions, clippy::cast_precision_loss, reason = "milliseconds of a story of a minute")]
fn seconds(ms: i64) -> f64 {
    tenth(ms as f64 / 1_000.0)
}

#[allow(clippy::as_conversions, clippy::cast_possible_truncation, reason = "metres within a town")]
fn metres(number: f64) -> i32 {
    number.round() as i32
}

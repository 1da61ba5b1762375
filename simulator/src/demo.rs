//! The demo: a car, its people, the agent, a broker and a receiver in one process, and a story told in a minute.
//!
//! What is shown comes from the agent's status and the receiver's tables. The demo only plays people and car.

mod ask;
mod screen;

use crate::catalog::{example, example_v2};
use crate::clock::{Stopwatch, wall_ms};
use crate::harness::SCREEN;
use crate::harness::desk::Desk;
use crate::replay::{OpenRequest, open_requests};
use crate::stack::{Premises, Rest, Stack, StackError};
use crate::story::{self, Beat, Deed, Mood};
use crate::summary::{BrokenLines, Summary};
use crate::vehicle::{STEP_MS, Vehicle};
use crate::yesterday::{self, Tried};
use ask::Asker;
use consent_gatekeeper::control::{Request, Response};
use consent_gatekeeper::status::Status;
use screen::Screen;
use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

/// How it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// A live table at a terminal.
    Table,
    /// Lines, and the table once at the end.
    Plain,
    /// Nothing until the end.
    Silent,
}

/// Who answers what the car asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A simulated person.
    Simulated,
    /// Whoever sits at the terminal.
    Person,
}

/// Colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// ANSI.
    Ansi,
    /// None.
    None,
}

/// How the demo runs.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Makes car and people reproducible.
    pub seed: u64,
    /// Ends after this time; without, at a key or Ctrl-C.
    pub lasts: Option<Duration>,
    /// How it looks.
    pub look: Look,
    /// Who answers.
    pub asked: Asked,
    /// Colours.
    pub colour: Colour,
}

/// Between making everything ready and the first beat, milliseconds.
const READY_MS: i64 = 1_500;
/// Of a run with an end, what the story leaves at its beginning and end, seconds.
const MARGIN_S: f64 = 3.0;
/// The simulated person takes so long to read a screen, seconds of the story.
const READ_S: f64 = 2.0;
/// Between two looks at status and tables, milliseconds.
const LOOK_MS: u64 = 250;
/// A story is told at most so much faster than in its minute.
const HASTE_MAX: f64 = 6.0;

/// Runs it.
pub fn run(options: &Options) -> anyhow::Result<Summary> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let rest = runtime.block_on(play(options))?;
    let summary = Summary::new("demo", options.seed, &rest.status, &rest.stored, &rest.counts, BrokenLines::default());
    // The broker's threads have no end of their own.
    runtime.shutdown_background();
    Ok(summary)
}

async fn play(options: &Options) -> anyhow::Result<Rest> {
    let haste = options.lasts.map_or(1.0, |lasts| (story::STORY_S / (lasts.as_secs_f64() - MARGIN_S).max(1.0)).clamp(1.0, HASTE_MAX));
    let begins_ms = wall_ms().saturating_add(READY_MS);
    let premises = Premises::new(Desk::new(example()))?;
    let (use_id, tier, ends_s) = story::TRIED;
    yesterday::play(&premises, &Tried { person: story::DRIVER, use_id, tier, ends_ms: begins_ms.saturating_add(story_ms(ends_s, haste)) })?;
    let next = Desk::new(example_v2());
    let stack = Stack::start(premises, &[&next], None).await?;
    let mut demo = Demo {
        stack,
        next,
        haste,
        begins_ms,
        told_ms: wall_ms(),
        beats: story::story().into(),
        car: Vehicle::new(options.seed),
        car_ms: 0,
        happening: "Everything starts.",
        asker: Asker::new(options.asked),
        first_asked_ms: None,
        welcomed: BTreeSet::new(),
        screen: Screen::open(options.look, options.colour),
    };
    let ended = demo.run(options.lasts).await;
    demo.screen.close();
    ended?;
    Ok(demo.stack.stop().await?)
}

#[allow(clippy::as_conversions, clippy::cast_possible_truncation, reason = "seconds of a story of a minute")]
fn story_ms(at_s: f64, haste: f64) -> i64 {
    (at_s / haste * 1_000.0) as i64
}

struct Demo {
    stack: Stack,
    next: Desk,
    haste: f64,
    begins_ms: i64,
    /// When the story was told last, Unix milliseconds.
    told_ms: i64,
    beats: VecDeque<Beat>,
    car: Vehicle,
    /// How far the car has come, milliseconds.
    car_ms: u64,
    happening: &'static str,
    asker: Asker,
    first_asked_ms: Option<i64>,
    /// Who answered the first screen.
    welcomed: BTreeSet<String>,
    screen: Screen,
}

impl Demo {
    async fn run(&mut self, lasts: Option<Duration>) -> Result<(), StackError> {
        let watch = Stopwatch::start();
        let mut looked_ms = 0;
        let mut stop = std::pin::pin!(tokio::signal::ctrl_c());
        loop {
            self.drive(watch).await?;
            self.tell().await?;
            if watch.elapsed_ms() >= looked_ms {
                looked_ms = watch.elapsed_ms().saturating_add(LOOK_MS);
                self.look().await?;
            }
            if lasts.is_some_and(|lasts| watch.elapsed() >= lasts) || self.screen.wants_end() {
                return Ok(());
            }
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(STEP_MS)) => {}
                ended = &mut stop => {
                    if let Err(error) = ended {
                        tracing::warn!(%error, "no signal handler");
                    }
                    return Ok(());
                }
            }
        }
    }

    /// Lets the car come as far as the story has.
    async fn drive(&mut self, watch: Stopwatch) -> Result<(), StackError> {
        let elapsed_ms = u64::try_from(watch.elapsed().mul_f64(self.haste).as_millis()).unwrap_or(u64::MAX);
        let t_ms = wall_ms();
        while self.car_ms.saturating_add(STEP_MS) <= elapsed_ms {
            self.car_ms = self.car_ms.saturating_add(STEP_MS);
            let readings = self.car.step();
            let records: Vec<(&str, &str)> = readings.iter().map(|one| (one.path, one.text.as_str())).collect();
            self.stack.offer(t_ms, &records).await?;
        }
        Ok(())
    }

    /// Tells what is due of the story. While the car waits for a person's answer, the story waits too.
    async fn tell(&mut self) -> Result<(), StackError> {
        let waited_ms = wall_ms().saturating_sub(std::mem::replace(&mut self.told_ms, wall_ms()));
        if self.asker.prompt().is_some() {
            self.begins_ms = self.begins_ms.saturating_add(waited_ms);
        }
        let told_ms = wall_ms().saturating_sub(self.begins_ms);
        while self.beats.front().is_some_and(|beat| story_ms(beat.at_s, self.haste) <= told_ms) {
            let Some(beat) = self.beats.pop_front() else { break };
            self.happening = beat.sentence;
            self.screen.say(beat.sentence);
            for deed in beat.deeds {
                self.perform(deed).await?;
            }
        }
        Ok(())
    }

    async fn perform(&mut self, deed: Deed) -> Result<(), StackError> {
        match deed {
            Deed::Wish(wish) => self.car.wish(wish),
            Deed::Radio(carrier) => self.stack.radio().set(carrier),
            Deed::NextCatalog => {
                self.asker.set_mood(Mood::Leaving);
                self.stack.offer_catalog(&self.next).await;
            }
            Deed::Ask(request) => {
                let response = self.stack.request(SCREEN, request).await;
                self.hear(&response);
            }
        }
        Ok(())
    }

    fn hear(&mut self, response: &Response) {
        match response {
            Response::Done { detail } => self.screen.say(&format!("  car: {detail}")),
            Response::Refused { error } | Response::Unrecorded { detail: error } => self.screen.say(&format!("  car: no, {error}")),
            Response::Data { .. } | Response::Status(_) => {}
        }
    }

    /// Looks at status and tables, shows them, and answers what the car asks.
    async fn look(&mut self) -> Result<(), StackError> {
        let status = self.stack.status().await?;
        let counts = self.stack.counts()?;
        self.answer(&status).await?;
        let car = format!("{:.0} km/h", self.car.speed_kmh());
        self.screen.show(&crate::table::Scene { status: &status, counts: &counts, happening: self.happening, car: &car }, self.asker.prompt());
        Ok(())
    }

    /// The first screen asks nothing, and nothing is asked before it is answered. Whether it still waits.
    async fn first_screen(&mut self, status: &Status) -> bool {
        let driver = status.people.iter().find(|person| person.role == "driver").and_then(|driver| driver.person.clone());
        let Some(driver) = driver.filter(|driver| status.driving == "parked" && !self.welcomed.contains(driver)) else { return false };
        let Some(choose) = self.asker.first_screen(&mut self.screen) else { return true };
        let response = self.stack.request(SCREEN, Request::FirstStart { choose }).await;
        self.hear(&response);
        if !matches!(response, Response::Refused { .. }) {
            self.welcomed.insert(driver);
        }
        false
    }

    async fn answer(&mut self, status: &Status) -> Result<(), StackError> {
        if self.first_screen(status).await {
            return Ok(());
        }
        // Whoever drives does not read screens.
        if status.requests == 0 || status.driving != "parked" {
            self.first_asked_ms = None;
            self.asker.nothing_open();
            return Ok(());
        }
        let asked_ms = *self.first_asked_ms.get_or_insert_with(wall_ms);
        if wall_ms().saturating_sub(asked_ms) < story_ms(READ_S, self.haste) {
            return Ok(());
        }
        let Response::Data { data } = self.stack.request(SCREEN, Request::RequestsList).await else { return Ok(()) };
        let open: Vec<OpenRequest> = open_requests(&data);
        while let Some((id, answer)) = self.asker.next(&open, &mut self.screen) {
            let response = self.stack.request(SCREEN, Request::RequestsAnswer { id, answer }).await;
            self.hear(&response);
            if matches!(response, Response::Refused { .. }) {
                self.asker.ask_again(id);
                return Ok(());
            }
        }
        Ok(())
    }
}

//! Plays recorded drives with their people: in virtual time through the harness, or in real time through a running agent.
//!
//! One player for both: a [`Stage`] is whatever the drive is played on. INVARIANT: the same drive, people and seed offer the
//! same records in the same order on every stage.

use crate::drives::{Broken, Merged};
use crate::harness::desk::Desk;
use crate::harness::{Settings, WireLog, World, WorldError};
use crate::memstore::MemStore;
use crate::people::{Act, People, Planned};
use crate::progress::Progress;
use crate::summary::{BrokenLines, Stored, Summary};
use consent_gatekeeper::control::{Peer, Request, Response};
use consent_gatekeeper::show::FirstChoice;
use consent_gatekeeper::status::Status;
use consent_protocol::catalog::CompiledCatalog;
use std::collections::{BTreeSet, VecDeque};

/// After so long without records, what comes is another drive, milliseconds.
const GAP_MS: i64 = 10 * 60_000;
/// The people look for requests so often, milliseconds.
const LOOK_MS: i64 = 1_000;
/// What is planned later than this after the last record does not happen any more, milliseconds.
const AFTER_MS: i64 = 60_000;
/// Disclosures stay for as long as any recording lasts, so that they can be added up at the end.
const DISCLOSURE_DAYS: u32 = 36_500;
/// Broken lines that are named.
const NAMED_MAX: usize = 20;
/// What is owed at the end is delivered within this time, or reported: three days, milliseconds.
const DRAIN_MS: u64 = 3 * 86_400_000;

/// Why a stage cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// The simulated world.
    #[error(transparent)]
    World(#[from] WorldError),
    /// The running agent.
    #[error("{0}")]
    Live(String),
}

/// What a drive is played on. Times are those of the records, Unix milliseconds.
pub trait Stage {
    /// Lets time come to a moment.
    fn advance_to(&mut self, t_ms: i64) -> Result<(), StageError>;
    /// Offers records of one moment; yields positions of those that do not fit their signal.
    fn offer(&mut self, t_ms: i64, records: &[(&str, &str)]) -> Result<Vec<usize>, StageError>;
    /// Asks the car.
    fn control(&mut self, peer: Peer, request: Request) -> Result<Response, StageError>;
    /// Everything at a glance; `None` where nobody can be asked.
    fn status(&mut self) -> Result<Option<Status>, StageError>;
}

impl Stage for World {
    fn advance_to(&mut self, t_ms: i64) -> Result<(), StageError> {
        Ok(Self::advance_to(self, t_ms)?)
    }

    fn offer(&mut self, t_ms: i64, records: &[(&str, &str)]) -> Result<Vec<usize>, StageError> {
        Ok(self.offer_texts(t_ms, records)?)
    }

    fn control(&mut self, peer: Peer, request: Request) -> Result<Response, StageError> {
        Ok(self.control_as(peer, request)?.ok_or(WorldError::Unanswered)?)
    }

    fn status(&mut self) -> Result<Option<Status>, StageError> {
        Ok(Some(Self::status(self)))
    }
}

/// What was seen of the files.
#[derive(Clone, Debug, Default)]
pub struct Played {
    /// Lines that could not be used.
    pub broken: BrokenLines,
    /// What people asked and the car refused, in words.
    pub refused: Vec<String>,
    /// Drives seen.
    pub drives: u32,
}

impl Played {
    fn note_broken(&mut self, broken: &Broken) {
        self.broken.count = self.broken.count.saturating_add(1);
        if self.broken.first.len() < NAMED_MAX {
            self.broken.first.push(broken.to_string());
        }
    }
}

/// Plays drives on a stage.
#[derive(Debug)]
pub struct Player<'a> {
    people: &'a People,
    plan: VecDeque<(i64, Act)>,
    looked_ms: i64,
    /// Who answered the first screen.
    welcomed: BTreeSet<String>,
    played: Played,
}

impl<'a> Player<'a> {
    /// A player for people.
    pub fn new(people: &'a People) -> Self {
        Self { people, plan: VecDeque::new(), looked_ms: i64::MIN, welcomed: BTreeSet::new(), played: Played::default() }
    }

    /// Plays everything.
    pub fn play(mut self, drives: &mut Merged, stage: &mut dyn Stage, progress: &mut Progress) -> Result<Played, StageError> {
        let mut last_ms = None;
        while let Some(t_ms) = drives.peek().map(|entry| entry.t_ms) {
            match last_ms {
                None => {
                    self.schedule(t_ms, &self.people.once);
                    self.begin_drive(t_ms);
                }
                Some(last) if t_ms > GAP_MS.saturating_add(last) => {
                    self.act_until(t_ms.saturating_sub(self.people.lead_ms()).max(last), stage)?;
                    self.begin_drive(t_ms);
                }
                Some(_) => {}
            }
            last_ms = Some(last_ms.unwrap_or(t_ms).max(t_ms));
            self.act_until(t_ms, stage)?;
            stage.advance_to(t_ms)?;
            self.offer_moment(t_ms, drives, stage)?;
            self.look(t_ms, stage)?;
            progress.show(drives.progress());
        }
        self.act_until(last_ms.unwrap_or(0).saturating_add(AFTER_MS), stage)?;
        for broken in drives.take_broken() {
            self.played.note_broken(&broken);
        }
        progress.done();
        Ok(self.played)
    }

    fn begin_drive(&mut self, t_ms: i64) {
        self.played.drives = self.played.drives.saturating_add(1);
        self.schedule(t_ms, &self.people.each_drive);
    }

    fn schedule(&mut self, from_ms: i64, planned: &[Planned]) {
        self.plan.extend(planned.iter().map(|one| (from_ms.saturating_add(one.at_ms), one.act.clone())));
        self.plan.make_contiguous().sort_by_key(|(at_ms, _)| *at_ms);
    }

    /// Offers everything of one moment at once, so that halves of a fix come together.
    fn offer_moment(&mut self, t_ms: i64, drives: &mut Merged, stage: &mut dyn Stage) -> Result<(), StageError> {
        let mut entries = Vec::new();
        while drives.peek().is_some_and(|entry| entry.t_ms == t_ms) && entries.len() < 1_024 {
            entries.extend(drives.take());
        }
        for broken in drives.take_broken() {
            self.played.note_broken(&broken);
        }
        let records: Vec<(&str, &str)> = entries.iter().map(|entry| (&*entry.path, entry.text.as_str())).collect();
        for at in stage.offer(t_ms, &records)? {
            if let Some(entry) = entries.get(at) {
                let what = format!("the value does not fit the datatype of {}", entry.path);
                self.played.note_broken(&Broken { at: entry.at.clone(), what });
            }
        }
        Ok(())
    }

    fn act_until(&mut self, t_ms: i64, stage: &mut dyn Stage) -> Result<(), StageError> {
        while self.plan.front().is_some_and(|(at_ms, _)| *at_ms <= t_ms) {
            let Some((at_ms, act)) = self.plan.pop_front() else { break };
            stage.advance_to(at_ms)?;
            match act {
                Act::Signal(path, value) => drop(stage.offer(at_ms, &[(&path, &value)])?),
                Act::Ask(peer, request) => {
                    let what = format!("{request:?}");
                    let response = stage.control(peer, request)?;
                    self.note_response(&what, &response);
                }
            }
            self.looked_ms = i64::MIN;
            self.look(at_ms, stage)?;
        }
        Ok(())
    }

    fn note_response(&mut self, what: &str, response: &Response) {
        match response {
            Response::Refused { error } | Response::Unrecorded { detail: error } if self.played.refused.len() < NAMED_MAX => {
                self.played.refused.push(format!("{error} (asked: {what})"));
            }
            Response::Refused { .. } | Response::Unrecorded { .. } | Response::Done { .. } | Response::Data { .. } | Response::Status(_) => {}
        }
    }

    /// Whoever drives and has answers chooses now, on the first screen of the first parking; whether they just did.
    fn first_screen(&mut self, status: &Status, stage: &mut dyn Stage) -> Result<bool, StageError> {
        let driver = status.people.iter().find(|person| person.role == "driver").and_then(|driver| driver.person.as_deref());
        let Some(driver) = driver.filter(|driver| self.people.answers.contains_key(*driver) && !self.welcomed.contains(*driver)) else {
            return Ok(false);
        };
        if status.driving != "parked" {
            return Ok(false);
        }
        let response = stage.control(crate::harness::SCREEN, Request::FirstStart { choose: FirstChoice::Now })?;
        self.note_response("the first screen", &response);
        self.welcomed.insert(driver.to_owned());
        Ok(true)
    }

    /// The people look at the screen, and answer what it asks.
    fn look(&mut self, t_ms: i64, stage: &mut dyn Stage) -> Result<(), StageError> {
        if self.people.answers.is_empty() || t_ms < self.looked_ms.saturating_add(LOOK_MS) {
            return Ok(());
        }
        self.looked_ms = t_ms;
        let Some(status) = stage.status()? else { return Ok(()) };
        let asked = self.first_screen(&status, stage)?;
        if status.requests == 0 && !asked {
            return Ok(());
        }
        let Response::Data { data } = stage.control(crate::harness::SCREEN, Request::RequestsList)? else { return Ok(()) };
        for open in open_requests(&data) {
            if let Some(leaning) = self.people.leaning(&open.person, &open.use_id) {
                let response = stage.control(crate::harness::SCREEN, Request::RequestsAnswer { id: open.id, answer: leaning.answer() })?;
                self.note_response(&format!("answer to the request for {}", open.use_id), &response);
            }
        }
        Ok(())
    }
}

/// A request as it stands in the answer to `requests list`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenRequest {
    /// Its number.
    pub id: u64,
    /// Whom it is put to.
    pub person: String,
    /// The use.
    pub use_id: String,
    /// Its headline.
    pub headline: String,
    /// Who would receive.
    pub recipient: String,
    /// What a plain yes would reveal.
    pub reveals: String,
}

/// Reads the answer to `requests list`.
pub fn open_requests(data: &serde_json::Value) -> Vec<OpenRequest> {
    let read = |one: &serde_json::Value| {
        let text = |pointer: &str| one.pointer(pointer).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
        let id = one.get("id")?.as_u64()?;
        Some(OpenRequest {
            id,
            person: text("/person"),
            use_id: text("/use"),
            headline: text("/headline"),
            recipient: text("/recipient/name"),
            reveals: text("/terms/reveals"),
        })
    };
    let list = data.get("requests").and_then(serde_json::Value::as_array);
    list.map(|list| list.iter().filter_map(read).collect()).unwrap_or_default()
}

/// Plays drives in virtual time, with an in-memory link.
pub fn run_virtual(
    seed: u64,
    catalog: CompiledCatalog,
    people: &People,
    drives: &mut Merged,
    progress: &mut Progress,
) -> Result<(Summary, Played), StageError> {
    let first_ms = drives.peek().map_or(0, |entry| entry.t_ms);
    let settings = Settings {
        start_ms: first_ms.saturating_sub(people.lead_ms()).saturating_sub(60_000),
        wire: WireLog::Forget,
        disclosure_days: DISCLOSURE_DAYS,
        ..Settings::new(seed)
    };
    let mut world = World::with(settings, Desk::new(catalog), Box::new(MemStore::new()))?;
    let played = Player::new(people).play(drives, &mut world, progress)?;
    world.drain(DRAIN_MS)?;
    let stored = Stored::read(world.store()).map_err(WorldError::Store)?;
    let summary = Summary::new("replay", seed, &world.status(), &stored, &world.counts()?, played.broken.clone());
    Ok((summary, played))
}

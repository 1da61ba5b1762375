//! What the rig looks like from outside: the view that the page is given, made from what car, agent and receivers say.

use super::buttons::{self, Stand};
use super::rig::Bench;
use super::view::{CarView, GateView, LeftView, LinesView, PersonView, ReceiverView, StoryView, SumsView, UseView, VIEW_VERSION, View};
use super::{cabin, deeds, lines};
use crate::broker::{Behaviour, Carrier};
use crate::clock::wall_ms;
use crate::story;
use crate::vehicle::Wish;
use consent_gatekeeper::status::{LinkStatus, PersonStatus, Status, UseStatus};
use consent_protocol::catalog::Recipient;

impl Bench {
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
            newcomer: status.is_some_and(|status| self.welcomes(status).is_some()),
        }
    }

    /// Everything.
    pub(super) fn view(&self) -> View {
        let status = self.status.as_ref();
        let stand = self.stand();
        let screen = status.map(|_| self.number.to_string()).unwrap_or_default();
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
            page: if story.is_some() { status.map(page).unwrap_or_default() } else { "" },
            story,
            lines: self.lines(&stand),
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

    fn lines(&self, stand: &Stand) -> LinesView {
        lines::all(&lines::Seen {
            stand,
            status: self.status.as_ref(),
            moved_days: self.stack.moved_ms() / 86_400_000,
            deleted: self.look.recipients.values().map(|one| one.deleted).fold(0, u64::saturating_add),
            bad: self.look.counts.bad,
            recipients: self.stack.catalog().recipients.len(),
        })
    }

    fn car_view(&self) -> CarView {
        let wish = match self.car.wished() {
            Wish::Park => "park",
            Wish::Drive => "drive",
            Wish::Stand => "stand",
        };
        // Without power the car says nothing of who sits in it; they sit there all the same.
        let aboard = self.status.as_ref().map(|status| &status.people).filter(|people| !people.is_empty());
        let named = self.names_at_ms.as_ref().map(|(_, people)| people);
        let people = aboard.or(named).map(|people| people.iter().map(person).collect()).unwrap_or_default();
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
            origin: self.track.front().copied().unwrap_or_default(),
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
        let sum = |of: fn(&LinkStatus) -> u64| status.links.iter().map(of).fold(0, u64::saturating_add);
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
        let view = |one: &Recipient| {
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
            pruned: self.compared.is_some_and(|three| three.batches.store < three.batches.agent),
            bad: counts.bad,
            refused: counts.batches_refused,
            forks: counts.forks,
        }
    }
}

fn gate(status: &Status) -> GateView {
    let used = |used: &UseStatus| UseView {
        id: used.id.clone(),
        headline: used.headline.clone(),
        recipient: used.recipient.clone(),
        activity: used.activity.clone(),
        says: lines::activity(&used.activity),
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

/// Where the person of the story looks while the car is parked: at what is asked, at what waits for a review, else at the gate.
fn page(status: &Status) -> &'static str {
    match status.driving.as_str() {
        "parked" if status.requests > 0 => "/requests",
        "parked" if status.outcomes.awaiting > 0 => "/reviews",
        "parked" => "/",
        _ => "",
    }
}

/// What to try next: one short sentence.
fn hint(stand: &Stand, status: Option<&Status>) -> &'static str {
    let Some(status) = status else { return "The car's computer has no power. The car drives on. In a moment it boots by itself." };
    let live = status.uses.iter().any(|used| used.activity == "live" && used.consent.starts_with("given"));
    let given = status.uses.iter().any(|used| used.consent.starts_with("given"));
    match stand.wish {
        _ if !status.store_ok => "Nothing new leaves: what cannot be recorded is not sent. Park, and stop a use in the middle: that is still written.",
        _ if stand.carrier == Carrier::Lost => {
            "The link is cut: batches wait. Park (P), stop a use in the middle, and its batches are destroyed. Then mend the link (L)."
        }
        _ if stand.behaviour != Behaviour::Honest => {
            "The broker is hostile. Drive, and watch the right: nothing is stored twice, nothing that does not hold is stored."
        }
        Wish::Park if status.requests > 0 => "The car asks. Answer in the middle, or press A.",
        Wish::Park if stand.newcomer || !given => "Look at the middle: choose what may leave, or press A and somebody answers. Then drive off (D).",
        Wish::Park => "Drive off (D). Then look at the middle.",
        Wish::Stand => "A red light is not parking. Press D to go on, or P to park: only then the car may ask.",
        Wish::Drive if live => "It leaves, coarse and signed: see the right. Now let Ben in (I), or cut the link (L).",
        Wish::Drive => "It drives, and only what law demands leaves. Park (P) and give a consent to see the difference.",
    }
}

fn tenth(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

#[allow(clippy::as_conversions, clippy::cast_precision_loss, reason = "milliseconds of a story of a minute")]
fn seconds(ms: i64) -> f64 {
    tenth(ms as f64 / 1_000.0)
}

#[allow(clippy::as_conversions, clippy::cast_possible_truncation, reason = "metres within a town")]
fn metres(number: f64) -> i32 {
    number.round() as i32
}

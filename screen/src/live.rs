//! What changes while a page is open: `GET /api/1/events`, server-sent events.
//!
//! A page is drawn from the status, so a page is out of date when what it shows of the status is another. The status is asked
//! for once a second while anybody listens, for all of them together, and with every page anyhow.

use crate::listen::Owner;
use crate::serve::App;
use crate::session::Denied;
use axum::Extension;
use axum::extract::State;
use axum::http::request::Parts;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use consent_gatekeeper::control::{Peer, Request, Response as Answer};
use consent_gatekeeper::status::Status;
use consent_protocol::ledger::Method as Means;
use futures_util::stream::{Stream, unfold};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};

/// Streams at a time.
const STREAMS_MAX: usize = 16;
/// How often the status is asked for.
const POLL: Duration = Duration::from_secs(1);
/// How often a silent stream says that it lives: by an event, since a page does not see a comment.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// What an open page must know.
#[derive(Clone, Debug, Default, serde::Serialize, schemars::JsonSchema)]
pub(crate) struct StateEvent {
    /// Counts up with each change of what pages show; from 1 with each start of the agent.
    revision: u64,
    /// `unknown`, `parked`, `standing`, `driving`.
    driving: String,
    /// Whether the store writes.
    store_ok: bool,
    /// Number of the boot: another one = the agent was started anew.
    boot: u32,
    /// When it changed, Unix milliseconds.
    at_ms: i64,
}

/// The shown state, and who waits for another.
#[derive(Debug)]
pub(crate) struct Live {
    /// Digest of what pages show.
    seen: Mutex<[u8; 32]>,
    state: watch::Sender<StateEvent>,
    places: Arc<Semaphore>,
    opened: Notify,
}

impl Default for Live {
    fn default() -> Self {
        let (state, _) = watch::channel(StateEvent::default());
        Self { seen: Mutex::default(), state, places: Arc::new(Semaphore::new(STREAMS_MAX)), opened: Notify::new() }
    }
}

impl Live {
    /// Takes note of a status; who listens hears of it if it shows something else.
    pub(crate) fn saw(&self, status: &Status, now_ms: i64) {
        let shown = shown(status);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if *seen != shown {
            *seen = shown;
            self.state.send_modify(|state| {
                let revision = state.revision.saturating_add(1);
                *state = StateEvent { revision, driving: status.driving.clone(), store_ok: status.store_ok, boot: status.boot, at_ms: now_ms };
            });
        }
    }

    /// Takes note of a touch of this screen: some of what it changes is not in the status.
    pub(crate) fn touched(&self, now_ms: i64) {
        self.state.send_modify(|state| {
            state.revision = state.revision.saturating_add(1);
            state.at_ms = now_ms;
        });
    }

    /// Boot and revision, as a header that a page's script can read of the page itself.
    pub(crate) fn mark(&self) -> String {
        let state = self.state.borrow();
        format!("gate;desc=\"{}.{}\"", state.boot, state.revision)
    }
}

/// A digest of what pages show of a status. Counters that move with every record are not in it: pages show what left, not what
/// was offered. While the car moves, only what the driving page shows.
fn shown(status: &Status) -> [u8; 32] {
    let people: Vec<_> = status.people.iter().map(|person| (&person.person, &person.role, &person.assurance)).collect();
    let always = json!([
        status.boot,
        status.driving,
        status.trip,
        status.clock_trusted,
        status.store_ok,
        status.paused,
        status.stopped_by_occupant,
        status.location_active,
        status.catalog_digest,
        people,
    ]);
    let parked = (status.driving == "parked").then(|| {
        let uses: Vec<_> = status
            .uses
            .iter()
            .map(|used| {
                let moved = (used.records_sent, used.batches_sent, used.outcomes.awaiting, used.outcomes.refused, used.outcomes.purged, used.outcomes.expired);
                (&used.id, &used.activity, &used.consent, used.until_ms, used.tier, moved)
            })
            .collect();
        json!([uses, status.links, status.consent_events, status.requests, status.reviews])
    });
    Sha256::digest(json!([always, parked]).to_string().as_bytes()).into()
}

/// Asks for the status while anybody listens.
pub(crate) async fn watch(app: App) {
    loop {
        if app.live.state.receiver_count() == 0 {
            app.live.opened.notified().await;
        }
        look(&app).await;
        tokio::time::sleep(POLL).await;
    }
}

async fn look(app: &App) {
    let nobody = Peer { method: Means::Screen, assurance: consent_core::Assurance::None };
    if let Answer::Status(status) = app.port.ask(nobody, Request::Status).await {
        app.live.saw(&status, app.port.now_ms());
    }
}

struct Listener {
    app: App,
    state: watch::Receiver<StateEvent>,
    cookie: String,
    _place: OwnedSemaphorePermit,
}

/// A stream of [`StateEvent`]s: the present one at once, then each that is another.
pub(crate) async fn events(State(app): State<App>, Extension(owner): Extension<Owner>, parts: Parts) -> Response {
    let cookie = match app.admit(&parts.headers, owner, |_| ()) {
        Ok((cookie, ())) => cookie.to_owned(),
        Err(denied) => return crate::outside::denied(&app, &parts, denied),
    };
    let Ok(place) = Arc::clone(&app.live.places).try_acquire_owned() else {
        return crate::outside::denied(&app, &parts, Denied::TooMany);
    };
    look(&app).await;
    let mut state = app.live.state.subscribe();
    state.mark_changed();
    app.live.opened.notify_one();
    Sse::new(stream(Listener { app, state, cookie, _place: place }))
        .keep_alive(KeepAlive::new().interval(HEARTBEAT).event(Event::default().event("beat").data("-")))
        .into_response()
}

fn stream(listener: Listener) -> impl Stream<Item = Result<Event, Infallible>> {
    unfold(listener, |mut listener| async move {
        listener.state.changed().await.ok()?;
        // A session that has ended hears nothing more.
        if !listener.app.sessions.open(&listener.cookie, listener.app.port.session_ms()) {
            return None;
        }
        let state = listener.state.borrow_and_update().clone();
        let event = Event::default().event("state").id(state.revision.to_string()).retry(Duration::from_secs(1)).json_data(&state).ok()?;
        Some((Ok(event), listener))
    })
}

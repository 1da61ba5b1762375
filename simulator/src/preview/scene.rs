//! A gatekeeper for each language and form, in virtual time: a parked car, one well-recognised driver, everything asked.

use crate::harness::{World, WorldError};
use consent_core::{Assurance, Value};
use consent_gatekeeper::control::{Peer, Request, Response};
use consent_gatekeeper::show::{Asking, CatalogShown, FirstChoice};
use consent_protocol::catalog::CompiledCatalog;
use consent_screen::ctx::{Ctx, Theme};
use consent_screen::port::{Answer, Port};
use consent_screen::words::{Language, Words};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::oneshot;

/// Who is asked.
const DRIVER: &str = "preview";
/// Time until a car without speed and in gear P counts as parked, milliseconds.
const PARKED_MS: u64 = 10_000;

/// Why a catalog has no scenes.
#[derive(Debug, thiserror::Error)]
pub enum SceneError {
    /// The thread of the gatekeepers could not be started.
    #[error("a thread for the preview: {0}")]
    Thread(#[from] std::io::Error),
}

/// The language and the form of a scene.
type Which = (&'static str, Option<Asking>);

struct Ask {
    which: Which,
    peer: Peer,
    request: Request,
    reply: oneshot::Sender<Response>,
}

/// The scenes of one catalog; a gatekeeper is started when it is first asked.
#[derive(Debug)]
pub struct Scenes {
    asks: Sender<Ask>,
    catalog: CompiledCatalog,
    now_ms: i64,
}

impl Scenes {
    /// Starts the thread that they live on, as a gatekeeper's store is made for one.
    pub fn start(catalog: CompiledCatalog) -> Result<Self, SceneError> {
        let (asks, asked) = channel();
        let worlds = catalog.clone();
        std::thread::Builder::new().name("preview".to_owned()).spawn(move || live(&worlds, &asked))?;
        Ok(Self { asks, catalog, now_ms: crate::harness::Settings::new(0).start_ms })
    }

    /// The catalog.
    pub fn catalog(&self) -> &CompiledCatalog {
        &self.catalog
    }

    /// What a page of the screen starts from; `None` if the gatekeeper does not answer.
    pub async fn ctx(&self, language: Language, asking: Option<Asking>, theme: Theme) -> Option<Ctx> {
        let port: Arc<dyn Port> = Arc::new(ScenePort { asks: self.asks.clone(), which: (language.tag(), asking), now_ms: self.now_ms });
        let peer = Peer { method: consent_protocol::ledger::Method::Screen, assurance: Assurance::High };
        let Response::Status(status) = port.ask(peer, Request::Status).await else { return None };
        let mut ctx = Ctx {
            port,
            words: Words::new(language),
            theme,
            status: *status,
            catalog: None,
            name: "Anna".to_owned(),
            languages: vec![language.tag().to_owned()],
            flash: None,
            path: "/requests".to_owned(),
        };
        let shown: CatalogShown = ctx.data(Request::CatalogShow).await.ok()?;
        ctx.catalog = Some(Arc::new(shown));
        Some(ctx)
    }
}

/// The way to one scene's gatekeeper.
struct ScenePort {
    asks: Sender<Ask>,
    which: Which,
    now_ms: i64,
}

impl Port for ScenePort {
    fn ask(&self, peer: Peer, request: Request) -> Answer {
        let (reply, answer) = oneshot::channel();
        let sent = self.asks.send(Ask { which: self.which, peer, request, reply });
        Box::pin(async move {
            let gone = || Response::Refused { error: "the preview's gatekeeper does not answer".to_owned() };
            if sent.is_err() { gone() } else { answer.await.unwrap_or_else(|_| gone()) }
        })
    }

    fn now_ms(&self) -> i64 {
        self.now_ms
    }
}

/// Until nobody can ask any more.
fn live(catalog: &CompiledCatalog, asked: &Receiver<Ask>) {
    let mut worlds: BTreeMap<Which, World> = BTreeMap::new();
    while let Ok(ask) = asked.recv() {
        let response = answer(&mut worlds, catalog, &ask);
        if ask.reply.send(response).is_err() {
            tracing::debug!("a page of the preview was closed");
        }
    }
}

fn answer(worlds: &mut BTreeMap<Which, World>, catalog: &CompiledCatalog, ask: &Ask) -> Response {
    let refused = |error: String| Response::Refused { error };
    let world = match worlds.entry(ask.which) {
        Entry::Occupied(running) => running.into_mut(),
        Entry::Vacant(none) => match world(catalog, ask.which) {
            Ok(world) => none.insert(world),
            Err(error) => return refused(error.to_string()),
        },
    };
    match world.control_as(ask.peer, ask.request.clone()) {
        Ok(Some(response)) => response,
        Ok(None) => refused("the preview's gatekeeper stopped".to_owned()),
        Err(error) => refused(error.to_string()),
    }
}

fn world(catalog: &CompiledCatalog, (language, asking): Which) -> Result<World, WorldError> {
    let mut world = World::new(1, catalog.clone())?;
    world.control(Request::PeopleDriver { person: Some(DRIVER.to_owned()), assurance: Assurance::High })?;
    world.control(Request::PeopleComplete { complete: true })?;
    park(&mut world)?;
    world.control(Request::ProfileLanguages { person: DRIVER.to_owned(), languages: vec![language.to_owned()] })?;
    world.control(Request::AskingSet { asking })?;
    world.control(Request::FirstStart { choose: FirstChoice::Now })?;
    Ok(world)
}

fn park(world: &mut World) -> Result<(), WorldError> {
    let context = crate::harness::context_signals();
    let t_ms = world.now().wall_ms;
    for (path, value) in [(context.speed, Value::Float(0.0)), (context.gear, Value::Int(126))] {
        if let Some(path) = path {
            world.offer(&path, value, t_ms)?;
        }
    }
    world.advance(PARKED_MS)
}

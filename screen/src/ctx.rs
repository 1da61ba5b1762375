//! What every page and answer starts from: who drives, in which language, under which catalog, and how the gate stands.

use crate::fault::Fault;
use crate::port::Port;
use crate::words::Words;
use consent_core::Assurance;
use consent_gatekeeper::control::{Peer, Request, Response};
use consent_gatekeeper::show::CatalogShown;
use consent_gatekeeper::status::Status;
use consent_protocol::catalog::{Localized, Recipient, Use, text_in};
use consent_protocol::ledger::Method;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// Which theme the person chose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the car's screen says.
    #[default]
    Auto,
    /// Night.
    Dark,
    /// Day.
    Light,
}

/// What was done with the last touch, shown once, where it was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flash {
    /// The sentence.
    pub text: String,
    /// Use id, or another name of the place; empty = top of the page.
    pub at: String,
    /// It was refused.
    pub refused: bool,
}

/// The context of one request.
#[derive(Clone)]
pub struct Ctx {
    /// The way to the gatekeeper.
    pub port: Arc<dyn Port>,
    /// Words in the driver's language.
    pub words: Words,
    /// Theme of this session.
    pub theme: Theme,
    /// How the gate stands.
    pub status: Status,
    /// The catalog in force.
    pub catalog: Option<Arc<CatalogShown>>,
    /// The driver's name as shown; empty for a guest.
    pub name: String,
    /// Languages of the driver's profile, in order of preference; none for a guest.
    pub languages: Vec<String>,
    /// What the last touch did.
    pub flash: Option<Flash>,
    /// The path of this page with its query, for a touch to come back to.
    pub path: String,
}

impl std::fmt::Debug for Ctx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Nothing personal may reach a log through it.
        f.debug_struct("Ctx").field("language", &self.words.language()).finish_non_exhaustive()
    }
}

impl Ctx {
    /// The driver's profile; none for a guest or an empty seat.
    pub fn person(&self) -> Option<&str> {
        self.driver().and_then(|driver| driver.person.as_deref())
    }

    /// How surely the driver is recognised.
    pub fn assurance(&self) -> Assurance {
        match self.driver().map(|driver| driver.assurance.as_str()) {
            Some("high") => Assurance::High,
            Some("low") => Assurance::Low,
            _ => Assurance::None,
        }
    }

    fn driver(&self) -> Option<&consent_gatekeeper::status::PersonStatus> {
        self.status.people.iter().find(|person| person.role == "driver")
    }

    /// Whether requests may be shown and answered.
    pub fn parked(&self) -> bool {
        self.status.driving == "parked"
    }

    /// As whom this screen asks: as the person in front of it, as surely as the car recognised them.
    pub fn peer(&self) -> Peer {
        Peer { method: Method::Screen, assurance: self.assurance() }
    }

    /// Asks for data of a known shape.
    pub async fn data<T: DeserializeOwned>(&self, request: Request) -> Result<T, Fault> {
        match self.port.ask(self.peer(), request).await {
            Response::Data { data } => serde_json::from_value(data).map_err(|_| Fault::Silent),
            other @ (Response::Done { .. } | Response::Status(_) | Response::Refused { .. } | Response::Unrecorded { .. }) => Err(refused(other)),
        }
    }

    /// Asks for something to be done; the sentence says what happened.
    pub async fn done(&self, request: Request) -> Result<String, Fault> {
        match self.port.ask(self.peer(), request).await {
            Response::Done { detail } => Ok(detail),
            other @ (Response::Data { .. } | Response::Status(_) | Response::Refused { .. } | Response::Unrecorded { .. }) => Err(refused(other)),
        }
    }

    /// The catalog in force.
    pub fn catalog(&self) -> Result<&CatalogShown, Fault> {
        self.catalog.as_deref().ok_or(Fault::NoCatalog)
    }

    /// A use of the catalog.
    pub fn used(&self, use_id: &str) -> Option<&Use> {
        self.catalog.as_ref()?.catalog.uses.iter().find(|used| used.id == use_id)
    }

    /// The recipient of a use.
    pub fn recipient(&self, used: &Use) -> Option<&Recipient> {
        self.catalog.as_ref()?.catalog.recipients.get(usize::from(used.recipient))
    }

    /// A text of the catalog in the person's language, else in the first one that it has.
    pub fn text(&self, texts: &[Localized]) -> String {
        let found = text_in(texts, self.words.language().tag()).or_else(|| texts.first().map(|text| text.text.as_str()));
        found.unwrap_or_default().to_owned()
    }
}

fn refused(response: Response) -> Fault {
    match response {
        Response::Refused { error } => Fault::Refused(error),
        Response::Unrecorded { detail } => Fault::Unrecorded(detail),
        Response::Done { .. } | Response::Data { .. } | Response::Status(_) => Fault::Silent,
    }
}

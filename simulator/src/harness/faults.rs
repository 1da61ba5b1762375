//! Faults that a test brings about by hand: a signer that does not answer, keys that run out, a receiver that is restored from
//! a copy of its database, messages that come again.

use super::car::Refills;
use super::desk::POOL;
use super::{Receiving, World, WorldError};
use consent_gatekeeper::Event;
use consent_gatekeeper::control::Request;
use consent_receiver::engine::{Engine, EngineConfig};
use std::path::Path;

/// Whether the car's keys answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answering {
    /// They sign.
    Yes,
    /// Nothing is signed.
    No,
}

impl World {
    /// Lets the car's keys answer or not; a restart of the car makes them answer again.
    pub fn signer(&mut self, answering: Answering) {
        self.car.gate.signer_mut().answering = answering;
    }

    /// Lets nobody refill the pool of stream keys until [`Self::refill`].
    pub fn hold_refills(&mut self) {
        self.car.refills = Refills::Held;
    }

    /// Adds stream keys, as an enrolment does.
    pub fn refill(&mut self) -> Result<(), WorldError> {
        self.car.refills = Refills::Granted;
        self.car.pool = self.car.pool.saturating_add(POOL);
        self.car.gate.signer_mut().refill(POOL);
        self.feed(Event::PoolRefilled)
    }

    /// Gives the car a signed catalog that the receiver may not know.
    pub fn give_catalog(&mut self, envelope: Vec<u8>) -> Result<(), WorldError> {
        self.feed(Event::Catalog { envelope })
    }

    /// What was kept back from the receiver never gets there.
    pub fn forget_held(&mut self) {
        self.held = None;
    }

    /// Asks the car, and goes on without its answer.
    pub fn ask_and_go_on(&mut self, request: Request) -> Result<(), WorldError> {
        let token = self.next_token;
        self.next_token = self.next_token.saturating_add(1);
        self.feed(Event::Control { token, peer: super::SCREEN, request })
    }

    /// Gives the receiver a message, now and past the broker.
    pub fn deliver(&mut self, topic: &str, payload: &[u8]) -> Result<(), WorldError> {
        let wall_ms = self.true_wall_ms();
        let outgoing = self.engine()?.handle(wall_ms, topic, payload)?;
        self.net.answer(self.t_ms, outgoing);
        Ok(())
    }

    /// Somebody shows the secret of a receipt at the recipients (R35).
    pub fn withdraw_outside(&mut self, secret: &[u8; 32]) -> Result<(), WorldError> {
        let wall_ms = self.true_wall_ms();
        let outgoing = self.engine()?.withdraw_by_secret(wall_ms, secret)?;
        self.net.answer(self.t_ms, outgoing);
        Ok(())
    }

    fn housed(&self, folder: &Path) -> EngineConfig {
        EngineConfig {
            environment: self.desk.catalog.environment,
            authorities: vec![super::desk::public(&super::desk::authority())],
            catalog_root: super::desk::public(&crate::catalog::demo_root()),
            recipients: self.desk.recipients(),
            database: Some(folder.join("receiver.db")),
            hand_on: Some(folder.join("lines")),
            report_ms: consent_receiver::engine::REPORT_MS,
        }
    }

    /// Moves the receiver into a folder: database, handed-on lines, and the erase log beside them. What it knew is gone.
    pub fn house_receiver(&mut self, folder: &Path) -> Result<(), WorldError> {
        let seed = self.chance.bytes();
        let mut engine = Engine::open_with_log(self.housed(folder), Some(&folder.join("erasures.db")), seed)?;
        engine.add_catalog(&self.desk.envelope)?;
        self.net.lose_inbox();
        let outgoing = engine.at_start(self.true_wall_ms())?;
        self.receiver = Receiving::Here(Box::new(engine));
        self.net.answer(self.t_ms, outgoing);
        Ok(())
    }

    /// Copies the database of a receiver that lives in a folder; the erase log is no part of it.
    pub fn back_up_receiver(&self, folder: &Path) -> std::io::Result<()> {
        copy_database(folder, &folder.join("backup"))
    }

    /// Puts the copy back and starts the receiver on it.
    pub fn restore_receiver(&mut self, folder: &Path) -> Result<(), WorldError> {
        let elsewhere = EngineConfig { database: None, hand_on: None, ..self.housed(folder) };
        self.receiver = Receiving::Here(Box::new(Engine::open(elsewhere, [0; 32])?));
        copy_database(&folder.join("backup"), folder).map_err(|error| consent_receiver::engine::EngineError::Database(error.to_string()))?;
        self.house_receiver(folder)
    }
}

/// Copies a database with its log; what the target had is gone.
fn copy_database(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for name in ["receiver.db", "receiver.db-wal", "receiver.db-shm"] {
        let (source, target) = (from.join(name), to.join(name));
        if target.exists() {
            std::fs::remove_file(&target)?;
        }
        if source.exists() && name != "receiver.db-shm" {
            std::fs::copy(&source, &target)?;
        }
    }
    Ok(())
}

//! The car's computer: an agent on a runtime of its own, so that its power can be cut as power is: every task, connection and
//! open page is gone from one moment to the next, and nothing is written any more.

use super::disk::Disk;
use consent_agent::clock::MovedClock;
use consent_agent::config::Config;
use consent_agent::run::{Agent, Notify, Parts, RunError};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// How long the threads of a computer without power may take to notice.
const DARK: Duration = Duration::from_secs(2);

/// A runtime that does not wait when it is dropped.
#[derive(Debug)]
struct Own(Option<Runtime>);

impl Drop for Own {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// A computer that runs.
#[derive(Debug)]
pub(super) struct Computer {
    agent: Agent,
    disk: Disk,
    runtime: Own,
}

impl Computer {
    /// Boots.
    pub(super) async fn boot(config: Config, disk: Disk, clock: MovedClock, seed: [u8; 32]) -> Result<Self, RunError> {
        let system = |error: std::io::Error| RunError::System("the agent's runtime", error.to_string());
        let runtime = Own(Some(Builder::new_multi_thread().worker_threads(1).thread_name("agent").enable_all().build().map_err(system)?));
        let parts = Parts { store: disk.clone(), clock, seed };
        let starting = runtime.0.as_ref().map(|runtime| runtime.spawn(Agent::start_with(config, Notify::Nobody, parts)));
        let lost = || RunError::System("the agent's runtime", "it is gone".to_owned());
        let agent = starting.ok_or_else(lost)?.await.map_err(|error| RunError::System("the agent's start", error.to_string()))??;
        Ok(Self { agent, disk, runtime })
    }

    pub(super) fn agent(&self) -> &Agent {
        &self.agent
    }

    pub(super) fn disk(&self) -> &Disk {
        &self.disk
    }

    /// Stops in order.
    pub(super) async fn shutdown(self) -> Result<(), RunError> {
        let ended = self.agent.shutdown().await;
        dark(self.runtime).await;
        ended
    }

    /// Cuts its power.
    pub(super) async fn cut(self) {
        let Self { agent, disk, runtime } = self;
        disk.cut();
        dark(runtime).await;
        drop(agent);
    }
}

/// Waits until nothing of it runs any more, so that files and ports are free.
async fn dark(mut runtime: Own) {
    let Some(runtime) = runtime.0.take() else { return };
    if tokio::task::spawn_blocking(move || runtime.shutdown_timeout(DARK)).await.is_err() {
        tracing::warn!("a thread of the car's computer does not end");
    }
}

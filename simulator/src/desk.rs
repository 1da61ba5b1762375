//! The desk: one page with the vehicle, the privacy screen and the receivers side by side, live, and a button for everything
//! that can happen to them.
//!
//! The page is served by the simulator only, on 127.0.0.1. It shows what agent, receiver and car say of themselves and judges
//! nothing. INVARIANT: only this page can press its buttons: whatever comes from another origin is turned away (`serve`).

mod buttons;
mod cabin;
mod deeds;
mod journal;
mod lines;
mod rig;
mod seen;
mod serve;
mod view;

use crate::stack::Rest;
use crate::summary::{BrokenLines, Summary};
use rig::Rig;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};

/// The port that is tried first.
pub const PORT: u16 = 7_600;
/// Touches that wait.
const TOUCHES_MAX: usize = 32;

/// How the desk runs.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Makes car and people reproducible.
    pub seed: u64,
    /// Ends after this time; without, at Ctrl-C.
    pub lasts: Option<Duration>,
    /// Where it is served; none = [`PORT`], or any free one if that is taken.
    pub port: Option<u16>,
}

/// A touch on the page, on its way to the rig.
#[derive(Debug)]
struct Touch {
    button: buttons::Button,
    /// Where the state goes that it led to.
    shown: oneshot::Sender<view::Shown>,
}

/// What page and rig share.
#[derive(Clone, Debug)]
struct Wires {
    touches: mpsc::Sender<Touch>,
    /// The newest state; none before anybody looked.
    state: watch::Receiver<Option<view::Shown>>,
    /// Somebody looks.
    looked: watch::Sender<bool>,
    /// An address that opens the privacy screen once.
    screen: mpsc::Sender<oneshot::Sender<Option<String>>>,
}

/// Serves it; `told` is given its address once it answers.
/// Nothing is summed up if nobody ever looked.
pub fn run(options: &Options, told: impl FnOnce(&str)) -> anyhow::Result<Option<Summary>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let rest = runtime.block_on(play(options, told))?;
    let summary = rest.map(|rest| Summary::new("desk", options.seed, &rest.status, &rest.stored, &rest.counts, BrokenLines::default()));
    // The broker's threads have no end of their own.
    runtime.shutdown_background();
    Ok(summary)
}

async fn play(options: &Options, told: impl FnOnce(&str)) -> anyhow::Result<Option<Rest>> {
    let (touches, touched) = mpsc::channel(TOUCHES_MAX);
    let (shows, state) = watch::channel(None);
    let (looked, looks) = watch::channel(false);
    let (screen, asked) = mpsc::channel(TOUCHES_MAX);
    let address = serve::start(options.port, Wires { touches, state, looked, screen }).await?;
    told(&format!("http://{address}/"));
    let rig = Rig::new(options.seed, address, rig::Ends { touched, shows, looks, asked });
    Ok(Box::pin(rig.run(options.lasts)).await?)
}

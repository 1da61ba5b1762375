//! The engine's own thread: one writer, asked through one bounded queue.
//!
//! Messages that wait are handled together: each in its own transaction, and then one State for each stream. A broker hears of
//! none of them before that State is on its way.

use crate::clock::MovedClock;
use crate::engine::{Counts, Engine, EngineError, Outgoing};
use crate::look::{Depth, Look};
use consent_protocol::topic::Topic;
use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender};
use std::time::Duration;
use tokio::sync::mpsc;

/// How often retention, withdrawals by other processes and unfinished erasures are looked after.
const TICK: Duration = Duration::from_secs(1);

/// Messages that are handled before what they come to is said: few enough that a car does not wait for a State.
const RUN_MAX: usize = 16;

/// The queue to the engine.
pub(crate) type Asking = SyncSender<Ask>;

/// What the engine is asked.
#[derive(Debug)]
pub(crate) enum Ask {
    /// A message from the broker.
    Message(Message),
    /// A connection is up: what goes out by itself goes here.
    Attach { recipient: String, replies: mpsc::Sender<Reply> },
    /// A withdrawal by secret; how many notices that makes.
    Withdraw { secret: [u8; 32], done: Sender<Result<usize, EngineError>> },
    /// The counts.
    Counts { done: Sender<Result<Counts, EngineError>> },
    /// What each recipient has.
    Look { depth: Depth, done: Sender<Result<Look, EngineError>> },
    /// A demonstration's clock is put forward.
    Forward { by_ms: u64 },
    /// The end.
    Stop,
}

/// A message from the broker.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) topic: String,
    pub(crate) payload: Vec<u8>,
    pub(crate) replies: mpsc::Sender<Reply>,
}

/// What a connection is told.
#[derive(Debug)]
pub(crate) enum Reply {
    /// Its oldest message is stored, with this to answer.
    Handled(Vec<Outgoing>),
    /// Its oldest message is not stored.
    Failed,
    /// Something else goes out.
    Also(Vec<Outgoing>),
}

/// Who hears what by recipient.
#[derive(Debug, Default)]
struct Routes {
    attached: BTreeMap<String, mpsc::Sender<Reply>>,
    /// What goes out at the first connection after the start.
    waiting: BTreeMap<String, Vec<Outgoing>>,
}

impl Routes {
    /// Sends each message to its recipient's connection. Without one it is dropped: the car's next Hello asks for it.
    fn send(&self, out: Vec<Outgoing>) {
        let mut by_recipient: BTreeMap<String, Vec<Outgoing>> = BTreeMap::new();
        out.into_iter().filter_map(named).for_each(|(recipient, out)| by_recipient.entry(recipient).or_default().push(out));
        for (recipient, out) in by_recipient {
            if self.attached.get(&recipient).is_none_or(|replies| replies.blocking_send(Reply::Also(out)).is_err()) {
                tracing::debug!(recipient, "not connected, nothing sent");
            }
        }
    }
}

fn named(out: Outgoing) -> Option<(String, Outgoing)> {
    recipient(&out.topic).map(|recipient| (recipient, out))
}

/// Whose stream a topic is of.
fn recipient(topic: &str) -> Option<String> {
    match Topic::parse(topic) {
        Some(Topic::Stream { recipient, .. }) => Some(recipient),
        Some(Topic::Catalog { .. }) | None => None,
    }
}

/// Serves until it is told to stop. `publisher` is the recipient that publishes catalogs.
pub(crate) fn serve(mut engine: Engine, asked: &Receiver<Ask>, publisher: Option<&str>) {
    let (mut routes, mut clock) = (Routes::default(), MovedClock::default());
    match engine.at_start(clock.now_ms()) {
        Ok(out) => out.into_iter().filter_map(named).for_each(|(recipient, out)| routes.waiting.entry(recipient).or_default().push(out)),
        Err(error) => tracing::error!(%error, "the start's states"),
    }
    let mut ticked_ms = clock.now_ms();
    let mut left = None;
    loop {
        match left.take().map_or_else(|| asked.recv_timeout(TICK), Ok) {
            Ok(Ask::Stop) | Err(RecvTimeoutError::Disconnected) => return,
            Ok(Ask::Forward { by_ms }) if engine.is_demo() => clock.forward(by_ms),
            Ok(Ask::Message(message)) => left = run(&mut engine, &routes, clock.now_ms(), message, asked),
            Ok(ask) => answer(&mut engine, &mut routes, publisher, clock, ask),
            Err(RecvTimeoutError::Timeout) => (),
        }
        let now_ms = clock.now_ms();
        if now_ms.saturating_sub(ticked_ms).unsigned_abs() >= 1_000 {
            ticked_ms = now_ms;
            match engine.tick(now_ms) {
                Ok(out) => routes.send(out),
                Err(error) => tracing::error!(%error, "looking after retention"),
            }
        }
    }
}

/// Handles a message and those that wait behind it; gives back what else was found there.
fn run(engine: &mut Engine, routes: &Routes, now_ms: i64, first: Message, asked: &Receiver<Ask>) -> Option<Ask> {
    let (mut handled, mut out, mut next, mut left) = (Vec::new(), Vec::new(), Some(first), None);
    while let Some(message) = next.take() {
        let reply = match engine.handle_more(now_ms, &message.topic, &message.payload) {
            Ok(mut more) => {
                out.append(&mut more);
                Reply::Handled(Vec::new())
            }
            Err(error) => failed(&error),
        };
        handled.push((message, reply));
        if handled.len() < RUN_MAX {
            match asked.try_recv() {
                Ok(Ask::Message(more)) => next = Some(more),
                Ok(other) => left = Some(other),
                Err(_) => {}
            }
        }
    }
    match engine.answer_owed() {
        Ok(mut states) => out.append(&mut states),
        // What is not answered is not acknowledged either: the broker sends it again.
        Err(error) => handled.iter_mut().for_each(|(_, reply)| *reply = failed(&error)),
    }
    // An erasure that comes to its end meanwhile may be another recipient's.
    let others: Vec<Outgoing> = out.into_iter().filter_map(|out| say_first(out, &mut handled)).collect();
    for (message, reply) in handled {
        // A connection that is gone does not wait for its reply; the broker sends the message again.
        drop(message.replies.blocking_send(reply));
    }
    routes.send(others);
    left
}

/// Puts an answer before the first acknowledgement on its recipient's newest connection; gives it back if there is none among these.
fn say_first(answer: Outgoing, handled: &mut [(Message, Reply)]) -> Option<Outgoing> {
    let to = recipient(&answer.topic);
    let Some(newest) = handled.iter().rev().find(|(message, _)| recipient(&message.topic) == to).map(|(message, _)| message.replies.clone()) else {
        return Some(answer);
    };
    let first = handled.iter_mut().filter(|(message, _)| message.replies.same_channel(&newest)).find_map(|(_, reply)| match reply {
        Reply::Handled(out) => Some(out),
        Reply::Failed | Reply::Also(_) => None,
    });
    match first {
        Some(out) => {
            out.push(answer);
            None
        }
        None => Some(answer),
    }
}

fn failed(error: &EngineError) -> Reply {
    tracing::error!(%error, "a message is not stored");
    Reply::Failed
}

fn answer(engine: &mut Engine, routes: &mut Routes, publisher: Option<&str>, clock: MovedClock, ask: Ask) {
    match ask {
        Ask::Attach { recipient, replies } => {
            let mut out = routes.waiting.remove(&recipient).unwrap_or_default();
            if publisher == Some(recipient.as_str()) {
                match engine.newest_catalogs() {
                    Ok(mut catalogs) => out.append(&mut catalogs),
                    Err(error) => tracing::error!(%error, "no catalog to publish"),
                }
            }
            if replies.blocking_send(Reply::Also(out)).is_ok() {
                routes.attached.insert(recipient, replies);
            }
        }
        Ask::Withdraw { secret, done } => {
            let result = engine.withdraw_by_secret(clock.now_ms(), &secret).map(|out| {
                let notices = out.len();
                routes.send(out);
                notices
            });
            drop(done.send(result));
        }
        Ask::Counts { done } => drop(done.send(engine.counts())),
        Ask::Look { depth, done } => drop(done.send(engine.look(depth))),
        Ask::Forward { .. } => tracing::warn!("a clock is put forward in the demo environment only"),
        // Both are the loop's.
        Ask::Message(_) | Ask::Stop => (),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(recipient: &str, channel: &str) -> String {
        format!("cg/1/{recipient}/{}/{channel}", "0a".repeat(16))
    }

    fn answer_to(recipient: &str) -> Outgoing {
        Outgoing { topic: topic(recipient, "a"), payload: Vec::new() }
    }

    /// So many answers come with each reply; none: it failed.
    fn said(handled: &[(Message, Reply)]) -> Vec<Option<usize>> {
        let of = |reply: &Reply| if let Reply::Handled(out) = reply { Some(out.len()) } else { None };
        handled.iter().map(|(_, reply)| of(reply)).collect()
    }

    #[test]
    fn an_answer_goes_before_the_first_acknowledgement_on_the_newest_connection_of_its_recipient() {
        let [(old, _a), (new, _b), (insurer, _c)] = std::array::from_fn(|_| mpsc::channel::<Reply>(4));
        let message = |recipient: &str, replies: &mpsc::Sender<Reply>| Message { topic: topic(recipient, "b"), payload: Vec::new(), replies: replies.clone() };
        let good = || Reply::Handled(Vec::new());
        let mut handled =
            vec![(message("oem", &old), good()), (message("oem", &new), Reply::Failed), (message("insurer", &insurer), good()), (message("oem", &new), good())];
        assert!(say_first(answer_to("oem"), &mut handled).is_none());
        assert_eq!(said(&handled), [Some(0), None, Some(0), Some(1)]);
        assert!(say_first(answer_to("insurer"), &mut handled).is_none());
        assert_eq!(said(&handled), [Some(0), None, Some(1), Some(1)]);
        let back = say_first(answer_to("garage"), &mut handled).expect("of none of these");
        assert_eq!((back.topic, said(&handled)), (topic("garage", "a"), vec![Some(0), None, Some(1), Some(1)]));
        handled.pop();
        assert!(say_first(answer_to("oem"), &mut handled).is_some(), "nothing of the newest connection is acknowledged");
    }
}

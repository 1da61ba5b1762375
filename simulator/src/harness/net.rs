//! The net: a link per recipient, a broker that keeps only catalogs, and everything that is on its way.
//!
//! INVARIANT: on one connection what was handed over first arrives first; of a connection that is lost, a beginning of what was
//! on its way may have arrived, and nothing else of it ever does.

use super::chance::Chance;
use super::desk::Desk;
use super::{Faults, WireLog};
use consent_gatekeeper::Event;
use consent_gatekeeper::event::LinkEvent;
use consent_protocol::topic::Topic;
use consent_receiver::engine::Outgoing;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Publishes that may be unacknowledged on a connection.
const ROOM: u16 = 20;
/// A connection that cannot come up fails after this time, milliseconds.
const REFUSED_MS: u64 = 1_000;

/// Something handed to the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handed {
    /// Milliseconds since the world began.
    pub at_ms: u64,
    /// The recipient whose connection it is.
    pub recipient: String,
    /// What.
    pub what: HandedWhat,
}

/// What was handed to the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HandedWhat {
    /// A connection was asked for.
    Connect,
    /// A subscription.
    Subscribe(String),
    /// A publish.
    Publish {
        /// Topic.
        topic: String,
        /// Payload.
        payload: Vec<u8>,
    },
    /// The connection was dropped by the car.
    Cut,
    /// The connection was ended in order.
    Disconnect,
}

pub(super) struct Flight {
    pub(super) recipient: String,
    pub(super) boot: u32,
    pub(super) epoch: u64,
    pub(super) handle: u64,
    pub(super) topic: String,
    pub(super) payload: Vec<u8>,
}

pub(super) enum Happening {
    Tell { boot: u32, event: Box<Event> },
    Arrive(Flight),
    Deliver { topic: String, payload: Vec<u8> },
    Answer(Outgoing),
    ReceiverTick,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Idle,
    Connecting,
    Up,
}

struct Link {
    epoch: u64,
    phase: Phase,
    blocked: bool,
    topics: BTreeSet<String>,
    /// When the last message on its way up, or down, is there.
    up_ms: u64,
    down_ms: u64,
}

pub(super) struct Net {
    chance: Chance,
    latency_ms: (u64, u64),
    wire: WireLog,
    links: BTreeMap<String, Link>,
    /// Catalogs that the broker keeps, by topic.
    retained: BTreeMap<String, Arc<Desk>>,
    queue: BTreeMap<(u64, u64), Happening>,
    order: u64,
    pub(super) handed: Vec<Handed>,
}

impl std::fmt::Debug for Net {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Net").field("links", &self.links.len()).field("on_their_way", &self.queue.len()).finish_non_exhaustive()
    }
}

impl Net {
    pub(super) fn new(chance: Chance, latency_ms: (u64, u64), wire: WireLog) -> Self {
        Self { chance, latency_ms, wire, links: BTreeMap::new(), retained: BTreeMap::new(), queue: BTreeMap::new(), order: 0, handed: Vec::new() }
    }

    pub(super) fn at(&mut self, at_ms: u64, happening: Happening) {
        self.order = self.order.saturating_add(1);
        self.queue.insert((at_ms, self.order), happening);
    }

    pub(super) fn next_ms(&self) -> Option<u64> {
        self.queue.first_key_value().map(|((at_ms, _), _)| *at_ms)
    }

    pub(super) fn pop(&mut self, t_ms: u64) -> Option<Happening> {
        let first = self.queue.first_entry().filter(|first| first.key().0 <= t_ms)?;
        Some(first.remove())
    }

    fn log(&mut self, at_ms: u64, recipient: &str, what: HandedWhat) {
        if self.wire == WireLog::Keep {
            self.handed.push(Handed { at_ms, recipient: recipient.to_owned(), what });
        }
    }

    fn link(&mut self, recipient: &str) -> &mut Link {
        self.links.entry(recipient.to_owned()).or_insert_with(|| Link {
            epoch: 0,
            phase: Phase::Idle,
            blocked: false,
            topics: BTreeSet::new(),
            up_ms: 0,
            down_ms: 0,
        })
    }

    fn tell(&mut self, at_ms: u64, boot: u32, recipient: &str, event: LinkEvent) {
        let epoch = self.link(recipient).epoch;
        self.at(at_ms, Happening::Tell { boot, event: Box::new(Event::Link { recipient: recipient.to_owned(), epoch, event }) });
    }

    pub(super) fn retain(&mut self, desk: &Arc<Desk>) {
        self.retained.insert(Topic::Catalog { audience: desk.catalog.audience() }.name(), Arc::clone(desk));
    }

    fn retained(&self, topic: &str) -> Option<Vec<u8>> {
        self.retained.get(topic).map(|desk| desk.envelope.clone())
    }

    pub(super) fn send_retained(&mut self, t_ms: u64, boot: u32, audience: &str) {
        let topic = Topic::Catalog { audience: audience.to_owned() }.name();
        if let Some(payload) = self.retained(&topic) {
            self.pass_down(t_ms, boot, Outgoing { topic, payload });
        }
    }

    pub(super) fn connect(&mut self, t_ms: u64, boot: u32, recipient: String, epoch: u64) {
        self.log(t_ms, &recipient, HandedWhat::Connect);
        let latency = self.chance.between(self.latency_ms);
        let link = self.link(&recipient);
        (link.epoch, link.phase) = (epoch, Phase::Connecting);
        link.topics.clear();
        if link.blocked {
            self.tell(t_ms.saturating_add(REFUSED_MS), boot, &recipient, LinkEvent::Down);
        } else {
            link.phase = Phase::Up;
            link.up_ms = t_ms.saturating_add(latency);
            link.down_ms = link.up_ms;
            self.tell(t_ms.saturating_add(latency), boot, &recipient, LinkEvent::Up { room: ROOM });
        }
    }

    pub(super) fn subscribe(&mut self, t_ms: u64, boot: u32, recipient: &str, epoch: u64, topic: String) {
        self.log(t_ms, recipient, HandedWhat::Subscribe(topic.clone()));
        let link = self.link(recipient);
        if link.epoch != epoch || link.phase != Phase::Up {
            return;
        }
        link.topics.insert(topic.clone());
        if let Some(payload) = self.retained(&topic) {
            self.send_down(t_ms, boot, recipient, LinkEvent::Message { topic, payload });
        }
    }

    pub(super) fn publish(&mut self, t_ms: u64, flight: Flight) {
        self.log(t_ms, &flight.recipient, HandedWhat::Publish { topic: flight.topic.clone(), payload: flight.payload.clone() });
        let latency = self.chance.between(self.latency_ms);
        let link = self.link(&flight.recipient);
        if link.epoch != flight.epoch || link.phase != Phase::Up {
            return;
        }
        link.up_ms = link.up_ms.max(t_ms.saturating_add(latency));
        let at_ms = link.up_ms;
        self.at(at_ms, Happening::Arrive(flight));
    }

    pub(super) fn cut(&mut self, t_ms: u64, boot: u32, recipient: &str, epoch: u64) {
        self.log(t_ms, recipient, HandedWhat::Cut);
        if self.link(recipient).epoch == epoch {
            self.sever(t_ms, recipient);
            self.tell(t_ms, boot, recipient, LinkEvent::Down);
        }
    }

    pub(super) fn disconnect(&mut self, t_ms: u64, recipient: &str, epoch: u64) {
        self.log(t_ms, recipient, HandedWhat::Disconnect);
        if self.link(recipient).epoch == epoch {
            self.sever(t_ms, recipient);
        }
    }

    pub(super) fn lose_link(&mut self, t_ms: u64, boot: u32, recipient: &str) {
        if self.link(recipient).phase != Phase::Idle {
            self.sever(t_ms, recipient);
            self.tell(t_ms, boot, recipient, LinkEvent::Down);
        }
    }

    pub(super) fn block(&mut self, recipient: &str) {
        self.link(recipient).blocked = true;
    }

    pub(super) fn unblock(&mut self, recipient: &str) {
        self.link(recipient).blocked = false;
    }

    /// The car lost power: a beginning of what each connection carried may have arrived; nothing reaches the car.
    pub(super) fn lose_car(&mut self, t_ms: u64) {
        for recipient in self.links.keys().cloned().collect::<Vec<_>>() {
            self.sever(t_ms, &recipient);
        }
        self.queue.retain(|_, happening| !matches!(happening, Happening::Tell { .. }));
    }

    pub(super) fn lose_broker(&mut self, t_ms: u64, boot: u32) {
        for recipient in self.links.keys().cloned().collect::<Vec<_>>() {
            self.lose_link(t_ms, boot, &recipient);
        }
        self.queue.retain(|_, happening| !matches!(happening, Happening::Arrive(_) | Happening::Deliver { .. } | Happening::Answer(_)));
    }

    /// What was on its way to the receiver is gone.
    pub(super) fn lose_inbox(&mut self) {
        self.queue.retain(|_, happening| !matches!(happening, Happening::Deliver { .. }));
    }

    fn sever(&mut self, t_ms: u64, recipient: &str) {
        let link = self.link(recipient);
        link.phase = Phase::Idle;
        link.topics.clear();
        let flying: Vec<(u64, u64)> =
            self.queue.iter().filter(|(_, one)| matches!(one, Happening::Arrive(flight) if flight.recipient == recipient)).map(|(key, _)| *key).collect();
        let arrived = self.chance.below(u64::try_from(flying.len()).unwrap_or(0).saturating_add(1));
        for (at, key) in (0_u64..).zip(flying) {
            if let Some(Happening::Arrive(flight)) = self.queue.remove(&key)
                && at < arrived
            {
                self.deliver(key.0.max(t_ms), flight.topic, flight.payload);
            }
        }
        self.queue.retain(|_, one| !matches!(one, Happening::Tell { event, .. } if matches!(&**event, Event::Link { recipient: of, .. } if of == recipient)));
    }

    fn deliver(&mut self, at_ms: u64, topic: String, payload: Vec<u8>) {
        let latency = self.chance.between(self.latency_ms);
        self.at(at_ms.saturating_add(latency), Happening::Deliver { topic, payload });
    }

    /// The broker takes a publish, acknowledges it and passes it on.
    pub(super) fn arrive(&mut self, t_ms: u64, flight: Flight, faults: Faults) {
        let Flight { recipient, boot, epoch, handle, topic, payload } = flight;
        let link = self.link(&recipient);
        if link.epoch == epoch && link.phase == Phase::Up {
            self.send_down(t_ms, boot, &recipient, LinkEvent::Acked { handle, taken: true });
        }
        if self.chance.per_mille(faults.lose) {
            return;
        }
        if self.chance.per_mille(faults.duplicate) {
            let later = t_ms.saturating_add(self.chance.below(60_000));
            self.deliver(later, topic.clone(), payload.clone());
        }
        let late = if self.chance.per_mille(faults.reorder) { self.chance.below(5_000) } else { 0 };
        self.at(t_ms.saturating_add(late), Happening::Deliver { topic, payload });
    }

    pub(super) fn answer(&mut self, t_ms: u64, outgoing: Vec<Outgoing>) {
        for message in outgoing {
            self.at(t_ms, Happening::Answer(message));
        }
    }

    /// Passes a message of the receiver to whoever subscribed; without a subscriber it is gone.
    pub(super) fn pass_down(&mut self, t_ms: u64, boot: u32, message: Outgoing) {
        let takers: Vec<String> = self
            .links
            .iter()
            .filter(|(_, link)| link.phase == Phase::Up && link.topics.contains(&message.topic))
            .map(|(recipient, _)| recipient.clone())
            .collect();
        for recipient in takers {
            let event = LinkEvent::Message { topic: message.topic.clone(), payload: message.payload.clone() };
            self.send_down(t_ms, boot, &recipient, event);
        }
    }

    fn send_down(&mut self, t_ms: u64, boot: u32, recipient: &str, event: LinkEvent) {
        let latency = self.chance.between(self.latency_ms);
        let link = self.link(recipient);
        link.down_ms = link.down_ms.max(t_ms.saturating_add(latency));
        let at_ms = link.down_ms;
        self.tell(at_ms, boot, recipient, event);
    }

    pub(super) fn in_flight(&self, recipient: &str) -> Vec<&[u8]> {
        let flights = self.queue.values().filter_map(|one| if let Happening::Arrive(flight) = one { Some(flight) } else { None });
        flights.filter(|flight| flight.recipient == recipient && flight.topic.ends_with("/b")).map(|flight| flight.payload.as_slice()).collect()
    }
}

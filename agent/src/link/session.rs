//! One connection from its first byte to its end: one event loop, polled until its first error.

use super::lane::{Busy, Lane};
use super::{COMMANDS_MAX, LinkReport, Order, Target};
use consent_gatekeeper::event::LinkEvent;
use rumqttc::Outgoing;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{ConnAck, Packet, PubAck, PubAckReason, Publish, SubAck, SubscribeReasonCode};
use rumqttc::v5::{AsyncClient, ConnectionError, Event, EventLoop};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::mpsc::{Receiver, Sender};
use tokio::time::{Instant, sleep, sleep_until};

/// How long an orderly end may take.
pub(super) const DISCONNECT: Duration = Duration::from_secs(2);
/// What keep alive and a slow broker may take together beyond the keep alive itself.
const STALL_S: u64 = 10;
/// Bytes of a PUBLISH beside topic and payload: header, lengths, packet id, no properties.
const FRAME_BYTES: usize = 12;

/// Where reports of a connection go.
#[derive(Debug)]
pub(super) struct Post {
    pub(super) recipient: String,
    pub(super) epoch: u64,
    pub(super) reports: Sender<LinkReport>,
}

impl Post {
    async fn send(&self, event: LinkEvent) -> Result<(), End> {
        let report = LinkReport { recipient: self.recipient.clone(), epoch: self.epoch, event };
        self.reports.send(report).await.map_err(|_| End::Closed)
    }
}

/// How a connection ended. The reasons name no topic and no payload.
#[derive(Debug)]
enum End {
    /// As ordered.
    Closed,
    /// rumqttc gave up.
    Lost(ConnectionError),
    /// No event for too long.
    Stalled,
    /// The broker says something that we do not go along with.
    Refused(&'static str),
}

/// Runs one connection and reports its end, unless the end was ordered.
pub(super) async fn run(target: Target, post: Post, live: Arc<AtomicU64>, orders: Receiver<Order>, failures: Arc<AtomicU64>) {
    sleep(Duration::from_millis(spread_ms(failures.load(Ordering::Relaxed), target.spread_ms_max))).await;
    let (client, events) = AsyncClient::new(target.options(), COMMANDS_MAX);
    let mut session = Session { client, post, live, orders, failures, target, lane: None, packet_bytes_max: u32::MAX, leaving: None, unheard: 0 };
    let end = session.drive(events).await;
    let recipient = session.post.recipient.as_str();
    match &end {
        End::Closed => {
            tracing::debug!(recipient, "connection ended");
            return;
        }
        End::Lost(error) => tracing::info!(recipient, %error, "connection lost"),
        End::Stalled => tracing::info!(recipient, "connection stalled"),
        End::Refused(why) => tracing::warn!(recipient, why, "connection refused"),
    }
    session.failures.fetch_add(1, Ordering::Relaxed);
    if session.post.send(LinkEvent::Down).await.is_err() {
        tracing::debug!("nobody waits for connections any more");
    }
}

/// Milliseconds to wait so that cars do not come back all at once; the gatekeeper itself waits longer after each failure.
fn spread_ms(failures: u64, spread_ms_max: u64) -> u64 {
    let mut bytes = [0_u8; 8];
    let widest = failures.saturating_mul(100).min(spread_ms_max);
    match getrandom::fill(&mut bytes) {
        Ok(()) if widest > 0 => u64::from_le_bytes(bytes) % widest,
        Ok(()) | Err(_) => widest,
    }
}

struct Session {
    client: AsyncClient,
    post: Post,
    live: Arc<AtomicU64>,
    orders: Receiver<Order>,
    failures: Arc<AtomicU64>,
    target: Target,
    lane: Option<Lane>,
    packet_bytes_max: u32,
    /// An orderly end is under way, and must be done by then.
    leaving: Option<Instant>,
    /// Publishes that the broker took for nobody, or refused.
    unheard: u64,
}

impl Session {
    async fn drive(&mut self, mut events: EventLoop) -> End {
        loop {
            let polled = {
                // INVARIANT: a poll that was begun is finished, or dropped together with the event loop.
                let mut poll = pin!(events.poll());
                let stalled = self.patience();
                loop {
                    if let Err(end) = self.hand_over().await {
                        break Err(end);
                    }
                    tokio::select! {
                        biased;
                        order = self.orders.recv(), if self.lane.as_ref().is_none_or(|lane| lane.waiting.len() < COMMANDS_MAX) => match order {
                            Some(order) => if let Err(end) = self.take(order) { break Err(end) },
                            None => break Err(End::Closed),
                        },
                        event = &mut poll => break event.map_err(End::Lost),
                        () = sleep_until(stalled) => break Err(if self.leaving.is_some() { End::Closed } else { End::Stalled }),
                    }
                }
            };
            let end = match polled {
                Ok(event) => self.event(event).await,
                Err(end) => Err(end),
            };
            if let Err(end) = end {
                return self.settle(&mut events, end).await;
            }
        }
    }

    fn patience(&self) -> Instant {
        let stalled = Instant::now() + Duration::from_secs(u64::from(self.target.keep_alive_s).saturating_add(STALL_S));
        self.leaving.map_or(stalled, |by| by.min(stalled))
    }

    /// Acknowledgements that came before the error are true.
    async fn settle(&mut self, events: &mut EventLoop, end: End) -> End {
        while let Some(event) = events.state.events.pop_front() {
            if let Event::Incoming(Packet::PubAck(ack)) = event
                && self.acknowledged(&ack).await.is_err()
            {
                break;
            }
        }
        end
    }

    fn take(&mut self, order: Order) -> Result<(), End> {
        match &mut self.lane {
            Some(lane) => {
                lane.waiting.push_back(order);
                Ok(())
            }
            // Before the connection is up the gatekeeper can only want to end it.
            None if matches!(order, Order::Disconnect) => Err(End::Closed),
            None => Err(End::Refused("orders before the connection is up")),
        }
    }

    async fn hand_over(&mut self) -> Result<(), End> {
        while let Some(order) = self.lane.as_mut().and_then(Lane::next) {
            // INVARIANT: after a cut nothing more is given to rumqttc, even while this task still runs.
            if self.live.load(Ordering::SeqCst) != self.post.epoch {
                return Err(End::Closed);
            }
            match order {
                Order::Publish { handle, topic, payload } => self.publish(handle, topic, payload).await?,
                Order::Subscribe { topic } => {
                    self.client.try_subscribe(topic, QoS::AtLeastOnce).map_err(|_| End::Refused("a topic that is not one"))?;
                    self.handed(Busy::Subscribe);
                }
                Order::Disconnect => {
                    self.client.try_disconnect().map_err(|_| End::Closed)?;
                    self.leaving = Some(Instant::now() + DISCONNECT);
                }
            }
        }
        Ok(())
    }

    async fn publish(&mut self, handle: u64, topic: String, payload: Vec<u8>) -> Result<(), End> {
        let bytes = topic.len().saturating_add(payload.len()).saturating_add(FRAME_BYTES);
        if u32::try_from(bytes).is_ok_and(|bytes| bytes <= self.packet_bytes_max) {
            self.client.try_publish(topic, QoS::AtLeastOnce, false, payload).map_err(|_| End::Refused("a topic that is not one"))?;
            self.handed(Busy::Publish { handle });
            return Ok(());
        }
        tracing::warn!(recipient = self.post.recipient, bytes, "a packet above the broker's maximum is held back");
        self.post.send(LinkEvent::Acked { handle, taken: false }).await
    }

    fn handed(&mut self, busy: Busy) {
        if let Some(lane) = &mut self.lane {
            lane.handed(busy);
        }
    }

    async fn event(&mut self, event: Event) -> Result<(), End> {
        match event {
            Event::Incoming(Packet::ConnAck(answer)) => self.up(&answer).await,
            Event::Incoming(Packet::Publish(message)) => self.message(message).await,
            Event::Incoming(Packet::PubAck(ack)) => self.acknowledged(&ack).await,
            Event::Incoming(Packet::SubAck(ack)) => self.subscribed(&ack),
            Event::Outgoing(Outgoing::Publish(id)) if !self.lane.as_ref().is_some_and(|lane| lane.is_publish(id)) => {
                Err(End::Refused("packet ids out of step"))
            }
            Event::Outgoing(Outgoing::AwaitAck(_)) => Err(End::Refused("acknowledgements out of order")),
            Event::Outgoing(Outgoing::Disconnect) => Err(End::Closed),
            Event::Incoming(_) | Event::Outgoing(_) => Ok(()),
        }
    }

    async fn up(&mut self, answer: &ConnAck) -> Result<(), End> {
        let properties = answer.properties.as_ref();
        match properties.and_then(|found| found.server_keep_alive) {
            Some(0) => return Err(End::Refused("server keep alive 0")),
            Some(other) => self.target.keep_alive_s = other,
            None => {}
        }
        self.packet_bytes_max = properties.and_then(|found| found.max_packet_size).unwrap_or(u32::MAX);
        let lane = Lane::new(self.target.window, properties.and_then(|found| found.receive_max)).ok_or(End::Refused("receive maximum 0"))?;
        let room = lane.room;
        self.lane = Some(lane);
        self.failures.store(0, Ordering::Relaxed);
        tracing::info!(recipient = self.post.recipient, room, "connection is up");
        self.post.send(LinkEvent::Up { room }).await
    }

    async fn message(&self, message: Publish) -> Result<(), End> {
        match String::from_utf8(message.topic.to_vec()) {
            Ok(topic) => self.post.send(LinkEvent::Message { topic, payload: message.payload.to_vec() }).await,
            Err(_) => Ok(()),
        }
    }

    async fn acknowledged(&mut self, ack: &PubAck) -> Result<(), End> {
        let busy = self.lane.as_mut().and_then(|lane| lane.acknowledged(ack.pkid));
        let Some(Busy::Publish { handle }) = busy else { return Err(End::Refused("an acknowledgement of nothing")) };
        let taken = ack.reason == PubAckReason::Success;
        if !taken {
            self.unheard = self.unheard.saturating_add(1);
            if self.unheard == 1 {
                tracing::warn!(recipient = self.post.recipient, reason = ?ack.reason, "the broker takes publishes for nobody");
            }
        }
        self.post.send(LinkEvent::Acked { handle, taken }).await
    }

    fn subscribed(&mut self, ack: &SubAck) -> Result<(), End> {
        if let Some(lane) = &mut self.lane {
            lane.acknowledged(ack.pkid);
        }
        if ack.return_codes.iter().all(|code| matches!(code, SubscribeReasonCode::Success(_))) {
            Ok(())
        } else {
            Err(End::Refused("a subscription was not granted"))
        }
    }
}

//! One MQTT connection of one recipient, on rumqttc 0.25 (`v5`): batches and lanes in, answers out.
//!
//! INVARIANT: a message is acknowledged to the broker only after the engine has committed it. Nothing that was handed over
//! outlives its connection: event loop, client and options are new for each, so nothing is re-sent unasked, no packet id is
//! carried over, and nothing is lost with `pending`. What the broker did not get acknowledged it sends again (the session
//! outlives the connection); an answer that was lost is asked for again by the car's next Hello.
//!
//! A poll is pinned across the waiting and dropped only with its event loop. A watchdog ends a connection that yields no event
//! for longer than keep alive allows. Server keep alive 0 and receive maximum 0 are refused, and so is a broker that
//! acknowledges out of order (rumqttc would stand still). Answers are far below any sensible maximum packet size; one that is
//! above the broker's is dropped, not retried for ever.

use crate::config::BrokerConfig;
use crate::engine::Outgoing;
use crate::service::{Ask, Asking, Message, Reply};
use consent_protocol::envelope::ENVELOPE_BYTES_MAX;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{ConnAck, Filter, Packet, Publish, SubscribeReasonCode};
use rumqttc::v5::{AsyncClient, Event, MqttOptions};
use rumqttc::{Outgoing as Sent, TlsConfiguration, Transport};
use std::collections::VecDeque;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

/// Messages that the broker may send before the first is acknowledged.
pub(crate) const RECEIVE_MAX: u16 = 64;
/// Requests that rumqttc takes at a time.
const REQUESTS_MAX: usize = 256;
/// Publishes of ours that may be unacknowledged.
const INFLIGHT_MAX: u16 = 64;
/// How long the broker keeps what came while we were away.
const SESSION_S: u32 = 7 * 86_400;
/// Bytes of a packet around an envelope.
const PACKET_BYTES: usize = 4_096;

/// What a connection needs to know.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) recipient: String,
    pub(crate) broker: BrokerConfig,
    pub(crate) password: Option<String>,
    pub(crate) tls: Option<Arc<rustls::ClientConfig>>,
}

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum End {
    #[error("stopped")]
    Stopped,
    #[error("{0}")]
    Lost(Box<rumqttc::v5::ConnectionError>),
    #[error("no event for longer than keep alive allows")]
    Stalled,
    #[error("the broker {0}")]
    Unfit(&'static str),
    #[error("a message could not be stored; the broker keeps it")]
    NotStored,
}

/// Whether the connection came up, which resets the backoff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CameUp {
    Yes,
    No,
}

/// What waits for room in the client.
#[derive(Debug)]
enum Due {
    Ack(Publish),
    Publish(Outgoing),
}

struct Session<'a> {
    target: &'a Target,
    client: AsyncClient,
    asking: &'a Asking,
    replies: mpsc::Sender<Reply>,
    /// Handed to the engine, in order.
    judged: VecDeque<Publish>,
    due: VecDeque<Due>,
    came_up: CameUp,
    packet_bytes_max: usize,
}

impl Target {
    fn options(&self) -> MqttOptions {
        let mut options = MqttOptions::new(format!("{}-{}", self.broker.client_id, self.recipient), self.broker.host.clone(), self.broker.port);
        let packet = u32::try_from(ENVELOPE_BYTES_MAX + PACKET_BYTES).unwrap_or(u32::MAX);
        options
            .set_clean_start(false)
            .set_session_expiry_interval(Some(SESSION_S))
            .set_keep_alive(Duration::from_secs(u64::from(self.broker.keep_alive_s.max(5))))
            .set_receive_maximum(Some(RECEIVE_MAX))
            .set_max_packet_size(Some(packet))
            .set_outgoing_inflight_upper_limit(INFLIGHT_MAX)
            .set_request_channel_capacity(REQUESTS_MAX)
            .set_manual_acks(true);
        if let Some(config) = &self.tls {
            options.set_transport(Transport::tls_with_config(TlsConfiguration::Rustls(Arc::clone(config))));
        }
        if let (Some(username), Some(password)) = (&self.broker.username, &self.password) {
            options.set_credentials(username.clone(), password.clone());
        }
        options
    }
}

/// Runs one connection until it ends.
pub(crate) async fn session(target: &Target, asking: &Asking, stop: &mut watch::Receiver<bool>) -> (CameUp, End) {
    let (client, mut link) = AsyncClient::new(target.options(), REQUESTS_MAX);
    let (replies, mut answers) = mpsc::channel(REQUESTS_MAX);
    let mut session =
        Session { target, client, asking, replies, judged: VecDeque::new(), due: VecDeque::new(), came_up: CameUp::No, packet_bytes_max: ENVELOPE_BYTES_MAX };
    let patience = Duration::from_secs(u64::from(target.broker.keep_alive_s.max(5)) * 2 + 10);
    let mut stopping = Stopping::No;
    loop {
        let deadline = Instant::now() + if stopping == Stopping::No { patience } else { Duration::from_secs(1) };
        let event = {
            let mut poll = pin!(link.poll());
            loop {
                session.flush();
                tokio::select! {
                    reply = answers.recv() => if let Some(Err(end)) = reply.map(|reply| session.replied(reply)) { return (session.came_up, end) },
                    changed = stop.changed(), if stopping == Stopping::No => {
                        if changed.is_err() || *stop.borrow() {
                            stopping = Stopping::Yes;
                            if session.client.try_disconnect().is_err() {
                                return (session.came_up, End::Stopped);
                            }
                        }
                    }
                    event = &mut poll => break event,
                    () = tokio::time::sleep_until(deadline) => return (session.came_up, if stopping == Stopping::No { End::Stalled } else { End::Stopped }),
                }
            }
        };
        if let Err(end) = session.event(event) {
            return (session.came_up, if stopping == Stopping::No { end } else { End::Stopped });
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stopping {
    No,
    Yes,
}

impl Session<'_> {
    fn event(&mut self, event: Result<Event, rumqttc::v5::ConnectionError>) -> Result<(), End> {
        match event {
            Err(error) => Err(End::Lost(Box::new(error))),
            Ok(Event::Outgoing(Sent::AwaitAck(_))) => Err(End::Unfit("acknowledges out of order")),
            Ok(Event::Outgoing(Sent::Disconnect)) => Err(End::Stopped),
            Ok(Event::Incoming(Packet::ConnAck(connack))) => self.connected(&connack),
            Ok(Event::Incoming(Packet::Publish(publish))) => self.received(publish),
            Ok(Event::Incoming(Packet::SubAck(suback))) => {
                let refused = suback.return_codes.iter().any(|code| !matches!(code, SubscribeReasonCode::Success(_)));
                if refused { Err(End::Unfit("refused a subscription")) } else { Ok(()) }
            }
            Ok(Event::Incoming(_) | Event::Outgoing(_)) => Ok(()),
        }
    }

    fn connected(&mut self, connack: &ConnAck) -> Result<(), End> {
        if let Some(properties) = &connack.properties {
            if properties.server_keep_alive == Some(0) || properties.receive_max == Some(0) {
                return Err(End::Unfit("set keep alive or receive maximum to 0"));
            }
            if let Some(bytes) = properties.max_packet_size {
                self.packet_bytes_max = usize::try_from(bytes).unwrap_or(usize::MAX).saturating_sub(PACKET_BYTES);
            }
        }
        let recipient = &self.target.recipient;
        let filters = ["b", "s"].map(|channel| Filter::new(format!("cg/1/{recipient}/+/{channel}"), QoS::AtLeastOnce));
        self.client.try_subscribe_many(filters).map_err(|_| End::Unfit("leaves no room to subscribe"))?;
        self.came_up = CameUp::Yes;
        tracing::info!(recipient, "connected");
        self.ask(Ask::Attach { recipient: recipient.clone(), replies: self.replies.clone() })
    }

    fn received(&mut self, publish: Publish) -> Result<(), End> {
        let Ok(topic) = String::from_utf8(publish.topic.to_vec()) else {
            self.due.push_back(Due::Ack(publish));
            return Ok(());
        };
        let ask = Ask::Message(Message { topic, payload: publish.payload.to_vec(), replies: self.replies.clone() });
        self.judged.push_back(publish);
        self.ask(ask)
    }

    fn ask(&self, ask: Ask) -> Result<(), End> {
        self.asking.try_send(ask).map_err(|_| End::NotStored)
    }

    fn replied(&mut self, reply: Reply) -> Result<(), End> {
        match reply {
            Reply::Handled(out) => {
                // The answer goes first: whoever sees the acknowledgement may count on it being on its way.
                self.due.extend(out.into_iter().map(Due::Publish));
                self.due.extend(self.judged.pop_front().map(Due::Ack));
                Ok(())
            }
            Reply::Failed => Err(End::NotStored),
            Reply::Also(out) => {
                self.due.extend(out.into_iter().map(Due::Publish));
                Ok(())
            }
        }
    }

    /// Hands over what the client has room for; the rest waits for the next event.
    fn flush(&mut self) {
        while let Some(due) = self.due.pop_front() {
            let handed = match &due {
                Due::Ack(publish) => self.client.try_ack(publish).is_ok(),
                Due::Publish(out) if out.payload.len() > self.packet_bytes_max => {
                    tracing::warn!(recipient = %self.target.recipient, bytes = out.payload.len(), "answer above the broker's maximum packet size");
                    true
                }
                Due::Publish(out) => {
                    let retain = out.topic.starts_with("cg/1/catalog/");
                    self.client.try_publish(out.topic.clone(), QoS::AtLeastOnce, retain, out.payload.clone()).is_ok()
                }
            };
            if !handed {
                self.due.push_front(due);
                return;
            }
        }
    }
}

//! MQTT connections, one per recipient, on rumqttc 0.25 (`v5`).
//!
//! INVARIANT: nothing that was handed over outlives its connection, and after [`Links::cut`] has returned nothing of that
//! connection is written any more: its task, event loop and socket are gone. The gatekeeper alone decides what is sent, and
//! sends it again on a new connection if it still may.
//!
//! Each connection gets an event loop, a client and options of its own, a random client id, a clean start, no session, no will.
//! What is known to go wrong with rumqttc cannot happen here:
//! 1. *Silent loss, re-sending unasked, too many at once, livelocks after a reconnect* (its `pending` queue, packet ids and
//!    collisions carried over): an event loop is dropped at its first error and never polled again, so it never reconnects.
//! 2. *Collisions within a connection*: `lane::Lane` knows which packet id comes next (subscriptions take ids too) and hands
//!    over only when it is free; should rumqttc still wait for an acknowledgement out of order, the connection ends.
//! 3. *A poll that hangs on a dead link*: a watchdog ends a connection that yields no event for longer than keep alive allows.
//! 4. *A cancelled poll loses a packet*: a poll is pinned across the waiting and dropped only together with its event loop.
//! 5. *A packet above the broker's maximum*: it is measured before it is handed over and reported as not taken.
//! 6. *Server keep alive 0, receive maximum 0*: such a connection is refused.
//! 7. *PUBACK with a reason*: 0x10 and 0x80 and above are reported as not taken, success as taken; neither completes a row.
//! 8. *Memory and size defaults*: the in-flight table has two windows, incoming packets may have `packet_bytes_max`.
//!
//! The socket's send buffer is small (rumqttc can set it, but not TCP_USER_TIMEOUT or linger): what was written into it
//! may still arrive after a cut, so such a publish counts as possibly sent.

mod lane;
mod session;
pub mod tls;

use consent_gatekeeper::event::LinkEvent;
use rumqttc::{NetworkOptions, TlsConfiguration, Transport, v5::MqttOptions};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::mpsc::{self, Sender};
use tokio::task::JoinHandle;

/// Commands that may wait for a connection.
const COMMANDS_MAX: usize = 1_024;
/// Size of the socket's send buffer; the kernel doubles it.
const SEND_BUFFER_BYTES: u32 = 16 * 1_024;

/// Where a broker is and how a connection to it behaves.
#[derive(Clone)]
pub struct Target {
    /// Host name or address; with TLS also the name that is checked.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// TLS, required unless the host is loopback.
    pub tls: Option<Arc<rustls::ClientConfig>>,
    /// Publishes that may be unacknowledged.
    pub window: u16,
    /// Keep alive, at least 5 s.
    pub keep_alive_s: u16,
    /// Largest packet that comes in.
    pub packet_bytes_max: u32,
    /// Connections after a failure are spread over up to this time.
    pub spread_ms_max: u64,
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Target").field("host", &self.host).field("port", &self.port).field("tls", &self.tls.is_some()).finish_non_exhaustive()
    }
}

impl Target {
    /// Fresh options for one connection; CONNACK overwrites some, so none are used twice.
    fn options(&self) -> MqttOptions {
        let mut options = MqttOptions::new(client_id(), self.host.clone(), self.port);
        let mut network = NetworkOptions::new();
        network.set_tcp_nodelay(true);
        network.set_tcp_send_buffer_size(SEND_BUFFER_BYTES);
        options
            .set_clean_start(true)
            .set_keep_alive(std::time::Duration::from_secs(u64::from(self.keep_alive_s.max(5))))
            .set_max_packet_size(Some(self.packet_bytes_max))
            .set_receive_maximum(Some(self.window.max(1)))
            .set_outgoing_inflight_upper_limit(self.window.max(1).saturating_mul(2))
            .set_request_channel_capacity(COMMANDS_MAX)
            .set_network_options(network);
        if let Some(config) = &self.tls {
            options.set_transport(Transport::tls_with_config(TlsConfiguration::Rustls(Arc::clone(config))));
        }
        options
    }
}

/// What happened on which connection.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkReport {
    /// Recipient id.
    pub recipient: String,
    /// Epoch of the connection.
    pub epoch: u64,
    /// What.
    pub event: LinkEvent,
}

/// What a connection is told.
#[derive(Debug)]
enum Order {
    Subscribe { topic: String },
    Publish { handle: u64, topic: String, payload: Vec<u8> },
    Disconnect,
}

#[derive(Debug)]
struct Link {
    epoch: u64,
    /// Epoch that may write; 0 once the connection is cut.
    live: Arc<AtomicU64>,
    orders: Sender<Order>,
    task: JoinHandle<()>,
}

/// The connections of one agent.
#[derive(Debug)]
pub struct Links {
    targets: BTreeMap<String, Target>,
    otherwise: Target,
    reports: Sender<LinkReport>,
    open: BTreeMap<String, Link>,
    /// Connections in a row that did not come up.
    failures: BTreeMap<String, Arc<AtomicU64>>,
}

impl Links {
    /// Connections to brokers by recipient, and to another one for every recipient that is not named.
    pub fn new(targets: BTreeMap<String, Target>, otherwise: Target, reports: Sender<LinkReport>) -> Self {
        Self { targets, otherwise, reports, open: BTreeMap::new(), failures: BTreeMap::new() }
    }

    /// Opens a connection; the one before is dropped with all that it holds.
    pub async fn connect(&mut self, recipient: &str, epoch: u64) {
        self.drop_link(recipient).await;
        let target = self.targets.get(recipient).unwrap_or(&self.otherwise).clone();
        let failures = Arc::clone(self.failures.entry(recipient.to_string()).or_default());
        let live = Arc::new(AtomicU64::new(epoch));
        let (orders, queue) = mpsc::channel(COMMANDS_MAX);
        let post = session::Post { recipient: recipient.to_string(), epoch, reports: self.reports.clone() };
        let task = tokio::spawn(session::run(target, post, Arc::clone(&live), queue, failures));
        self.open.insert(recipient.to_string(), Link { epoch, live, orders, task });
    }

    /// Subscribes to a topic name.
    pub async fn subscribe(&mut self, recipient: &str, epoch: u64, topic: String) {
        self.order(recipient, epoch, Order::Subscribe { topic }).await;
    }

    /// Hands a publish over.
    pub async fn publish(&mut self, recipient: &str, epoch: u64, handle: u64, topic: String, payload: Vec<u8>) {
        self.order(recipient, epoch, Order::Publish { handle, topic, payload }).await;
    }

    /// Ends the connection in order.
    pub async fn disconnect(&mut self, recipient: &str, epoch: u64) {
        self.order(recipient, epoch, Order::Disconnect).await;
    }

    /// Drops the connection; when this returns, nothing of it is written any more.
    pub async fn cut(&mut self, recipient: &str, epoch: u64) {
        if self.open.get(recipient).is_some_and(|link| link.epoch <= epoch) {
            self.drop_link(recipient).await;
        }
    }

    /// Waits until connections that were told to end have ended, and drops the others.
    pub async fn close(mut self) {
        let until = tokio::time::Instant::now() + session::DISCONNECT;
        for (_, link) in std::mem::take(&mut self.open) {
            let mut task = link.task;
            drop(link.orders);
            if tokio::time::timeout_at(until, &mut task).await.is_err() {
                task.abort();
            }
        }
    }

    async fn order(&mut self, recipient: &str, epoch: u64, order: Order) {
        let Some(link) = self.open.get(recipient).filter(|link| link.epoch == epoch) else { return };
        // The gatekeeper never hands over more than the window; a connection that takes nothing any more is no connection.
        if let Err(mpsc::error::TrySendError::Full(_)) = link.orders.try_send(order) {
            tracing::warn!(recipient, "connection takes no orders; dropping it");
            self.drop_link(recipient).await;
            let report = LinkReport { recipient: recipient.to_string(), epoch, event: LinkEvent::Down };
            if self.reports.try_send(report).is_err() {
                tracing::warn!(recipient, "loss of the connection could not be reported");
            }
        }
    }

    // INVARIANT: the task is over when this returns, so that its event loop and socket are dropped.
    async fn drop_link(&mut self, recipient: &str) {
        let Some(link) = self.open.remove(recipient) else { return };
        link.live.store(0, Ordering::SeqCst);
        link.task.abort();
        if let Err(error) = link.task.await
            && !error.is_cancelled()
        {
            tracing::error!(recipient, "connection ended by a fault of its own");
        }
    }
}

/// Random, new with each connection, so that it tells nothing.
fn client_id() -> String {
    let mut bytes = [0_u8; 12];
    match getrandom::fill(&mut bytes) {
        Ok(()) => crate::keys::hex(&bytes),
        // An empty id makes the broker choose one.
        Err(_) => String::new(),
    }
}

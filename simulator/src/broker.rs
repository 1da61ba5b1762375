//! The demo's own MQTT broker, in this process, on loopback only; and a link to it that can be made to drop and to meddle.
//!
//! INVARIANT: nothing here listens on anything but 127.0.0.1, on a port that the system chose.

mod meddle;

pub use meddle::{Behaviour, Meddled};
use meddle::{Copy, Meddler, Way};
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::{AsyncClient, MqttOptions};
use rumqttd::{Broker, Config, ConnectionSettings, RouterConfig, ServerSettings};
use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::io::{BufReader, BufWriter};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};

/// Largest packet, bytes: an envelope and what MQTT puts around it.
const PACKET_BYTES_MAX: usize = (1 << 20) + 4_096;
/// How long the broker may take to listen.
const START: Duration = Duration::from_secs(10);
/// A hostile broker delivers a batch again after this time.
const REPLAY: Duration = Duration::from_millis(400);
/// Batches that wait to be delivered again.
const COPIES_MAX: usize = 256;

/// Why there is no broker.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    /// No socket.
    #[error("no socket on 127.0.0.1: {0}")]
    Socket(#[from] io::Error),
    /// It does not answer.
    #[error("the embedded broker does not listen after {} s", START.as_secs())]
    Silent,
}

/// Starts a broker in its own threads; they end with the process.
pub async fn start() -> Result<SocketAddr, BrokerError> {
    let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?.local_addr()?;
    let config = config(address);
    std::thread::Builder::new().name("broker".to_owned()).spawn(move || {
        if let Err(error) = Broker::new(config).start() {
            tracing::error!(%error, "the embedded broker ended");
        }
    })?;
    let listens = async {
        while TcpStream::connect(address).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(START, listens).await.map_err(|_| BrokerError::Silent)?;
    Ok(address)
}

fn config(listen: SocketAddr) -> Config {
    let connections = ConnectionSettings {
        connection_timeout_ms: 5_000,
        max_payload_size: PACKET_BYTES_MAX,
        max_inflight_count: 100,
        auth: None,
        external_auth: None,
        dynamic_filters: true,
    };
    let settings = ServerSettings { name: "v5".to_owned(), listen, tls: None, next_connection_delay_ms: 1, connections };
    let router =
        RouterConfig { max_connections: 256, max_outgoing_packet_count: 200, max_segment_size: 32 << 20, max_segment_count: 4, ..RouterConfig::default() };
    Config { id: 0, router, v5: Some(HashMap::from([("v5".to_owned(), settings)])), ..Config::default() }
}

/// Whether a link carries anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// It does.
    Up,
    /// Connections drop, and none comes up.
    Lost,
}

/// The car's radio: everything between agent and broker passes it.
#[derive(Debug)]
pub struct Radio {
    address: SocketAddr,
    carrier: watch::Sender<Carrier>,
    behaviour: watch::Sender<Behaviour>,
    meddler: Meddler,
}

impl Radio {
    /// Opens a way to a broker.
    pub async fn open(broker: SocketAddr) -> Result<Self, BrokerError> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (carrier, mut seen) = watch::channel(Carrier::Up);
        let (behaviour, behaves) = watch::channel(Behaviour::Honest);
        let (copies, copied) = mpsc::channel(COPIES_MAX);
        let meddler = Meddler::new(behaves, copies);
        tokio::spawn(replay(broker, copied));
        let hand = meddler.clone();
        tokio::spawn(async move {
            while let Ok((car, _)) = listener.accept().await {
                // Whatever is set after this is a change to the connection, also if it is set back at once: the link was lost.
                if *seen.borrow_and_update() == Carrier::Up {
                    tokio::spawn(carry(car, broker, seen.clone(), hand.clone()));
                }
            }
        });
        Ok(Self { address, carrier, behaviour, meddler })
    }

    /// From now on the broker does this. Connections from which something was swallowed are dropped: what is missing on them
    /// never comes.
    pub fn behave(&self, behaviour: Behaviour) {
        let before = self.behaviour.send_replace(behaviour);
        if before != Behaviour::Honest && before != behaviour && *self.carrier.borrow() == Carrier::Up {
            self.carrier.send_replace(Carrier::Lost);
            self.carrier.send_replace(Carrier::Up);
        }
    }

    /// What the broker does.
    pub fn behaviour(&self) -> Behaviour {
        *self.behaviour.borrow()
    }

    /// What it did.
    pub fn meddled(&self) -> Meddled {
        self.meddler.meddled()
    }

    /// Whether the link carries anything.
    pub fn carrier(&self) -> Carrier {
        *self.carrier.borrow()
    }

    /// Where the agent finds its broker.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Drops the link, or lets it come up again.
    pub fn set(&self, carrier: Carrier) {
        self.carrier.send_replace(carrier);
    }
}

async fn carry(car: TcpStream, broker: SocketAddr, mut carrier: watch::Receiver<Carrier>, hand: Meddler) {
    let Ok(broker) = TcpStream::connect(broker).await else { return };
    // Small packets both ways: neither end waits for more.
    drop((car.set_nodelay(true), broker.set_nodelay(true)));
    let ((from_car, to_car), (from_broker, to_broker)) = (car.into_split(), broker.into_split());
    let up = hand.clone().carry(Way::Up, BufReader::new(from_car), BufWriter::new(to_broker));
    let down = hand.carry(Way::Down, BufReader::new(from_broker), BufWriter::new(to_car));
    tokio::select! {
        ended = up => drop(ended),
        ended = down => drop(ended),
        changed = carrier.changed() => drop(changed),
    }
}

/// Delivers again what a hostile broker kept.
async fn replay(broker: SocketAddr, mut copied: mpsc::Receiver<Copy>) {
    let Some(mut first) = copied.recv().await else { return };
    let mut options = MqttOptions::new("hostile-broker", broker.ip().to_string(), broker.port());
    options.set_keep_alive(Duration::from_mins(1)).set_max_packet_size(Some(2 << 20));
    let (client, mut events) = AsyncClient::new(options, COPIES_MAX);
    tokio::spawn(async move {
        loop {
            if events.poll().await.is_err() {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    });
    loop {
        tokio::time::sleep(REPLAY).await;
        for _ in 0..2 {
            if client.publish(&first.topic, QoS::AtLeastOnce, false, first.payload.clone()).await.is_err() {
                return;
            }
        }
        match copied.recv().await {
            Some(next) => first = next,
            None => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn a_lost_link_drops_what_it_carries_and_comes_up_again() {
        let far = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let radio = Radio::open(far.local_addr().unwrap()).await.unwrap();
        let mut near = TcpStream::connect(radio.address()).await.unwrap();
        let (mut other, _) = far.accept().await.unwrap();
        near.write_all(&[0xc0, 2, 1, 2]).await.unwrap();
        let mut four = [0; 4];
        other.read_exact(&mut four).await.unwrap();
        radio.set(Carrier::Lost);
        assert_eq!(near.read(&mut four).await.unwrap_or(0), 0);
        let mut refused = TcpStream::connect(radio.address()).await.unwrap();
        assert_eq!(refused.read(&mut four).await.unwrap_or(0), 0);
        radio.set(Carrier::Up);
        let mut again = TcpStream::connect(radio.address()).await.unwrap();
        let (mut other, _) = far.accept().await.unwrap();
        again.write_all(&[0xd0, 2, 3, 4]).await.unwrap();
        other.read_exact(&mut four).await.unwrap();
        assert_eq!(four, [0xd0, 2, 3, 4]);
    }
}

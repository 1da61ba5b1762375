//! A broker that does not do what it should, played on the way between the car and an honest one, packet by packet (MQTT 5).
//!
//! INVARIANT: an honest way passes every packet on unchanged and in order.

use consent_protocol::topic::{Channel, Topic};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{mpsc, watch};

/// Largest packet that is passed on, bytes.
const PACKET_BYTES_MAX: usize = 4 << 20;

/// What the broker does to what passes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Behaviour {
    /// It passes everything on.
    #[default]
    Honest,
    /// Nothing that the recipient answers reaches the car, and no acknowledgement either.
    Swallow,
    /// Every batch is delivered two times more.
    Replay,
    /// Every batch loses a bit.
    Corrupt,
}

/// How often it did what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Meddled {
    /// Answers and acknowledgements that were swallowed.
    pub swallowed: u64,
    /// Batches that were delivered again.
    pub replayed: u64,
    /// Batches that were corrupted.
    pub corrupted: u64,
}

#[derive(Debug, Default)]
struct Tally {
    swallowed: AtomicU64,
    replayed: AtomicU64,
    corrupted: AtomicU64,
}

/// A publish to be delivered again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Copy {
    pub(super) topic: String,
    pub(super) payload: Vec<u8>,
}

/// The hand that meddles; all connections share it.
#[derive(Clone, Debug)]
pub(super) struct Meddler {
    behaviour: watch::Receiver<Behaviour>,
    tally: Arc<Tally>,
    copies: mpsc::Sender<Copy>,
}

/// Which way a packet goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// From the car.
    Up,
    /// To the car.
    Down,
}

impl Meddler {
    pub(super) fn new(behaviour: watch::Receiver<Behaviour>, copies: mpsc::Sender<Copy>) -> Self {
        Self { behaviour, tally: Arc::default(), copies }
    }

    pub(super) fn meddled(&self) -> Meddled {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Meddled { swallowed: of(&self.tally.swallowed), replayed: of(&self.tally.replayed), corrupted: of(&self.tally.corrupted) }
    }

    /// What becomes of a packet; none if it is swallowed.
    fn pass(&self, way: Way, mut packet: Packet) -> Option<Packet> {
        let behaviour = *self.behaviour.borrow();
        match (behaviour, way, packet.kind()) {
            (Behaviour::Swallow, Way::Down, PUBLISH | PUBACK) => {
                self.tally.swallowed.fetch_add(1, Ordering::Relaxed);
                None
            }
            (Behaviour::Corrupt, Way::Up, PUBLISH) if packet.batch().is_some() => {
                if let Some(last) = packet.body.last_mut() {
                    *last ^= 1;
                    self.tally.corrupted.fetch_add(1, Ordering::Relaxed);
                }
                Some(packet)
            }
            (Behaviour::Replay, Way::Up, PUBLISH) => {
                if let Some(copy) = packet.batch()
                    && self.copies.try_send(copy).is_ok()
                {
                    self.tally.replayed.fetch_add(1, Ordering::Relaxed);
                }
                Some(packet)
            }
            (Behaviour::Honest | Behaviour::Swallow | Behaviour::Replay | Behaviour::Corrupt, Way::Up | Way::Down, _) => Some(packet),
        }
    }

    /// Carries packets one way until an end goes away.
    pub(super) async fn carry(self, way: Way, mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin) -> io::Result<()> {
        while let Some(packet) = Packet::read(&mut from).await? {
            if let Some(packet) = self.pass(way, packet) {
                to.write_all(&packet.head).await?;
                to.write_all(&packet.body).await?;
                to.flush().await?;
            }
        }
        Ok(())
    }
}

const PUBLISH: u8 = 3;
const PUBACK: u8 = 4;

/// A packet: fixed header, and the rest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Packet {
    head: Vec<u8>,
    body: Vec<u8>,
}

impl Packet {
    /// Reads one; none if the stream ended between two.
    async fn read(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Self>> {
        let mut first = [0];
        if from.read(&mut first).await? == 0 {
            return Ok(None);
        }
        let mut head = first.to_vec();
        let mut length = 0_usize;
        for shift in [0, 7, 14, 21] {
            let byte = from.read_u8().await?;
            head.push(byte);
            length |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                break;
            }
        }
        if length > PACKET_BYTES_MAX {
            return Err(io::Error::other("a packet of this size is not passed on"));
        }
        let mut body = vec![0; length];
        from.read_exact(&mut body).await?;
        Ok(Some(Self { head, body }))
    }

    fn kind(&self) -> u8 {
        self.head.first().map_or(0, |first| first >> 4)
    }

    /// Topic and payload, if it publishes a batch.
    fn batch(&self) -> Option<Copy> {
        let qos = self.head.first().map_or(0, |first| first >> 1 & 3);
        let (length, rest) = self.body.split_first_chunk::<2>()?;
        let (topic, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        let topic = std::str::from_utf8(topic).ok()?;
        let Some(Topic::Stream { channel: Channel::Batch, .. }) = Topic::parse(topic) else { return None };
        let rest = if qos == 0 { rest } else { rest.get(2..)? };
        // The properties' length is a variable byte integer; ours are short, and a longer one is not a batch of ours.
        let (properties, rest) = rest.split_first()?;
        let payload = rest.get(usize::from(*properties)..)?;
        Some(Copy { topic: topic.to_owned(), payload: payload.to_vec() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn publish(payload: &[u8]) -> Vec<u8> {
        let topic = batch_topic();
        let mut body = u16::try_from(topic.len()).unwrap().to_be_bytes().to_vec();
        body.extend_from_slice(topic.as_bytes());
        body.extend_from_slice(&[0, 7, 0]);
        body.extend_from_slice(payload);
        let mut packet = vec![0x32, u8::try_from(body.len()).unwrap()];
        packet.extend(body);
        packet
    }

    fn batch_topic() -> String {
        let stream = consent_protocol::StreamId([7; 16]);
        Topic::Stream { recipient: "arvena".to_owned(), stream, channel: Channel::Batch }.name()
    }

    async fn through(behaviour: Behaviour, way: Way, bytes: &[u8]) -> (Vec<u8>, Vec<Copy>) {
        let (_keep, seen) = watch::channel(behaviour);
        let (copies, mut copied) = mpsc::channel(8);
        let mut out = Vec::new();
        Meddler::new(seen, copies).carry(way, bytes, &mut out).await.unwrap();
        let mut all = Vec::new();
        while let Ok(copy) = copied.try_recv() {
            all.push(copy);
        }
        (out, all)
    }

    #[tokio::test]
    async fn an_honest_way_changes_no_byte_and_each_meddling_does_what_it_says() {
        let bytes = [publish(b"first"), vec![0xc0, 0], publish(b"second")].concat();
        assert_eq!(through(Behaviour::Honest, Way::Up, &bytes).await, (bytes.clone(), vec![]));
        assert_eq!(through(Behaviour::Swallow, Way::Up, &bytes).await.0, bytes);
        assert_eq!(through(Behaviour::Swallow, Way::Down, &bytes).await.0, [0xc0, 0]);
        let (out, copies) = through(Behaviour::Replay, Way::Up, &bytes).await;
        assert_eq!(out, bytes);
        let payloads: Vec<&[u8]> = copies.iter().map(|copy| copy.payload.as_slice()).collect();
        assert_eq!(payloads, [b"first".as_slice(), b"second"]);
        assert!(copies.iter().all(|copy| copy.topic == batch_topic()));
        let (out, _) = through(Behaviour::Corrupt, Way::Up, &bytes).await;
        assert_eq!(out.len(), bytes.len());
        assert_eq!(out.iter().zip(&bytes).filter(|(one, other)| one != other).count(), 2);
    }

    #[tokio::test]
    async fn what_is_no_batch_is_neither_replayed_nor_corrupted() {
        let bytes = [0x30, 5, 0, 1, b't', 0, b'x'];
        assert_eq!(through(Behaviour::Replay, Way::Up, &bytes).await, (bytes.to_vec(), vec![]));
        assert_eq!(through(Behaviour::Corrupt, Way::Up, &bytes).await.0, bytes);
    }
}

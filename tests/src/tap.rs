//! A tap on the wire between the agent and the broker: a proxy that notes every MQTT packet with the time of its arrival.
//!
//! What the agent hands to its socket is seen here, whatever the broker makes of it.

use crate::clock::{moment, wall_ms};
use consent_protocol::batch::Batch;
use consent_protocol::envelope;
use consent_protocol::lane::{LaneMessage, Statement};
use consent_protocol::topic::{Channel, Topic};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Which way a packet went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From the car.
    Up,
    /// To the car.
    Down,
}

/// What a packet was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// CONNECT with these flags and client id.
    Connect {
        /// Flags byte: 0x02 clean start, 0x04 will.
        flags: u8,
        /// Client id.
        client_id: String,
    },
    /// PUBLISH.
    Publish {
        /// Topic.
        topic: String,
        /// Payload.
        payload: Vec<u8>,
        /// Retained.
        retain: bool,
    },
    /// Any other packet, by the number of its type.
    Other(u8),
}

/// A packet.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Unix milliseconds at which its last byte was read.
    pub at_ms: i64,
    /// The same moment, to measure from.
    pub at: Instant,
    /// Direction.
    pub way: Way,
    /// Content.
    pub what: What,
    /// All its bytes.
    pub bytes: Vec<u8>,
}

impl Seen {
    /// The batch that it carries.
    pub fn batch(&self) -> Option<Batch> {
        self.payload_of(Channel::Batch).and_then(|payload| Batch::from_bytes(&payload).ok())
    }

    /// The statement that it carries.
    pub fn statement(&self) -> Option<Statement> {
        match LaneMessage::from_bytes(&self.payload_of(Channel::Lane)?) {
            Ok(LaneMessage::Statement(statement)) => Some(statement),
            Ok(LaneMessage::Hello(_)) | Err(_) => None,
        }
    }

    fn payload_of(&self, wanted: Channel) -> Option<Vec<u8>> {
        let What::Publish { topic, payload, .. } = &self.what else { return None };
        match Topic::parse(topic) {
            Some(Topic::Stream { channel, .. }) if channel == wanted => envelope::peek(payload).ok().map(|(_, payload)| payload),
            Some(Topic::Stream { .. } | Topic::Catalog { .. }) | None => None,
        }
    }
}

/// The tap. It lives as long as the test's process.
#[derive(Clone, Debug)]
pub struct Tap {
    port: u16,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Tap {
    /// Listens, and passes everything on to a broker on this machine.
    pub fn start(broker_port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let tap = Self { port, seen: Arc::clone(&seen) };
        std::thread::spawn(move || {
            for car in listener.incoming().flatten() {
                if let Ok(broker) = TcpStream::connect(("127.0.0.1", broker_port)) {
                    pass(&car, &broker, Way::Up, &seen);
                    pass(&broker, &car, Way::Down, &seen);
                }
            }
        });
        tap
    }

    /// Where the agent connects to.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Everything so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Batches that left so far, with the time of their last byte.
    pub fn batches(&self) -> Vec<(i64, Batch)> {
        self.seen().iter().filter(|seen| seen.way == Way::Up).filter_map(|seen| Some((seen.at_ms, seen.batch()?))).collect()
    }

    /// Statements that left so far.
    pub fn statements(&self) -> Vec<(i64, Statement)> {
        self.seen().iter().filter(|seen| seen.way == Way::Up).filter_map(|seen| Some((seen.at_ms, seen.statement()?))).collect()
    }

    /// Forgets what was seen.
    pub fn clear(&self) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

fn pass(from: &TcpStream, to: &TcpStream, way: Way, seen: &Arc<Mutex<Vec<Seen>>>) {
    let (mut from, mut to, seen) = (from.try_clone().unwrap(), to.try_clone().unwrap(), Arc::clone(seen));
    drop(to.set_nodelay(true));
    std::thread::spawn(move || {
        let (mut held, mut chunk) = (Vec::new(), vec![0_u8; 1 << 16]);
        while let Ok(read @ 1..) = from.read(&mut chunk) {
            held.extend_from_slice(&chunk[..read]);
            note(&mut held, way, &seen);
            if to.write_all(&chunk[..read]).is_err() {
                break;
            }
        }
        drop(from.shutdown(Shutdown::Both));
        drop(to.shutdown(Shutdown::Both));
    });
}

/// Takes whole packets from the front.
fn note(held: &mut Vec<u8>, way: Way, seen: &Arc<Mutex<Vec<Seen>>>) {
    while let Some((head, length)) = whole(held) {
        let bytes: Vec<u8> = held.drain(..head + length).collect();
        let what = read(bytes[0], &bytes[head..]);
        seen.lock().unwrap_or_else(PoisonError::into_inner).push(Seen { at_ms: wall_ms(), at: moment(), way, what, bytes });
    }
}

/// Length of fixed header and of the rest, once all is there.
fn whole(held: &[u8]) -> Option<(usize, usize)> {
    let (length, taken) = number(held.get(1..)?)?;
    (held.len() >= 1 + taken + length).then_some((1 + taken, length))
}

/// MQTT's variable byte integer, and how many bytes it takes.
fn number(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0;
    for (at, byte) in bytes.iter().take(4).enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((value, at + 1));
        }
    }
    None
}

fn read(first: u8, rest: &[u8]) -> What {
    match first >> 4 {
        1 => {
            // Protocol name (6 bytes), level, flags, keep alive (2), properties, client id.
            let (properties, taken) = number(&rest[10..]).unwrap();
            let (client_id, _) = string(&rest[10 + taken + properties..]);
            What::Connect { flags: rest[7], client_id }
        }
        3 => {
            let (topic, mut at) = string(rest);
            at += if first & 0x06 == 0 { 0 } else { 2 };
            let (properties, taken) = number(&rest[at..]).unwrap();
            What::Publish { topic, payload: rest[at + taken + properties..].to_vec(), retain: first & 1 == 1 }
        }
        other => What::Other(other),
    }
}

fn string(bytes: &[u8]) -> (String, usize) {
    let length = usize::from(u16::from_be_bytes([bytes[0], bytes[1]]));
    (String::from_utf8_lossy(&bytes[2..2 + length]).into_owned(), 2 + length)
}

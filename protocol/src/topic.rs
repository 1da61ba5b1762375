//! MQTT topics: `cg/1/{recipient}/{stream}/{b|s|a}` and `cg/1/catalog/{audience}`. No name of a person or car is in them.

use crate::ids::{StreamId, from_hex};
use alloc::format;
use alloc::string::{String, ToString};

/// Which way a message of a stream goes, and what it carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Channel {
    /// `b`, up: batches.
    Batch,
    /// `s`, up: Hello and statements.
    Lane,
    /// `a`, down: State, answers, use reports.
    Answer,
}

impl Channel {
    fn letter(self) -> &'static str {
        match self {
            Self::Batch => "b",
            Self::Lane => "s",
            Self::Answer => "a",
        }
    }
}

/// A topic of this protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Topic {
    /// A message of one stream.
    Stream {
        /// The recipient's id in the catalog.
        recipient: String,
        /// The stream.
        stream: StreamId,
        /// Direction and content.
        channel: Channel,
    },
    /// The retained catalog of an audience.
    Catalog {
        /// `environment.country.model-line`.
        audience: String,
    },
}

impl Topic {
    /// The topic as MQTT has it.
    pub fn name(&self) -> String {
        match self {
            Self::Stream { recipient, stream, channel } => format!("cg/1/{recipient}/{stream}/{}", channel.letter()),
            Self::Catalog { audience } => format!("cg/1/catalog/{audience}"),
        }
    }

    /// Reads a topic name; anything else is `None`.
    pub fn parse(name: &str) -> Option<Self> {
        let mut parts = name.strip_prefix("cg/1/")?.split('/');
        let (first, second, third) = (parts.next()?, parts.next()?, parts.next());
        if first.is_empty() || second.is_empty() || parts.next().is_some() {
            return None;
        }
        let channel = match (first, third) {
            ("catalog", None) => return Some(Self::Catalog { audience: second.to_string() }),
            (_, Some("b")) => Channel::Batch,
            (_, Some("s")) => Channel::Lane,
            (_, Some("a")) => Channel::Answer,
            (_, _) => return None,
        };
        Some(Self::Stream { recipient: first.to_string(), stream: StreamId(from_hex(second)?), channel })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_read_what_they_print() {
        for channel in [Channel::Batch, Channel::Lane, Channel::Answer] {
            let topic = Topic::Stream { recipient: "oem".to_string(), stream: StreamId([7; 16]), channel };
            assert_eq!(Topic::parse(&topic.name()), Some(topic));
        }
        let topic = Topic::Catalog { audience: "demo.de.line-1".to_string() };
        assert_eq!(Topic::parse(&topic.name()), Some(topic));
        assert_eq!(Topic::parse("cg/1/oem/xyz/b"), None);
        assert_eq!(Topic::parse("cg/2/oem"), None);
    }
}

//! Publishing alone, of the same payloads: rumqttc as it is, and the agent's connection around it.

use crate::clock::moment;
use consent_agent::link::{Links, Target};
use consent_gatekeeper::event::LinkEvent;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::Packet;
use rumqttc::v5::{AsyncClient, Event, MqttOptions};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::mpsc;

/// Publishes that the bare client may have unacknowledged.
const INFLIGHT: u16 = 100;
/// The window that the agent is configured with here, the largest that it takes.
const WINDOW: u16 = 64;
const TOPIC: &str = "cg/1/maker/00000000000000000000000000000000/b";

/// How long a bare client takes until the broker has acknowledged all.
pub fn bare(port: u16, payloads: &[Vec<u8>]) -> Duration {
    block_on(async {
        let mut options = MqttOptions::new("bare", "127.0.0.1", port);
        options.set_outgoing_inflight_upper_limit(INFLIGHT).set_request_channel_capacity(1_024).set_max_packet_size(Some(2 << 20));
        let (client, mut events) = AsyncClient::new(options, 1_024);
        while !matches!(events.poll().await.unwrap(), Event::Incoming(Packet::ConnAck(_))) {}
        let all = payloads.to_vec();
        let begun = moment();
        let publisher = tokio::spawn(async move {
            for payload in all {
                client.publish(TOPIC, QoS::AtLeastOnce, false, payload).await.unwrap();
            }
            client
        });
        let mut acknowledged = 0;
        while acknowledged < payloads.len() {
            if let Event::Incoming(Packet::PubAck(_)) = events.poll().await.unwrap() {
                acknowledged += 1;
            }
        }
        let took = begun.elapsed();
        drop(publisher.await);
        took
    })
}

/// How long the agent's connection takes for the same; it is given what its window allows, as the gatekeeper does.
pub fn link(port: u16, payloads: &[Vec<u8>]) -> Duration {
    block_on(async {
        let target = Target { host: "127.0.0.1".to_owned(), port, tls: None, window: WINDOW, keep_alive_s: 15, packet_bytes_max: 2 << 20, spread_ms_max: 0 };
        let (reports, mut heard) = mpsc::channel(256);
        let mut links = Links::new(BTreeMap::new(), target, reports);
        links.connect("maker", 1).await;
        let room = match heard.recv().await.unwrap().event {
            LinkEvent::Up { room } => usize::from(room),
            other => panic!("expected a connection, found {other:?}"),
        };
        let (mut left, mut in_flight, mut handle) = (payloads.iter(), 0_usize, 0_u64);
        let begun = moment();
        loop {
            while in_flight < room
                && let Some(payload) = left.next()
            {
                (in_flight, handle) = (in_flight + 1, handle + 1);
                links.publish("maker", 1, handle, TOPIC.to_owned(), payload.clone()).await;
            }
            if in_flight == 0 {
                break;
            }
            match heard.recv().await.unwrap().event {
                LinkEvent::Acked { .. } => in_flight -= 1,
                other => panic!("expected an acknowledgement, found {other:?}"),
            }
        }
        let took = begun.elapsed();
        links.cut("maker", 1).await;
        took
    })
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(work)
}

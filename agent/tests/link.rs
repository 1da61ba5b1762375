//! Links against a real mosquitto and against a broker that misbehaves on purpose.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::zombie_processes,
    clippy::wildcard_enum_match_arm,
    reason = "tests"
)]

use consent_agent::link::{LinkReport, Links, Target};
use consent_gatekeeper::event::LinkEvent;
use std::collections::BTreeMap;
use std::net::TcpListener as StdListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{self, Receiver};
use tokio::time::timeout;

struct Mosquitto {
    child: Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl Mosquitto {
    async fn start(extra: &str) -> Self {
        let port = StdListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("mosquitto.conf");
        std::fs::write(&file, format!("listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n{extra}\n")).unwrap();
        let program = ["/usr/sbin/mosquitto", "mosquitto"].into_iter().find(|program| Command::new(program).arg("-h").stdout(Stdio::null()).status().is_ok());
        let program = program.expect("this test needs mosquitto: apt-get install mosquitto, or tests/run");
        let child = Command::new(program).arg("-c").arg(&file).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        for _ in 0..200 {
            if TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                return Self { child, port, folder };
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("mosquitto does not answer");
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn target(port: u16) -> Target {
    Target { host: "127.0.0.1".to_string(), port, tls: None, window: 16, keep_alive_s: 5, packet_bytes_max: 1 << 20, spread_ms_max: 50 }
}

fn links(port: u16) -> (Links, Receiver<LinkReport>) {
    let (reports, received) = mpsc::channel(1_024);
    (Links::new(BTreeMap::new(), target(port), reports), received)
}

async fn next(reports: &mut Receiver<LinkReport>) -> LinkReport {
    timeout(Duration::from_secs(20), reports.recv()).await.expect("a report in time").expect("links live")
}

async fn up(links: &mut Links, reports: &mut Receiver<LinkReport>, recipient: &str, epoch: u64) -> u16 {
    links.connect(recipient, epoch).await;
    let report = next(reports).await;
    assert_eq!((report.recipient.as_str(), report.epoch), (recipient, epoch));
    match report.event {
        LinkEvent::Up { room } => room,
        other => panic!("up expected, {other:?} found"),
    }
}

async fn listen(links: &mut Links, reports: &mut Receiver<LinkReport>, topic: &str) {
    up(links, reports, "listener", 1).await;
    links.subscribe("listener", 1, topic.to_string()).await;
    // A publish to itself comes back once the subscription holds.
    links.publish("listener", 1, 0, topic.to_string(), b"ready".to_vec()).await;
    let both = [next(reports).await.event, next(reports).await.event];
    assert!(both.contains(&LinkEvent::Message { topic: topic.to_string(), payload: b"ready".to_vec() }), "{both:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn publishes_arrive_in_order_and_are_acknowledged_by_handle() {
    let broker = Mosquitto::start("").await;
    let (mut links, mut reports) = links(broker.port);
    listen(&mut links, &mut reports, "cg/1/oem/x/b").await;
    let room = up(&mut links, &mut reports, "oem", 7).await;
    assert_eq!(room, 16);
    let (mut sent, mut acked, mut came) = (0_u64, Vec::new(), Vec::new());
    while acked.len() < 500 || came.len() < 500 {
        while sent < 500 && sent - u64::try_from(acked.len()).unwrap() < u64::from(room) {
            links.publish("oem", 7, 1_000 + sent, "cg/1/oem/x/b".to_string(), sent.to_le_bytes().to_vec()).await;
            sent += 1;
            if sent % 50 == 0 {
                links.subscribe("oem", 7, format!("cg/1/oem/{sent}/a")).await;
            }
        }
        let report = next(&mut reports).await;
        match report.event {
            LinkEvent::Acked { handle, taken } => {
                assert!(taken && report.recipient == "oem");
                acked.push(handle - 1_000);
            }
            LinkEvent::Message { payload, topic } => {
                assert_eq!((report.recipient.as_str(), topic.as_str()), ("listener", "cg/1/oem/x/b"));
                came.push(u64::from_le_bytes(payload.try_into().unwrap()));
            }
            other => panic!("unexpected {other:?}"),
        }
    }
    assert_eq!(acked, (0..500).collect::<Vec<_>>());
    assert_eq!(came, (0..500).collect::<Vec<_>>());
    links.disconnect("oem", 7).await;
    links.publish("oem", 6, 9_999, "cg/1/oem/x/b".to_string(), vec![0]).await;
    assert!(timeout(Duration::from_millis(300), reports.recv()).await.is_err(), "an ordered end is not reported, an old epoch not sent");
    timeout(Duration::from_secs(5), links.close()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_gets_and_what_is_too_large_is_not_taken() {
    let broker = Mosquitto::start("max_packet_size 2000").await;
    let (mut links, mut reports) = links(broker.port);
    up(&mut links, &mut reports, "oem", 1).await;
    links.publish("oem", 1, 5, "cg/1/oem/x/b".to_string(), vec![0; 100]).await;
    assert_eq!(next(&mut reports).await.event, LinkEvent::Acked { handle: 5, taken: false });
    links.publish("oem", 1, 6, "cg/1/oem/x/b".to_string(), vec![0; 1_990]).await;
    assert_eq!(next(&mut reports).await.event, LinkEvent::Acked { handle: 6, taken: false });
    links.publish("oem", 1, 7, "cg/1/oem/x/b".to_string(), vec![0; 100]).await;
    assert_eq!(next(&mut reports).await.event, LinkEvent::Acked { handle: 7, taken: false }, "the connection lives on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_denied_publish_is_not_taken_and_the_next_connection_comes_up() {
    let folder = tempfile::tempdir().unwrap();
    let acl = folder.path().join("acl");
    std::fs::write(&acl, "topic write cg/allowed\n").unwrap();
    let broker = Mosquitto::start(&format!("acl_file {}", acl.display())).await;
    let (mut links, mut reports) = links(broker.port);
    up(&mut links, &mut reports, "oem", 1).await;
    links.publish("oem", 1, 5, "cg/denied".to_string(), vec![0; 100]).await;
    assert_eq!(next(&mut reports).await.event, LinkEvent::Acked { handle: 5, taken: false });
    links.connect("oem", 2).await;
    assert!(matches!(next(&mut reports).await, LinkReport { epoch: 2, event: LinkEvent::Up { .. }, .. }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_dies_is_reported_and_a_new_connection_comes_up_with_nothing_of_the_old() {
    let mut broker = Mosquitto::start("").await;
    let (mut links, mut reports) = links(broker.port);
    up(&mut links, &mut reports, "oem", 1).await;
    broker.child.kill().unwrap();
    broker.child.wait().unwrap();
    for handle in 0..10 {
        links.publish("oem", 1, handle, "cg/1/oem/x/b".to_string(), vec![1; 10]).await;
    }
    assert_eq!(next(&mut reports).await.event, LinkEvent::Down);
    links.connect("oem", 2).await;
    assert_eq!(next(&mut reports).await, LinkReport { recipient: "oem".to_string(), epoch: 2, event: LinkEvent::Down });
    let file = broker.folder.path().join("mosquitto.conf");
    broker.child = Command::new("/usr/sbin/mosquitto").arg("-c").arg(&file).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut epoch = 2;
    loop {
        epoch += 1;
        links.connect("oem", epoch).await;
        match next(&mut reports).await.event {
            LinkEvent::Down => tokio::time::sleep(Duration::from_millis(50)).await,
            LinkEvent::Up { .. } => break,
            other => panic!("unexpected {other:?}"),
        }
    }
    links.publish("oem", epoch, 77, "cg/1/oem/x/b".to_string(), vec![1]).await;
    assert_eq!(next(&mut reports).await.event, LinkEvent::Acked { handle: 77, taken: false }, "the first thing sent is the new one");
}

/// A broker in a few lines: answers CONNECT with these properties, then hands the socket over.
async fn scripted(properties: &[u8]) -> (u16, mpsc::Receiver<TcpStream>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, sockets) = mpsc::channel(4);
    let properties = properties.to_vec();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut connect = [0; 1_024];
            assert!(socket.read(&mut connect).await.unwrap() > 0);
            let length = u8::try_from(properties.len()).unwrap();
            let answer = [&[0x20, length + 3, 0, 0, length][..], &properties].concat();
            socket.write_all(&answer).await.unwrap();
            if sender.send(socket).await.is_err() {
                return;
            }
        }
    });
    (port, sockets)
}

#[tokio::test]
async fn a_keep_alive_or_receive_maximum_of_zero_is_refused() {
    for properties in [&[0x13, 0, 0][..], &[0x21, 0, 0]] {
        let (port, _sockets) = scripted(properties).await;
        let (mut links, mut reports) = links(port);
        links.connect("oem", 1).await;
        assert_eq!(next(&mut reports).await.event, LinkEvent::Down, "{properties:?}");
    }
}

#[tokio::test]
async fn the_broker_s_receive_maximum_bounds_the_window() {
    let (port, _sockets) = scripted(&[0x21, 0, 3]).await;
    let (mut links, mut reports) = links(port);
    assert_eq!(up(&mut links, &mut reports, "oem", 1).await, 3);
}

#[tokio::test]
async fn an_acknowledgement_with_an_error_or_of_nothing_is_not_taken_for_success() {
    let (port, mut sockets) = scripted(&[]).await;
    let (mut links, mut reports) = links(port);
    up(&mut links, &mut reports, "oem", 1).await;
    let mut socket = sockets.recv().await.unwrap();
    links.publish("oem", 1, 5, "cg/x".to_string(), vec![9]).await;
    let mut publish = [0; 64];
    assert!(socket.read(&mut publish).await.unwrap() > 0);
    socket.write_all(&[0x40, 3, 0, 1, 0x97]).await.unwrap();
    assert_eq!(next(&mut reports).await.event, LinkEvent::Acked { handle: 5, taken: false });
    socket.write_all(&[0x40, 3, 0, 9, 0]).await.unwrap();
    assert_eq!(next(&mut reports).await.event, LinkEvent::Down);
}

#[tokio::test]
async fn a_subscription_that_is_not_granted_ends_the_connection() {
    let (port, mut sockets) = scripted(&[]).await;
    let (mut links, mut reports) = links(port);
    up(&mut links, &mut reports, "oem", 1).await;
    let mut socket = sockets.recv().await.unwrap();
    links.subscribe("oem", 1, "cg/x".to_string()).await;
    let mut subscribe = [0; 64];
    assert!(socket.read(&mut subscribe).await.unwrap() > 0);
    socket.write_all(&[0x90, 4, 0, 1, 0, 0x87]).await.unwrap();
    assert_eq!(next(&mut reports).await.event, LinkEvent::Down);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_cut_nothing_more_reaches_the_socket() {
    for _ in 0..20 {
        let (port, mut sockets) = scripted(&[]).await;
        let (mut links, mut reports) = links(port);
        up(&mut links, &mut reports, "oem", 1).await;
        let mut socket = sockets.recv().await.unwrap();
        for handle in 0..16 {
            links.publish("oem", 1, handle, "cg/x".to_string(), vec![7; 30_000]).await;
        }
        tokio::time::sleep(Duration::from_micros(300)).await;
        links.cut("oem", 1).await;
        links.publish("oem", 1, 99, "cg/x".to_string(), vec![8; 10]).await;
        let mut first = Vec::new();
        let read = async {
            let mut chunk = vec![0; 65_536];
            loop {
                match socket.read(&mut chunk).await {
                    Ok(0) | Err(_) => return,
                    Ok(bytes) => first.extend_from_slice(&chunk[..bytes]),
                }
            }
        };
        timeout(Duration::from_secs(5), read).await.expect("the connection is closed by the cut");
        // What was written before may still be read; it ends within what the two small buffers hold.
        assert!(first.len() < 16 * 30_000 && !first.windows(10).any(|window| window == [8; 10]), "{} bytes", first.len());
        assert!(reports.try_recv().is_err(), "a cut is not reported");
    }
}

#[tokio::test]
async fn a_peer_that_stops_reading_does_not_hold_the_connection_for_ever() {
    let (port, mut sockets) = scripted(&[]).await;
    let (mut links, mut reports) = links(port);
    up(&mut links, &mut reports, "oem", 1).await;
    let _socket = sockets.recv().await.unwrap();
    for handle in 0..16 {
        links.publish("oem", 1, handle, "cg/x".to_string(), vec![7; 900_000]).await;
    }
    let began = tokio::time::Instant::now();
    assert_eq!(next(&mut reports).await.event, LinkEvent::Down);
    assert!(began.elapsed() < Duration::from_secs(17));
}

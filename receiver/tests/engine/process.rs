//! The process against Debian's Mosquitto: acknowledged after the commit, killed, restarted, stopped.

use crate::car::{ACK, AUTHORITY, Answers, Car, ROOT, catalog, public, seal};
use consent_protocol::envelope::Kind;
use consent_protocol::lane::State;
use consent_protocol::topic::Channel;
use consent_protocol::{Digest, Head, Nonce};
use consent_receiver::engine::Outgoing;
use consent_receiver::keys::hex;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::Packet;
use rumqttc::v5::{Client, Connection, Event, MqttOptions};
use std::io::Read as _;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Ended with the test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

impl Process {
    fn terminate(mut self) -> Option<i32> {
        let status = Command::new("kill").arg(self.0.id().to_string()).status().unwrap();
        assert!(status.success());
        self.0.wait().unwrap().code()
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn mosquitto() -> PathBuf {
    let found = ["/usr/sbin/mosquitto", "/usr/bin/mosquitto", "/usr/local/sbin/mosquitto"].iter().map(PathBuf::from).find(|path| path.exists());
    found.expect("this test needs mosquitto (apt-get install mosquitto)")
}

fn broker(folder: &Path, port: u16) -> Process {
    let path = folder.join("mosquitto.conf");
    std::fs::write(&path, format!("listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n")).unwrap();
    let child = Command::new(mosquitto()).arg("-c").arg(path).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let broker = Process(child);
    for _ in 0..200 {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return broker;
        }
        std::thread::sleep(Duration::from_millis(25));
    }
    panic!("mosquitto did not come up");
}

fn configure(folder: &Path, port: u16) {
    let key = folder.join("ack.key");
    std::fs::write(&key, hex(&ACK)).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(folder.join("catalog.cose"), seal(Kind::Catalog, &ROOT, catalog().to_bytes())).unwrap();
    let (authority, root) = (hex(&public(&AUTHORITY)), hex(&public(&ROOT)));
    let text = format!(
        "environment = \"demo\"\nauthorities = [\"{authority}\"]\ncatalog_root = \"{root}\"\ndatabase = \"receiver.db\"\nhand_on = \"out\"\n\
         catalogs = [\"catalog.cose\"]\npublish_catalogs = \"oem\"\n[broker]\nhost = \"127.0.0.1\"\nport = {port}\n[[recipients]]\nid = \"oem\"\nkey = \"ack.key\"\n"
    );
    std::fs::write(folder.join("receiver.toml"), text).unwrap();
}

fn receiver(folder: &Path) -> Process {
    let mut command = Command::new(env!("CARGO_BIN_EXE_consent-receiver"));
    Process(command.arg("run").arg("--config").arg(folder.join("receiver.toml")).stderr(Stdio::piped()).spawn().unwrap())
}

/// The car's end of the broker.
struct Link {
    client: Client,
    connection: Connection,
}

impl Link {
    fn new(port: u16, topics: &[&str]) -> Self {
        let mut options = MqttOptions::new(format!("car-{port}-{}", topics.len()), "127.0.0.1", port);
        options.set_keep_alive(Duration::from_secs(30)).set_max_packet_size(Some(1 << 21));
        let (client, connection) = Client::new(options, 64);
        for topic in topics {
            client.subscribe(*topic, QoS::AtLeastOnce).unwrap();
        }
        let mut link = Self { client, connection };
        link.wait(|packet| matches!(packet, Packet::SubAck(_)).then_some(()));
        link
    }

    fn wait<T>(&mut self, mut wanted: impl FnMut(&Packet) -> Option<T>) -> T {
        for _ in 0..2_000 {
            match self.connection.recv_timeout(Duration::from_secs(20)).expect("an event in time") {
                Ok(Event::Incoming(packet)) => {
                    if let Some(found) = wanted(&packet) {
                        return found;
                    }
                }
                Ok(Event::Outgoing(_)) => (),
                Err(error) => panic!("{error}"),
            }
        }
        panic!("not among 2,000 events");
    }

    fn publish(&self, topic: &str, payload: &[u8]) {
        self.client.publish(topic, QoS::AtLeastOnce, false, payload.to_vec()).unwrap();
    }

    fn state(&mut self, wanted: impl Fn(&State) -> bool) -> State {
        self.wait(|packet| {
            let Packet::Publish(publish) = packet else { return None };
            let topic = String::from_utf8(publish.topic.to_vec()).unwrap();
            let answers = Answers::read(&[Outgoing { topic, payload: publish.payload.to_vec() }]);
            answers.states.into_iter().find(|state| wanted(state))
        })
    }
}

#[test]
fn what_is_published_while_the_receiver_is_dead_is_acknowledged_when_it_is_back() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let _broker = broker(folder.path(), port);
    configure(folder.path(), port);
    let mut running = receiver(folder.path());
    let mut retained = Link::new(port, &["cg/1/catalog/demo.de.line-1"]);
    let published = retained.wait(|packet| if let Packet::Publish(publish) = packet { Some(publish.payload.to_vec()) } else { None });
    assert_eq!(published, std::fs::read(folder.path().join("catalog.cose")).unwrap());

    let mut car = Car::new(10);
    let (answers, lane, batches) = (car.topic(Channel::Answer), car.topic(Channel::Lane), car.topic(Channel::Batch));
    let mut link = Link::new(port, &[&answers]);
    let nonce = Nonce([1; 16]);
    link.publish(&lane, &car.hello_with(nonce, None, Head::default()));
    let challenge = link.state(|state| state.nonce == nonce).challenge;
    link.publish(&lane, &car.hello_with(nonce, Some(challenge), Head::default()));
    link.state(|state| state.challenge == Digest::default());
    car.tell_catalog();
    car.open_basis();
    (0..4).for_each(|_| assert!(car.number(2) > 0));
    car.lane.iter().for_each(|(sealed, _)| link.publish(&lane, sealed));
    link.publish(&batches, &car.chain[0].0);
    assert_eq!(link.state(|state| state.head.n == 1).head, car.batch_head(1));

    for (at, n) in [(1, 2), (2, 3), (3, 4)] {
        running.0.kill().unwrap();
        running.0.wait().unwrap();
        link.publish(&batches, &car.chain[at].0);
        running = receiver(folder.path());
        assert_eq!(link.state(|state| state.head.n == n).head, car.batch_head(n));
    }
    let mut second = receiver(folder.path());
    assert_eq!(second.0.wait().unwrap().code(), Some(1));
    let mut complaint = String::new();
    second.0.stderr.take().unwrap().read_to_string(&mut complaint).unwrap();
    assert!(complaint.contains("served by another"), "{complaint}");
    assert_eq!(running.terminate(), Some(0));
    let lines = std::fs::read_dir(folder.path().join("out/oem")).unwrap().map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap());
    assert_eq!(lines.collect::<String>().lines().count(), 8, "each row of four batches once");
}

#[test]
fn a_broker_that_comes_back_is_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    configure(folder.path(), port);
    let running = receiver(folder.path());
    let first = broker(folder.path(), port);
    let topic = "cg/1/catalog/demo.de.line-1";
    let is_catalog = |packet: &Packet| matches!(packet, Packet::Publish(_)).then_some(());
    Link::new(port, &[topic]).wait(is_catalog);
    drop(first);
    let _second = broker(folder.path(), port);
    Link::new(port, &[topic]).wait(is_catalog);
    assert_eq!(running.terminate(), Some(0));
}

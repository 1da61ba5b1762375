//! TLS with certificates of both sides against a real mosquitto.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::zombie_processes, clippy::print_stdout, reason = "tests")]

use consent_agent::link::tls::{TlsFiles, client};
use consent_agent::link::{Links, Target};
use consent_gatekeeper::event::LinkEvent;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::sync::mpsc;

struct Broker(Child);

impl Drop for Broker {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

fn openssl(folder: &Path, arguments: &str) -> bool {
    Command::new("openssl")
        .args(arguments.split(' '))
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// An authority, and a certificate signed by it for each name; false if there is no openssl.
fn certificates(folder: &Path) -> bool {
    let key = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2";
    std::fs::write(folder.join("san"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n").unwrap();
    let authority = |name: &str| openssl(folder, &format!("{key} -keyout {name}.key -out {name}.crt -subj /CN={name}"));
    let signed = |name: &str| {
        openssl(folder, &format!("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {name}.key -out {name}.csr -subj /CN={name}"))
            && openssl(folder, &format!("x509 -req -in {name}.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile san -out {name}.crt"))
    };
    authority("ca") && authority("other") && signed("server") && signed("car")
}

async fn broker(folder: &Path) -> Option<(Broker, u16)> {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let file = |name: &str| folder.join(name).display().to_string();
    // Mosquitto gives up root, so it could not read files of mode 0600.
    for name in ["server.key", "server.crt", "ca.crt"] {
        std::fs::set_permissions(folder.join(name), std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    }
    std::fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let text = format!(
        "listener {port} 127.0.0.1\ncafile {}\ncertfile {}\nkeyfile {}\nrequire_certificate true\nuse_identity_as_username true\npersistence false\n",
        file("ca.crt"),
        file("server.crt"),
        file("server.key")
    );
    std::fs::write(folder.join("mosquitto.conf"), text).unwrap();
    let program = ["/usr/sbin/mosquitto", "mosquitto"].into_iter().find(|program| Command::new(program).arg("-h").stdout(Stdio::null()).status().is_ok())?;
    let child = Command::new(program).arg("-c").arg(folder.join("mosquitto.conf")).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let broker = Broker(child);
    for _ in 0..200 {
        if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            return Some((broker, port));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("mosquitto does not answer");
}

async fn first_report(port: u16, files: &TlsFiles) -> LinkEvent {
    let tls = Some(client(files).unwrap());
    let target = Target { host: "localhost".to_owned(), port, tls, window: 16, keep_alive_s: 5, packet_bytes_max: 1 << 20, spread_ms_max: 0 };
    let (reports, mut received) = mpsc::channel(16);
    let mut links = Links::new(BTreeMap::new(), target, reports);
    links.connect("oem", 1).await;
    tokio::time::timeout(Duration::from_secs(20), received.recv()).await.unwrap().unwrap().event
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_sides_are_checked() {
    let folder = tempfile::tempdir().unwrap();
    assert!(certificates(folder.path()), "this test needs openssl: apt-get install openssl, or tests/run");
    let (_broker, port) = broker(folder.path()).await.expect("this test needs mosquitto: apt-get install mosquitto, or tests/run");
    let file = |name: &str| folder.path().join(name);
    let car = Some((file("car.crt"), file("car.key")));
    assert_eq!(first_report(port, &TlsFiles { ca: file("ca.crt"), client: car.clone() }).await, LinkEvent::Up { room: 16 });
    assert_eq!(first_report(port, &TlsFiles { ca: file("other.crt"), client: car }).await, LinkEvent::Down, "a broker of another authority");
    assert_eq!(first_report(port, &TlsFiles { ca: file("ca.crt"), client: None }).await, LinkEvent::Down, "a car without a certificate");
    let told = client(&TlsFiles { ca: file("san"), client: None }).map(|_| ()).unwrap_err().to_string();
    assert!(told.contains("san: certificates of authorities in PEM expected"), "{told}");
    let mixed = Some((file("car.crt"), file("server.key")));
    assert!(client(&TlsFiles { ca: file("ca.crt"), client: mixed }).is_err(), "a key that does not belong to the certificate");
}

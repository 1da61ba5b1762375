//! Two users of one system: the car's screen runs as one, something else as the other. Each runs in a thread with that user's
//! credentials, so that the kernel names it as the owner of what it opens.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot go on has failed"
)]

use consent_tests::Cabin;
use consent_tests::clock::moment;
use rustix::thread::{Gid, Uid, set_thread_groups, set_thread_res_gid, set_thread_res_uid};
use serde_json::Value;
use std::fs::{Permissions, set_permissions};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// The car's screen.
const SCREEN: u32 = 61_001;
/// Something else that runs in the same computer.
const OTHER: u32 = 61_002;

/// Does something as another user of this system.
fn as_user<T: Send>(user: u32, what: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let (uid, gid) = (Uid::from_raw(user), Gid::from_raw(user));
            set_thread_groups(&[])
                .and_then(|()| set_thread_res_gid(gid, gid, gid))
                .and_then(|()| set_thread_res_uid(uid, uid, uid))
                .expect("this test acts as two users of the system, which needs root (CAP_SETUID and CAP_SETGID)");
            what()
        });
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

struct Answer {
    status: u16,
    head: String,
    body: String,
}

/// A request of that user; `body` makes it a touch.
fn ask(cabin: &Cabin, user: u32, cookie: &str, path: &str, body: Option<&str>) -> Answer {
    as_user(user, || {
        let port = cabin.screen_port();
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        let line = if body.is_some() { "POST" } else { "GET" };
        let body = body.unwrap_or_default();
        let head = format!("{line} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\nConnection: close\r\n");
        let kind = format!("Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        stream.write_all(format!("{head}{kind}").as_bytes()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head: head.to_owned(), body: body.to_owned() }
    })
}

fn entry(cabin: &Cabin) -> String {
    let entry = cabin.entry("/");
    entry[entry.find("/enter").unwrap()..].to_owned()
}

fn enter(cabin: &Cabin, user: u32) -> String {
    let answer = ask(cabin, user, "", &entry(cabin), None);
    answer.head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect("a session").split(';').next().unwrap().to_owned()
}

#[test]
fn another_user_neither_gives_consent_nor_reads_a_persons_data_though_the_cookie_is_stolen() {
    let cabin = Cabin::parked();
    let stolen = enter(&cabin, SCREEN);
    let given = ask(&cabin, SCREEN, &stolen, "/api/1/uses/traffic/give", Some("{}"));
    assert_eq!(given.status, 200, "the screen itself gives: {}", given.body);
    let document: Value = serde_json::from_str(&ask(&cabin, SCREEN, &stolen, "/api/1/openapi.json", None).body).unwrap();
    let before = cabin.person().status();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let path = path.replace("{use}", "coaching").replace("{id}", "1").replace("{entry}", "1");
        for cookie in [stolen.as_str(), "", "__Host-gate=0123456789abcdef0123456789abcdef.1.2"] {
            let answer = ask(&cabin, OTHER, cookie, &path, None);
            assert!([401, 405].contains(&answer.status) && !answer.body.contains("anna"), "GET {path}: {}", answer.status);
            if methods.get("post").is_some() {
                let answer = ask(&cabin, OTHER, cookie, &path, Some(r#"{"answer":"allow","choose":"all","person":"anna","use":"coaching","kind":"sale"}"#));
                assert_eq!(answer.status, 401, "POST {path}: {}", answer.body);
            }
        }
    }
    for page in ["/", "/choices", "/data", "/trust", "/people", "/reviews"] {
        let answer = ask(&cabin, OTHER, &stolen, page, None);
        assert!(answer.status == 401 && !answer.body.contains("anna"), "{page}: {}", answer.status);
    }
    let after = cabin.person().status();
    assert_eq!((after.consent_events, after.paused), (before.consent_events, before.paused), "nothing changed");
    assert_eq!(ask(&cabin, SCREEN, &stolen, "/data", None).status, 200, "and the screen's own session goes on");
    let log = cabin.agent_log();
    for personal in ["anna", stolen.split(['=', '.']).nth(1).unwrap(), "coaching"] {
        assert!(!log.contains(personal), "the log holds {personal}");
    }
}

#[test]
fn a_code_is_used_up_by_its_first_user_and_the_control_socket_gives_others_none() {
    let cabin = Cabin::parked();
    let code = entry(&cabin);
    assert_eq!(ask(&cabin, SCREEN, "", &code, None).status, 303);
    assert_eq!(ask(&cabin, OTHER, "", &code, None).status, 403, "the same code again");
    let sockets = ["control.sock", "signals.sock"].map(|name| cabin.path(name));
    set_permissions(cabin.path(""), Permissions::from_mode(0o755)).unwrap();
    for socket in &sockets {
        let refused = as_user(OTHER, || UnixStream::connect(socket).err().map(|error| error.kind()));
        assert_eq!(refused, Some(std::io::ErrorKind::PermissionDenied), "{}", socket.display());
    }
    // Whatever the file's permissions say, the kernel names who asks.
    set_permissions(&sockets[0], Permissions::from_mode(0o666)).unwrap();
    let said = as_user(OTHER, || {
        let mut stream = UnixStream::connect(&sockets[0]).unwrap();
        // It may be closed before anything is said.
        drop(stream.write_all(b"{\"op\":\"screen_code\"}\n{\"op\":\"status\"}\n"));
        let mut said = Vec::new();
        drop(stream.read_to_end(&mut said));
        said
    });
    assert!(said.is_empty(), "{}", String::from_utf8_lossy(&said));
}

#[test]
fn connections_that_another_user_holds_in_silence_take_no_place_from_the_screen() {
    let cabin = Cabin::parked();
    let cookie = enter(&cabin, SCREEN);
    let held: Vec<TcpStream> = as_user(OTHER, || (0..200).filter_map(|_| TcpStream::connect(("127.0.0.1", cabin.screen_port())).ok()).collect());
    assert!(held.len() > 100, "{}", held.len());
    let started = moment();
    assert_eq!(ask(&cabin, SCREEN, &cookie, "/choices", None).status, 200);
    // Each is given up after 15 s; behind 200 of them a place would be free after three times that.
    assert!(started.elapsed() < Duration::from_secs(40), "it did not wait until the silent ones were given up");
    drop(held);
}

//! A screen on a real socket, over a gatekeeper that writes down what it was asked.

use consent_gatekeeper::control::{Peer, Request, Response};
use consent_gatekeeper::show::Profiles;
use consent_gatekeeper::status::Status;
use consent_screen::{Port, Screen, ScreenConfig};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

const START_MS: i64 = 1_800_000_000_000;

#[derive(Default)]
struct Scene {
    asked: Mutex<Vec<Request>>,
    /// System users by the port of their end.
    users: Mutex<BTreeMap<u16, u32>>,
    forward_ms: AtomicI64,
}

impl Port for Scene {
    fn ask(&self, _peer: Peer, request: Request) -> consent_screen::port::Answer {
        let response = match &request {
            Request::Status => {
                Response::Status(Box::new(Status { driving: "parked".to_owned(), store_ok: true, clock_trusted: true, boot: 3, ..Status::default() }))
            }
            Request::ProfileList => Response::Data { data: serde_json::to_value(Profiles::default()).unwrap() },
            _ => Response::Refused { error: "not in this scene".to_owned() },
        };
        self.asked.lock().unwrap().push(request);
        Box::pin(async move { response })
    }

    fn now_ms(&self) -> i64 {
        START_MS + self.forward_ms.load(Ordering::SeqCst)
    }

    fn user(&self, theirs: SocketAddr, _ours: SocketAddr) -> Option<u32> {
        self.users.lock().unwrap().get(&theirs.port()).copied()
    }
}

/// A screen that is served.
pub(crate) struct Server {
    scene: Arc<Scene>,
    screen: Screen,
}

/// A browser, or what pretends to be one: its cookie, and the system user it runs as.
pub(crate) struct Browser {
    pub(crate) cookie: String,
    pub(crate) user: u32,
}

impl Browser {
    pub(crate) fn new(user: u32) -> Self {
        Self { cookie: String::new(), user }
    }
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Answer {
    fn of(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Self { status, head: head.to_owned(), body: body.to_owned() }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).filter_map(|line| line.split_once(':')).find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }
}

/// Server-sent events.
pub(crate) struct Events {
    stream: TcpStream,
    read: String,
}

impl Events {
    async fn until(&mut self, mark: &str) -> String {
        loop {
            if let Some((before, after)) = self.read.split_once(mark) {
                let (before, after) = (before.to_owned(), after.to_owned());
                self.read = after;
                return before;
            }
            let mut bytes = [0; 4_096];
            let read = tokio::time::timeout(Duration::from_secs(5), self.stream.read(&mut bytes)).await.expect("an event in time").unwrap();
            assert_ne!(read, 0, "the stream ended: {}", self.read);
            self.read.push_str(&String::from_utf8_lossy(&bytes[..read]));
        }
    }

    pub(crate) async fn status(&mut self) -> u16 {
        self.until("\r\n\r\n").await.split(' ').nth(1).unwrap().parse().unwrap()
    }

    /// The data of the next state.
    pub(crate) async fn next(&mut self) -> String {
        self.until("data: ").await;
        self.until("\n").await
    }
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::with(Vec::new()).await
    }

    pub(crate) async fn framed_by(origin: &str) -> Self {
        Self::with(vec![origin.to_owned()]).await
    }

    async fn with(frame_ancestors: Vec<String>) -> Self {
        let scene = Arc::new(Scene::default());
        let config = ScreenConfig { listen: "127.0.0.1:0".parse().unwrap(), frame_ancestors, languages: vec!["en".to_owned()] };
        let screen = Screen::start(config, Arc::<Scene>::clone(&scene)).await.unwrap();
        Self { scene, screen }
    }

    pub(crate) fn port(&self) -> u16 {
        self.screen.address().port()
    }

    /// Puts the clock forward.
    pub(crate) fn forward(&self, by_ms: i64) {
        self.scene.forward_ms.fetch_add(by_ms, Ordering::SeqCst);
    }

    /// How often the gatekeeper was asked for something.
    pub(crate) fn asked(&self) -> usize {
        self.scene.asked.lock().unwrap().len()
    }

    /// A one-time code.
    pub(crate) fn code(&self) -> String {
        self.screen.entry().url().unwrap().split_once("code=").unwrap().1.to_owned()
    }

    /// Enters as a system user.
    pub(crate) async fn enter(&self, user: u32) -> Browser {
        let answer = self.get(&format!("/enter?code={}", self.code()), &Browser::new(user)).await;
        assert_eq!(answer.status, 303);
        let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
        Browser { cookie, user }
    }

    /// Every path of the API, of the pages and of what they load.
    pub(crate) async fn paths(&self, browser: &Browser) -> Vec<String> {
        let document: serde_json::Value = serde_json::from_str(&self.get("/api/1/openapi.json", browser).await.body).unwrap();
        let api = document["paths"]
            .as_object()
            .unwrap()
            .keys()
            .map(|path| path.split('/').map(|part| if part.starts_with('{') { "1" } else { part }).collect::<Vec<_>>().join("/"));
        let pages =
            ["/", "/requests", "/requests/1", "/reviews", "/choices", "/choices/traffic", "/asking", "/people", "/data", "/data/traffic", "/trust", "/nowhere"];
        api.chain(pages.map(str::to_owned)).chain(["/assets/app.js".to_owned()]).collect()
    }

    /// A connection over which nothing was sent yet.
    pub(crate) async fn connect(&self, user: u32) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        // The user is known before the connection is, as the kernel knows it.
        self.scene.users.lock().unwrap().insert(socket.local_addr().unwrap().port(), user);
        socket.connect(self.screen.address()).await.unwrap()
    }

    async fn exchange(&self, user: u32, bytes: &[u8]) -> Answer {
        let mut stream = self.connect(user).await;
        // A server that refuses early may close before everything is sent.
        let _ = stream.write_all(bytes).await;
        let mut answer = Vec::new();
        let _ = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut answer)).await;
        Answer::of(&answer)
    }

    /// Sends bytes as they are, as user 1.
    pub(crate) async fn raw(&self, request: &str) -> Answer {
        self.exchange(1, request.as_bytes()).await
    }

    /// Sends bytes and does not wait for an answer.
    pub(crate) async fn send(&self, bytes: &[u8]) {
        let mut stream = self.connect(1).await;
        let _ = stream.write_all(bytes).await;
    }

    pub(crate) async fn get(&self, path: &str, browser: &Browser) -> Answer {
        self.get_with(path, "", browser).await
    }

    pub(crate) async fn get_with(&self, path: &str, headers: &str, browser: &Browser) -> Answer {
        let request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nCookie: {}\r\n{headers}Connection: close\r\n\r\n", self.port(), browser.cookie);
        self.exchange(browser.user, request.as_bytes()).await
    }

    pub(crate) async fn post(&self, path: &str, form: &str, headers: &str, browser: &Browser) -> Answer {
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nCookie: {}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n{headers}Connection: close\r\n\r\n{form}",
            self.port(),
            browser.cookie,
            form.len()
        );
        self.exchange(browser.user, request.as_bytes()).await
    }

    pub(crate) async fn events(&self, browser: &Browser) -> Events {
        let mut stream = self.connect(browser.user).await;
        let request = format!("GET /api/1/events HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nCookie: {}\r\n\r\n", self.port(), browser.cookie);
        stream.write_all(request.as_bytes()).await.unwrap();
        Events { stream, read: String::new() }
    }
}

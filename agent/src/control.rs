//! The control socket: one JSON request a line, one JSON answer a line (`docs/control.md`).
//!
//! Who may ask: processes of the agent's own user, of root, and of users named in the configuration; the kernel says who
//! they are (SO_PEERCRED). They are operators: the gatekeeper lets them decide for people in the demo environment only.

use crate::lines::{Line, Lines};
use crate::screen::Door;
use consent_core::Assurance;
use consent_gatekeeper::control::{Peer, Request, Response};
use consent_protocol::ledger::Method;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, mpsc::Sender, oneshot};

/// Longest request.
pub const REQUEST_BYTES_MAX: usize = 64 * 1_024;
/// Longest answer that the client takes: the whole ledger.
pub const RESPONSE_BYTES_MAX: usize = 256 * 1_024 * 1_024;
/// Connections at a time.
const CONNECTIONS_MAX: usize = 32;
/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(30);

/// A request on its way to the gatekeeper.
#[derive(Debug)]
pub struct Ask {
    /// Who asks.
    pub peer: Peer,
    /// What.
    pub request: Request,
    /// Where the answer goes.
    pub answer: oneshot::Sender<Response>,
}

/// Who asks on the control socket.
pub const OPERATOR: Peer = Peer { method: Method::Operator, assurance: Assurance::High };

/// Puts a request and waits for its answer.
pub async fn ask(asks: &Sender<Ask>, peer: Peer, request: Request) -> Response {
    let (answer, answered) = oneshot::channel();
    if asks.send(Ask { peer, request, answer }).await.is_err() {
        return refused("the agent is stopping; ask again once it runs");
    }
    match tokio::time::timeout(ANSWER, answered).await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => refused("the agent stopped before it answered; ask again once it runs"),
        Err(_) => refused("no answer within 30 s; the request may still be carried out, look at the status"),
    }
}

/// Serves the socket until `asks` is closed. `users` are user ids allowed besides root and our own.
pub async fn serve(listener: UnixListener, asks: Sender<Ask>, screen: Option<Door>, users: BTreeSet<u32>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let own = rustix::process::geteuid().as_raw();
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = asks.closed() => return,
        };
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(Duration::from_millis(200)).await;
            continue;
        };
        let user = stream.peer_cred().map(|peer| peer.uid());
        if !matches!(user, Ok(uid) if uid == 0 || uid == own || users.contains(&uid)) {
            tracing::warn!(user = ?user.ok(), "a user who may not control was turned away");
            continue;
        }
        let (asks, screen) = (asks.clone(), screen.clone());
        tokio::spawn(async move {
            if let Err(error) = talk(stream, &asks, screen.as_ref()).await {
                tracing::debug!(%error, "a control connection ended");
            }
            drop(place);
        });
    }
}

async fn talk(stream: UnixStream, asks: &Sender<Ask>, screen: Option<&Door>) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = Lines::new(read, REQUEST_BYTES_MAX);
    while let Some(line) = lines.next().await? {
        let response = match line {
            Line::TooLong => refused(&format!("a request of at most {REQUEST_BYTES_MAX} bytes expected")),
            Line::Whole(bytes) if bytes.trim_ascii().is_empty() => continue,
            Line::Whole(bytes) if is_screen_code(bytes) => screen_code(screen),
            Line::Whole(bytes) => match serde_json::from_slice::<Request>(bytes) {
                Ok(request) => ask(asks, OPERATOR, request).await,
                // The parser's words may hold what was written, so only its position is given.
                Err(error) => refused(&format!("a request as in docs/control.md expected, something else found at column {}", error.column())),
            },
        };
        let mut bytes = serde_json::to_vec(&response)?;
        bytes.push(b'\n');
        write.write_all(&bytes).await?;
    }
    Ok(())
}

/// `{"op":"screen_code"}`: the one request that is the agent's own, since the gatekeeper knows of no page.
fn is_screen_code(bytes: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    struct Op {
        op: String,
    }
    serde_json::from_slice::<Op>(bytes).is_ok_and(|op| op.op == "screen_code")
}

fn screen_code(screen: Option<&Door>) -> Response {
    let Some(screen) = screen else { return refused("no privacy screen is served: set screen.listen in the configuration") };
    let Some(entry) = screen.borrow().clone() else {
        return refused("the privacy screen is not served at present: its address is taken; look at the log, free it, and ask again");
    };
    match entry.url() {
        Some(url) => Response::Data { data: serde_json::json!({ "version": 1, "url": url }) },
        None => refused("no randomness for a code; try again"),
    }
}

fn refused(error: &str) -> Response {
    Response::Refused { error: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncBufReadExt, BufReader};

    #[tokio::test]
    async fn every_line_has_one_answer() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("control.sock");
        let listener = UnixListener::bind(&path).unwrap();
        let (asks, mut asked) = tokio::sync::mpsc::channel::<Ask>(4);
        let server = tokio::spawn(serve(listener, asks, None, BTreeSet::new()));
        let gatekeeper = tokio::spawn(async move {
            let ask = asked.recv().await.unwrap();
            assert_eq!((ask.peer, &ask.request), (OPERATOR, &Request::PeopleNotMe));
            ask.answer.send(Response::Done { detail: "done".to_string() }).unwrap();
        });
        let stream = UnixStream::connect(&path).await.unwrap();
        let (read, mut write) = stream.into_split();
        let mut answers = BufReader::new(read).lines();
        let long = "x".repeat(REQUEST_BYTES_MAX + 1);
        write.write_all(format!("{{\"op\":\"people_not_me\"}}\n{{\"op\":\"nonsense\"}}\n{long}\n").as_bytes()).await.unwrap();
        assert_eq!(answers.next_line().await.unwrap().unwrap(), r#"{"result":"done","detail":"done"}"#);
        assert!(answers.next_line().await.unwrap().unwrap().contains("docs/control.md"));
        assert!(answers.next_line().await.unwrap().unwrap().contains("65536 bytes"));
        gatekeeper.await.unwrap();
        write.write_all(b"{\"op\":\"status\"}\n").await.unwrap();
        assert!(answers.next_line().await.unwrap().unwrap().contains("stopping"));
        server.await.unwrap();
    }
}

//! Signals from a Unix socket: JSON lines, with back-pressure all the way: while the gatekeeper is behind, the socket is not
//! read, and the writer at its other end waits.
//!
//! One line is `{"path":"Vehicle.Speed","value":12.5,"t_ms":1700000000000}` or an array of such. There is no answer; lines
//! that are not this are counted and said once a second, without what stood in them.

use crate::lines::{Line, Lines};
use crate::value::Raw;
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, mpsc::Sender};
use tokio::time::Instant;

/// Records that are taken together.
const BATCH_RECORDS: usize = 256;
/// Sources at a time.
const SOURCES_MAX: usize = 16;

/// Paths that a connection remembers.
const PATHS_MAX: usize = 1_024;

/// One offered record, with its path not looked up yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Offered {
    /// VSS path.
    pub path: Arc<str>,
    /// Value.
    pub value: Raw,
    /// Source time, Unix milliseconds.
    pub t_ms: i64,
}

/// The same as it stands in a line.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written<'a> {
    #[serde(borrow)]
    path: Cow<'a, str>,
    value: Raw,
    t_ms: i64,
}

/// Reads lines. A source says the same few paths again and again: each is kept once.
#[derive(Debug, Default)]
pub struct Reader {
    paths: HashSet<Arc<str>>,
}

impl Reader {
    /// Adds what a line holds to `records`; `false` if it is no record and no array of records, and adds nothing then.
    pub fn read(&mut self, line: &[u8], records: &mut Vec<Offered>) -> bool {
        if line.trim_ascii_start().first() == Some(&b'[') {
            let Ok(many) = serde_json::from_slice::<Vec<Written<'_>>>(line) else { return false };
            records.extend(many.into_iter().map(|written| self.offered(written)));
        } else {
            let Ok(one) = serde_json::from_slice::<Written<'_>>(line) else { return false };
            records.push(self.offered(one));
        }
        true
    }

    fn offered(&mut self, Written { path, value, t_ms }: Written<'_>) -> Offered {
        let known = self.paths.get(path.as_ref()).cloned();
        let path = known.unwrap_or_else(|| {
            let path: Arc<str> = path.into();
            // A source that makes paths up must not fill the memory.
            if self.paths.len() >= PATHS_MAX {
                self.paths.clear();
            }
            self.paths.insert(Arc::clone(&path));
            path
        });
        Offered { path, value, t_ms }
    }
}

/// Serves the socket until `records` is closed.
pub async fn serve(listener: UnixListener, records: Sender<Vec<Offered>>, line_bytes_max: usize) {
    let places = Arc::new(Semaphore::new(SOURCES_MAX));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let stream = tokio::select! {
            accepted = listener.accept() => accepted,
            () = records.closed() => return,
        };
        match stream {
            Ok((stream, _)) => {
                let records = records.clone();
                tokio::spawn(async move {
                    read(stream, records, line_bytes_max).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "no source accepted");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }
}

async fn read(stream: UnixStream, records: Sender<Vec<Offered>>, line_bytes_max: usize) {
    let mut lines = Lines::new(stream, line_bytes_max);
    let (mut reader, mut broken) = (Reader::default(), Broken::default());
    while let Ok(Some(line)) = lines.next().await {
        let mut batch = Vec::with_capacity(BATCH_RECORDS);
        broken.read(line, &mut reader, &mut batch);
        while batch.len() < BATCH_RECORDS
            && let Some(line) = lines.ready()
        {
            broken.read(line, &mut reader, &mut batch);
        }
        if !batch.is_empty() && records.send(batch).await.is_err() {
            return;
        }
    }
    broken.say();
}

/// Lines that are no records.
#[derive(Debug, Default)]
struct Broken {
    lines: u64,
    said: Option<Instant>,
}

impl Broken {
    fn read(&mut self, line: Line<'_>, reader: &mut Reader, records: &mut Vec<Offered>) {
        let is_good = match line {
            Line::Whole(bytes) => bytes.trim_ascii().is_empty() || reader.read(bytes, records),
            Line::TooLong => false,
        };
        if !is_good {
            self.lines = self.lines.saturating_add(1);
            if self.said.is_none_or(|said| said.elapsed() >= Duration::from_secs(1)) {
                self.say();
            }
        }
    }

    fn say(&mut self) {
        if self.lines > 0 {
            tracing::warn!(lines = self.lines, "lines of a source were not records and were dropped");
            self.lines = 0;
            self.said = Some(Instant::now());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt;

    fn parse(line: &[u8]) -> Option<Vec<Offered>> {
        let mut records = Vec::new();
        let is_good = Reader::default().read(line, &mut records);
        assert!(is_good || records.is_empty(), "what is broken adds nothing");
        is_good.then_some(records)
    }

    #[test]
    fn a_line_is_a_record_or_an_array_of_records() {
        let speed = Offered { path: "Vehicle.Speed".into(), value: Raw::Float(12.5), t_ms: 7 };
        assert_eq!(parse(br#"{"path":"Vehicle.Speed","value":12.5,"t_ms":7}"#), Some(vec![speed.clone()]));
        assert_eq!(parse(br#"[{"path":"Vehicle.Speed","value":12.5,"t_ms":7},{"path":"A","value":[1],"t_ms":8}]"#).map(|found| found.len()), Some(2));
        for broken in
            ["", "{}", "[1]", r#"{"path":"A","value":null,"t_ms":1}"#, r#"{"path":"A","value":1,"t_ms":1.5}"#, r#"{"path":"A","value":1,"t_ms":1,"x":2}"#]
        {
            assert_eq!(parse(broken.as_bytes()), None, "{broken}");
        }
    }

    #[test]
    fn a_path_is_kept_once_and_not_too_many_are_kept() {
        let (mut reader, mut records) = (Reader::default(), Vec::new());
        let line = |path: &str| format!("[{{\"path\":\"{path}\",\"value\":1,\"t_ms\":1}}]");
        for path in ["A", "A", r"\u0041"] {
            assert!(reader.read(line(path).as_bytes(), &mut records));
        }
        assert!(records.iter().all(|record| Arc::ptr_eq(&record.path, &records[0].path)), "escaped or not, it is the same path");
        for number in 0..3 * PATHS_MAX {
            assert!(reader.read(line(&number.to_string()).as_bytes(), &mut records));
        }
        assert!(reader.paths.len() <= PATHS_MAX);
        assert_eq!(records.last().map(|record| record.path.to_string()), Some((3 * PATHS_MAX - 1).to_string()));
    }

    #[tokio::test]
    async fn a_source_waits_while_nobody_takes_its_records() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signals.sock");
        let listener = UnixListener::bind(&path).unwrap();
        let (sender, mut records) = tokio::sync::mpsc::channel(1);
        let server = tokio::spawn(serve(listener, sender, 4_096));
        let writer = tokio::spawn(async move {
            let mut stream = UnixStream::connect(&path).await.unwrap();
            for t_ms in 0..40_000 {
                let line = format!("{{\"path\":\"Vehicle.Speed\",\"value\":1,\"t_ms\":{t_ms}}}\nnot a record\n");
                stream.write_all(line.as_bytes()).await.unwrap();
            }
        });
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert!(!writer.is_finished(), "40,000 records cannot be under way while none is taken");
        let mut expected = 0;
        while expected < 40_000 {
            for record in records.recv().await.unwrap() {
                assert_eq!(record.t_ms, expected);
                expected += 1;
            }
        }
        writer.await.unwrap();
        drop(records);
        server.await.unwrap();
    }
}

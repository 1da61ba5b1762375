//! Signals from a Unix socket: JSON lines, with back-pressure all the way: while the gatekeeper is behind, the socket is not
//! read, and the writer at its other end waits.
//!
//! One line is `{"path":"Vehicle.Speed","value":12.5,"t_ms":1700000000000}` or an array of such. There is no answer; lines
//! that are not this are counted and said once a second, without what stood in them.

use crate::lines::{Line, Lines};
use crate::value::Raw;
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, mpsc::Sender};
use tokio::time::Instant;

/// Records that are taken together.
const BATCH_RECORDS: usize = 256;
/// Sources at a time.
const SOURCES_MAX: usize = 16;

/// One offered record, with its path not looked up yet.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offered {
    /// VSS path.
    pub path: String,
    /// Value.
    pub value: Raw,
    /// Source time, Unix milliseconds.
    pub t_ms: i64,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Wire {
    One(Offered),
    Many(Vec<Offered>),
}

/// Reads one line.
pub fn parse(line: &[u8]) -> Option<Vec<Offered>> {
    match serde_json::from_slice(line) {
        Ok(Wire::One(record)) => Some(vec![record]),
        Ok(Wire::Many(records)) => Some(records),
        Err(_) => None,
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
    let mut broken = Broken::default();
    while let Ok(Some(line)) = lines.next().await {
        let mut batch = broken.parse(&line);
        while batch.len() < BATCH_RECORDS
            && let Some(line) = lines.ready()
        {
            batch.extend(broken.parse(&line));
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
    fn parse(&mut self, line: &Line) -> Vec<Offered> {
        let parsed = match line {
            Line::Whole(bytes) if bytes.trim_ascii().is_empty() => return Vec::new(),
            Line::Whole(bytes) => parse(bytes),
            Line::TooLong => None,
        };
        parsed.unwrap_or_else(|| {
            self.lines = self.lines.saturating_add(1);
            if self.said.is_none_or(|said| said.elapsed() >= Duration::from_secs(1)) {
                self.say();
            }
            Vec::new()
        })
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

    #[test]
    fn a_line_is_a_record_or_an_array_of_records() {
        let speed = Offered { path: "Vehicle.Speed".to_string(), value: Raw::Float(12.5), t_ms: 7 };
        assert_eq!(parse(br#"{"path":"Vehicle.Speed","value":12.5,"t_ms":7}"#), Some(vec![speed.clone()]));
        assert_eq!(parse(br#"[{"path":"Vehicle.Speed","value":12.5,"t_ms":7},{"path":"A","value":[1],"t_ms":8}]"#).map(|found| found.len()), Some(2));
        for broken in
            ["", "{}", "[1]", r#"{"path":"A","value":null,"t_ms":1}"#, r#"{"path":"A","value":1,"t_ms":1.5}"#, r#"{"path":"A","value":1,"t_ms":1,"x":2}"#]
        {
            assert_eq!(parse(broken.as_bytes()), None, "{broken}");
        }
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

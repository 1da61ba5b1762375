//! Lines from a socket, bounded: a line that is too long is skipped up to its end and never kept.

use std::ops::Range;
use tokio::io::{AsyncRead, AsyncReadExt};

/// Bytes read at a time.
const CHUNK_BYTES: usize = 64 * 1_024;

/// What came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// A line without its end.
    Whole(&'a [u8]),
    /// One that was longer than allowed; it was dropped.
    TooLong,
}

/// Where a line stands in the buffer.
enum Found {
    At(Range<usize>),
    TooLong,
}

/// Reads lines.
#[derive(Debug)]
pub struct Lines<R> {
    source: R,
    bytes_max: usize,
    buffer: Vec<u8>,
    /// Up to here lines were given out.
    taken: usize,
    /// Up to here no line end was found.
    searched: usize,
    skipping: bool,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    /// Lines of at most so many bytes.
    pub fn new(source: R, bytes_max: usize) -> Self {
        Self { source, bytes_max, buffer: Vec::new(), taken: 0, searched: 0, skipping: false }
    }

    /// The next line; `None` at the end. What follows the last line end counts as a line.
    pub async fn next(&mut self) -> std::io::Result<Option<Line<'_>>> {
        let found = loop {
            if let Some(found) = self.find() {
                break Some(found);
            }
            self.make_room();
            if self.source.read_buf(&mut self.buffer).await? == 0 {
                break self.rest();
            }
        };
        Ok(found.map(|found| self.line(found)))
    }

    /// A line that is here already.
    pub fn ready(&mut self) -> Option<Line<'_>> {
        let found = self.find()?;
        Some(self.line(found))
    }

    /// Drops what was given out, and what belongs to a line that is too long.
    fn make_room(&mut self) {
        self.buffer.drain(..self.taken);
        (self.searched, self.taken) = (self.searched.saturating_sub(self.taken), 0);
        if self.buffer.len() > self.bytes_max {
            (self.skipping, self.searched) = (true, 0);
            self.buffer.clear();
        }
        self.buffer.reserve(CHUNK_BYTES);
    }

    fn find(&mut self) -> Option<Found> {
        let end = self.buffer.iter().skip(self.searched).position(|byte| *byte == b'\n').map(|at| self.searched.saturating_add(at));
        let Some(end) = end else {
            self.searched = self.buffer.len();
            return None;
        };
        let line = self.taken..end;
        self.taken = end.saturating_add(1);
        self.searched = self.taken;
        Some(self.whole(line))
    }

    fn rest(&mut self) -> Option<Found> {
        let rest = self.taken..self.buffer.len();
        self.taken = self.buffer.len();
        (self.skipping || !rest.is_empty()).then(|| self.whole(rest))
    }

    fn whole(&mut self, line: Range<usize>) -> Found {
        let skipped = std::mem::take(&mut self.skipping);
        if skipped || line.len() > self.bytes_max { Found::TooLong } else { Found::At(line) }
    }

    fn line(&self, found: Found) -> Line<'_> {
        match found {
            Found::At(range) => Line::Whole(self.buffer.get(range).unwrap_or_default()),
            Found::TooLong => Line::TooLong,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn all(input: &[u8], bytes_max: usize) -> Vec<Option<String>> {
        let mut lines = Lines::new(input, bytes_max);
        let mut found = Vec::new();
        while let Some(line) = lines.next().await.unwrap() {
            found.push(match line {
                Line::Whole(bytes) => Some(std::str::from_utf8(bytes).unwrap().to_string()),
                Line::TooLong => TOO_LONG,
            });
        }
        found
    }

    const TOO_LONG: Option<String> = None;

    #[tokio::test]
    async fn lines_come_whole_and_long_ones_are_skipped() {
        let whole = |text: &str| Some(text.to_string());
        assert_eq!(all(b"ab\n\ncd", 10).await, [whole("ab"), whole(""), whole("cd")]);
        let long = [vec![b'x'; 50_000], b"\nok\n".to_vec()].concat();
        assert_eq!(all(&long, 10).await, [TOO_LONG, whole("ok")]);
        assert_eq!(all(&long, 40_000).await, [TOO_LONG, whole("ok")]);
        assert_eq!(all(&vec![b'x'; 50_000], 10).await, [TOO_LONG]);
        assert_eq!(all(b"12345\n123456\n", 5).await, [whole("12345"), TOO_LONG]);
        assert!(all(b"", 5).await.is_empty());
    }

    #[tokio::test]
    async fn lines_over_many_chunks_come_in_order() {
        let text: String = (0..20_000).map(|number| format!("line {number}\n")).collect();
        let found = all(text.as_bytes(), 20).await;
        assert_eq!(found.len(), 20_000);
        assert!(found.iter().zip(0..).all(|(line, number)| *line == Some(format!("line {number}"))));
    }
}

//! Lines from a socket, bounded: a line that is too long is skipped up to its end and never kept.

use tokio::io::{AsyncRead, AsyncReadExt};

/// Bytes read at a time.
const CHUNK_BYTES: usize = 16 * 1_024;

/// What came.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// A line without its end.
    Whole(Vec<u8>),
    /// One that was longer than allowed; it was dropped.
    TooLong,
}

/// Reads lines.
#[derive(Debug)]
pub struct Lines<R> {
    source: R,
    bytes_max: usize,
    chunk: Box<[u8]>,
    buffer: Vec<u8>,
    /// Up to here no line end was found.
    searched: usize,
    skipping: bool,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    /// Lines of at most so many bytes.
    pub fn new(source: R, bytes_max: usize) -> Self {
        Self { source, bytes_max, chunk: vec![0; CHUNK_BYTES].into_boxed_slice(), buffer: Vec::new(), searched: 0, skipping: false }
    }

    /// The next line; `None` at the end. What follows the last line end counts as a line.
    pub async fn next(&mut self) -> std::io::Result<Option<Line>> {
        loop {
            if let Some(line) = self.ready() {
                return Ok(Some(line));
            }
            if self.buffer.len() > self.bytes_max {
                self.skipping = true;
                self.buffer.clear();
                self.searched = 0;
            }
            let read = self.source.read(&mut self.chunk).await?;
            if read == 0 {
                return Ok(self.rest());
            }
            self.buffer.extend(self.chunk.iter().take(read));
        }
    }

    /// A line that is here already.
    pub fn ready(&mut self) -> Option<Line> {
        let end = self.buffer.iter().skip(self.searched).position(|byte| *byte == b'\n').map(|at| self.searched.saturating_add(at));
        let Some(end) = end else {
            self.searched = self.buffer.len();
            return None;
        };
        self.searched = 0;
        let mut line: Vec<u8> = self.buffer.drain(..=end).collect();
        line.pop();
        if std::mem::take(&mut self.skipping) || line.len() > self.bytes_max {
            return Some(Line::TooLong);
        }
        Some(Line::Whole(line))
    }

    fn rest(&mut self) -> Option<Line> {
        self.searched = 0;
        let rest = std::mem::take(&mut self.buffer);
        if std::mem::take(&mut self.skipping) {
            return Some(Line::TooLong);
        }
        (!rest.is_empty()).then_some(Line::Whole(rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn all(input: &[u8], bytes_max: usize) -> Vec<Line> {
        let mut lines = Lines::new(input, bytes_max);
        let mut found = Vec::new();
        while let Some(line) = lines.next().await.unwrap() {
            found.push(line);
        }
        found
    }

    fn whole(text: &str) -> Line {
        Line::Whole(text.as_bytes().to_vec())
    }

    #[tokio::test]
    async fn lines_come_whole_and_long_ones_are_skipped() {
        assert_eq!(all(b"ab\n\ncd", 10).await, [whole("ab"), whole(""), whole("cd")]);
        let long = [vec![b'x'; 50_000], b"\nok\n".to_vec()].concat();
        assert_eq!(all(&long, 10).await, [Line::TooLong, whole("ok")]);
        assert_eq!(all(&long, 40_000).await, [Line::TooLong, whole("ok")]);
        assert_eq!(all(&vec![b'x'; 50_000], 10).await, [Line::TooLong]);
        assert_eq!(all(b"12345\n123456\n", 5).await, [whole("12345"), Line::TooLong]);
        assert_eq!(all(b"", 5).await, []);
    }
}

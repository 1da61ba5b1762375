//! The terminal: a live table, plain lines, or nothing. INVARIANT: whatever ends, the terminal is as it was.

use super::{Colour, Look};
use crate::out;
use crate::table::{self, Line, Scene, Tone};
use crossterm::event::{Event, KeyCode, KeyModifiers};
use crossterm::style::Stylize;
use crossterm::{QueueableCommand, cursor, event, execute, terminal};
use std::collections::VecDeque;
use std::io::{self, BufRead, Write};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Columns of a table in plain lines.
const PLAIN_COLUMNS: usize = 190;

/// Keys that wait.
const KEYS_MAX: usize = 64;

/// Where the demo shows itself.
#[derive(Debug)]
pub(super) struct Screen {
    look: Look,
    colour: Colour,
    live: bool,
    /// Keys that were touched, or lines that were typed, not yet taken.
    keys: VecDeque<char>,
    typed: Option<Receiver<char>>,
    end: bool,
    last: Vec<Line>,
}

impl Screen {
    pub(super) fn open(look: Look, colour: Colour) -> Self {
        let live = look == Look::Table && enter().is_ok();
        let look = if look == Look::Table && !live { Look::Plain } else { look };
        Self { look, colour, live, keys: VecDeque::new(), typed: None, end: false, last: Vec::new() }
    }

    /// Leaves the terminal as it was, and writes the last table where it stays.
    pub(super) fn close(&mut self) {
        if self.live {
            leave();
            self.live = false;
        }
        if self.look != Look::Silent {
            let lines = std::mem::take(&mut self.last);
            for line in &lines {
                out::line(line.text.trim_end());
            }
            out::line("");
        }
    }

    /// A sentence, where nothing else shows it.
    pub(super) fn say(&mut self, text: &str) {
        if self.look == Look::Plain {
            out::line(text);
        }
    }

    /// Shows the table.
    pub(super) fn show(&mut self, scene: &Scene<'_>, prompt: Option<&str>) {
        self.read_keys();
        match self.look {
            Look::Silent => {}
            Look::Plain => self.last = table::draw(scene, PLAIN_COLUMNS, usize::MAX),
            Look::Table => {
                let (columns, rows) = terminal::size().unwrap_or((120, 40));
                let mut lines = table::draw(scene, usize::from(columns), usize::from(rows).saturating_sub(2));
                if let Some(prompt) = prompt {
                    lines.push(Line { tone: Tone::Heading, text: prompt.to_owned() });
                }
                // A terminal that cannot be written to is gone; the run goes on to its end.
                if self.paint(&lines).is_err() {
                    self.end = true;
                }
                self.last = lines;
            }
        }
    }

    fn paint(&self, lines: &[Line]) -> io::Result<()> {
        let mut to = io::stdout().lock();
        to.queue(cursor::MoveTo(0, 0))?;
        for line in lines {
            match (self.colour, line.tone) {
                (Colour::None, _) | (Colour::Ansi, Tone::Plain) => write!(to, "{}", line.text)?,
                (Colour::Ansi, Tone::Heading) => write!(to, "{}", line.text.as_str().bold())?,
                (Colour::Ansi, Tone::Leaves) => write!(to, "{}", line.text.as_str().green())?,
                (Colour::Ansi, Tone::Stays) => write!(to, "{}", line.text.as_str().dark_grey())?,
                (Colour::Ansi, Tone::Alarm) => write!(to, "{}", line.text.as_str().red())?,
            }
            to.queue(terminal::Clear(terminal::ClearType::UntilNewLine))?;
            write!(to, "\r\n")?;
        }
        to.queue(terminal::Clear(terminal::ClearType::FromCursorDown))?;
        to.flush()
    }

    /// Whether the person wants it to end.
    pub(super) fn wants_end(&mut self) -> bool {
        self.read_keys();
        self.end
    }

    /// The next key that was touched.
    pub(super) fn key(&mut self) -> Option<char> {
        if !self.live {
            self.read_lines();
        }
        self.keys.pop_front()
    }

    fn read_keys(&mut self) {
        while self.live && event::poll(Duration::ZERO).unwrap_or(false) {
            let Ok(Event::Key(key)) = event::read() else { continue };
            let KeyCode::Char(letter) = key.code else { continue };
            match letter {
                'c' if key.modifiers.contains(KeyModifiers::CONTROL) => self.end = true,
                'q' => self.end = true,
                _ if self.keys.len() < KEYS_MAX => self.keys.push_back(letter),
                _ => {}
            }
        }
    }

    /// Without a table, answers come as lines.
    fn read_lines(&mut self) {
        let typed = self.typed.get_or_insert_with(|| {
            let (send, typed) = channel();
            let reading = move || {
                for line in io::stdin().lock().lines().map_while(Result::ok) {
                    if send.send(line.trim().chars().next().unwrap_or(' ')).is_err() {
                        return;
                    }
                }
            };
            drop(std::thread::Builder::new().name("answers".to_owned()).spawn(reading));
            typed
        });
        self.keys.extend(typed.try_iter().take(KEYS_MAX));
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if self.live {
            leave();
        }
    }
}

fn enter() -> io::Result<()> {
    terminal::enable_raw_mode()?;
    execute!(io::stdout(), terminal::EnterAlternateScreen, cursor::Hide)
}

fn leave() {
    drop(execute!(io::stdout(), terminal::LeaveAlternateScreen, cursor::Show));
    drop(terminal::disable_raw_mode());
}

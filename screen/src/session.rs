//! Sessions of the car's screen: entered by a one-time code that the screen's launcher gets over the agent's control socket.
//!
//! A session says that this browser is the car's screen, and nothing about a person: who is in front of it is what the car
//! recognised, looked up anew with every request.

use crate::ctx::{Flash, Theme};
use crate::words::Language;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A code is good for so long, milliseconds.
const CODE_MS: i64 = 60_000;
/// Codes and sessions that are kept at a time.
const KEPT_MAX: usize = 16;

/// One browser.
#[derive(Clone, Debug, Default)]
pub struct Session {
    /// Theme.
    pub theme: Theme,
    /// Language for a guest, who has no profile.
    pub language: Option<Language>,
    /// What the last touch did.
    pub flash: Option<Flash>,
}

impl Session {
    /// As a page sees it: what the last touch did is shown once.
    pub(crate) fn for_page(&mut self) -> Self {
        let flash = self.flash.take();
        Self { flash, ..self.clone() }
    }
}

#[derive(Debug, Default)]
struct Kept {
    /// Codes that were not used yet, and when each was given out.
    codes: BTreeMap<String, i64>,
    sessions: BTreeMap<String, Session>,
}

/// All of them.
#[derive(Debug, Default)]
pub struct Sessions {
    kept: Mutex<Kept>,
}

impl Sessions {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new one-time code; `None` without randomness.
    pub fn code(&self, now_ms: i64) -> Option<String> {
        let code = token()?;
        let mut kept = self.kept();
        kept.codes.retain(|_, given_ms| now_ms.saturating_sub(*given_ms) < CODE_MS);
        while kept.codes.len() >= KEPT_MAX {
            kept.codes.pop_first();
        }
        kept.codes.insert(code.clone(), now_ms);
        Some(code)
    }

    /// Uses a code up; yields the session's secret.
    pub fn enter(&self, code: &str, now_ms: i64) -> Option<String> {
        let mut kept = self.kept();
        let given_ms = kept.codes.remove(code)?;
        if now_ms.saturating_sub(given_ms) >= CODE_MS {
            return None;
        }
        let secret = token()?;
        while kept.sessions.len() >= KEPT_MAX {
            kept.sessions.pop_first();
        }
        kept.sessions.insert(secret.clone(), Session::default());
        Some(secret)
    }

    /// Looks at a session and may change it; `None` if there is none of that secret.
    pub fn with<T>(&self, secret: &str, look: impl FnOnce(&mut Session) -> T) -> Option<T> {
        self.kept().sessions.get_mut(secret).map(look)
    }
}

/// 128 random bits in hexadecimal.
fn token() -> Option<String> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).ok()?;
    Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

//! Sessions of the car's screen: entered by a one-time code that the screen's launcher gets over the agent's control socket.
//!
//! A session says that this browser is the car's screen, and nothing about a person: who is in front of it is what the car
//! recognised, looked up anew with every request.
//!
//! INVARIANT: a session serves the system user who entered it, and nobody else; a user whom the kernel does not name is
//! nobody. Cookies do not know of ports: a browser that meets another server of this address hands it the cookie, so the cookie
//! alone proves too little.
//!
//! Sessions live in memory. One that was open when the agent restarted is taken over once, if its seal holds.

use crate::ctx::{Flash, Theme};
use crate::words::Language;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A code is good for so long, milliseconds.
const CODE_MS: i64 = 60_000;
/// A session that asked for nothing so long has ended, milliseconds.
const IDLE_MS: i64 = 12 * 3_600_000;
/// Codes and sessions that are kept at a time, and sessions that are taken over after a restart.
const KEPT_MAX: usize = 16;
/// Requests of a session that may come at once, and a second from then on. A page with its parts is about ten.
const REQUESTS: (u32, u32) = (120, 30);
/// Codes that do not hold: at once, and a second.
const WRONG_CODES: (u32, u32) = (10, 1);

/// A user of the system, as the kernel knows the owner of a connection; none where it cannot say.
pub type User = Option<u32>;

/// One browser.
#[derive(Clone, Debug, Default)]
pub struct Session {
    /// Theme.
    pub theme: Theme,
    /// Language for a guest, who has no profile.
    pub language: Option<Language>,
    /// What the last touch did.
    pub flash: Option<Flash>,
    /// It was shown.
    flash_shown: bool,
}

/// Why a page is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visit {
    /// The person went there.
    Gone,
    /// The script brings the page that is open up to date.
    Refreshed,
}

impl Session {
    /// As a page sees it: what the last touch did is shown once, and stays until the person goes elsewhere.
    pub(crate) fn for_page(&mut self, visit: Visit) -> Self {
        if visit == Visit::Gone {
            if self.flash_shown {
                self.flash = None;
            }
            self.flash_shown = self.flash.is_some();
        }
        self.clone()
    }

    /// Keeps what a touch did for the next page.
    pub(crate) fn says(&mut self, flash: Flash) {
        self.flash = Some(flash);
        self.flash_shown = false;
    }
}

/// Why a request is not served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// No session of that cookie and user.
    Outside,
    /// Too many requests.
    TooMany,
}

/// A bucket of tokens: full at first, filled up by so many a second.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    burst: u32,
    a_second: u32,
    /// Thousandths of a token.
    held: u64,
    at_ms: i64,
}

impl Bucket {
    fn new((burst, a_second): (u32, u32), now_ms: i64) -> Self {
        Self { burst, a_second, held: u64::from(burst).saturating_mul(1_000), at_ms: now_ms }
    }

    /// Takes a token, if one is there. A clock that goes back fills nothing.
    fn take(&mut self, now_ms: i64) -> bool {
        let passed_ms = u64::try_from(now_ms.saturating_sub(self.at_ms)).unwrap_or(0);
        self.at_ms = now_ms;
        let full = u64::from(self.burst).saturating_mul(1_000);
        self.held = self.held.saturating_add(passed_ms.saturating_mul(u64::from(self.a_second))).min(full);
        let left = self.held.checked_sub(1_000);
        self.held = left.unwrap_or(self.held);
        left.is_some()
    }
}

#[derive(Debug)]
struct Held {
    session: Session,
    user: User,
    seen_ms: i64,
    bucket: Bucket,
}

/// What is looked up by, instead of the secret itself: a search by a digest tells nothing by the time that it takes.
type Key = [u8; 32];

#[derive(Debug)]
struct Kept {
    /// Codes that were not used yet, oldest first, and when each was given out.
    codes: Vec<(Key, i64)>,
    sessions: BTreeMap<Key, Held>,
    /// Those of before the restart that were taken over.
    taken: BTreeSet<Key>,
    wrong_codes: Bucket,
}

/// All of them.
pub struct Sessions {
    kept: Mutex<Kept>,
    seal_key: [u8; 32],
    started_ms: i64,
}

impl std::fmt::Debug for Sessions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sessions").field("held", &self.kept().sessions.len()).finish_non_exhaustive()
    }
}

impl Sessions {
    /// None yet. Whoever has `seal_key` can make sessions of before `started_ms`.
    pub fn new(seal_key: [u8; 32], started_ms: i64) -> Self {
        let wrong_codes = Bucket::new(WRONG_CODES, started_ms);
        let kept = Kept { codes: Vec::new(), sessions: BTreeMap::new(), taken: BTreeSet::new(), wrong_codes };
        Self { kept: Mutex::new(kept), seal_key, started_ms }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new one-time code; `None` without randomness.
    pub fn code(&self, now_ms: i64) -> Option<String> {
        let code = token()?;
        let mut kept = self.kept();
        kept.codes.retain(|(_, given_ms)| fresh(*given_ms, now_ms, CODE_MS));
        if kept.codes.len() >= KEPT_MAX {
            kept.codes.remove(0);
        }
        kept.codes.push((key(&code), now_ms));
        Some(code)
    }

    /// Uses a code up; yields the cookie's value. A code that holds enters however many did not before: guessing one is
    /// hopeless, and nobody may lock the screen out by trying.
    pub fn enter(&self, code: &str, user: User, now_ms: i64) -> Result<String, Denied> {
        let mut kept = self.kept();
        let found = kept.codes.iter().position(|(known, _)| *known == key(code)).map(|place| kept.codes.remove(place));
        if !found.is_some_and(|(_, given_ms)| fresh(given_ms, now_ms, CODE_MS)) {
            return Err(if kept.wrong_codes.take(now_ms) { Denied::Outside } else { Denied::TooMany });
        }
        let id = user.and_then(|_| token()).ok_or(Denied::Outside)?;
        let cookie = format!("{id}.{now_ms}.{}", self.seal(&id, now_ms, user));
        kept.hold(key(&cookie), Session::default(), user, now_ms);
        Ok(cookie)
    }

    /// Looks at the session of a cookie, and may change it.
    pub(crate) fn admit<T>(&self, cookie: &str, user: User, now_ms: i64, look: impl FnOnce(&mut Session) -> T) -> Result<T, Denied> {
        let mut kept = self.kept();
        kept.sessions.retain(|_, held| fresh(held.seen_ms, now_ms, IDLE_MS));
        let key = key(cookie);
        if !kept.sessions.contains_key(&key) && !kept.taken.contains(&key) && kept.taken.len() < KEPT_MAX && self.sealed_before(cookie, user, now_ms) {
            kept.taken.insert(key);
            kept.hold(key, Session::default(), user, now_ms);
        }
        let held = kept.sessions.get_mut(&key).filter(|held| held.user == user).ok_or(Denied::Outside)?;
        held.seen_ms = now_ms;
        if !held.bucket.take(now_ms) {
            return Err(Denied::TooMany);
        }
        Ok(look(&mut held.session))
    }

    /// Changes a session that was admitted; `None` if it has ended meanwhile.
    pub(crate) fn with<T>(&self, cookie: &str, change: impl FnOnce(&mut Session) -> T) -> Option<T> {
        self.kept().sessions.get_mut(&key(cookie)).map(|held| change(&mut held.session))
    }

    /// Whether a session is open still.
    pub(crate) fn open(&self, cookie: &str, now_ms: i64) -> bool {
        self.kept().sessions.get(&key(cookie)).is_some_and(|held| fresh(held.seen_ms, now_ms, IDLE_MS))
    }

    /// Whether a cookie was made before this start, for this user, and not too long ago.
    fn sealed_before(&self, cookie: &str, user: User, now_ms: i64) -> bool {
        let mut parts = cookie.splitn(3, '.');
        let (Some(id), Some(made), Some(seal)) = (parts.next(), parts.next(), parts.next()) else { return false };
        let Ok(made_ms) = made.parse::<i64>() else { return false };
        made_ms < self.started_ms && fresh(made_ms, now_ms, IDLE_MS) && key(&self.seal(id, made_ms, user)) == key(seal)
    }

    fn seal(&self, id: &str, made_ms: i64, user: User) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.seal_key) else { return String::new() };
        let user = user.map_or_else(|| "-".to_owned(), |user| user.to_string());
        mac.update(format!("screen session {id} {made_ms} {user}").as_bytes());
        hex(&mac.finalize().into_bytes())
    }
}

impl Kept {
    /// Holds a new session; the one that has been silent longest goes if there is no room.
    fn hold(&mut self, key: Key, session: Session, user: User, now_ms: i64) {
        while self.sessions.len() >= KEPT_MAX {
            let Some(oldest) = self.sessions.iter().min_by_key(|(_, held)| held.seen_ms).map(|(key, _)| *key) else { break };
            self.sessions.remove(&oldest);
        }
        self.sessions.insert(key, Held { session, user, seen_ms: now_ms, bucket: Bucket::new(REQUESTS, now_ms) });
    }
}

/// Not older than that, and not from a time to come by more than that.
fn fresh(then_ms: i64, now_ms: i64, most_ms: i64) -> bool {
    now_ms.saturating_sub(then_ms).abs() < most_ms
}

fn key(secret: &str) -> Key {
    Sha256::digest(secret.as_bytes()).into()
}

/// 128 random bits in hexadecimal.
fn token() -> Option<String> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).ok()?;
    Some(hex(&bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const START_MS: i64 = 1_800_000_000_000;

    fn sessions() -> Sessions {
        Sessions::new([7; 32], START_MS)
    }

    fn enter(sessions: &Sessions, now_ms: i64) -> String {
        sessions.enter(&sessions.code(now_ms).unwrap(), Some(1), now_ms).unwrap()
    }

    fn open(sessions: &Sessions, cookie: &str, user: User, now_ms: i64) -> Result<(), Denied> {
        sessions.admit(cookie, user, now_ms, |_| ())
    }

    #[test]
    fn a_code_enters_once_and_within_a_minute() {
        let sessions = sessions();
        let code = sessions.code(START_MS).unwrap();
        assert!(sessions.enter(&code, Some(1), START_MS + CODE_MS - 1).is_ok());
        assert_eq!(sessions.enter(&code, Some(1), START_MS + CODE_MS - 1), Err(Denied::Outside));
        let late = sessions.code(START_MS).unwrap();
        assert_eq!(sessions.enter(&late, Some(1), START_MS + CODE_MS), Err(Denied::Outside));
    }

    #[test]
    fn a_session_serves_the_user_who_entered_it() {
        let sessions = sessions();
        let cookie = enter(&sessions, START_MS);
        assert_eq!(open(&sessions, &cookie, Some(1), START_MS), Ok(()));
        assert_eq!(open(&sessions, &cookie, Some(2), START_MS), Err(Denied::Outside));
        assert_eq!(open(&sessions, &cookie, None, START_MS), Err(Denied::Outside), "a user whom the kernel does not name is nobody");
        assert_eq!(sessions.enter(&sessions.code(START_MS).unwrap(), None, START_MS), Err(Denied::Outside), "and enters nothing");
    }

    #[test]
    fn the_session_that_was_silent_longest_goes_first() {
        let sessions = sessions();
        let first = enter(&sessions, START_MS);
        let second = enter(&sessions, START_MS + 1);
        open(&sessions, &first, Some(1), START_MS + 2).unwrap();
        for _ in 0..KEPT_MAX - 1 {
            enter(&sessions, START_MS + 3);
        }
        assert_eq!(open(&sessions, &second, Some(1), START_MS + 4), Err(Denied::Outside));
        assert_eq!(open(&sessions, &first, Some(1), START_MS + 4), Ok(()));
    }

    #[test]
    fn a_silent_session_ends() {
        let sessions = sessions();
        let cookie = enter(&sessions, START_MS);
        assert_eq!(open(&sessions, &cookie, Some(1), START_MS + IDLE_MS - 1), Ok(()), "each request counts from anew");
        assert_eq!(open(&sessions, &cookie, Some(1), START_MS + 2 * IDLE_MS - 2), Ok(()));
        assert_eq!(open(&sessions, &cookie, Some(1), START_MS + 3 * IDLE_MS), Err(Denied::Outside));
    }

    #[test]
    fn a_session_outlives_a_restart_for_its_user_and_once() {
        let cookie = enter(&sessions(), START_MS);
        let again = Sessions::new([7; 32], START_MS + 5_000);
        assert_eq!(open(&again, &cookie, Some(2), START_MS + 6_000), Err(Denied::Outside));
        assert_eq!(open(&again, &cookie, Some(1), START_MS + 6_000), Ok(()));
        for _ in 0..KEPT_MAX {
            enter(&again, START_MS + 7_000);
        }
        assert_eq!(open(&again, &cookie, Some(1), START_MS + 8_000), Err(Denied::Outside), "what was put out stays out");
        let foreign = Sessions::new([8; 32], START_MS + 5_000);
        assert_eq!(open(&foreign, &cookie, Some(1), START_MS + 6_000), Err(Denied::Outside), "another key, another car");
        let late = Sessions::new([7; 32], START_MS + IDLE_MS);
        assert_eq!(open(&late, &cookie, Some(1), START_MS + IDLE_MS), Err(Denied::Outside));
    }

    #[test]
    fn a_session_evicted_in_this_run_does_not_come_back_by_its_seal() {
        let sessions = sessions();
        let cookie = enter(&sessions, START_MS + 1);
        for _ in 0..KEPT_MAX {
            enter(&sessions, START_MS + 2);
        }
        assert_eq!(open(&sessions, &cookie, Some(1), START_MS + 3), Err(Denied::Outside));
    }

    #[test]
    fn requests_and_wrong_codes_are_limited_and_a_right_code_still_enters() {
        let sessions = sessions();
        let cookie = enter(&sessions, START_MS);
        let served = (0..1_000).filter(|_| open(&sessions, &cookie, Some(1), START_MS).is_ok()).count();
        assert_eq!(served, 120);
        assert_eq!(open(&sessions, &cookie, Some(1), START_MS), Err(Denied::TooMany));
        assert_eq!(open(&sessions, &cookie, Some(1), START_MS + 100), Ok(()));
        let tries: Vec<_> = (0..20).map(|_| sessions.enter("0000", None, START_MS)).collect();
        assert_eq!((tries[9].clone(), tries[10].clone()), (Err(Denied::Outside), Err(Denied::TooMany)));
        assert!(sessions.enter(&sessions.code(START_MS).unwrap(), Some(1), START_MS).is_ok());
    }

    #[test]
    fn what_a_touch_did_is_shown_until_the_person_goes_elsewhere() {
        let mut session = Session::default();
        session.says(Flash { text: "done".to_owned(), ..Flash::default() });
        assert!(session.for_page(Visit::Refreshed).flash.is_some());
        assert!(session.for_page(Visit::Gone).flash.is_some());
        assert!(session.for_page(Visit::Refreshed).flash.is_some());
        assert!(session.for_page(Visit::Gone).flash.is_none());
        assert!(session.for_page(Visit::Refreshed).flash.is_none());
    }
}

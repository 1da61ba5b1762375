//! Profiles and their PINs (R16, R48, R51).

use super::Gatekeeper;
use super::ask::{Not, Outcome, said};
use super::shown::data;
use super::wipe::Counting;
use crate::book::Profile;
use crate::command::{Command, Urgency};
use crate::control::{Peer, Response};
use crate::now::Now;
use crate::pin::{self, PinJob, PinResult, PinTask};
use crate::refusal::Refusal;
use crate::secret::Secret;
use crate::show::{ProfileShown, Profiles, SHOW_VERSION};
use crate::signer::Signer;
use crate::store::Tries;
use consent_core::{Assurance, Role};
use consent_protocol::ids::StreamId;
use consent_protocol::ledger::Method;

/// Characters of a name.
const NAME_CHARS_MAX: usize = 40;
/// Languages of a person.
const LANGUAGES_MAX: usize = 8;
/// Bytes of a language tag.
const TAG_BYTES_MAX: usize = 16;
/// PINs that are worked out at a time; the shell has few threads for it.
const PINS_MAX: usize = 4;
/// So long the proof of a person who is not aboard holds, and the first PIN of a new profile may be set, milliseconds.
const OPENED_MS: u64 = 5 * 60_000;

/// What waits for a PIN, or for what comes after it.
#[derive(Debug)]
pub(super) enum Awaited {
    /// A new profile.
    Make(Box<Profile>),
    /// Somebody proves who they are.
    Unlock(String),
    /// Somebody sets a PIN.
    Set(String),
    /// A buyer of that name.
    TakeOver(String),
    /// What will be gone is counted.
    Count(Counting),
}

/// A profile that somebody asks for.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) name: String,
    pub(super) pin: Option<Secret>,
    pub(super) minor: bool,
    pub(super) languages: Vec<String>,
}

impl<S: Signer> Gatekeeper<S> {
    pub(super) fn list_profiles(&self, now: Now) -> Response {
        let profiles = self.book.persons().map(|profile| self.profile_shown(profile, now)).collect();
        data(&Profiles { version: SHOW_VERSION, profiles })
    }

    fn profile_shown(&self, profile: &Profile, now: Now) -> ProfileShown {
        let aboard = self.people.aboard(&profile.id);
        ProfileShown {
            person: profile.id.clone(),
            name: profile.name.clone(),
            minor: profile.minor,
            pin: profile.pin.is_some(),
            languages: profile.languages.clone(),
            aboard: aboard.is_some(),
            drives: aboard.is_some_and(|(role, _)| role == Role::Driver),
            assurance: self.assurance_of(&profile.id, now),
            locked_until_ms: Some(profile.tries.locked_until_ms).filter(|until_ms| *until_ms > now.wall_ms),
            tries_left: profile.tries.left(),
            may_set_pin: self.may_set_pin(profile, now),
            may_erase_minor: profile.minor && self.may_erase_minor(&profile.id, now),
        }
    }

    /// Makes a profile; with a PIN, once that is hashed.
    pub(super) fn make_profile(&mut self, token: u64, wanted: Wanted, now: Now) -> Outcome {
        let languages = if wanted.languages.is_empty() { self.config.languages.clone() } else { tags(wanted.languages)? };
        let (name, minor) = (name_of(&wanted.name)?, wanted.minor);
        let profile = Profile { id: self.new_id(), name, minor, languages, created_ms: now.wall_ms, ..Profile::default() };
        match wanted.pin {
            Some(_) if minor => Err(Refusal::PinOfMinor.into()),
            Some(pin) => self.hash(token, pin, Awaited::Make(Box::new(profile))),
            None => self.add_profile(profile),
        }
    }

    /// Ids are drawn: a name may change, and two people may have the same.
    pub(super) fn new_id(&mut self) -> String {
        StreamId(self.inner_rng.bytes()).to_string()
    }

    fn add_profile(&mut self, profile: Profile) -> Outcome {
        let id = profile.id.clone();
        self.keep_new(profile)?;
        self.made.retain(|_, until_ms| *until_ms > self.seen.mono_ms);
        self.made.insert(id.clone(), self.seen.mono_ms.saturating_add(OPENED_MS));
        Ok(Some(Response::Data { data: serde_json::json!({ "version": SHOW_VERSION, "person": id }) }))
    }

    /// Keeps a new profile with a key of its own.
    pub(super) fn keep_new(&mut self, profile: Profile) -> Result<(), Refusal> {
        let id = profile.id.clone();
        let key = self.vault.new_person(&id, &mut self.rng);
        let added = self.book.add_person(profile, key);
        if added.is_err() {
            self.vault.forget(&id);
        }
        self.step.ops.push(added?);
        Ok(())
    }

    /// Somebody proves who they are.
    pub(super) fn unlock(&mut self, token: u64, person: String, pin: Secret, now: Now) -> Outcome {
        let profile = self.book.person(&person).ok_or(Refusal::PersonUnknown)?;
        let hash = profile.pin.clone().ok_or(Refusal::NoPin)?;
        profile.tries.check(self.certain(now).wall_ms)?;
        pin::check(&pin)?;
        // Tries are counted when they are decided, so the next one waits for that.
        if self.pins.values().any(|awaited| matches!(awaited, Awaited::Unlock(other) if *other == person)) {
            return Err(Refusal::PinBusy.into());
        }
        self.work_out(token, pin, PinTask::Compare { hash }, Awaited::Unlock(person))
    }

    /// Somebody sets or changes their PIN: they are surely recognised, or the profile has just been made.
    pub(super) fn set_pin(&mut self, token: u64, person: String, pin: Secret, peer: Peer, now: Now) -> Outcome {
        self.may_decide(peer)?;
        let profile = self.book.person(&person).ok_or(Refusal::PersonUnknown)?;
        if profile.minor {
            return Err(Refusal::PinOfMinor.into());
        }
        if peer.method == Method::Screen && !self.may_set_pin(profile, now) {
            return Err(Refusal::PinAssurance { found: self.assurance_of(&person, now) }.into());
        }
        if peer.method != Method::Screen {
            self.may_open(peer, &person, now)?;
        }
        self.hash(token, pin, Awaited::Set(person))
    }

    /// Whoever the car takes for somebody by their looks alone makes no PIN of it: it takes that person's key or phone, or the
    /// PIN before. Only of a profile that has just been made whoever made it sets the first one (R16).
    fn may_set_pin(&self, profile: &Profile, now: Now) -> bool {
        let just_made = profile.pin.is_none() && self.made.get(&profile.id).is_some_and(|until_ms| *until_ms > now.mono_ms);
        !profile.minor && (just_made || self.assurance_of(&profile.id, now) == Assurance::High)
    }

    /// Everything of a person goes at that person's word. A profile under age has no PIN and decides nothing: it goes at the word of
    /// whoever is recognised as that person, or of an adult driver who proved who they are (R20, R48).
    pub(super) fn may_erase(&self, peer: Peer, person: &str, now: Now) -> Result<(), Refusal> {
        let minor = self.book.person(person).is_some_and(|profile| profile.minor);
        match peer.method {
            Method::Screen if minor && self.may_erase_minor(person, now) => Ok(()),
            Method::Screen if minor => Err(Refusal::EraseMinor),
            Method::Screen | Method::Phone | Method::Operator | Method::Receipt | Method::Gatekeeper => self.may_open(peer, person, now),
        }
    }

    fn may_erase_minor(&self, person: &str, now: Now) -> bool {
        self.assurance_of(person, now) >= Assurance::Low || self.people.driver_of_age(Assurance::High).is_some()
    }

    pub(super) fn set_languages(&mut self, person: &str, languages: Vec<String>, peer: Peer, now: Now) -> Outcome {
        self.may_decide(peer)?;
        let languages = tags(languages)?;
        if peer.method == Method::Screen && self.assurance_of(person, now) < Assurance::Low {
            return Err(Refusal::NotAboard.into());
        }
        self.change_profile(person, |profile| profile.languages = languages)?;
        Ok(Some(said("Kept. What is asked from now on is in these languages, where the catalog has them in full.")))
    }

    /// Has a new PIN hashed.
    pub(super) fn hash(&mut self, token: u64, pin: Secret, awaited: Awaited) -> Outcome {
        pin::check(&pin)?;
        let salt = self.inner_rng.bytes();
        self.work_out(token, pin, PinTask::Hash { salt }, awaited)
    }

    fn work_out(&mut self, token: u64, pin: Secret, task: PinTask, awaited: Awaited) -> Outcome {
        if self.pins.len() >= PINS_MAX {
            return Err(Not::Busy);
        }
        self.pins.insert(token, awaited);
        self.step.commands.push(Command::Pin(PinJob { token, pin, task }));
        Ok(None)
    }

    /// A PIN was worked out.
    pub(super) fn take_pin(&mut self, token: u64, result: PinResult, now: Now) {
        let Some(awaited) = self.pins.remove(&token) else { return };
        let outcome = match (awaited, result) {
            (Awaited::Make(profile), PinResult::Hashed(hash)) => self.add_profile(Profile { pin: Some(hash), ..*profile }),
            (Awaited::Set(person), PinResult::Hashed(hash)) => self.pin_set(&person, hash, now),
            (Awaited::TakeOver(name), PinResult::Hashed(hash)) => self.count(token, Counting::TakeOver { name, hash }),
            (Awaited::Unlock(person), PinResult::Right) => self.proved(&person, now),
            (Awaited::Unlock(person), PinResult::Wrong) => self.not_proved(&person, now),
            (Awaited::Make(_) | Awaited::Set(_) | Awaited::TakeOver(_) | Awaited::Unlock(_) | Awaited::Count(_), _) => Err(Refusal::PinFailed.into()),
        };
        self.answer(token, outcome);
        self.step.hurry(Urgency::Now);
    }

    /// Whoever set it knows it.
    fn pin_set(&mut self, person: &str, hash: Secret, now: Now) -> Outcome {
        self.change_profile(person, |profile| (profile.pin, profile.tries) = (Some(hash), Tries::default()))?;
        self.open_for(person, now);
        Ok(Some(said("The PIN is set.")))
    }

    fn proved(&mut self, person: &str, now: Now) -> Outcome {
        self.change_profile(person, |profile| profile.tries = Tries::default())?;
        self.open_for(person, now);
        match self.people.aboard(person) {
            Some(_) => Ok(Some(said("Unlocked for as long as you are aboard."))),
            None => Ok(Some(said("Unlocked for five minutes."))),
        }
    }

    /// What is a person's opens: while they are aboard, or for a few minutes.
    fn open_for(&mut self, person: &str, now: Now) {
        if self.people.aboard(person).is_none() {
            self.opened.retain(|_, until_ms| *until_ms > now.mono_ms);
            self.opened.insert(person.to_owned(), now.mono_ms.saturating_add(OPENED_MS));
        }
        let effect = self.people.prove(person, &now);
        self.take_effect(effect, now);
    }

    fn not_proved(&mut self, person: &str, now: Now) -> Outcome {
        let mut told = Refusal::PinFailed;
        // A clock that is set back or forth shortens no lock.
        let wall_ms = self.certain(now).wall_ms;
        self.change_profile(person, |profile| told = profile.tries.wrong(wall_ms))?;
        Err(told.into())
    }
}

pub(super) fn name_of(name: &str) -> Result<String, Refusal> {
    let name = name.trim();
    let fits = (1..=NAME_CHARS_MAX).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if fits { Ok(name.to_owned()) } else { Err(Refusal::Name { max: NAME_CHARS_MAX }) }
}

/// Languages by their tags, each once.
fn tags(languages: Vec<String>) -> Result<Vec<String>, Refusal> {
    let is_tag = |tag: &String| (2..=TAG_BYTES_MAX).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let mut found: Vec<String> = Vec::new();
    for tag in languages {
        if !is_tag(&tag) {
            return Err(Refusal::Languages { max: LANGUAGES_MAX });
        }
        if !found.contains(&tag) {
            found.push(tag);
        }
    }
    if (1..=LANGUAGES_MAX).contains(&found.len()) { Ok(found) } else { Err(Refusal::Languages { max: LANGUAGES_MAX }) }
}

//! A person's standings as JSON, one row for every use of the catalog in force: the shape of `consent list`.

use super::terms::{days_offered, ground_words, rests_on_consent};
use super::{Book, is_given};
use crate::change::Moment;
use crate::store::StandingRow;
use crate::words::{rfc3339, status_word, text_or_first};
use consent_core::Status;
use consent_protocol::catalog::Use;
use consent_protocol::ids::StreamId;
use serde_json::{Value, json};

impl Book {
    /// Standings of a person towards all uses, in catalog order, with the secret of each receipt in force: whoever is shown this
    /// must be that person (R51). Unknown persons have decided nothing.
    pub fn list(&self, person: &str, moment: &Moment<'_>) -> Value {
        let languages = self.person(person).map(|profile| profile.languages.as_slice()).unwrap_or_default();
        let language = languages.iter().find(|language| moment.in_force.catalog.languages.contains(language)).map(String::as_str).unwrap_or_default();
        let uses = moment.in_force.catalog.uses.iter().map(|used| self.line(person, used, language, moment));
        json!({ "version": 1, "person": person, "catalog_version": moment.in_force.catalog.version, "uses": uses.collect::<Vec<_>>() })
    }

    /// How a person stands towards a use, in a word; for a use without consent what it rests on, unless they spoke against it.
    pub fn consent_word(&self, person: Option<&str>, used: &Use) -> &'static str {
        let status = person.and_then(|person| self.standing(person, &used.id)).map_or(Status::None, |row| row.status);
        match status {
            Status::None if !rests_on_consent(used) => ground_words(used),
            Status::None
            | Status::Given
            | Status::GivenEachReview
            | Status::Refused
            | Status::Withdrawn
            | Status::Expired
            | Status::TripEnded
            | Status::Suspended
            | Status::Objected
            | Status::Restricted => status_word(status),
        }
    }

    fn line(&self, person: &str, used: &Use, language: &str, moment: &Moment<'_>) -> Value {
        let recipient = moment.in_force.catalog.recipients.get(usize::from(used.recipient));
        let row = self.standing(person, &used.id);
        json!({
            "use": used.id,
            "revision": used.revision,
            "headline": text_or_first(&used.texts.headline, language),
            "recipient": recipient.map(|recipient| recipient.id.as_str()),
            "outside": recipient.map(|recipient| recipient.outside),
            "by_consent": rests_on_consent(used),
            "standing": self.consent_word(Some(person), used),
            "tiers": used.tiers.iter().map(|tier| text_or_first(&tier.reveals, language)).collect::<Vec<_>>(),
            "days_max": days_offered(used),
            "decided": row.map(|row| self.decided(row)),
        })
    }

    fn decided(&self, row: &StandingRow) -> Value {
        let given = is_given(row.status);
        json!({
            "record": crate::receipt::uuid(&row.record),
            "binds": !self.unbound.contains_key(&row.record),
            "tier": row.tier,
            "categories": row.categories,
            "cadence": row.cadence,
            "from": rfc3339(row.from_ms),
            "until": rfc3339(row.until_ms),
            "assurance": row.assurance,
            "language": row.language,
            "entry": row.entry,
            "receipt_secret": given.then(|| secret_words(&row.secret)),
        })
    }
}

/// A secret as it is printed on a receipt: 64 hexadecimal digits.
pub(crate) fn secret_words(secret: &[u8; 32]) -> String {
    let (high, low) = secret.split_at(16);
    [high, low].into_iter().filter_map(|half| <[u8; 16]>::try_from(half).ok()).map(|half| StreamId(half).to_string()).collect()
}

#[cfg(test)]
mod tests {
    use crate::control::Terms;
    use crate::fixture::{SCREEN, T0_MS, book, catalog, in_force, moment, rng};

    #[test]
    fn a_list_shows_every_use_with_what_was_decided() {
        let in_force = in_force(catalog());
        let (mut book, _) = book(&in_force);
        let at = moment(&in_force, T0_MS);
        let change = book.give("ada", "traffic", &Terms::default(), SCREEN, &at, &mut rng()).unwrap();
        let list = book.list("ada", &at);
        let uses = list["uses"].as_array().unwrap();
        let standings: Vec<&str> = uses.iter().map(|line| line["standing"].as_str().unwrap()).collect();
        assert_eq!(standings, ["not decided", "given", "not decided", "law", "law", "a call that a person starts", "a contract"]);
        let decided = &uses[1]["decided"];
        assert_eq!((decided["binds"].as_bool(), decided["until"].as_str()), (Some(false), Some("2026-11-24T12:00:00Z")));
        assert_eq!(uses[1]["headline"], "Headline traffic (de)");
        assert_eq!(uses[0]["outside"], true);
        book.bind(&change.event.record);
        assert_eq!(book.list("ada", &at)["uses"][1]["decided"]["binds"], true);
        assert_eq!(decided["receipt_secret"].as_str().unwrap().len(), 64);
        assert!(book.list("bob", &at)["uses"][1]["decided"].is_null(), "nobody sees another's");
    }
}

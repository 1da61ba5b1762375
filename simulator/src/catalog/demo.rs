//! Keys and catalogs of the demo. Everybody knows these keys: they are worth nothing outside the demo environment.
//!
//! A demo key is the Ed25519 key whose seed is `SHA-256("consent-gate demo key, worth nothing" ‖ 0x00 ‖ name)`; the name is a
//! recipient's id or `catalog-root`.

use super::Vss;
use consent_protocol::catalog::CompiledCatalog;
use consent_protocol::envelope::sha256;
use ed25519_dalek::SigningKey;

/// What an authored catalog writes for a recipient's demo key.
pub const ACK_KEY_WORD: &str = "demo";
/// File name of the example, as errors show it.
pub const EXAMPLE_FILE: &str = "deploy/catalog/demo.toml";
/// The example as text.
pub const EXAMPLE: &str = include_str!("../../../deploy/catalog/demo.toml");

/// The key with which a recipient of the demo signs State and answers.
pub fn demo_keys(recipient_id: &str) -> SigningKey {
    let seed = sha256(&[b"consent-gate demo key, worth nothing", &[0], recipient_id.as_bytes()]);
    SigningKey::from_bytes(&seed.0)
}

/// The root key that signs the demo's catalogs.
pub fn demo_root() -> SigningKey {
    demo_keys("catalog-root")
}

/// The edits that make the second version of the example: driver coaching keeps its data twice as long (material), and the
/// text of predictive maintenance becomes clearer (editorial). Each old line stands exactly once in the example.
pub const NEXT_EDITS: &[(&str, &str)] = &[
    ("version = 1 # next-edit", "version = 2"),
    ("revision = 1 # next-edit: coaching", "revision = 2"),
    ("retention = \"30d\" # next-edit: coaching", "retention = \"60d\""),
    ("revision = 1 # next-edit: maintenance", "revision = 2"),
    (
        "plain.en = \"Your car sends engine temperatures, voltages, tyre pressures and fault counts, so that wear is seen before it stops you.\"",
        "plain.en = \"Your car sends temperatures, voltages, tyre pressures and fault counts. Arvena looks for wear before it stops you.\"",
    ),
    ("# next-edit: editorial", "[[editorial]]\nuse = \"maintenance\"\nreason = \"The same facts in shorter sentences.\""),
];

/// The second version of the example as text.
pub fn example_next() -> String {
    NEXT_EDITS.iter().fold(EXAMPLE.to_owned(), |text, (old, new)| text.replacen(old, new, 1))
}

/// The example catalog, compiled against our own small VSS tree.
pub fn example() -> CompiledCatalog {
    built_in(EXAMPLE)
}

/// The second version of the example catalog.
pub fn example_v2() -> CompiledCatalog {
    built_in(&example_next())
}

#[allow(clippy::panic, reason = "the text is built in, and a test compiles it: this cannot be reached by any input")]
fn built_in(text: &str) -> CompiledCatalog {
    match super::compile_text(text, EXAMPLE_FILE, &Vss::small()) {
        Ok(catalog) => catalog,
        Err(report) => panic!("the built-in example has faults:\n{report}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use consent_protocol::diff::{Weight, diff};

    #[test]
    fn the_example_compiles_and_its_keys_are_the_demo_keys() {
        let catalog = example();
        assert!(catalog.uses.len() >= 14 && catalog.recipients.len() >= 6);
        for recipient in &catalog.recipients {
            assert_eq!(recipient.ack_key, demo_keys(&recipient.id).verifying_key().to_bytes());
        }
        assert_ne!(demo_root().to_bytes(), demo_keys("arvena").to_bytes());
    }

    #[test]
    fn every_edit_of_the_second_version_hits_exactly_one_place() {
        for (old, _) in NEXT_EDITS {
            assert_eq!(EXAMPLE.matches(old).count(), 1, "{old}");
        }
    }

    #[test]
    fn the_second_version_has_one_use_changed_materially_and_one_editorially() {
        let changes = diff(&example(), &example_v2());
        let of = |weight| {
            let mut uses: Vec<&str> = changes.iter().filter(|change| change.weight == weight).map(|change| change.use_id.as_str()).collect();
            uses.dedup();
            uses
        };
        assert_eq!(of(Weight::Material), ["coaching"]);
        assert!(of(Weight::Editorial).contains(&"maintenance"), "{changes:?}");
    }
}

//! Feeds every file of the corpus to its target, on a stable compiler: whole, cut short at every length, and with every byte
//! changed in three ways.

use consent_fuzz::{One, TARGETS};
use std::path::Path;

fn files(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.display().to_string(), std::fs::read(&path).unwrap()))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "no corpus for {target}");
    files
}

/// Longer files would take too long byte by byte; they are fed whole.
const MUTATED_BYTES_MAX: usize = 4_096;

fn feed(one: One, bytes: &[u8]) {
    one(bytes);
    if bytes.len() > MUTATED_BYTES_MAX {
        return;
    }
    let mut changed = bytes.to_vec();
    for at in 0..bytes.len() {
        one(&bytes[..at]);
        for flip in [0x01, 0x80, 0xff] {
            changed[at] ^= flip;
            one(&changed);
            changed[at] ^= flip;
        }
    }
}

#[test]
fn no_input_of_the_corpus_breaks_a_promise() {
    for (target, one) in TARGETS {
        for (file, bytes) in files(target) {
            println!("{file}");
            feed(one, &bytes);
        }
    }
}

#[test]
fn every_folder_of_the_corpus_has_a_target() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut folders: Vec<String> = std::fs::read_dir(corpus).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    folders.sort();
    assert_eq!(folders, TARGETS.map(|(name, _)| name));
}

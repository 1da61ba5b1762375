//! The author's preview over HTTP: every request, form, language and size; faults with file and line; a saved file within a second.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::string_slice, reason = "a test that cannot go on has failed")]

use consent_screen::model::requests::form::{FORMS, word};
use consent_simulator::catalog::{STARTER, Vss};
use consent_simulator::preview::Preview;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

async fn start(file: &Path) -> SocketAddr {
    let preview = Preview::start(file.to_owned(), Vss::small(), 0).await.unwrap();
    let address = preview.address();
    tokio::spawn(preview.serve());
    address
}

/// Status line, headers and body as they come.
async fn get(address: SocketAddr, path: &str, headers: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let host = if headers.contains("Host:") { String::new() } else { format!("Host: {address}\r\n") };
    stream.write_all(format!("GET {path} HTTP/1.1\r\n{host}{headers}Connection: close\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

fn catalog(text: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("catalog.toml");
    std::fs::write(&file, text).unwrap();
    (folder, file)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_is_served_in_every_form_language_and_size() {
    let demo = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/catalog/demo.toml")).unwrap();
    let (_folder, file) = catalog(&demo);
    let address = start(&file).await;
    let index = get(address, "/", "").await;
    assert!(index.starts_with("HTTP/1.1 200"), "{index}");
    assert_eq!(index.matches("<iframe").count(), FORMS.len() * 3);
    for (use_id, language, text) in [("insurance", "en", "Pay less for calm driving"), ("insurance", "de", "Weniger zahlen"), ("voice", "de", "Sprach")] {
        assert!(index.contains(&format!("use={use_id}")), "{use_id} can be chosen");
        for form in FORMS {
            let frame = get(address, &format!("/frame/{language}/{}/{use_id}?theme=light", word(form)), "").await;
            assert!(frame.starts_with("HTTP/1.1 200") && frame.contains(text) && frame.contains("value=\"decline\""), "{language} {form:?}: {frame}");
            assert!(frame.to_lowercase().contains("content-security-policy") && !frame.contains("script-src"), "frames run no script");
        }
    }
    assert!(get(address, "/frame/en/loyalist/insurance", "").await.starts_with("HTTP/1.1 404"));
    assert!(get(address, "/frame/en/neutral/fuel-monitoring", "").await.starts_with("HTTP/1.1 404"), "by law: nobody is asked");
    assert!(get(address, "/", "Host: elsewhere.example\r\n").await.starts_with("HTTP/1.1 421"), "another name is another site");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_file_is_shown_within_a_second_and_faults_by_line() {
    let (_folder, file) = catalog(STARTER);
    let address = start(&file).await;
    let known = |page: &str| page.split_once("data-generation=\"").unwrap().1.split_once('"').unwrap().0.to_owned();
    let first = known(&get(address, "/", "").await);
    std::fs::write(&file, format!("{STARTER}\nnonsense = 1\n")).unwrap();
    let header = format!("X-Generation: {first}\r\n");
    let newer = tokio::time::timeout(Duration::from_secs(1), get(address, "/version", &header)).await.expect("within a second");
    assert!(!newer.ends_with(&format!("\r\n{first}")), "{newer}");
    let faults = get(address, "/", "").await;
    let line = STARTER.lines().count() + 2;
    assert!(faults.contains(&format!("catalog.toml:{line}")) && faults.contains("nonsense"), "{faults}");
    assert!(!faults.contains("<iframe"));
    std::fs::write(&file, STARTER).unwrap();
    let second = known(&faults);
    tokio::time::timeout(Duration::from_secs(1), get(address, "/version", &format!("X-Generation: {second}\r\n"))).await.expect("within a second");
    assert!(get(address, "/", "").await.contains("<iframe"));
}

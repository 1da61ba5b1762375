//! The API of the privacy screen against its OpenAPI document: every route of the document is served, and what a running agent
//! answers is of the shape that the document says, with nothing in it that the document does not know.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    reason = "a test that cannot go on has failed"
)]

use consent_gatekeeper::control::{Request, Terms};
use consent_protocol::ledger::Cadence;
use consent_tests::Cabin;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

/// A program that entered as the car's screen.
struct Program<'a> {
    cabin: &'a Cabin,
    cookie: String,
}

struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl<'a> Program<'a> {
    fn enter(cabin: &'a Cabin) -> Self {
        let entry = cabin.entry("/");
        let path = &entry[entry.find("/enter").unwrap()..];
        let answer = Program { cabin, cookie: String::new() }.ask("GET", path, None);
        let cookie = answer.head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect("a session").split(';').next().unwrap().to_owned();
        Self { cabin, cookie }
    }

    fn open(&self, method: &str, path: &str, body: Option<&Value>) -> TcpStream {
        let port = self.cabin.screen_port();
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        let body = body.map(ToString::to_string).unwrap_or_default();
        let head = format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {}\r\nConnection: close\r\n", self.cookie);
        let kind = if method == "POST" { format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len()) } else { String::new() };
        stream.write_all(format!("{head}{kind}\r\n{body}").as_bytes()).unwrap();
        stream
    }

    fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let mut bytes = Vec::new();
        self.open(method, path, body).read_to_end(&mut bytes).unwrap();
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let body = &bytes[end + 4..];
        let chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
        let body = if chunked { joined(body) } else { body.to_vec() };
        Answer { status, head, body: String::from_utf8(body).unwrap() }
    }

    fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, None)
    }

    fn document(&self) -> Value {
        serde_json::from_str(&self.get("/api/1/openapi.json").body).unwrap()
    }
}

/// A body in chunks, joined.
fn joined(mut rest: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(line) = rest.windows(2).position(|two| two == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..line]).unwrap(), 16).unwrap();
        if size == 0 {
            break;
        }
        whole.extend_from_slice(&rest[line + 2..line + 2 + size]);
        rest = &rest[line + 2 + size + 2..];
    }
    whole
}

/// A car in which something of everything is to be seen: consents, a trip that left, a request, a review.
fn full() -> Cabin {
    let cabin = Cabin::connected();
    let person = cabin.person();
    for use_id in ["hazards", "traffic", "maintenance", "insurance"] {
        person.done(&Request::ConsentGive { person: None, use_id: use_id.to_owned(), terms: Terms::default() });
    }
    let each_time = Terms { cadence: Some(Cadence::EachTime), tier: Some(1), ..Terms::default() };
    person.done(&Request::ConsentGive { person: None, use_id: "battery-research".to_owned(), terms: each_time });
    cabin.trip(25);
    person.wait_status("something left, and something waits for a review", |status| status.batches_sent > 0 && status.outcomes.awaiting > 0);
    person.done(&Request::ConsentWithdraw { person: None, use_id: Some("maintenance".to_owned()), erase: true });
    person.done(&Request::RequestsOpen { use_id: "coaching".to_owned() });
    cabin
}

/// What stands for the names in a path.
fn filled(path: &str, program: &Program<'_>) -> String {
    let requests: Value = serde_json::from_str(&program.get("/api/1/requests").body).unwrap();
    let id = requests.pointer("/screens/0/requests/0/id").map_or_else(|| "1".to_owned(), ToString::to_string);
    let given = program.cabin.person().status().events.iter().find(|event| event.action == "given").map_or(1, |event| event.seq);
    let use_id = if path.starts_with("/api/1/reviews") { "battery-research" } else { "traffic" };
    path.replace("{use}", use_id).replace("{id}", &id).replace("{entry}", &given.to_string())
}

/// No object may have a field that its schema does not name.
fn strict(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            let open = ["additionalProperties", "allOf", "oneOf", "anyOf", "$ref"].iter().any(|name| fields.contains_key(*name));
            if fields.contains_key("properties") && !open {
                fields.insert("additionalProperties".to_owned(), json!(false));
            }
            fields.values_mut().for_each(strict);
        }
        Value::Array(values) => values.iter_mut().for_each(strict),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// What is wrong with an answer.
fn faults(document: &Value, schema: &Value, answer: &Value) -> Vec<String> {
    let mut root = schema.clone();
    root["components"] = document["components"].clone();
    strict(&mut root);
    let validator = jsonschema::draft202012::new(&root).unwrap();
    validator.iter_errors(answer).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn every_answer_of_a_running_agent_is_as_the_document_says() {
    let cabin = full();
    let program = Program::enter(&cabin);
    let document = program.document();
    let (mut views, mut files, mut wrong) = (0, 0, Vec::new());
    for (path, methods) in document["paths"].as_object().unwrap() {
        let Some(content) = methods.pointer("/get/responses/200/content").and_then(Value::as_object) else { continue };
        let (media, content) = content.iter().next().unwrap();
        if media == "text/event-stream" {
            continue;
        }
        let answer = program.get(&filled(path, &program));
        if answer.status != 200 {
            wrong.push(format!("{path}: {} {}", answer.status, answer.body));
            continue;
        }
        let kind = answer.head.to_ascii_lowercase().lines().find_map(|line| line.strip_prefix("content-type: ").map(str::to_owned)).unwrap_or_default();
        assert!(kind.starts_with(media.split(';').next().unwrap()), "{path}: {kind}, not {media}");
        if media != "application/json" || content["schema"] == json!({ "type": "string" }) {
            files += 1;
            continue;
        }
        let said: Value = serde_json::from_str(&answer.body).unwrap();
        wrong.extend(faults(&document, &content["schema"], &said).into_iter().map(|fault| format!("{path}{fault}")));
        assert!(!faults(&document, &content["schema"], &json!("something else")).is_empty(), "{path}: its schema takes anything");
        views += 1;
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    println!("{views} views and {files} files are as the document says");
    assert!(views >= 15 && files >= 5);
}

#[test]
fn every_touch_of_the_document_is_served_and_does_nothing_for_another_driver_r17() {
    let cabin = full();
    let program = Program::enter(&cabin);
    let document = program.document();
    let before = cabin.person().status().consent_events;
    for (path, methods) in document["paths"].as_object().unwrap() {
        if methods.get("post").is_none() {
            let answer = program.ask("POST", &filled(path, &program), Some(&json!({})));
            assert_eq!(answer.status, 405, "POST {path} is not in the document");
            continue;
        }
        let answer = program.ask("POST", &filled(path, &program), Some(&json!({ "as": "somebody else" })));
        assert_eq!(answer.status, 409, "{path}: {}", answer.body);
        let said: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(said["error"], "driver_changed", "{path}");
        let refusal = &document["components"]["responses"]["Refusal"]["content"]["application/json"]["schema"];
        assert_eq!(faults(&document, refusal, &said), Vec::<String>::new(), "{path}");
        if methods.get("get").is_none() {
            assert_eq!(program.get(&filled(path, &program)).status, 405, "GET {path} is not in the document");
        }
    }
    assert_eq!(cabin.person().status().consent_events, before);
}

#[test]
fn a_touch_with_a_field_that_the_document_does_not_know_does_nothing() {
    let cabin = Cabin::parked();
    let program = Program::enter(&cabin);
    let document = program.document();
    let before = cabin.person().status();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let Some(schema) = methods.pointer("/post/requestBody/content/application~1json/schema") else { continue };
        let every = "#/components/schemas/EveryTouch";
        assert!(schema["allOf"].as_array().unwrap().iter().any(|part| part["$ref"] == every), "{path} may say for whom it was made");
        let answer = program.ask("POST", &filled(path, &program), Some(&json!({ "as": "anna", "teir": 0 })));
        assert_eq!(answer.status, 422, "{path}: {}", answer.body);
        assert!(answer.body.contains("`teir` is no field"), "{path}: {}", answer.body);
    }
    let after = cabin.person().status();
    assert_eq!((after.consent_events, after.paused), (before.consent_events, before.paused));
    let given = program.ask("POST", "/api/1/uses/traffic/give", Some(&json!({ "as": "anna", "tier": 0 })));
    assert_eq!(given.status, 200, "{}", given.body);
}

#[test]
fn the_document_is_whole() {
    let cabin = Cabin::new();
    let document = Program::enter(&cabin).document();
    assert_eq!(document["openapi"], "3.1.0");
    let mut todo = vec![&document];
    while let Some(value) = todo.pop() {
        match value {
            Value::Object(fields) => {
                if let Some(reference) = fields.get("$ref").and_then(Value::as_str) {
                    assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference} leads nowhere");
                }
                todo.extend(fields.values());
            }
            Value::Array(values) => todo.extend(values),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    for (path, methods) in document["paths"].as_object().unwrap() {
        assert!(path.starts_with("/api/1/"), "{path}");
        for (method, operation) in methods.as_object().unwrap() {
            assert!(["get", "post"].contains(&method.as_str()));
            assert!(operation["summary"].as_str().is_some_and(|summary| summary.ends_with('.')), "{method} {path} says what it does");
            let named = operation["parameters"].as_array().unwrap().iter().filter(|parameter| parameter["in"] == "path").count();
            assert_eq!(named, path.matches('{').count(), "{path}");
        }
    }
}

#[test]
fn a_stream_of_events_ends_with_the_agent_and_goes_on_after_its_restart() {
    let mut cabin = Cabin::parked();
    let cookie = Program::enter(&cabin).cookie;
    let listen = |cabin: &Cabin| {
        let program = Program { cabin, cookie: cookie.clone() };
        BufReader::new(program.open("GET", "/api/1/events", None)).lines().map_while(Result::ok)
    };
    let state = |mut lines: &mut dyn Iterator<Item = String>| -> Value {
        let line = Iterator::find_map(&mut lines, |line| line.strip_prefix("data: {").map(|rest| format!("{{{rest}"))).expect("a state");
        serde_json::from_str(&line).unwrap()
    };
    let mut lines = listen(&cabin);
    let first = state(&mut lines);
    assert_eq!(first["driving"], "parked");
    cabin.drive();
    let second = state(&mut lines);
    assert_eq!(second["driving"], "driving");
    assert!(second["revision"].as_u64() > first["revision"].as_u64());
    cabin.kill_agent();
    assert_eq!(lines.find(|line| line.starts_with("event: state")), None, "the stream ends");
    cabin.start_agent();
    let again = state(&mut listen(&cabin));
    assert_eq!(again["boot"].as_u64(), first["boot"].as_u64().map(|boot| boot + 1), "the same session hears that the agent was started anew");
}

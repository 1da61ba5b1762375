//! The program itself: starts, is ruled, stops in order, is killed and comes back.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use serde_json::Value;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

const PROGRAM: &str = env!("CARGO_BIN_EXE_consent-agent");

struct Desk {
    folder: tempfile::TempDir,
}

struct Running(Child);

impl Running {
    fn terminate(mut self) -> Option<i32> {
        let status = Command::new("kill").arg(self.0.id().to_string()).status().unwrap();
        assert!(status.success());
        self.0.wait().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.0.try_wait().is_ok_and(|ended| ended.is_none()) {
            self.0.kill().unwrap();
            self.0.wait().unwrap();
        }
    }
}

impl Desk {
    fn new(extra: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let text = format!(
            "environment = \"demo\"\ncountry = \"DE\"\nmodel_line = \"line-1\"\nstate_dir = \"state\"\n{extra}\n\
             [sockets]\nsignals = \"signals.sock\"\ncontrol = \"control.sock\"\n\
             [catalog]\nroot = \"demo\"\nrecipient = \"oem\"\n[enrol]\nauthority = \"demo\"\npool = 16\n[broker]\nport = 9\n"
        );
        std::fs::write(folder.path().join("agent.toml"), text).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(arguments).arg("--config").arg(self.path("agent.toml")).env_remove("CONSENT_AGENT_CONFIG");
        command
    }

    fn run(&self) -> Running {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.path("log")).unwrap();
        let child = self.command(&["run"]).stdout(Stdio::null()).stderr(log).spawn().unwrap();
        let running = Running(child);
        for _ in 0..200 {
            if self.ask(&["people", "list"]).status.success() {
                return running;
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        panic!("the daemon does not answer: {}", std::fs::read_to_string(self.path("log")).unwrap());
    }

    fn ask(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let output = self.ask(&[arguments, &["--json"]].concat());
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("JSON expected from {arguments:?}: {output:?}"))
    }

    fn status(&self) -> Value {
        self.json(&["status"])
    }
}

fn words(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap() + &String::from_utf8(output.stderr.clone()).unwrap()
}

fn feed(socket: &Path, records: u32) {
    let mut stream = UnixStream::connect(socket).unwrap();
    for at in 0..records {
        writeln!(stream, "{{\"path\":\"Vehicle.Nothing\",\"value\":{at},\"t_ms\":{at}}}").unwrap();
    }
}

#[test]
fn a_stop_in_order_is_told_from_a_sudden_end_and_the_ledger_chains_over_both() {
    let desk = Desk::new("");
    let first = desk.run();
    assert_eq!((desk.status()["boot"].clone(), desk.status()["clean"].clone()), (1.into(), true.into()));
    assert_eq!(first.terminate(), Some(0));
    assert!(!desk.path("control.sock").exists() && !desk.path("signals.sock").exists());
    let mut second = desk.run();
    assert_eq!((desk.status()["boot"].clone(), desk.status()["clean"].clone()), (2.into(), true.into()));
    second.0.kill().unwrap();
    second.0.wait().unwrap();
    let third = desk.run();
    assert_eq!((desk.status()["boot"].clone(), desk.status()["clean"].clone()), (3.into(), false.into()));
    let verified = desk.json(&["ledger", "verify"]);
    assert_eq!((verified["holds"].clone(), verified["daemon"]["holds"].clone()), (true.into(), true.into()));
    assert!(verified["report"]["entries"].as_u64().unwrap() >= 3);
    let file = desk.path("ledger.json");
    assert!(desk.ask(&["ledger", "export", file.to_str().unwrap()]).status.success());
    assert_eq!(third.terminate(), Some(0));
    assert!(desk.ask(&["ledger", "verify", file.to_str().unwrap()]).status.success(), "without the daemon");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replacen("\"envelope\":[210,", "\"envelope\":[211,", 1)).unwrap();
    assert_eq!(desk.ask(&["ledger", "verify", file.to_str().unwrap()]).status.code(), Some(1));
}

#[test]
fn records_are_counted_and_people_are_known() {
    let desk = Desk::new("");
    let running = desk.run();
    feed(&desk.path("signals.sock"), 1_000);
    let mut status = desk.status();
    for _ in 0..100 {
        if status["unknown"] == 1_000 {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
        status = desk.status();
    }
    assert_eq!((status["records"].clone(), status["unknown"].clone(), status["balanced"].clone()), (1_000.into(), 1_000.into(), true.into()));
    assert!(words(&desk.ask(&["people", "driver", "anna"])).contains("driver  anna"));
    let told = desk.ask(&["consent", "give", "traffic"]);
    assert_eq!(told.status.code(), Some(1));
    assert!(words(&told).contains("expected a catalog in force"), "{}", words(&told));
    assert_eq!(running.terminate(), Some(0));
}

#[test]
fn a_second_daemon_on_the_same_car_is_turned_away() {
    let desk = Desk::new("");
    let running = desk.run();
    let second = desk.ask(&["run"]);
    assert_eq!(second.status.code(), Some(1));
    assert!(words(&second).contains("another process holds it"), "{}", words(&second));
    assert!(desk.ask(&["people", "list"]).status.success(), "the first goes on");
    assert_eq!(running.terminate(), Some(0));
}

#[test]
fn a_wrong_configuration_is_said_and_ends_with_1() {
    let desk = Desk::new("qeue_bytes_max = 1");
    let checked = desk.ask(&["check"]);
    assert_eq!(checked.status.code(), Some(1));
    assert!(words(&checked).contains("agent.toml:5: qeue_bytes_max: no such key; the nearest is queue_bytes_max"), "{}", words(&checked));
    assert_eq!(desk.json(&["check"])["faults"][0]["key"], "qeue_bytes_max");
    assert_eq!(desk.ask(&["run"]).status.code(), Some(1));
    assert_eq!(desk.ask(&["nonsense"]).status.code(), Some(2));
    assert!(Desk::new("").ask(&["check"]).status.success());
    let nobody = Desk::new("").ask(&["status"]);
    assert!(nobody.status.code() == Some(1) && words(&nobody).contains("no agent answers here"), "{}", words(&nobody));
}

#[test]
fn a_car_enrols_by_request_and_answer() {
    let desk = Desk::new("");
    let request = desk.path("request.json");
    assert!(desk.ask(&["enrol", "--request", request.to_str().unwrap()]).status.success());
    let parsed: consent_agent::keys::EnrolRequest = serde_json::from_slice(&std::fs::read(&request).unwrap()).unwrap();
    assert_eq!(parsed.keys.len(), 16);
    let answer = consent_agent::keys::sign(&parsed, &[7; 32], 4_000_000_000).unwrap();
    let file = desk.path("answer.json");
    consent_agent::keys::write_json(&file, &answer).unwrap();
    assert_eq!(desk.json(&["enrol", "--install", file.to_str().unwrap()])["pool"], 16);
    let other = std::fs::read_to_string(&file).unwrap().replace("\"demo\"", "\"staging\"");
    std::fs::write(&file, other).unwrap();
    let told = words(&desk.ask(&["enrol", "--install", file.to_str().unwrap()]));
    assert!(told.contains("staging") && told.contains("demo"), "{told}");
}

#[test]
fn a_failing_disk_shuts_the_gate_and_shows_in_the_status() {
    let desk = Desk::new("");
    let log = std::fs::File::create(desk.path("log")).unwrap();
    let trace = ["-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync,fsync", "-e", "inject=fdatasync,fsync:error=EIO:when=60+"];
    let traced =
        Command::new("strace").args(trace).arg(PROGRAM).args(["run", "--config"]).arg(desk.path("agent.toml")).stdout(Stdio::null()).stderr(log).spawn();
    let child = traced.expect("this test needs strace: apt-get install strace, or tests/run");
    let running = Running(child);
    let mut writes = Value::Null;
    for at in 0..400 {
        // The daemon may not answer yet; the loop is its own patience.
        let entered = desk.ask(&["people", "enter", &format!("person-{at}"), "--json"]);
        desk.ask(&["people", "leave", &format!("person-{at}")]);
        if !entered.status.success() {
            std::thread::sleep(Duration::from_millis(25));
            continue;
        }
        writes = desk.status()["store_ok"].clone();
        if writes == false {
            break;
        }
        std::thread::sleep(Duration::from_millis(25));
    }
    assert_eq!(writes, false, "{}", std::fs::read_to_string(desk.path("log")).unwrap_or_default());
    let traced = std::fs::read_to_string(format!("/proc/{0}/task/{0}/children", running.0.id())).unwrap();
    // Killing strace alone would let the daemon go on.
    assert!(Command::new("kill").arg("-9").args(traced.split_whitespace()).status().unwrap().success());
}

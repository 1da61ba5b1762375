//! Child processes that do not outlive the test.

use crate::clock::{moment, wait_within};
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

/// A running process, killed when dropped. Its output goes to a file; the end of it is shown when a test fails.
#[derive(Debug)]
pub struct Proc {
    child: Child,
    name: String,
    log: PathBuf,
}

impl Proc {
    /// Starts a command; `log` is appended to.
    pub fn spawn(name: &str, mut command: Command, log: &Path) -> Self {
        let file: File = OpenOptions::new().create(true).append(true).open(log).unwrap();
        let out = file.try_clone().unwrap();
        let child = command.stdin(Stdio::null()).stdout(out).stderr(file).spawn().unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        Self { child, name: name.to_owned(), log: log.to_path_buf() }
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// SIGKILL, at once.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, then how it ended; within 20 s.
    pub fn terminate(mut self) -> ExitStatus {
        self.signal(rustix::process::Signal::TERM);
        self.ended(Duration::from_secs(20))
    }

    /// SIGINT, then how it ended; within 20 s.
    pub fn interrupt(mut self) -> ExitStatus {
        self.signal(rustix::process::Signal::INT);
        self.ended(Duration::from_secs(20))
    }

    /// SIGSTOP: it stands still.
    pub fn freeze(&self) {
        self.signal(rustix::process::Signal::STOP);
    }

    /// SIGCONT: it goes on.
    pub fn thaw(&self) {
        self.signal(rustix::process::Signal::CONT);
    }

    fn signal(&self, signal: rustix::process::Signal) {
        let pid = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw).unwrap();
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// Waits for its own end.
    pub fn ended(&mut self, limit: Duration) -> ExitStatus {
        let name = self.name.clone();
        wait_within(limit, &format!("the end of {name}"), || self.child.try_wait().unwrap())
    }

    /// What it wrote so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Proc {
    fn drop(&mut self) {
        if self.child.kill().is_ok() {
            drop(self.child.wait());
        }
        if std::thread::panicking() {
            let log = self.log();
            let tail: Vec<&str> = log.lines().rev().take(25).collect();
            eprintln!("--- last lines of {}", self.name);
            tail.iter().rev().for_each(|line| eprintln!("{line}"));
        }
    }
}

/// Where the workspace's programs are: beside the test program itself.
pub fn programs() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let folder = own.parent().unwrap();
    let folder = if folder.ends_with("deps") { folder.parent().unwrap() } else { folder };
    folder.to_path_buf()
}

/// A program of the workspace.
pub fn program(name: &str) -> Command {
    let path = programs().join(name);
    assert!(path.exists(), "{}: not built; `tests/run` builds it, or `cargo build --workspace --bins`", path.display());
    Command::new(path)
}

/// Mosquitto, which Debian puts where only root looks.
pub fn mosquitto() -> Command {
    let places = ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto", "/usr/bin/mosquitto"];
    Command::new(places.into_iter().find(|place| Path::new(place).exists()).unwrap_or("mosquitto"))
}

/// Runs a command to its end.
pub fn run(mut command: Command) -> Output {
    command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// Runs a command that must do well, and yields what it printed.
pub fn well(command: Command) -> String {
    let told = format!("{command:?}");
    let output = run(command);
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{told}\nended with {}\n{out}{err}", output.status);
    out
}

/// Runs a command that must end with this code, and yields what it printed on both.
pub fn ends_with(code: i32, command: Command) -> String {
    let told = format!("{command:?}");
    let output = run(command);
    let both = text(&output.stdout) + &text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{told}\n{both}");
    both
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// How long something took.
pub fn timed<T>(what: impl FnOnce() -> T) -> (T, Duration) {
    let begun = moment();
    let done = what();
    (done, begun.elapsed())
}

//! Disks that fail: a small one in memory that can be full, and one that does not sync.

use crate::clock::wait_for;
use crate::process::{Proc, run};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A mounted disk; unmounted when it is dropped.
#[derive(Debug)]
pub struct Disk {
    folder: PathBuf,
    /// The folder is its own, and goes with it.
    #[allow(dead_code, reason = "kept for as long as the disk")]
    own: Option<tempfile::TempDir>,
}

impl Disk {
    /// Mounts a disk of this size, as "24m", in a folder of its own.
    pub fn mount(size: &str) -> Self {
        let own = tempfile::Builder::new().prefix("consent-disk-").tempdir().unwrap();
        let mut disk = Self::mount_at(own.path(), size);
        disk.own = Some(own);
        disk
    }

    /// Mounts a disk of this size at a folder, which is made.
    pub fn mount_at(folder: &Path, size: &str) -> Self {
        std::fs::create_dir_all(folder).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={size},mode=0700"), "consent-test"]).arg(folder);
        let told = run(mount);
        assert!(
            told.status.success(),
            "this test mounts a small disk, which needs root and CAP_SYS_ADMIN (in a container: --cap-add SYS_ADMIN): {}",
            String::from_utf8_lossy(&told.stderr)
        );
        Self { folder: folder.to_owned(), own: None }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.folder
    }

    fn filler(&self) -> PathBuf {
        self.folder.join("filler")
    }

    /// Writes until nothing more fits.
    pub fn fill(&self) {
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(self.filler()).unwrap();
        for bytes in [1 << 16, 1 << 12, 1] {
            while file.write_all(&vec![0x5a; bytes]).is_ok() {}
        }
    }

    /// Takes away what filled it.
    pub fn free(&self) {
        std::fs::remove_file(self.filler()).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(&self.folder).status());
    }
}

/// Makes every sync of a process fail, until it is ended.
pub fn break_syncs(pid: u32, log: &Path) -> Proc {
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO", "-p", &pid.to_string()]);
    let mut proc = Proc::spawn("strace", strace, log);
    wait_for("strace holds the agent", || {
        assert!(proc.runs(), "strace ended; this test needs ptrace (in a container: --cap-add SYS_PTRACE): {}", proc.log());
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        status.lines().any(|line| line.starts_with("TracerPid:") && !line.trim_end().ends_with("\t0")).then_some(())
    });
    proc
}

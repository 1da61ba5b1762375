//! One mebibyte beside the database, set aside so that a withdrawal can be written on a full disk.

use crate::store::Reserve;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

/// Size of the reserve.
pub(super) const RESERVE_BYTES: u64 = 1 << 20;

/// The file that holds the space.
#[derive(Debug)]
pub(super) struct ReserveFile {
    path: PathBuf,
}

impl ReserveFile {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Makes it if it is not whole. Failing is no error: the disk is full, and the next purge tries again.
    pub(super) fn make(&mut self) {
        if std::fs::metadata(&self.path).is_ok_and(|found| found.len() == RESERVE_BYTES) {
            return;
        }
        if self.write().is_err() {
            self.free();
        }
    }

    /// Gives the space back to the disk.
    pub(super) fn free(&mut self) -> Reserve {
        match std::fs::remove_file(&self.path) {
            Ok(()) => Reserve::Freed,
            Err(_) => Reserve::None,
        }
    }

    fn write(&self) -> std::io::Result<()> {
        let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&self.path)?;
        // Written, not only sized: a hole takes no space.
        let chunk = [0xa5_u8; 4_096];
        for _ in 0..RESERVE_BYTES / 4_096 {
            file.write_all(&chunk)?;
        }
        file.sync_all()
    }
}

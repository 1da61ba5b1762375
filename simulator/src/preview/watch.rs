//! Looks at the file four times a second, and reads it anew when it was written.

use super::{Scenes, Shown};
use crate::catalog::{self, Report, Vss};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::sync::watch::{Receiver, Sender, channel};

/// Between two looks.
const LOOK: Duration = Duration::from_millis(250);

/// What tells one writing of a file from another: editors that replace a file change more than its time.
type Stamp = Option<(SystemTime, u64)>;

/// Reads the file, and goes on to watch it on a thread of its own until nobody looks any more.
pub(super) fn watch(file: PathBuf, vss: Vss) -> Receiver<Arc<Shown>> {
    let first = stamp(&file);
    let (shown, receiver) = channel(Arc::new(Shown { generation: 1, scenes: read(&file, &vss) }));
    std::thread::spawn(move || look(&file, &vss, first, &shown));
    receiver
}

fn look(file: &Path, vss: &Vss, mut last: Stamp, shown: &Sender<Arc<Shown>>) {
    while !shown.is_closed() {
        std::thread::sleep(LOOK);
        let now = stamp(file);
        if now != last {
            last = now;
            let scenes = read(file, vss);
            shown.send_modify(|shown| *shown = Arc::new(Shown { generation: shown.generation.saturating_add(1), scenes }));
        }
    }
}

fn stamp(file: &Path) -> Stamp {
    let meta = std::fs::metadata(file).ok()?;
    Some((meta.modified().ok()?, meta.len()))
}

fn read(file: &Path, vss: &Vss) -> Result<Arc<Scenes>, Report> {
    let catalog = catalog::load(file, vss)?;
    Scenes::start(catalog).map(Arc::new).map_err(|error| Report::about_file(&file.display().to_string(), "a thread for the preview", error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_saved_file_is_read_within_a_second_and_its_faults_are_named_by_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("catalog.toml");
        std::fs::write(&file, catalog::STARTER).unwrap();
        let mut shown = watch(file.clone(), Vss::small());
        assert!(shown.borrow_and_update().scenes.is_ok());
        std::fs::write(&file, format!("{}\nnonsense = 1\n", catalog::STARTER)).unwrap();
        tokio::time::timeout(Duration::from_secs(1), shown.changed()).await.unwrap().unwrap();
        let second = shown.borrow_and_update().clone();
        let report = second.scenes.as_ref().unwrap_err();
        assert_eq!(second.generation, 2);
        assert!(report.faults.iter().all(|fault| fault.file.ends_with("catalog.toml") && fault.line > 0), "{report}");
        std::fs::write(&file, catalog::STARTER).unwrap();
        tokio::time::timeout(Duration::from_secs(1), shown.changed()).await.unwrap().unwrap();
        assert!(shown.borrow().scenes.is_ok());
    }
}

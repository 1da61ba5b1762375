//! Unix sockets that the agent listens on.

use std::fs::Permissions;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};
use tokio::net::UnixListener;

/// Why a socket cannot be listened on.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// Somebody answers there.
    #[error("{0}: another agent listens here; end it first")]
    Taken(PathBuf),
    /// Something that is no socket.
    #[error("{0}: a socket expected, another file found; move it away")]
    Strange(PathBuf),
    /// The system refuses.
    #[error("{0}: {1}")]
    Io(PathBuf, std::io::Error),
}

/// A socket's file; removed when dropped.
#[derive(Debug)]
pub struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.0) {
            tracing::debug!(%error, "socket file is gone already");
        }
    }
}

/// Listens with these permissions. A file left by a killed agent is replaced.
pub async fn listen(path: &Path, mode: u32) -> Result<(UnixListener, SocketFile), SocketError> {
    let io = |error| SocketError::Io(path.to_path_buf(), error);
    match std::fs::symlink_metadata(path) {
        Ok(found) if !found.file_type().is_socket() => return Err(SocketError::Strange(path.to_path_buf())),
        Ok(_) if tokio::net::UnixStream::connect(path).await.is_ok() => return Err(SocketError::Taken(path.to_path_buf())),
        Ok(_) => std::fs::remove_file(path).map_err(io)?,
        Err(_) => {}
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(io)?;
    }
    let listener = UnixListener::bind(path).map_err(io)?;
    let file = SocketFile(path.to_path_buf());
    std::fs::set_permissions(path, Permissions::from_mode(mode)).map_err(io)?;
    Ok((listener, file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_socket_left_behind_is_replaced_and_a_live_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run/agent.sock");
        let (listener, file) = listen(&path, 0o600).await.unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(matches!(listen(&path, 0o600).await, Err(SocketError::Taken(_))));
        std::mem::forget(file);
        drop(listener);
        let (_listener, file) = listen(&path, 0o660).await.unwrap();
        drop(file);
        assert!(!path.exists());
        std::fs::write(&path, "no socket").unwrap();
        assert!(matches!(listen(&path, 0o600).await, Err(SocketError::Strange(_))));
    }
}

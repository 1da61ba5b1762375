//! Text that must not be seen: PINs, and the hashes from which short ones could be found.

use core::fmt;
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

/// A text that is wiped from memory when it goes, and that no log and no `Debug` shows.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// The text.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_show() {
        assert_eq!(format!("{:?}", Some(Secret::from("4711"))), "Some(Secret(..))");
        assert_eq!(serde_json::to_string(&Secret::from("4711")).unwrap(), "\"4711\"", "it travels as a text");
    }
}

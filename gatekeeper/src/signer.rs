//! Keys stay behind this trait: a file today, a hardware module later.

/// Which key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyName {
    /// The car's own key: signs the ledger. Never shown to a recipient.
    Ledger,
    /// The key of the pool with this number, from 0: signs one stream.
    Stream(u32),
}

/// Why nothing was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// No such key.
    #[error("no key of that name")]
    Unknown,
    /// The key store does not answer.
    #[error("key store does not answer")]
    Unavailable,
}

/// Signs with keys that it does not hand out.
pub trait Signer {
    /// The public key.
    fn public(&self, key: KeyName) -> Result<[u8; 32], SignError>;

    /// An Ed25519 signature.
    fn sign(&self, key: KeyName, bytes: &[u8]) -> Result<[u8; 64], SignError>;

    /// The certificate of a stream key (a COSE_Sign1 of the enrolment authority).
    fn certificate(&self, key: KeyName) -> Result<Vec<u8>, SignError>;

    /// How many stream keys the pool has ever had; keys with numbers below it exist.
    fn pool_len(&self) -> u32;
}

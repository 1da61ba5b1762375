//! People: who drives, profiles, hand-over, take-over.

//! Each time: before-trip screen and review.

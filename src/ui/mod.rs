//! People, outward side: shows and asks, decides nothing.

pub mod diagnostics;

//! Works all the time.
pub struct Daemon;
pub struct Health;

//! Rows of the benchmark. Each file measures one and returns its figures; who prints them decides nothing.

pub mod b2;
pub mod b1;
pub mod b4;
pub mod b6;
pub mod disk;
pub mod generate;
pub mod journal;
pub mod scan;

//! Rows of the benchmark. Each file measures one and returns its figures; who prints them decides nothing.

pub mod b1;
pub mod b2;
pub mod b3;
pub mod b4;
pub mod b5;
pub mod b6;
pub mod b9;
pub mod disk;
pub mod figure;
pub mod generate;
pub mod journal;
pub mod place;
pub mod scan;

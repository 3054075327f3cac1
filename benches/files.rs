//! `cargo bench --bench files`: the row that reading, validating and planning of all files decides.
//!
//! `LAUNCHES=1000` measures fewer launches than 10,000.

#![expect(clippy::print_stdout, reason = "figures are this program's result")]

#[expect(dead_code, reason = "other programs measure the other rows")]
mod rows;

use rows::b1;

fn main() {
    let count = std::env::var("LAUNCHES").ok().and_then(|n| n.parse().ok()).unwrap_or(10_000);
    let dir = tempfile::tempdir().expect("a folder for the files");
    for threads in [2, 2, 2, 1] {
        let s = b1::measure(dir.path(), count, 50, threads);
        let ms = |d: std::time::Duration| d.as_secs_f64() * 1000.0;
        println!(
            "B1 {count} launches, {:.0} MB, {threads} threads: {:.0} ms | read {:.0}, parse and shape {:.0} (parse alone {:.0}), \
             library {:.0}, resolve {:.0}, revision {:.0}, plan {:.0}",
            s.bytes as f64 / 1e6,
            ms(s.whole),
            ms(s.read),
            ms(s.shape),
            ms(s.parse_only),
            ms(s.library),
            ms(s.resolve),
            ms(s.revision),
            ms(s.plan),
        );
    }
}

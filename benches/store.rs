//! `cargo bench --bench store`: the rows that the store decides, with the disk's floor beside them in each run.

#![expect(clippy::print_stdout, reason = "figures are this program's result")]

#[expect(dead_code, reason = "other programs measure the other rows")]
mod rows;

use std::time::Duration;

use rows::{b2, b4, b6, disk, scan};

const RUNS: usize = 7;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir = tempfile::tempdir_in(".")?;
    let files = tempfile::tempdir_in(dir.path())?;
    println!("B2 scan of 10,000 files {:.1} ms", ms(scan::measure(files.path())?));
    let mut all: Vec<[f64; 10]> = Vec::new();
    for _ in 0..RUNS {
        let at = tempfile::tempdir_in(dir.path())?;
        let sync = disk::sync_floor(at.path())?;
        let pairs = disk::pairs_floor(at.path())?;
        let steps = b4::measure(at.path(), Duration::from_secs(2)).await?;
        let reads = b2::measure(at.path()).await?;
        let restart = b6::measure(at.path()).await?;
        let run = [
            ms(sync),
            pairs,
            steps.chain,
            steps.chain_p99_ms,
            steps.together,
            steps.together_p99_ms,
            ms(reads[reads.len() / 2]),
            ms(reads[reads.len() * 99 / 100]),
            ms(restart.listed),
            ms(restart.intents_known),
        ];
        println!("{}", line(&run));
        all.push(run);
    }
    println!("median of {RUNS} runs, then the worst:");
    let column = |n: usize| {
        let mut values: Vec<_> = all.iter().map(|run| run[n]).collect();
        values.sort_by(f64::total_cmp);
        values
    };
    println!("{}", line(&std::array::from_fn(|n| column(n)[RUNS / 2])));
    // Rates are worst where they are least, times where they are greatest.
    println!("{}", line(&std::array::from_fn(|n| column(n)[if matches!(n, 1 | 2 | 4) { 0 } else { RUNS - 1 }])));
    Ok(())
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn line(run: &[f64; 10]) -> String {
    let [sync, pairs, chain, chain_p99, together, together_p99, read, read_p99, listed, known] = run;
    format!(
        "floor: fdatasync {sync:.3} ms, {pairs:.0} pairs/s | B4 one chain {chain:.0} steps/s (p99 {chain_p99:.2} ms), \
         256 at once {together:.0} steps/s (p99 {together_p99:.1} ms) | B2 state {read:.3} ms (p99 {read_p99:.3} ms) | \
         B6 listed {listed:.0} ms, intents known {known:.0} ms"
    )
}

//! `cargo bench --bench store`: the rows that the store decides, with the disk's floor beside them.

#![expect(clippy::print_stdout, reason = "figures are this program's result")]

#[expect(dead_code, reason = "other programs measure the other rows")]
mod rows;

use std::time::Duration;

use rows::{b4, b6, disk, scan};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir = tempfile::tempdir_in(".")?;
    let files = tempfile::tempdir_in(dir.path())?;
    println!("B2 scan of 10,000 files {:.1} ms", scan::measure(files.path())?.as_secs_f64() * 1000.0);
    for _ in 0..5 {
        let sync = disk::sync_floor(dir.path())?;
        let at = tempfile::tempdir_in(dir.path())?;
        let steps = b4::measure(at.path(), Duration::from_secs(2)).await?;
        let restart = b6::measure(at.path()).await?;
        println!(
            "fdatasync {:.3} ms | B4 one chain {:.0} steps/s, 256 at once {:.0} steps/s | B6 listed {:.0} ms, intents known {:.0} ms",
            sync.as_secs_f64() * 1000.0,
            steps.chain,
            steps.together,
            restart.listed.as_secs_f64() * 1000.0,
            restart.intents_known.as_secs_f64() * 1000.0,
        );
    }
    Ok(())
}

//! The rows of the benchmark, each with its floor or peer measured in the same run.
//!
//! `cargo bench --bench rows` prints all of them; `cargo bench --bench rows -- b2 b3 --launches 1000 --runs 7` some.
//! Times are noisy: read the median, and the floor beside it. Nothing here is asserted.

#![expect(clippy::print_stdout, reason = "figures are this program's result")]

#[path = "rows/mod.rs"]
mod rows;

use std::time::Duration;

use rows::{b1, b2, b3, b4, b5, b6, b9, disk, figure::Figure, scan};

/// As the program itself.
#[global_allocator]
static ALLOCATOR: launchd::edges::memory::Allocator = launchd::edges::memory::Allocator;

type Outcome = Result<Vec<Figure>, Box<dyn std::error::Error>>;

/// What was asked for on the command line.
struct Wish {
    rows: Vec<String>,
    launches: usize,
    milestones: usize,
    runs: usize,
}

impl Wish {
    fn of_arguments() -> Result<Self, Box<dyn std::error::Error>> {
        let mut wish = Self { rows: Vec::new(), launches: 10_000, milestones: 50, runs: 5 };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut number =
                || arguments.next().ok_or("a number is missing")?.parse::<usize>().map_err(|e| e.to_string());
            match argument.as_str() {
                "--launches" => wish.launches = number()?,
                "--milestones" => wish.milestones = number()?,
                "--runs" => wish.runs = number()?,
                // Said by cargo.
                "--bench" => {}
                row if row.starts_with('b') => wish.rows.push(row.to_owned()),
                other => {
                    return Err(format!(
                        "`{other}` is no row and no option: b1 … b6, b9, --launches, --milestones, --runs"
                    )
                    .into());
                }
            }
        }
        Ok(wish)
    }

    fn wants(&self, row: &str) -> bool {
        self.rows.is_empty() || self.rows.iter().any(|r| r == row)
    }
}

/// Measures one row as wished.
type Row = fn(&Wish) -> Outcome;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let wish = Wish::of_arguments()?;
    println!("{} launches of {} milestones, {} runs", wish.launches, wish.milestones, wish.runs);
    println!("{}", Figure::heading());
    let rows: [(&str, Row); 8] = [
        ("floor", floor),
        ("b1", row1),
        ("b2", row2),
        ("b3", row3),
        ("b4", row4),
        ("b5", row5),
        ("b6", row6),
        ("b9", row9),
    ];
    for (name, measure) in rows {
        if name == "floor" || wish.wants(name) {
            for figure in measure(&wish)? {
                println!("{figure}");
            }
        }
    }
    Ok(())
}

fn floor(wish: &Wish) -> Outcome {
    let dir = tempfile::tempdir_in("target")?;
    let mut syncs = Vec::new();
    for _ in 0..wish.runs {
        syncs.push(disk::sync_floor(dir.path())?);
    }
    Ok(vec![Figure::times("floor", "fdatasync of 4 KiB", syncs, "")])
}

fn row1(wish: &Wish) -> Outcome {
    let dir = tempfile::tempdir()?;
    let threads = std::thread::available_parallelism()?.get();
    rows::generate::write(dir.path(), wish.launches, wish.milestones)?;
    let runs: Vec<_> =
        (0..wish.runs).map(|_| b1::measure(dir.path(), wish.launches, wish.milestones, threads)).collect();
    let of = |part: fn(&b1::Stages) -> Duration| runs.iter().map(part).collect::<Vec<_>>();
    let hashes = (0..wish.runs).map(|_| b1::read_and_hash(dir.path(), wish.launches)).collect();
    Ok(vec![
        Figure::times("B1", "floor: read and hash, one thread", hashes, ""),
        Figure::times("B1", "floor: parse alone", of(|s| s.parse_only), ""),
        Figure::times("B1", "part: validated and resolved", of(|s| s.load), ""),
        Figure::times("B1", "cold read, validate, resolve and plan", of(|s| s.whole()), "1500 ms"),
    ])
}

fn row2(wish: &Wish) -> Outcome {
    let dir = tempfile::tempdir()?;
    let scanned = scan::measure(dir.path())?;
    let mut figures = vec![Figure::times("B2", "scan of 10,000 files", vec![scanned], "20 ms")];
    figures.extend(b2::command(wish.launches, wish.milestones, wish.runs)?);
    let runtime = tokio::runtime::Runtime::new()?;
    let dir = tempfile::tempdir_in("target")?;
    let reads = runtime.block_on(b2::measure(dir.path()))?;
    figures.push(Figure::times("B2", "part: a launch's state read, 50 activities", reads, ""));
    figures.push(Figure::times(
        "B2",
        "daemon's pass with nothing due",
        runtime.block_on(b2::pass(wish.milestones))?,
        "1 ms",
    ));
    Ok(figures)
}

fn row3(_: &Wish) -> Outcome {
    b3::measure(100)
}

fn row4(wish: &Wish) -> Outcome {
    let runtime = tokio::runtime::Runtime::new()?;
    let (mut chain, mut together, mut pairs, mut bare) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut chain_p99, mut together_p99) = (Vec::new(), Vec::new());
    for _ in 0..wish.runs {
        let dir = tempfile::tempdir_in("target")?;
        pairs.push(disk::pairs_floor(dir.path())?);
        let steps = runtime.block_on(b4::measure(dir.path(), Duration::from_secs(2)))?;
        bare.push(steps.bare);
        chain.push(steps.chain);
        together.push(steps.together);
        chain_p99.push(steps.chain_p99_ms);
        together_p99.push(steps.together_p99_ms);
    }
    Ok(vec![
        Figure::rates("B4", "floor: row pairs in one transaction", pairs, ""),
        Figure::rates("B4", "floor: bare SQLite, a transaction a step", bare, ""),
        Figure::rates("B4", "durable steps, one chain", chain, "2500/s"),
        Figure::rates("B4", "durable steps, 256 launches at once", together, "50000/s"),
        Figure::new("B4", "p99 of a step, one chain", "ms", chain_p99, ""),
        Figure::new("B4", "p99 of a step, 256 launches at once", "ms", together_p99, ""),
    ])
}

fn row5(wish: &Wish) -> Outcome {
    b5::measure(wish.launches, wish.milestones)
}

fn row6(wish: &Wish) -> Outcome {
    let runtime = tokio::runtime::Runtime::new()?;
    let (mut listed, mut known) = (Vec::new(), Vec::new());
    for _ in 0..wish.runs {
        let dir = tempfile::tempdir_in("target")?;
        let restart = runtime.block_on(b6::measure(dir.path()))?;
        listed.push(restart.listed);
        known.push(restart.intents_known);
    }
    let mut figures = vec![
        Figure::times("B6", "part: store opened, launches listed", listed, ""),
        Figure::times("B6", "part: the 1,000 open intents read", known, ""),
    ];
    figures.extend(b6::command(wish.launches, wish.milestones, 1000)?);
    Ok(figures)
}

fn row9(wish: &Wish) -> Outcome {
    let sizes = [(1_000, ""), (10_000, "50 ms"), (100_000, "")];
    Ok(sizes.into_iter().flat_map(|(size, goal)| b9::measure(size, wish.runs, goal)).collect())
}

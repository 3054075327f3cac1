//! Table of contents: settings, command, exit code.

use std::{env, process::ExitCode, time::Duration};

use launchd::{
    edges::{clock::Clock, memory},
    settings::{self, Environment},
    ui::cli::{self, Cli, Exit, Output, Problem, Session, World},
    wiring::Machine,
};

#[global_allocator]
static ALLOCATOR: launchd::edges::memory::Allocator = launchd::edges::memory::Allocator;

fn main() -> ExitCode {
    let environment = Environment::of_process();
    let cli = cli::parse(&environment);
    let out = Output::new(cli.global.output, cli.global.color, cli.global.quiet, &environment);
    let standing = settings::standing_clock(&environment);
    let world = standing.as_ref().ok().copied().flatten().map_or_else(Machine::default, Machine::at);
    let result = standing.map_err(Problem::from).and_then(|_| work(&cli, &environment, &world, &out));
    finish(result, &out, world.clock().as_ref()).into()
}

fn work(cli: &Cli, environment: &Environment, world: &Machine, out: &Output) -> cli::CommandResult {
    let folder =
        env::current_dir().map_err(|e| Problem::new("the working folder cannot be read").why(e.to_string()))?;
    let settings = settings::resolve(&cli.global.flags(), environment, &folder)?;
    let session = Session { settings, world, out: out.clone() };
    runtime()?.block_on(cli::run(&cli.command, &session))
}

/// A thread that reads files or the store ends after so long without work; what it freed is the system's again then.
const KEEP_ALIVE: Duration = Duration::from_secs(1);

fn runtime() -> Result<tokio::runtime::Runtime, Problem> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .on_thread_park(memory::idle)
        .thread_keep_alive(KEEP_ALIVE)
        .build()
        .map_err(|e| Problem::new("this process gets no threads").why(e.to_string()))
}

fn finish(result: cli::CommandResult, out: &Output, clock: &dyn Clock) -> Exit {
    result.unwrap_or_else(|problem| {
        out.report(&problem);
        out.complain(&problem.render(&out.error_view(clock.now())));
        problem.exit
    })
}

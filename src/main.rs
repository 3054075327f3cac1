//! Table of contents: settings, command, exit code.

use std::{env, process::ExitCode};

use clap::Parser;
use launchd::{
    edges::clock::Clock,
    settings::{self, Environment},
    ui::cli::{self, Cli, Exit, Output, Problem, Session, World},
    wiring::Machine,
};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let out = Output::new(cli.global.output, cli.global.color, cli.global.quiet);
    let world = Machine::default();
    let result = runtime().and_then(|runtime| {
        let folder =
            env::current_dir().map_err(|e| Problem::new("the working folder cannot be read").why(e.to_string()))?;
        let settings = settings::resolve(&cli.global.flags(), &Environment::of_process(), &folder)?;
        let session = Session { settings, world: &world, out: out.clone() };
        runtime.block_on(cli::run(&cli.command, &session))
    });
    finish(result, &out, world.clock().as_ref()).into()
}

fn runtime() -> Result<tokio::runtime::Runtime, Problem> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| Problem::new("this process gets no threads").why(e.to_string()))
}

fn finish(result: cli::CommandResult, out: &Output, clock: &dyn Clock) -> Exit {
    result.unwrap_or_else(|problem| {
        out.complain(&problem.render(&out.error_view(clock.now())));
        problem.exit
    })
}

//! `launchd daemon`: works all the time.

use std::{path::PathBuf, sync::Arc, time::Duration};

use clap::Args;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

use super::{CommandResult, Exit, Problem, Session, apply::holder, logging, output::Format};
use crate::{
    core::{model::name::Actor, plan::text::target, schedule::parse_duration},
    reconcile::{Daemon, Halt, LeaseKeeper, Pace, Progress, ProgressEvent, StepResult},
    ui::web,
};

const EXAMPLES: &str = "\
Examples:
  launchd daemon
  launchd daemon --listen 127.0.0.1:7717 --resync 1m
  curl http://127.0.0.1:7717/readyz

SIGTERM or Ctrl-C: nothing more is started, what is under way may finish, and the store is given up.";

/// Follow the files and keep every launch converged.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct DaemonArgs {
    /// Where /livez, /readyz and /healthz are answered [default: settings, else 127.0.0.1:7717]. Whoever reaches the
    /// address reads them without a password: any but a loopback address, such as 0.0.0.0, opens them to the network.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<std::net::SocketAddr>,
    /// Look at all files and objects again after so long, whatever was or was not notified.
    #[arg(long, value_name = "DURATION", default_value = "5m")]
    resync: String,
}

pub async fn run(args: &DaemonArgs, session: &Session<'_>) -> CommandResult {
    session.out.only(&[Format::Human, Format::Json])?;
    let resync = parse_duration(&args.resync)
        .map_err(|e| Problem::new(format!("`{}` is no length of time", args.resync)).why(e.to_string()))?;
    logging::start(&session.settings, session.out.is_json());
    let store = session.world.store(&session.settings)?;
    let (id, description) = holder("the machine", "daemon");
    let clock = session.world.clock();
    let keeper =
        LeaseKeeper::acquire(Arc::clone(&store), Arc::clone(&clock), &id, &description, Halt::default()).await?;
    let bench = session.world.workbench(&session.settings, store, Actor::daemon())?;
    let removal_delay = Duration::from_secs(session.settings.removal_delay.value);
    let pace = Pace { resync: Duration::from_secs(resync.max(1)), removal_delay, ..Pace::default() };
    let policy = session.settings.policy.value.clone();
    let daemon = Daemon::new(bench.engine, Arc::new(keeper), bench.files, policy, pace, Arc::new(Logged));
    let listen = args.listen.unwrap_or(session.settings.listen.value);
    let listener = TcpListener::bind(listen).await.map_err(|e| {
        Problem::new(format!("{listen} cannot be listened on"))
            .why(e.to_string())
            .hint("--listen names another address")
    })?;
    // Port 0 asks for any free one; people and probes need to know which.
    let listen = listener.local_addr().unwrap_or(listen);
    let routes = web::routes(daemon.health(), clock);
    if !listen.ip().is_loopback() {
        tracing::warn!(
            %listen,
            "the port is open to the network: without a password, whoever reaches it reads /livez, /readyz and /healthz, \
             which tell how the daemon fares; nothing can be changed there. --listen 127.0.0.1:{} keeps it to this machine",
            listen.port()
        );
    }
    tokio::spawn(async move { axum::serve(listener, routes).await });
    if let Some(config) = &session.settings.config {
        tokio::spawn(tell_of_changes(config.value.clone()));
    }
    tracing::info!(%listen, source = %session.settings.source.value.display(), "following");
    daemon.run(stopped()?).await?;
    tracing::info!("stopped");
    Ok(Exit::Done)
}

/// Settings are read once, at the start: a change of them is told, since nothing else would say that it has no effect.
fn tell_of_changes(config: PathBuf) -> impl Future<Output = ()> + Send {
    const EVERY: Duration = Duration::from_secs(5);
    let read = |config: &PathBuf| std::fs::read(config).ok();
    // Before the daemon says that it follows: a task may begin at any time after that.
    let mut known = read(&config);
    async move {
        let mut looks = tokio::time::interval(EVERY);
        loop {
            looks.tick().await;
            let now = read(&config);
            if now != known {
                let config = config.display();
                tracing::warn!(%config, "the settings changed; this daemon goes on with those of its start, so restart it");
                known = now;
            }
        }
    }
}

/// Resolves at the first SIGTERM or Ctrl-C.
fn stopped() -> Result<impl Future<Output = ()> + Send, Problem> {
    let listen = |kind| signal(kind).map_err(|e| Problem::new("signals cannot be received").why(e.to_string()));
    let (mut terminate, mut interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Progress as log lines.
struct Logged;

impl Progress for Logged {
    fn tell(&self, event: ProgressEvent<'_>) {
        let ProgressEvent::Ended { launch, change, result } = event else { return };
        let (subject, action) = (target(&change.subject), change.action);
        match result {
            StepResult::Done => tracing::info!(%launch, %subject, ?action, "done"),
            StepResult::NotYet(why) => tracing::info!(%launch, %subject, ?action, why, "not yet"),
            StepResult::NotTried(why) => tracing::debug!(%launch, %subject, ?action, why, "not tried"),
            StepResult::Failed(f) => {
                tracing::error!(%launch, %subject, ?action, summary = f.summary, detail = f.detail, "failed")
            }
            StepResult::Later(f) => {
                tracing::warn!(%launch, %subject, ?action, summary = f.summary, detail = f.detail, "tried again later")
            }
            StepResult::InDoubt(f) => {
                tracing::warn!(%launch, %subject, ?action, summary = f.summary, detail = f.detail, "in doubt")
            }
        }
    }
}

//! B3: a file is saved; when does the vendor get the first request for it?

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use super::{figure::Figure, place::Place};

/// Saves a plan so many times under a running daemon.
///
/// # Errors
/// The daemon does not start, or asks nobody within ten seconds.
pub fn measure(saves: usize) -> Result<Vec<Figure>, Box<dyn std::error::Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let base = format!("http://{}", listener.local_addr()?);
    let (told, asked) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let told = told.clone();
            thread::spawn(move || serve(stream, &told));
        }
    });
    let place = Place::new("  connectors:\n    webhook: { allow_private_network: true, auth: { scheme: none } }\n")?;
    let file = place.launches().join("one.yaml");
    fs::write(&file, plan(&base, 0))?;
    let (_daemon, _) = place.daemon()?;
    let mut times = Vec::new();
    let quiet = || while asked.recv_timeout(Duration::from_millis(60)).is_ok() {};
    asked.recv_timeout(Duration::from_secs(10))?;
    quiet();
    for save in 1..=saves {
        let text = plan(&base, save);
        let start = Instant::now();
        fs::write(&file, text)?;
        let at: Instant = asked.recv_timeout(Duration::from_secs(10))?;
        times.push(at - start);
        quiet();
    }
    Ok(vec![Figure::times("B3", "file saved until the first request", times, "p50 3, p99 15 ms")])
}

/// Answers as a service that keeps what is PUT.
fn serve(stream: std::net::TcpStream, told: &mpsc::Sender<Instant>) {
    _ = stream.set_nodelay(true);
    let Ok(mut out) = stream.try_clone() else { return };
    let mut lines = BufReader::new(stream);
    let mut kept = String::new();
    loop {
        let (mut first, mut length) = (String::new(), 0);
        if lines.read_line(&mut first).is_err() || first.is_empty() {
            return;
        }
        let at = Instant::now();
        loop {
            let mut line = String::new();
            if lines.read_line(&mut line).is_err() || line.trim().is_empty() {
                break;
            }
            let line = line.to_lowercase();
            length = line.strip_prefix("content-length:").and_then(|n| n.trim().parse().ok()).unwrap_or(length);
        }
        let mut body = vec![0; length];
        if lines.read_exact(&mut body).is_err() {
            return;
        }
        _ = told.send(at);
        let put = first.starts_with("PUT");
        if put {
            kept = String::from_utf8_lossy(&body).into_owned();
        }
        let status = if kept.is_empty() { "404 Not Found" } else { "200 OK" };
        let head = "Content-Type: application/json\r\nContent-Length";
        if write!(out, "HTTP/1.1 {status}\r\n{head}: {}\r\n\r\n{kept}", kept.len()).is_err() {
            return;
        }
    }
}

fn plan(base: &str, save: usize) -> String {
    format!(
        "apiVersion: launchd/v1\nkind: Launch\nmetadata: {{ name: one }}\nspec:\n  title: One\n  launch_type: feature_update\n  \
         target_date: 2027-04-01T09:00\n  timezone: America/New_York\n  owner: team\n  milestones:\n    ready:\n      due: T-30d\n      \
         activities:\n        object:\n          uses: webhook/object\n          start: T-300d\n          with:\n            \
         url: {base}/things\n            body: {{ save: \"{save}\" }}\n"
    )
}

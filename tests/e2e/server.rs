//! A vendor on loopback that counts what was really done, by key, and can pull the plug at a chosen request.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

/// How long something that must happen may take before the test fails.
pub const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The request arrived, and nothing was done for it.
    Before,
    /// It was done, and nobody is told.
    Done,
    /// It was done and answered.
    Answered,
}

/// How the server behaves to requests of some path.
#[derive(Debug, Clone)]
pub enum Mood {
    Status(u16, Vec<(&'static str, String)>, String),
    /// Reads the request, does nothing, and never answers.
    Silent,
    /// A good status, and a body without an end.
    Endless,
    /// Announces more than it sends, and hangs up.
    Liar,
}

#[derive(Default)]
pub struct World {
    /// What was done, by external key: 1 for each time that an object came to be or a message went out.
    pub effects: BTreeMap<String, u32>,
    pub objects: BTreeMap<String, Value>,
    /// Method and path of each request, in order.
    pub requests: Vec<String>,
    moods: Vec<(String, Mood)>,
    kill: Option<(usize, Moment)>,
    victim: Option<u32>,
    /// Kills that struck.
    pub kills: u32,
}

pub struct Server {
    pub address: SocketAddr,
    world: Arc<(Mutex<World>, Condvar)>,
}

impl Server {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let world = Arc::new((Mutex::new(World::default()), Condvar::new()));
        let shared = Arc::clone(&world);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                // A connection that breaks is the client's affair.
                std::thread::spawn(move || drop(serve(stream, &shared)));
            }
        });
        Self { address, world }
    }

    pub fn with<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        let result = act(&mut self.world.0.lock().unwrap());
        self.world.1.notify_all();
        result
    }

    /// Writing requests, which is what a second apply must not make.
    pub fn writes(&self) -> Vec<String> {
        self.with(|w| w.requests.iter().filter(|r| !r.starts_with("GET ")).cloned().collect())
    }

    pub fn mood(&self, path: &str, mood: Mood) {
        self.with(|w| w.moods.insert(0, (path.to_owned(), mood)));
    }

    pub fn cheer_up(&self) {
        self.with(|w| w.moods.clear());
    }

    /// Whoever is `victim` dies at the `n`-th request from now.
    pub fn kill_at(&self, n: usize, moment: Moment) {
        self.with(|w| w.kill = Some((w.requests.len() + n, moment)));
    }

    pub fn victim(&self, process: Option<u32>) {
        self.with(|w| w.victim = process);
    }

    pub fn spare(&self) {
        self.with(|w| (w.kill, w.victim) = (None, None));
    }

    /// Waits until `holds`, woken by each request.
    pub fn until(&self, what: &str, holds: impl Fn(&World) -> bool) {
        let end = Instant::now() + PATIENCE;
        let mut world = self.world.0.lock().unwrap();
        while !holds(&world) {
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "waited in vain until {what}: {:?} {:#?}", world.effects, world.requests);
            world = self.world.1.wait_timeout(world, left).unwrap().0;
        }
    }
}

struct Request {
    method: String,
    path: String,
    query: BTreeMap<String, String>,
    key: Option<String>,
    body: Value,
}

fn read(stream: &TcpStream) -> std::io::Result<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next().unwrap_or("").to_owned(), words.next().unwrap_or("/").to_owned());
    let (mut length, mut key) = (0, None);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap(),
            "idempotency-key" => key = Some(value.trim().to_owned()),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let query = query.split('&').filter_map(|pair| pair.split_once('=')).map(|(k, v)| (k.into(), v.into())).collect();
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    Ok(Request { method, path: path.to_owned(), query, key, body })
}

fn serve(mut stream: TcpStream, shared: &(Mutex<World>, Condvar)) -> std::io::Result<()> {
    let request = read(&stream)?;
    let mood = {
        let mut world = shared.0.lock().unwrap();
        world.requests.push(format!("{} {}", request.method, request.path));
        let now = world.requests.len();
        let due = world.kill.filter(|(at, _)| now >= *at).map(|(_, moment)| moment);
        let dead = due == Some(Moment::Before) && world.strike();
        let mood = world.moods.iter().find(|(path, _)| request.path.starts_with(path)).map(|(_, mood)| mood.clone());
        if dead {
            shared.1.notify_all();
            return Ok(());
        }
        let (status, body) = if mood.is_some() { (0, Value::Null) } else { answer(&mut world, &request) };
        if due == Some(Moment::Done) && world.strike() {
            shared.1.notify_all();
            return Ok(());
        }
        if mood.is_none() {
            reply(&mut stream, status, &[], &body.to_string())?;
        }
        if due == Some(Moment::Answered) {
            world.strike();
        }
        shared.1.notify_all();
        mood
    };
    match mood {
        None => Ok(()),
        Some(Mood::Status(status, headers, body)) => reply(&mut stream, status, &headers, &body),
        // Until the other side hangs up.
        Some(Mood::Silent) => stream.read(&mut [0]).map(drop),
        Some(Mood::Endless) => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n\"")?;
            loop {
                stream.write_all(&[b'x'; 65536])?;
            }
        }
        Some(Mood::Liar) => stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n{\"id\":"),
    }
}

fn reply(stream: &mut TcpStream, status: u16, headers: &[(&str, String)], body: &str) -> std::io::Result<()> {
    let mut head = format!("HTTP/1.1 {status} Said\r\ncontent-type: application/json\r\nconnection: close\r\n");
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    stream.write_all(format!("{head}content-length: {}\r\n\r\n{body}", body.len()).as_bytes())
}

impl World {
    /// SIGKILL, once. Nothing of the victim runs after this returned.
    fn strike(&mut self) -> bool {
        let (Some(_), Some(process)) = (self.kill, self.victim) else { return false };
        self.kill = None;
        self.victim = None;
        self.kills += 1;
        let process = libc::pid_t::try_from(process).unwrap();
        // SAFETY: a signal to a child of this test that was not waited for yet, so that its number is its own.
        unsafe { libc::kill(process, libc::SIGKILL) };
        true
    }

    fn done(&mut self, key: &str) {
        *self.effects.entry(key.to_owned()).or_default() += 1;
    }
}

/// `/objects/KEY` keeps what is PUT; `/tickets` are found by their mark; `/keyed` honours its Idempotency-Key; `/blind`
/// honours nothing; `/health` and `/value` are asked by checks.
fn answer(world: &mut World, request: &Request) -> (u16, Value) {
    let path = request.path.as_str();
    let at = path.to_owned();
    match (request.method.as_str(), path) {
        ("GET", "/health") => (200, json!({"ok": true})),
        ("GET", "/value") => (200, world.objects.get("/value").cloned().unwrap_or(json!(1))),
        ("PUT", _) if path.starts_with("/objects/") => {
            if world.objects.insert(at.clone(), request.body.clone()).is_none() {
                world.done(&at);
            }
            (200, request.body.clone())
        }
        ("POST", "/tickets") => {
            let mark = request.body["mark"].as_str().unwrap_or("").to_owned();
            world.done(&format!("ticket {mark}"));
            let id = format!("T-{}", world.objects.len() + 1);
            let ticket = json!({"id": id, "mark": mark, "summary": request.body["summary"]});
            world.objects.insert(format!("/tickets/{id}"), ticket.clone());
            (201, ticket)
        }
        ("GET", "/tickets") => {
            let mark = request.query.get("mark").cloned().unwrap_or_default();
            let found: Vec<_> = world.objects.values().filter(|o| o["mark"] == *mark).cloned().collect();
            (200, json!({ "tickets": found }))
        }
        ("PATCH", _) => match world.objects.get_mut(&at) {
            Some(ticket) => {
                ticket["summary"] = request.body["summary"].clone();
                (200, ticket.clone())
            }
            None => (404, json!({})),
        },
        ("POST", _) if path.starts_with("/keyed") => {
            let key = format!("{path} {}", request.key.as_deref().unwrap_or("none"));
            if !world.effects.contains_key(&key) {
                world.done(&key);
            }
            (200, json!({"id": "k"}))
        }
        ("POST", _) if path.starts_with("/blind") => {
            world.done(path);
            (200, json!({"id": "b"}))
        }
        ("GET", _) => world.objects.get(&at).map_or((404, json!({})), |object| (200, object.clone())),
        ("DELETE", _) => (if world.objects.remove(&at).is_some() { 204 } else { 404 }, json!({})),
        _ => (405, json!({"message": "no"})),
    }
}

//! A vendor on loopback: real HTTP, a store of its own, its vendor's rules, and faults on demand.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Received {
    pub method: String,
    pub path: String,
    pub query: Vec<(String, String)>,
    /// Lower-case names.
    pub headers: BTreeMap<String, String>,
    pub body: Value,
}

impl Received {
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// What the vendor answers.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Value,
}

impl Reply {
    pub fn new(status: u16, body: Value) -> Self {
        Self { status, headers: Vec::new(), body }
    }
    pub fn header(mut self, name: &str, value: impl ToString) -> Self {
        self.headers.push((name.into(), value.to_string()));
        self
    }
}

/// What goes wrong with one request.
#[derive(Debug, Clone)]
pub enum Fault {
    /// Answered so, and not done.
    Answer(Reply),
    /// Done, and the connection is cut.
    DropAfterCommit,
    /// Not done, and the connection is cut.
    DropBefore,
    /// Done, and no answer within the client's patience.
    SilentAfterCommit,
    /// Done, and the answer breaks off in the middle of what its length promised.
    CutShort,
    /// Done, and the answer never ends.
    Endless,
    /// Done, and answered 200 with another body.
    Other(&'static str),
}

/// The rules of one vendor.
pub trait Vendor: Send + 'static {
    fn answer(&mut self, request: &Received) -> Reply;
}

/// Checks what goes over the wire against the vendor's own description.
pub trait Contract: Send + Sync + 'static {
    fn request(&self, request: &Received) -> Result<(), String>;
    fn response(&self, request: &Received, reply: &Reply) -> Result<(), String>;
}

struct Inner<V> {
    vendor: V,
    contract: Option<Arc<dyn Contract>>,
    log: Vec<Received>,
    violations: Vec<String>,
    faults: Vec<(String, Fault)>,
}

/// A running vendor; it ends with its runtime.
pub struct Server<V> {
    pub base: String,
    inner: Arc<Mutex<Inner<V>>>,
}

impl<V: Vendor> Server<V> {
    pub async fn start(vendor: V, contract: Option<Arc<dyn Contract>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let inner = Inner { vendor, contract, log: Vec::new(), violations: Vec::new(), faults: Vec::new() };
        let inner = Arc::new(Mutex::new(inner));
        let shared = inner.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, shared.clone()));
            }
        });
        Self { base, inner }
    }

    /// The next request whose line holds `what` meets this fault.
    pub fn fault(&self, what: &str, fault: Fault) {
        self.inner.lock().unwrap().faults.push((what.into(), fault));
    }

    pub fn vendor<T>(&self, f: impl FnOnce(&mut V) -> T) -> T {
        f(&mut self.inner.lock().unwrap().vendor)
    }

    /// The lines of all requests so far, and forgets them.
    pub fn lines(&self) -> Vec<String> {
        self.take().iter().map(Received::line).collect()
    }

    pub fn take(&self) -> Vec<Received> {
        std::mem::take(&mut self.inner.lock().unwrap().log)
    }

    /// Every request and response kept to the vendor's description.
    #[track_caller]
    pub fn assert_clean(&self) {
        let inner = self.inner.lock().unwrap();
        assert!(inner.violations.is_empty(), "{}", inner.violations.join("\n"));
        assert!(inner.faults.is_empty(), "a fault was never met: {:?}", inner.faults);
    }
}

async fn serve<V: Vendor>(mut stream: TcpStream, inner: Arc<Mutex<Inner<V>>>) {
    while let Some(request) = read(&mut stream).await {
        let (reply, fault) = {
            let mut inner = inner.lock().unwrap();
            inner.log.push(request.clone());
            if let Some(Err(e)) = inner.contract.clone().map(|c| c.request(&request)) {
                inner.violations.push(format!("request {}: {e}\n{}", request.line(), request.body));
            }
            let line = request.line();
            let fault = inner.faults.iter().position(|(what, _)| line.contains(what.as_str()));
            let fault = fault.map(|i| inner.faults.remove(i).1);
            let reply = match &fault {
                Some(Fault::Answer(reply)) => reply.clone(),
                Some(Fault::DropBefore) => return,
                _ => inner.vendor.answer(&request),
            };
            if let Some(Err(e)) = inner.contract.clone().map(|c| c.response(&request, &reply)) {
                inner.violations.push(format!("response of {}: {e}\n{}", request.line(), reply.body));
            }
            (reply, fault)
        };
        let text = match (&fault, &reply.body) {
            (Some(Fault::Other(text)), _) => (*text).to_owned(),
            (_, Value::Null) => String::new(),
            (_, body) => body.to_string(),
        };
        let length = text.len() + if matches!(fault, Some(Fault::CutShort)) { 1000 } else { 0 };
        let mut head = format!("HTTP/1.1 {} X\r\n", reply.status);
        for (name, value) in &reply.headers {
            head += &format!("{name}: {value}\r\n");
        }
        match fault {
            Some(Fault::DropAfterCommit) => return,
            // Held open until the client gives up.
            Some(Fault::SilentAfterCommit) => {
                let _ = stream.read(&mut [0; 1]).await;
                return;
            }
            Some(Fault::Endless) => {
                head += "transfer-encoding: chunked\r\n\r\n";
                let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
                if stream.write_all(head.as_bytes()).await.is_ok() {
                    while stream.write_all(chunk.as_bytes()).await.is_ok() {}
                }
                return;
            }
            _ => {}
        }
        if reply.status != 204 {
            head += &format!("content-type: application/json\r\ncontent-length: {length}\r\n");
        }
        let whole = format!("{head}\r\n{text}");
        if stream.write_all(whole.as_bytes()).await.is_err() || matches!(fault, Some(Fault::CutShort)) {
            return;
        }
    }
}

async fn read(stream: &mut TcpStream) -> Option<Received> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 8192];
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            break end;
        }
        match stream.read(&mut chunk).await {
            Ok(n) if n > 0 => bytes.extend_from_slice(&chunk[..n]),
            _ => return None,
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: BTreeMap<_, _> =
        lines.filter_map(|l| l.split_once(": ").map(|(n, v)| (n.to_lowercase(), v.to_owned()))).collect();
    let length: usize = headers.get("content-length").and_then(|l| l.parse().ok()).unwrap_or(0);
    let mut body = bytes[end + 4..].to_vec();
    while body.len() < length {
        match stream.read(&mut chunk).await {
            Ok(n) if n > 0 => body.extend_from_slice(&chunk[..n]),
            _ => return None,
        }
    }
    let url = url::Url::parse(&format!("http://x{target}")).ok()?;
    let body = match serde_json::from_slice(&body) {
        Ok(value) => value,
        Err(_) if body.is_empty() => Value::Null,
        Err(_) => Value::String(String::from_utf8_lossy(&body).into_owned()),
    };
    let query = url.query_pairs().into_owned().collect();
    Some(Received { method, path: url.path().to_owned(), query, headers, body })
}

//! Sends one request within its time and reads the answer within its size. It never follows a redirect by itself.

use std::{
    collections::HashMap,
    sync::{Mutex, OnceLock, PoisonError},
    time::Duration,
};

use futures_util::StreamExt;
use reqwest::{
    Client, Method,
    header::{HeaderMap, LOCATION},
    redirect,
};
use tokio::time::Instant;
use url::Url;

use super::{
    address::{self, AddressRefused, Allowed, CheckedResolver},
    answer::Answer,
    classify::{Nature, Trouble, shorten},
};
use crate::{core::model::connector::http::FailureClass, edges::executors::secrets::Scrubber};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const MOST_REDIRECTS: usize = 5;

/// A request, ready to be sent.
#[derive(Debug, Clone)]
pub(super) struct Prepared {
    pub method: Method,
    pub url: Url,
    pub headers: HeaderMap,
    pub body: Option<Vec<u8>>,
    pub nature: Nature,
    /// Of a secret, in header, URL or body.
    pub confidential: bool,
}

impl Prepared {
    /// For a person who must find out what became of it. Secrets are taken out before it is cut: a part of one would
    /// not be recognised afterwards.
    pub fn told(&self, scrubber: &Scrubber) -> String {
        let body = self.body.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
        shorten(&scrubber.text(&format!("{} {} {body}", self.method, self.url)), 300)
    }
}

/// Bounds of one exchange.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub allowed: Allowed,
    pub deadline: Instant,
    pub max_body: usize,
}

/// Clients, one for each set of addresses that may be reached: a pooled connection is never shared between two.
#[derive(Default)]
pub(super) struct Clients(Mutex<HashMap<Allowed, Client>>);

impl Clients {
    fn get(&self, allowed: Allowed) -> Result<Client, Trouble> {
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&allowed) {
            return Ok(client.clone());
        }
        let client = build(allowed).map_err(|e| {
            Trouble::rejected(
                "no TLS is possible on this machine",
                format!("{}; install its CA certificates", chain(&e)),
            )
        })?;
        clients.insert(allowed, client.clone());
        Ok(client)
    }

    /// Sends a request. A question that carries nothing confidential is asked again where its own origin redirects it.
    ///
    /// # Errors
    /// No answer that arrived whole: with its class, and whether the request may have been acted on.
    pub async fn send(&self, prepared: &Prepared, bounds: Bounds) -> Result<Answer, Trouble> {
        let mut url = prepared.url.clone();
        for _ in 0..=MOST_REDIRECTS {
            let answer = self.exchange(prepared, &url, bounds).await?;
            let next = (300..400).contains(&answer.status).then(|| same_origin(&url, &answer)).flatten();
            match next {
                Some(next) if !prepared.nature.effect && !prepared.confidential => url = next,
                _ => return Ok(answer),
            }
        }
        Err(Trouble::rejected("it redirects in circles", format!("after {MOST_REDIRECTS} redirects")))
    }

    async fn exchange(&self, prepared: &Prepared, url: &Url, bounds: Bounds) -> Result<Answer, Trouble> {
        address::check_literal(url, bounds.allowed).map_err(|e| refused(&e))?;
        let mut request =
            self.get(bounds.allowed)?.request(prepared.method.clone(), url.clone()).headers(prepared.headers.clone());
        if let Some(body) = &prepared.body {
            request = request.body(body.clone());
        }
        let host = url.host_str().unwrap_or_default().to_owned();
        let late = || lost(prepared.nature, format!("{host} did not answer in time"), "the time limit passed".into());
        let response = match tokio::time::timeout_at(bounds.deadline, request.send()).await {
            Err(_) => return Err(late()),
            Ok(Err(e)) => return Err(unsent_or_lost(&e, &host, prepared.nature)),
            Ok(Ok(response)) => response,
        };
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let good = response.status().is_success();
        let incomplete = |why: String| {
            if good {
                Err(lost(prepared.nature, format!("the answer of {host} did not arrive whole"), why))
            } else {
                Ok(())
            }
        };
        let mut bytes = Vec::new();
        if response.content_length().is_some_and(|n| n > bounds.max_body as u64) {
            incomplete(format!("it is longer than {} bytes", bounds.max_body))?;
            return Ok(Answer::new(status, headers, b""));
        }
        let mut stream = response.bytes_stream();
        loop {
            match tokio::time::timeout_at(bounds.deadline, stream.next()).await {
                Err(_) => {
                    incomplete("the time limit passed".into())?;
                    break;
                }
                Ok(None) => break,
                Ok(Some(Err(e))) => {
                    incomplete(chain(&e))?;
                    break;
                }
                Ok(Some(Ok(chunk))) if bytes.len() + chunk.len() > bounds.max_body => {
                    incomplete(format!("it is longer than {} bytes", bounds.max_body))?;
                    break;
                }
                Ok(Some(Ok(chunk))) => bytes.extend_from_slice(&chunk),
            }
        }
        Ok(Answer::new(status, headers, &bytes))
    }
}

fn build(allowed: Allowed) -> reqwest::Result<Client> {
    static PROVIDER: OnceLock<()> = OnceLock::new();
    // An error means that another part of the process chose a provider first, which serves as well.
    PROVIDER.get_or_init(|| drop(rustls::crypto::ring::default_provider().install_default()));
    Client::builder()
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        // A proxy would connect in our place, to addresses nobody checked.
        .no_proxy()
        .dns_resolver(CheckedResolver(allowed))
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(Duration::from_secs(20))
        .user_agent(concat!("launchd/", env!("CARGO_PKG_VERSION")))
        .build()
}

fn same_origin(from: &Url, answer: &Answer) -> Option<Url> {
    let to = from.join(answer.headers.get(LOCATION)?.to_str().ok()?).ok()?;
    (to.origin() == from.origin()).then_some(to)
}

fn refused(e: &AddressRefused) -> Trouble {
    Trouble::rejected("the address may not be reached", format!("{e}; {}", e.hint()))
}

/// An effect may have happened; a question is asked again.
fn lost(nature: Nature, summary: String, detail: String) -> Trouble {
    let class = if nature.effect { FailureClass::InDoubt } else { FailureClass::Retryable };
    Trouble::new(class, summary, detail)
}

fn unsent_or_lost(error: &reqwest::Error, host: &str, nature: Nature) -> Trouble {
    let mut source: Option<&dyn std::error::Error> = Some(error);
    while let Some(cause) = source {
        if let Some(e) = cause.downcast_ref::<AddressRefused>() {
            return refused(e);
        }
        source = cause.source();
    }
    if error.is_builder() {
        Trouble::rejected("the request cannot be built", chain(error))
    } else if error.is_connect() {
        Trouble::retryable(format!("{host} cannot be reached"), chain(error))
    } else {
        lost(nature, format!("the connection to {host} broke before its answer"), chain(error))
    }
}

/// The causes of an error, outermost first, without the URL.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = String::new();
    let mut source = error.source();
    while let Some(cause) = source {
        if !text.is_empty() {
            text += ": ";
        }
        text += &cause.to_string();
        source = cause.source();
    }
    if text.is_empty() { "no reason was given".into() } else { shorten(&text, 300) }
}

//! The connectors of the catalog against stateful fakes of their vendors, over real HTTP on loopback. Every request, and
//! every answer of a fake, is held against the vendor's own description where that is at hand.

mod answers;
mod contract;
mod faults;
mod jira;
mod linear;
mod mailchimp;
mod own;
pub mod server;
mod slack;
mod webhook;

use std::{sync::Arc, time::Duration};

use launchd::{
    core::{
        manifest::connector::builtins,
        model::{
            activity::Uses,
            call::Call,
            connector::{ConnectorSettings, HttpSettings, Reach},
            fingerprint::ExternalKey,
            outcome::{Failure, Object, Outcome, Sighting},
        },
    },
    edges::executors::{http::HttpExecutor, secrets::FixedSecrets},
};
use serde_json::Value;

const SECRET: &str = "s3cr3t/t0ken+value";

/// The executor with one connector pointed at a fake.
fn executor(connector: &str, base_url: &str, credentials: &[&str]) -> HttpExecutor {
    executor_with(connector, settings(base_url, credentials))
}

fn settings(base_url: &str, credentials: &[&str]) -> ConnectorSettings {
    ConnectorSettings {
        base_url: Some(base_url.to_owned()),
        credentials: credentials.iter().map(|c| ((*c).to_owned(), "token".to_owned())).collect(),
        ..ConnectorSettings::default()
    }
}

fn executor_with(connector: &str, settings: ConnectorSettings) -> HttpExecutor {
    let connectors = [(connector.parse().unwrap(), settings)].into();
    let settings = HttpSettings { connectors, ..HttpSettings::default() };
    HttpExecutor::new(builtins(), settings, Arc::new(FixedSecrets::new([("token", SECRET)])))
}

/// Settings for connectors whose plans name the address: loopback must be allowed on purpose.
fn local() -> ConnectorSettings {
    ConnectorSettings { reach: Reach::Private, ..ConnectorSettings::default() }
}

fn call(uses: &str, with: Value) -> Call {
    let (connector, resource) = uses.split_once('/').unwrap();
    Call {
        launch: "atlas".parse().unwrap(),
        subject: "epic".into(),
        title: "Announce Atlas".into(),
        uses: Uses { connector: connector.parse().unwrap(), resource: resource.parse().unwrap() },
        key: ExternalKey::new("test", &"atlas".parse().unwrap(), &"epic".parse().unwrap(), 0),
        object_id: None,
        with,
        changed: Vec::new(),
        attempt: 1,
        now: "2027-03-18T08:00:00Z".parse().unwrap(),
        due: None,
        timeout: Duration::from_secs(10),
        owner: None,
    }
}

#[track_caller]
fn succeeded(outcome: Outcome) -> Object {
    match outcome {
        Outcome::Succeeded { object } => object,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn in_doubt(outcome: Outcome) -> Failure {
    match outcome {
        Outcome::InDoubt { failure } => failure,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn rejected(outcome: Outcome) -> Failure {
    match outcome {
        Outcome::Rejected { failure } => failure,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn found(sighting: Sighting) -> Object {
    match sighting {
        Sighting::Found { object } => object,
        other => panic!("{other:?}"),
    }
}

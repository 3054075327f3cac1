//! The daemon's loopback port: liveness and readiness for supervisors, health for people.
//!
//! In: the daemon's [`Health`]. Out: `/livez`, `/readyz`, `/healthz`. Imports `reconcile`.
//! Deliberately absent: anything that changes something, and anything about a launch.

use std::sync::{Arc, Mutex, PoisonError};

use axum::{Json, Router, extract::State, http::StatusCode, routing::get};
use chrono::TimeDelta;

use crate::{edges::clock::Clock, reconcile::Health};

/// A loop that did not go round for so long is stuck.
const STUCK: TimeDelta = TimeDelta::seconds(60);

#[derive(Clone)]
struct Watched {
    health: Arc<Mutex<Health>>,
    clock: Arc<dyn Clock>,
}

impl Watched {
    fn health(&self) -> Health {
        self.health.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn alive(&self) -> bool {
        self.clock.now() - self.health().beat_at < STUCK
    }
}

/// The routes.
pub fn routes(health: Arc<Mutex<Health>>, clock: Arc<dyn Clock>) -> Router {
    let code = |good: bool| if good { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Router::new()
        .route("/livez", get(move |State(w): State<Watched>| async move { (code(w.alive()), "") }))
        .route("/readyz", get(move |State(w): State<Watched>| async move { (code(w.health().ready && w.alive()), "") }))
        .route("/healthz", get(|State(w): State<Watched>| async move { Json(w.health()) }))
        .with_state(Watched { health, clock })
}

//! The one writer of a process: a thread that puts everything that waits into one transaction, so that many callers
//! share one sync of the disk.

use std::{
    sync::{Arc, mpsc},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use tokio::sync::oneshot;

use crate::edges::store::{StoreError, StoreResult};

use super::session::Session;

/// Something to be written.
///
/// It may be run again in another transaction, when somebody else's work made the first one fail. An error of the
/// rules (held, stale, taken back) comes before the first write.
pub trait Work: Send {
    fn run(&mut self, session: &mut Session) -> StoreResult<()>;

    /// Called once, after the commit.
    fn answer(self: Box<Self>, result: StoreResult<()>);
}

/// More wait for the next transaction.
const BATCH: usize = 4096;

/// After a transaction for several callers, so long is waited for as many again: they have just been answered and
/// are about to come back. A tenth of a sync.
const GATHER: Duration = Duration::from_micros(60);

/// After a commit the writer looks for more so long before it sleeps: waking it costs as much.
const LINGER: Duration = Duration::from_micros(40);

/// When nobody came for so long, the rows are brought up to date with the events.
const IDLE: Duration = Duration::from_millis(20);

/// Slices of that at the end; the next process does the rest.
const LAST_SLICES: usize = 32;

/// Dropping it ends the thread, once everything that was sent is on disk.
pub struct Writer {
    /// Why nothing can be written.
    read_only: Option<String>,
    queue: Option<mpsc::Sender<Box<dyn Work>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// # Errors
    /// The thread cannot be started.
    pub fn start(session: Session) -> std::io::Result<Self> {
        let (queue, waiting) = mpsc::channel();
        let thread = std::thread::Builder::new().name("store".into()).spawn(move || serve(session, &waiting))?;
        Ok(Self { read_only: None, queue: Some(queue), thread: Some(thread) })
    }

    /// One that writes nothing, and says why.
    pub fn refusing(why: String) -> Self {
        Self { read_only: Some(why), queue: None, thread: None }
    }

    /// Runs `task` in a transaction and returns once it is on disk.
    pub async fn run<T, F>(&self, task: F) -> StoreResult<T>
    where
        T: Send + 'static,
        F: FnMut(&mut Session) -> StoreResult<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.send(Box::new(Task { task, result: None, reply }), answer).await
    }

    /// The same for work of its own kind, that answers through `answer`.
    pub async fn send<T>(&self, work: Box<dyn Work>, answer: oneshot::Receiver<StoreResult<T>>) -> StoreResult<T> {
        if let Some(why) = &self.read_only {
            return Err(StoreError::ReadOnly(why.clone()));
        }
        let gone = || StoreError::Other("the store's writer has ended; restart launchd".into());
        self.queue.as_ref().ok_or_else(gone)?.send(work).map_err(|_| gone())?;
        answer.await.unwrap_or_else(|_| Err(gone()))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // A writer that panicked has told its callers so already.
            let _ = thread.join();
        }
    }
}

struct Task<T, F> {
    task: F,
    result: Option<T>,
    reply: oneshot::Sender<StoreResult<T>>,
}

impl<T, F> Work for Task<T, F>
where
    T: Send,
    F: FnMut(&mut Session) -> StoreResult<T> + Send,
{
    fn run(&mut self, session: &mut Session) -> StoreResult<()> {
        self.result = Some((self.task)(session)?);
        Ok(())
    }

    fn answer(self: Box<Self>, result: StoreResult<()>) {
        let Self { result: value, reply, .. } = *self;
        let missing = || StoreError::Other("the store answered a request that it did not run".into());
        // Nobody may be waiting any more: the caller was cancelled, the write stands.
        let _ = reply.send(result.and_then(|()| value.ok_or_else(missing)));
    }
}

fn serve(mut session: Session, waiting: &mpsc::Receiver<Box<dyn Work>>) {
    let mut batch: Vec<Box<dyn Work>> = Vec::new();
    let mut expected = 1;
    while let Some(first) = next(&mut session, waiting) {
        batch.push(first);
        gather(&mut batch, waiting, expected);
        expected = batch.len();
        commit(&mut session, &mut batch);
        session.settle();
    }
    // What a reader would have to fold each time is folded once.
    for _ in 0..LAST_SLICES {
        if session.is_behind() == 0 || !session.tidy() {
            break;
        }
    }
}

fn next(session: &mut Session, waiting: &mpsc::Receiver<Box<dyn Work>>) -> Option<Box<dyn Work>> {
    let end = Instant::now() + LINGER;
    loop {
        match waiting.try_recv() {
            Ok(work) => return Some(work),
            Err(mpsc::TryRecvError::Disconnected) => return None,
            Err(mpsc::TryRecvError::Empty) if Instant::now() < end => std::thread::yield_now(),
            Err(mpsc::TryRecvError::Empty) => break,
        }
    }
    let mut pause = IDLE;
    loop {
        match waiting.recv_timeout(pause) {
            Ok(work) => return Some(work),
            Err(mpsc::RecvTimeoutError::Disconnected) => return None,
            Err(mpsc::RecvTimeoutError::Timeout) if session.tidy() => pause = Duration::ZERO,
            Err(mpsc::RecvTimeoutError::Timeout) => return waiting.recv().ok(),
        }
    }
}

fn gather(batch: &mut Vec<Box<dyn Work>>, waiting: &mpsc::Receiver<Box<dyn Work>>, expected: usize) {
    batch.extend(waiting.try_iter().take(BATCH - 1));
    if expected < 2 {
        return;
    }
    let end = Instant::now() + GATHER;
    while batch.len() < expected.min(BATCH) {
        match waiting.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(work) => batch.push(work),
            Err(_) => return,
        }
    }
    batch.extend(waiting.try_iter().take(BATCH - batch.len().min(BATCH)));
}

/// One transaction for all; where that fails, one for each, so that one that cannot be written fails alone.
fn commit(session: &mut Session, batch: &mut Vec<Box<dyn Work>>) {
    match attempt(session, batch) {
        Ok(results) => {
            for (work, result) in batch.drain(..).zip(results) {
                work.answer(result);
            }
        }
        Err(e) if batch.len() == 1 => batch.drain(..).for_each(|work| work.answer(Err(copy(&e)))),
        Err(_) => {
            for mut work in batch.drain(..) {
                let result = attempt(session, std::slice::from_mut(&mut work))
                    .and_then(|mut results| results.pop().unwrap_or(Ok(())));
                work.answer(result);
            }
        }
    }
}

/// What became of each, once all of it is on disk.
fn attempt(session: &mut Session, batch: &mut [Box<dyn Work>]) -> StoreResult<Vec<StoreResult<()>>> {
    session.begin()?;
    let mut results = Vec::with_capacity(batch.len());
    for work in batch {
        match work.run(session) {
            Err(e) if !is_rule(&e) => {
                session.roll_back();
                return Err(e);
            }
            result => results.push(result),
        }
    }
    session.commit().inspect_err(|_| session.roll_back())?;
    Ok(results)
}

/// Refused before anything was written.
fn is_rule(e: &StoreError) -> bool {
    matches!(e, StoreError::Held { .. } | StoreError::Stale { .. } | StoreError::TakenBack { .. })
}

fn copy(e: &StoreError) -> StoreError {
    match e {
        StoreError::Held { holder } => StoreError::Held { holder: holder.clone() },
        StoreError::Stale { ours, current } => StoreError::Stale { ours: *ours, current: *current },
        StoreError::TakenBack { since, by } => StoreError::TakenBack { since: *since, by: *by },
        StoreError::Newer { found, known } => StoreError::Newer { found: *found, known: *known },
        StoreError::Corrupt(text) => StoreError::Corrupt(text.clone()),
        StoreError::Gone(text) => StoreError::Gone(text.clone()),
        StoreError::ReadOnly(text) => StoreError::ReadOnly(text.clone()),
        StoreError::Full(text) => StoreError::Full(text.clone()),
        StoreError::Other(text) => StoreError::Other(text.clone()),
    }
}

/// Events to be appended, after the revision that they speak of. Their text was made by the caller.
pub struct Append {
    pub epoch: Option<u64>,
    /// As in [`crate::edges::store::Store::append_decided`].
    pub since: Option<u64>,
    pub revision: Option<crate::edges::store::StoredRevision>,
    pub events: Vec<crate::edges::store::chain::Prepared>,
    pub reply: oneshot::Sender<StoreResult<Vec<crate::core::model::event::Event>>>,
    /// Told of what people wrote.
    pub changed: Arc<super::wake::Wake>,
}

impl Work for Append {
    fn run(&mut self, session: &mut Session) -> StoreResult<()> {
        if let Some(revision) = &self.revision {
            session.check(self.epoch)?;
            session.sql(|conn| super::rows::keep(conn, revision))?;
        }
        session.append(self.epoch, self.since, &mut self.events)
    }

    fn answer(self: Box<Self>, result: StoreResult<()>) {
        if result.is_ok() && self.epoch.is_none() {
            self.changed.tell();
        }
        let Self { events, reply, .. } = *self;
        let _ = reply.send(result.map(|()| events.into_iter().map(|p| p.event).collect()));
    }
}

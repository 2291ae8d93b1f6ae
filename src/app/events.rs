//! Live events: one task turns commits into events for every listener, so a thousand open streams cost one.
//!
//! An event carries the position behind it. A listener that comes back with its last position gets one event per job that
//! moved since, the latest items read, and one `Corpus` if the data changed; then it follows live.

use super::{App, AppError};
use crate::domain::{Scope, WorkspaceId};
use crate::query::{ItemView, JobView, Summary};
use crate::store::{ChangeOp, Store};
use parking_lot::Mutex;
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::pin::Pin;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{broadcast, watch};
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::{Stream, StreamExt};

/// Least time between two rounds of events: what a listener waits at the most when commits come quickly.
const ROUND: Duration = Duration::from_millis(50);
/// Least time between two `Metrics` events.
const METRICS: Duration = Duration::from_millis(500);
/// Items shown of one round; the rest only count.
const SAMPLE: usize = 8;
/// Events kept for a listener that reads slowly; one that falls further behind is told to ask again.
const BACKLOG: usize = 512;
/// Entries of the job log, and changes, that a resuming listener is given at the most.
const RESUME: usize = 2_000;
/// The same as a distance between change numbers.
const RESUME_CHANGES: i64 = 2_000;

/// Where a listener stands: the last change number and the last job-log position it knows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct EventId {
    /// Last change number.
    pub change: i64,
    /// Last position in the job log.
    pub job_event: i64,
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.change, self.job_event)
    }
}

impl FromStr for EventId {
    type Err = AppError;

    fn from_str(s: &str) -> Result<Self, AppError> {
        let bad = || {
            AppError::new(
                crate::domain::FaultKind::Input,
                "bad_event_id",
                format!("`{s}` is not an event id; send back the last `id:` of the stream, or none"),
            )
        };
        let (change, job_event) = s.trim().split_once('-').ok_or_else(bad)?;
        Ok(Self { change: change.parse().map_err(|_| bad())?, job_event: job_event.parse().map_err(|_| bad())? })
    }
}

/// One thing that happened. Cheap to clone, and every listener gets the same allocation, so that a surface can write
/// its text once for a thousand streams.
#[derive(Clone, Debug)]
pub enum Event {
    /// A job moved.
    Job(Arc<JobView>),
    /// An item was read (a sample when many are).
    Item(Arc<ItemView>),
    /// Totals of the workspace, at most twice a second.
    Metrics(Arc<Summary>),
    /// The data changed: ask again what you show.
    Corpus {
        /// The new revision.
        revision: u64,
    },
}

/// Events with the position behind each. It ends when the program stops.
pub type EventStream = Pin<Box<dyn Stream<Item = (EventId, Event)> + Send>>;

/// Where commits become events. Who listens hears of one workspace only.
pub(super) struct Hub {
    position: watch::Sender<EventId>,
    rooms: Mutex<HashMap<WorkspaceId, Room>>,
}

/// Everybody who listens to one workspace.
type Room = broadcast::Sender<(EventId, Event)>;

/// When a workspace was told its figures last, and whether they have changed since.
#[derive(Clone, Copy, Default)]
struct Told {
    at: Option<Instant>,
    due: bool,
}

impl Hub {
    /// A hub that hears of every commit of `store` from here on.
    pub(super) fn new(store: &Store) -> Result<Arc<Self>, AppError> {
        let start = store.read(|tx| Ok(EventId { change: tx.revision()?, job_event: tx.last_job_event()? }))?;
        let hub = Arc::new(Self { position: watch::Sender::new(start), rooms: Mutex::default() });
        let hooked = Arc::downgrade(&hub);
        store.on_commit(Box::new(move |commit, _| {
            if let Some(hub) = hooked.upgrade() {
                let now = EventId { change: commit.revision, job_event: commit.job_event };
                hub.position.send_if_modified(|position| {
                    let moved = *position != now;
                    *position = now;
                    moved
                });
            }
        }));
        Ok(hub)
    }

    /// A place in the room of a workspace.
    fn enter(&self, workspace: WorkspaceId) -> broadcast::Receiver<(EventId, Event)> {
        self.rooms.lock().entry(workspace).or_insert_with(|| broadcast::Sender::new(BACKLOG)).subscribe()
    }

    /// The rooms with somebody in them; empty ones are given up.
    fn listened_to(&self) -> Vec<(WorkspaceId, Room)> {
        let mut rooms = self.rooms.lock();
        rooms.retain(|_, room| room.receiver_count() > 0);
        rooms.iter().map(|(workspace, room)| (*workspace, room.clone())).collect()
    }

    /// The position of the last commit.
    pub(super) fn position(&self) -> EventId {
        *self.position.borrow()
    }

    /// A listener that wakes at every commit.
    pub(super) fn watch(&self) -> watch::Receiver<EventId> {
        self.position.subscribe()
    }
}

/// Live events.
#[derive(Clone, Copy)]
pub struct Events<'a> {
    app: &'a App,
}

impl App {
    /// Live events.
    pub fn events(&self) -> Events<'_> {
        Events { app: self }
    }
}

impl Events<'_> {
    /// Live events, from behind `last` where one is given.
    pub async fn subscribe(&self, scope: Scope, last: Option<EventId>) -> Result<EventStream, AppError> {
        // Listening begins before the replay is read, so nothing falls between; what is in both is told twice.
        let live = BroadcastStream::new(self.app.inner.hub.enter(scope.workspace));
        let position = self.app.inner.hub.position();
        let replay = match last {
            Some(last) => {
                let app = self.app.clone();
                self.app.blocking(move |_| app.collect(scope, last, position, RESUME)).await?
            }
            None => Vec::new(),
        };
        let app = self.app.clone();
        let live = live.map(move |received| match received {
            Ok(event) => event,
            // Too slow for the backlog: what was missed is summed up in one "ask again".
            Err(_) => (app.inner.hub.position(), Event::Corpus { revision: app.data_revision() }),
        });
        let stop = self.app.inner.stop.clone();
        let stream = tokio_stream::iter(replay).chain(live);
        Ok(Box::pin(futures_util::StreamExt::take_until(stream, async move { stop.cancelled().await })))
    }
}

impl App {
    /// The task that turns commits into events; ends with the program.
    pub(super) async fn announce(self) {
        let mut position = self.inner.hub.watch();
        let mut last = *position.borrow_and_update();
        let mut progress = self.inner.queue.progress_changes();
        let mut told: HashMap<WorkspaceId, Told> = HashMap::new();
        loop {
            let mut moved = false;
            tokio::select! {
                () = self.inner.stop.cancelled() => return,
                changed = position.changed() => if changed.is_err() { return },
                changed = progress.changed() => if changed.is_err() { return } else { moved = true },
                () = tokio::time::sleep(METRICS), if told.values().any(|told| told.due) => {}
            }
            let now = *position.borrow_and_update();
            let rooms = self.inner.hub.listened_to();
            told.retain(|workspace, _| rooms.iter().any(|(listened, _)| listened == workspace));
            for (workspace, room) in rooms {
                let of = told.entry(workspace).or_default();
                self.announce_in(Scope::of(workspace), &room, (last, now), moved, of).await;
            }
            // Also where a room could not be told everything: what cannot be read in one must not hold up the others.
            last = now;
            tokio::time::sleep(ROUND).await;
        }
    }

    /// Tells one workspace what happened in `(from, to]`; where that cannot be found out, to ask again for what it shows.
    async fn announce_in(
        &self,
        scope: Scope,
        room: &Room,
        (from, to): (EventId, EventId),
        moved: bool,
        told: &mut Told,
    ) {
        told.due |= to.change > from.change && self.has_changed(scope, from);
        let with_metrics = told.due && told.at.is_none_or(|at| at.elapsed() >= METRICS);
        let lag = self.inner.followers.lag();
        let behind = lag.fulltext + lag.vectors > 0 && self.inner.followers.failure().is_none();
        let app = self.clone();
        let events = self
            .blocking(move |inner| {
                let mut events = app.collect(scope, from, to, SAMPLE)?;
                if moved {
                    for job in inner.queue.running() {
                        if let Some(view) = app.job_view_by_id(scope, job)? {
                            events.push((to, Event::Job(Arc::new(view))));
                        }
                    }
                }
                if with_metrics {
                    let summary = app.summary_now(scope, &crate::domain::Filter::default())?;
                    events.push((to, Event::Metrics(Arc::new(summary))));
                }
                Ok(events)
            })
            .await;
        if with_metrics {
            // An index that is behind catches up without a commit: the figures that say so are told again.
            *told = Told { at: Some(Instant::now()), due: behind };
        }
        let events = events.unwrap_or_else(|error| {
            tracing::warn!(%error, workspace = scope.workspace.0, "what happened could not be found out in detail");
            vec![(to, Event::Corpus { revision: self.data_revision() })]
        });
        for event in events {
            // No listener is left: nothing to do for nobody.
            let _ = room.send(event);
        }
    }

    /// Whether anything of the workspace has changed behind `from`.
    fn has_changed(&self, scope: Scope, from: EventId) -> bool {
        self.inner.in_memory.last_change_of(scope.workspace) > from.change
    }

    /// What happened in `(from, to]`: jobs that moved, the latest `n_items` items read, and whether the data changed.
    ///
    /// Only the last event carries `to`; the others carry `from`. A listener that is cut off in the middle comes back with
    /// `from` and is told the whole round again: at least once, never less.
    fn collect(
        &self,
        scope: Scope,
        from: EventId,
        to: EventId,
        n_items: usize,
    ) -> Result<Vec<(EventId, Event)>, AppError> {
        let mut events = Vec::new();
        if to.job_event > from.job_event {
            let log = self.inner.store.read(|tx| tx.job_events_after(scope, from.job_event, RESUME))?;
            let jobs: BTreeSet<_> = log.iter().map(|e| e.job).collect();
            for job in jobs {
                if let Some(view) = self.job_view_by_id(scope, job)? {
                    events.push((from, Event::Job(Arc::new(view))));
                }
            }
        }
        if to.change > from.change && self.has_changed(scope, from) {
            let behind = from.change.max(to.change - RESUME_CHANGES);
            let changes = self.inner.store.read(|tx| tx.changes_after(behind, RESUME))?;
            let read: Vec<_> = changes.iter().filter(|c| c.op == ChangeOp::Read).map(|c| c.item).collect();
            let mut read = self.inner.columns.only_of(scope.workspace, &read);
            let sample = read.split_off(read.len().saturating_sub(n_items.min(50)));
            for view in self.item_views(scope, &sample)? {
                events.push((from, Event::Item(Arc::new(view))));
            }
            events.push((from, Event::Corpus { revision: self.data_revision() }));
        }
        if let Some((id, _)) = events.last_mut() {
            *id = to;
        }
        Ok(events)
    }
}

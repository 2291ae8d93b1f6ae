//! The column index follows every commit on the writer's thread, before the writer's caller is answered, and makes up for
//! what it missed.
//!
//! It reads through the writer's own connection, so no reader can hold up a commit. Items that could not be read (a bad
//! sector, a damaged row) stand in the figures as they were before; they are remembered and named in health, and read again
//! with every change that is of no item, of which [`ColumnsFollower::mend`] makes one as soon as reading works again.

use crate::columns::Columns;
use crate::domain::{Facts, ItemId, WorkspaceId};
use crate::store::{Change, ChangeOp, Commit, ReadTx, Store, StoreError};
use parking_lot::Mutex;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// What keeps the column index up with the store.
pub struct ColumnsFollower {
    columns: Arc<Columns>,
    missed: Mutex<Missed>,
    last: Mutex<LastChanges>,
}

/// When each workspace's data changed last, since the program began.
#[derive(Default)]
struct LastChanges {
    /// The change of what all workspaces share, or the one before the first that was seen.
    of_all: Option<i64>,
    of: HashMap<WorkspaceId, i64>,
}

/// Items whose last change the columns have not seen.
#[derive(Default)]
struct Missed {
    items: BTreeSet<ItemId>,
    /// Why the last of them could not be read.
    reason: String,
    /// The first that was not looked at again the last time.
    tried: i64,
}

/// Missed items that are looked at again at a time, to see whether reading works again.
const TRIED: usize = 256;

impl Missed {
    /// Up to [`TRIED`] of them, others each time.
    fn some(&mut self) -> Vec<ItemId> {
        let behind = self.items.range(ItemId(self.tried)..).copied();
        let mut some: Vec<ItemId> = behind.chain(self.items.range(..ItemId(self.tried)).copied()).take(TRIED).collect();
        self.tried = some.last().map_or(0, |last| last.0 + 1);
        some.sort_unstable();
        some
    }
}

/// Applies every commit to `columns` before the writer's caller is answered.
pub fn attach_columns(store: &Store, columns: &Arc<Columns>) -> Arc<ColumnsFollower> {
    let follower =
        Arc::new(ColumnsFollower { columns: Arc::clone(columns), missed: Mutex::default(), last: Mutex::default() });
    let hooked = Arc::clone(&follower);
    store.on_commit(Box::new(move |commit, tx| hooked.follow(commit, tx)));
    follower
}

impl ColumnsFollower {
    /// Fills the columns with every item of the store. What cannot be read is missed, as it is after a commit: one damaged
    /// row must not keep all others away.
    pub fn load(&self, store: &Store) -> Result<(), StoreError> {
        const PAGE: usize = 10_000;
        let mut after = ItemId(0);
        loop {
            let (facts, last) = match store.read(|tx| tx.scan_facts(after, PAGE)) {
                Ok(facts) => {
                    let last = facts.last().map(|facts| facts.id);
                    (facts, last)
                }
                Err(_) => store.read(|tx| {
                    let ids = tx.scan_ids(after, PAGE)?;
                    let Attempt { facts, failed, reason } = read(tx, &ids);
                    let mut missed = self.missed.lock();
                    let before = missed.items.len();
                    miss(&mut missed, before, failed, reason);
                    Ok((facts, ids.last().copied()))
                })?,
            };
            let Some(last) = last else { return Ok(()) };
            after = last;
            self.columns.apply(&facts, &[]);
        }
    }

    /// How many items stand in the figures as they were before their last change, and why; `None` where none does.
    pub fn missed(&self) -> Option<(usize, String)> {
        let missed = self.missed.lock();
        (!missed.items.is_empty()).then(|| (missed.items.len(), missed.reason.clone()))
    }

    /// The number of the last change that can be seen in a workspace. Of changes before this program began it knows nothing:
    /// they count as everybody's.
    pub fn last_change_of(&self, workspace: WorkspaceId) -> i64 {
        let last = self.last.lock();
        last.of.get(&workspace).copied().max(last.of_all).unwrap_or(i64::MAX)
    }

    /// Notes whose data a commit changed, once that can be seen.
    fn note(&self, commit: &Commit, touched: impl IntoIterator<Item = WorkspaceId>, everybody: bool) {
        let (Some(first), Some(newest)) = (commit.changes.first(), commit.changes.last()) else { return };
        let mut last = self.last.lock();
        let of_all = if everybody { newest.seq } else { last.of_all.unwrap_or(first.seq - 1) };
        last.of_all = Some(of_all);
        last.of.extend(touched.into_iter().map(|workspace| (workspace, newest.seq)));
    }

    /// Reads again what was missed, where some of it can be read by now. Costs nothing where nothing was missed.
    pub fn mend(&self, store: &Store) -> Result<(), StoreError> {
        let items = self.missed.lock().some();
        if items.is_empty() || store.read(|tx| Ok(read(tx, &items).failed.len() == items.len()))? {
            return Ok(());
        }
        // The columns are changed on the writer's thread alone, or an older state could come behind a newer one. As a change of
        // the data it also makes every cached answer stale.
        store.write(|tx| tx.log_reread())
    }

    fn follow(&self, commit: &Commit, tx: &ReadTx<'_>) {
        let (put, deleted) = split(&commit.changes);
        let others = commit.changes.iter().filter(|change| change.op == ChangeOp::Other);
        let mut touched: BTreeSet<_> = others.map(|change| WorkspaceId(change.item.0)).collect();
        let everybody = touched.remove(&WorkspaceId(0));
        touched.extend(self.columns.workspaces_of(&deleted));
        let mut missed = self.missed.lock();
        for gone in &deleted {
            missed.items.remove(gone);
        }
        let mut wanted = put;
        // Nobody's change: that is how `mend` asks for them.
        if everybody {
            wanted.extend(missed.items.iter());
            wanted.sort_unstable();
            wanted.dedup();
        }
        if wanted.is_empty() && deleted.is_empty() {
            self.note(commit, touched, everybody);
            return;
        }
        let Attempt { facts, failed, reason } = read(tx, &wanted);
        self.columns.apply(&facts, &deleted);
        touched.extend(facts.iter().map(|facts| facts.workspace));
        self.note(commit, touched, everybody || !failed.is_empty());
        let before = missed.items.len();
        for id in &wanted {
            missed.items.remove(id);
        }
        if reason.is_none() && before > 0 && missed.items.is_empty() {
            tracing::info!(items = before, "the figures have made up for what they missed");
        }
        miss(&mut missed, before, failed, reason);
    }
}

/// Remembers items that could not be read, and says so where they are more than there were `before`.
fn miss(missed: &mut Missed, before: usize, failed: Vec<ItemId>, reason: Option<String>) {
    missed.items.extend(failed);
    let Some(reason) = reason else { return };
    if reason != missed.reason || before < missed.items.len() {
        tracing::error!(cause = %reason, items = missed.items.len(), fix = "trying again every few seconds; \
            `soundings doctor` says whether the database is damaged", "the figures missed a change of items");
    }
    missed.reason = reason;
}

/// What could be read of some items.
struct Attempt {
    facts: Vec<Facts>,
    failed: Vec<ItemId>,
    reason: Option<String>,
}

/// Reads all at once or, where one of them cannot be read, one by one.
fn read(tx: &ReadTx<'_>, ids: &[ItemId]) -> Attempt {
    match tx.facts(ids) {
        Ok(facts) => return Attempt { facts, failed: Vec::new(), reason: None },
        Err(error) if ids.len() == 1 => {
            return Attempt { facts: Vec::new(), failed: ids.to_vec(), reason: Some(error.to_string()) };
        }
        Err(_) => {}
    }
    let mut all = Attempt { facts: Vec::with_capacity(ids.len()), failed: Vec::new(), reason: None };
    for id in ids {
        match tx.facts(&[*id]) {
            Ok(facts) => all.facts.extend(facts),
            Err(error) => {
                all.failed.push(*id);
                all.reason = Some(error.to_string());
            }
        }
    }
    all
}

/// Items still there after `changes`, and items deleted by them.
pub(super) fn split(changes: &[Change]) -> (Vec<ItemId>, Vec<ItemId>) {
    let mut last = BTreeMap::new();
    for change in changes.iter().filter(|c| c.op != ChangeOp::Other) {
        last.insert(change.item, change.op);
    }
    let (deleted, put): (Vec<_>, Vec<_>) = last.into_iter().partition(|(_, op)| *op == ChangeOp::Delete);
    (put.into_iter().map(|(id, _)| id).collect(), deleted.into_iter().map(|(id, _)| id).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::Conditions;
    use crate::domain::{AnalysisState, Scope};
    use crate::store::WriteTx;
    use crate::store::fixture::{Folder, analysed, draft, reading};
    use std::sync::mpsc::channel;
    use std::time::Duration;

    /// Items that have been read, as the figures say.
    fn n_read(columns: &Columns) -> u64 {
        let done = AnalysisState::Done as usize;
        let model = crate::domain::ModelId(1);
        let conditions = Conditions::of(model);
        columns.tally(Scope::DEFAULT.workspace, &conditions).states[done]
    }

    /// Columns as a program that starts has them.
    fn reloaded(folder: &Folder) -> (ColumnsFollower, Arc<Columns>) {
        let columns = Arc::new(Columns::default());
        let follower = ColumnsFollower { columns: columns.clone(), missed: Mutex::default(), last: Mutex::default() };
        follower.load(&folder.store).unwrap();
        (follower, columns)
    }

    #[test]
    fn what_could_not_be_read_is_named_and_made_up_for() {
        let folder = Folder::new();
        let columns = Arc::new(Columns::default());
        let follower = attach_columns(&folder.store, &columns);
        let model = folder.store.write(|tx| tx.ensure_bundled("m", "f")).unwrap();
        folder.put(&folder.import("a.csv"), vec![draft("1", "good"), draft("2", "bad"), draft("3", "late")]);
        let unread = folder.store.read(|tx| tx.backlog(Scope::DEFAULT, model, 9)).unwrap();
        let first = unread[0].item;
        let identity = folder.spoil("UPDATE item SET identity = x'00' WHERE id = ?1", first);
        let read = analysed(&unread, |_| reading(0));
        folder.store.write(move |tx| tx.put_analyses(model, &read)).unwrap();
        // Only the one that cannot be read is left out, and it is not forgotten.
        assert_eq!(n_read(&columns), 2);
        let (n, reason) = follower.missed().unwrap();
        assert!(n == 1 && !reason.is_empty(), "{n} {reason}");
        follower.mend(&folder.store).unwrap();
        assert_eq!((n_read(&columns), follower.missed().map(|(n, _)| n)), (2, Some(1)));
        // A program that starts now has the others, and names it too.
        let (restarted, columns) = reloaded(&folder);
        assert_eq!((n_read(&columns), restarted.missed().map(|(n, _)| n)), (2, Some(1)));
        let columns = &follower.columns;
        folder.restore(&identity, first);
        let before = folder.store.read(|tx| tx.revision()).unwrap();
        follower.mend(&folder.store).unwrap();
        assert_eq!((n_read(&columns), follower.missed()), (3, None));
        assert!(folder.store.read(|tx| tx.revision()).unwrap() > before, "answers kept from before are stale");
        follower.mend(&folder.store).unwrap();
    }

    #[test]
    fn a_change_is_of_its_workspace() {
        let folder = Folder::new();
        let columns = Arc::new(Columns::default());
        let follower = attach_columns(&folder.store, &columns);
        let other = folder.store.write(|tx| tx.create_workspace("other")).unwrap();
        let home = Scope::DEFAULT.workspace;
        let change = |f: &mut dyn FnMut(), touched: &[WorkspaceId]| {
            let before = folder.store.read(|tx| tx.revision()).unwrap();
            f();
            for workspace in [home, other] {
                let changed = follower.last_change_of(workspace) > before;
                assert_eq!(changed, touched.contains(&workspace), "{workspace:?}");
            }
        };
        let collection = move |tx: &mut WriteTx<'_>| tx.create_collection(Scope::of(other), "x").map(drop);
        change(&mut || folder.store.write(collection).unwrap(), &[other]);
        let put = || {
            folder.put(&folder.import("a.csv"), vec![draft("1", "good")]);
        };
        change(&mut || put(), &[home]);
        let shared = |tx: &mut WriteTx<'_>| tx.ensure_bundled("m", "f").map(drop);
        change(&mut || folder.store.write(shared).unwrap(), &[home, other]);
        let delete = |tx: &mut WriteTx<'_>| tx.delete_items(Scope::DEFAULT, &[ItemId(1)]).map(drop);
        change(&mut || folder.store.write(delete).unwrap(), &[home]);
    }

    #[test]
    fn what_was_missed_and_then_deleted_is_missed_no_more() {
        let folder = Folder::new();
        let columns = Arc::new(Columns::default());
        let follower = attach_columns(&folder.store, &columns);
        let model = folder.store.write(|tx| tx.ensure_bundled("m", "f")).unwrap();
        folder.put(&folder.import("a.csv"), vec![draft("1", "good")]);
        let unread = folder.store.read(|tx| tx.backlog(Scope::DEFAULT, model, 9)).unwrap();
        let item = unread[0].item;
        folder.spoil("UPDATE item SET identity = x'00' WHERE id = ?1", item);
        let read = analysed(&unread, |_| reading(0));
        folder.store.write(move |tx| tx.put_analyses(model, &read)).unwrap();
        assert!(follower.missed().is_some());
        folder.store.write(move |tx| tx.delete_items(Scope::DEFAULT, &[item])).unwrap();
        assert_eq!((follower.missed(), columns.len()), (None, 0));
    }

    #[test]
    fn long_reads_hold_up_no_commit() {
        let folder = Folder::new();
        let columns = Arc::new(Columns::default());
        attach_columns(&folder.store, &columns);
        let import = folder.import("a.csv");
        let (begun, all_begun) = channel();
        let (end, ends): (Vec<_>, Vec<_>) = (0..crate::store::READERS_MAX).map(|_| channel::<()>()).unzip();
        let (done, is_done) = channel();
        std::thread::scope(|scope| {
            for wait in ends {
                let (begun, store) = (begun.clone(), &folder.store);
                scope.spawn(move || {
                    store.read(|tx| {
                        tx.revision()?;
                        begun.send(()).unwrap();
                        let _ = wait.recv();
                        Ok(())
                    })
                });
            }
            for _ in 0..end.len() {
                all_begun.recv().unwrap();
            }
            let folder = &folder;
            scope.spawn(move || {
                folder.put(&import, vec![draft("1", "good")]);
                done.send(()).unwrap();
            });
            let written = is_done.recv_timeout(Duration::from_secs(20));
            let in_figures = columns.len();
            drop(end);
            assert!(written.is_ok(), "the writer waited for readers");
            assert_eq!(in_figures, 1);
        });
    }
}

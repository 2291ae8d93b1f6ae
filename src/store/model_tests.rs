//! The registry of models: what stays when one takes the place of another.

use super::fixture::{Folder, analysed, draft, reading};
use super::{ModelOrigin, NewAnalysis, NewModel, NewReading, StoreError, WriteTx};
use crate::domain::{AnalysisState, Challenger, MappedLabel, Meaning, ModelId, ModelKind, ModelState, Scope, Scores};

fn tuned(name: &str, parent: ModelId) -> NewModel {
    let origin = ModelOrigin::Tuned { parent, heads: vec![1, 2, 3], report: "{}".to_owned() };
    NewModel { name: name.to_owned(), fingerprint: name.to_owned(), state: ModelState::Candidate, origin }
}

fn folder(name: &str) -> NewModel {
    let labels = vec![
        MappedLabel { label: "POSITIVE".to_owned(), means: Meaning::parse("sentiment:positive") },
        MappedLabel { label: "other \"thing\"".to_owned(), means: None },
    ];
    let origin = ModelOrigin::Folder { path: "/models/x".to_owned(), labels };
    NewModel { name: name.to_owned(), fingerprint: "f".to_owned(), state: ModelState::Ready, origin }
}

#[test]
fn models_come_back_as_they_were() {
    let at = Folder::new();
    let (bundled, tuned, own) = at
        .store
        .write(|tx| {
            let bundled = tx.ensure_bundled("reader-1", "a")?;
            Ok((bundled, tx.add_model(tuned("reader-1-tuned-1", bundled))?, tx.add_model(folder("own"))?))
        })
        .unwrap();
    at.store
        .read(|tx| {
            let models = tx.models()?;
            assert_eq!(models.iter().map(|m| m.id).collect::<Vec<_>>(), [bundled, tuned, own]);
            assert_eq!((models[1].kind, models[1].parent), (ModelKind::Tuned, Some(bundled)));
            assert_eq!((models[1].state, models[1].report.as_deref()), (ModelState::Candidate, Some("{}")));
            assert_eq!(tx.model_heads(tuned)?, Some(vec![1, 2, 3]));
            assert_eq!((models[2].path.as_deref(), models[2].labels.len()), (Some("/models/x"), 2));
            assert_eq!(models[2].labels[1].label, "other \"thing\"");
            assert_eq!(tx.model_named("own")?.as_ref(), models.get(2));
            assert_eq!((tx.model_named("nobody")?, tx.model_heads(own)?), (None, None));
            assert_eq!((tx.default_model()?, tx.challenger()?), (Some(bundled), None));
            Ok(())
        })
        .unwrap();
    let taken = at.store.write(|tx| tx.add_model(folder("own"))).unwrap_err();
    assert!(matches!(taken, StoreError::NameTaken { what: "model", .. }), "{taken}");
    at.store.write(move |tx| tx.set_model_state(own, ModelState::Removed)).unwrap();
    assert_eq!(at.store.read(|tx| Ok((tx.models()?.len(), tx.model_named("own")?))).unwrap(), (2, None));
    assert_ne!(at.store.write(|tx| tx.add_model(folder("own"))).unwrap(), own, "what was removed stays removed");
}

#[test]
fn a_new_bundled_model_takes_the_place_of_an_old_one_and_of_nothing_else() {
    let at = Folder::new();
    let default = |at: &Folder| at.store.read(|tx| tx.default_model()).unwrap().unwrap();
    let ensure = |at: &Folder, fingerprint: &'static str| {
        at.store.write(move |tx| tx.ensure_bundled("reader-1", fingerprint)).unwrap()
    };
    let first = ensure(&at, "a");
    assert_eq!(default(&at), first);
    let second = ensure(&at, "b");
    assert_eq!(default(&at), second);
    assert_eq!(at.store.read(|tx| tx.model_named("reader-1")).unwrap().unwrap().id, second);
    let of_second = at
        .store
        .write(move |tx| {
            let child = tx.add_model(tuned("t-1", second))?;
            let grandchild = tx.add_model(tuned("t-2", child))?;
            tx.set_model_state(grandchild, ModelState::Ready)?;
            tx.set_default(grandchild)?;
            Ok(grandchild)
        })
        .unwrap();
    ensure(&at, "b");
    assert_eq!(default(&at), of_second, "heads for this encoder stay");
    let third = ensure(&at, "c");
    assert_eq!(default(&at), third, "heads for another encoder cannot read");
    let own = at
        .store
        .write(|tx| {
            let own = tx.add_model(folder("own"))?;
            tx.set_default(own)?;
            Ok(own)
        })
        .unwrap();
    ensure(&at, "d");
    assert_eq!(default(&at), own);
    assert_eq!(at.store.read(|tx| tx.previous_model()).unwrap(), Some(third));
}

#[test]
fn the_backlog_is_the_default_models() {
    let at = Folder::new();
    at.put(&at.import("a.csv"), vec![draft("1", "good"), draft("2", "bad")]);
    let scores = Scores { sentiment: Some([1.0, 0.0, 0.0]), emotion: None };
    let (bundled, own, first) = at
        .store
        .write(move |tx| {
            let bundled = tx.ensure_bundled("reader-1", "a")?;
            let own = tx.add_model(folder("own"))?;
            let unread = tx.backlog(Scope::DEFAULT, bundled, 9)?;
            let new = |i: usize, reading: NewReading| NewAnalysis {
                item: unread[i].item,
                version: unread[i].version,
                state: AnalysisState::Done,
                language: None,
                reading: Some(reading),
            };
            let read = [new(0, reading(1).into()), new(1, reading(2).into())];
            tx.put_analyses(bundled, &read)?;
            tx.put_analyses(own, &[new(0, scores.into())])?;
            tx.set_default(own)?;
            Ok((bundled, own, unread[0].item))
        })
        .unwrap();
    at.store
        .read(|tx| {
            assert_eq!(tx.backlog_count(Scope::DEFAULT)?, 1);
            let all = crate::domain::ItemId(0);
            assert_eq!((tx.count_encoded(bundled, all)?, tx.count_encoded(own, all)?), (2, 1));
            let labels = &tx.facts(&[first])?[0].labels;
            assert_eq!((labels.len(), labels[1].model, labels[1].emotion), (2, own, None));
            assert_eq!(labels[1].sentiment.map(|s| s.0), Some(crate::domain::Sentiment::Negative));
            let analyses = tx.analyses_of(Scope::DEFAULT, &[first])?;
            assert_eq!((analyses[1].sentiment, analyses[1].emotion), (scores.sentiment, None));
            assert_eq!(tx.vectors(bundled, &[first])?.len(), 1, "another model leaves the vector alone");
            Ok(())
        })
        .unwrap();
    at.store.write(move |tx| tx.set_default(bundled)).unwrap();
    assert_eq!(at.store.read(|tx| tx.backlog_count(Scope::DEFAULT)).unwrap(), 0);
    assert_eq!(at.store.write(move |tx| tx.drop_analyses(own, 9)).unwrap(), 1);
    assert_eq!(at.store.write(move |tx| tx.drop_analyses(own, 9)).unwrap(), 0);
    let late = move |tx: &mut WriteTx<'_>| {
        tx.set_model_state(own, ModelState::Removed)?;
        let version = 1;
        let reading = Some(scores.into());
        let new = NewAnalysis { item: first, version, state: AnalysisState::Done, language: None, reading };
        tx.put_analyses(own, &[new])
    };
    assert_eq!(at.store.write(late).unwrap(), 0, "nothing comes behind a removal");
    assert_eq!(
        at.store.read(|tx| Ok((tx.read_by(bundled, &[first])?, tx.read_by(own, &[first])?))).unwrap(),
        ([first].into(), [].into())
    );
}

#[test]
fn what_an_earlier_bundled_model_left_is_deleted_and_nothing_else() {
    let at = Folder::new();
    at.put(&at.import("a.csv"), vec![draft("1", "good"), draft("2", "bad"), draft("3", "fine")]);
    let read_all = |fingerprint: &'static str| {
        let read = move |tx: &mut WriteTx<'_>| {
            let model = tx.ensure_bundled("reader-1", fingerprint)?;
            let unread = tx.backlog(Scope::DEFAULT, model, 9)?;
            tx.put_analyses(model, &analysed(&unread, |_| reading(1)))?;
            Ok((model, unread.into_iter().map(|u| u.item).collect::<Vec<_>>()))
        };
        at.store.write(read).unwrap()
    };
    let (old, items) = read_all("a");
    let (new, again) = read_all("b");
    assert_eq!((items.len(), &again), (3, &items));
    let left = |model| {
        let ids = items.clone();
        at.store.read(|tx| {
            Ok([tx.read_by(model, &ids)?.len(), tx.vectors(model, &ids)?.len(), tx.features(model, &ids)?.len()])
        })
    };
    assert_eq!((left(old).unwrap(), left(new).unwrap()), ([3; 3], [3; 3]));
    let drop = || at.store.write(|tx| tx.drop_removed(2)).unwrap();
    assert_eq!([drop(), drop(), drop()], [2, 1, 0]);
    assert_eq!((left(old).unwrap(), left(new).unwrap()), ([0; 3], [3; 3]));
}

#[test]
fn the_backlog_is_walked_once_while_the_default_cannot_read() {
    let at = Folder::new();
    at.put(&at.import("a.csv"), (0..5).map(|n| draft(&n.to_string(), &format!("text {n}"))).collect());
    at.store
        .write(|tx| {
            let bundled = tx.ensure_bundled("reader-1", "a")?;
            let own = tx.add_model(folder("own"))?;
            tx.set_default(own)?;
            let mut behind = crate::domain::ItemId(0);
            let mut walked = Vec::new();
            loop {
                let batch = tx.backlog_behind(Scope::DEFAULT, behind, bundled, 2)?;
                let Some(last) = batch.last() else { break };
                behind = last.item;
                tx.put_analyses(bundled, &analysed(&batch, |_| reading(1)))?;
                walked.extend(batch.into_iter().map(|unread| unread.item.0));
            }
            assert_eq!(walked, [1, 2, 3, 4, 5]);
            assert_eq!(
                tx.backlog_behind(Scope::DEFAULT, crate::domain::ItemId(0), bundled, 9)?,
                [],
                "all of it is read"
            );
            assert_eq!(
                (tx.backlog_count(Scope::DEFAULT)?, tx.backlog(Scope::DEFAULT, own, 9)?.len()),
                (5, 5),
                "and waits for the default"
            );
            Ok(())
        })
        .unwrap();
}

#[test]
fn other_labels_make_another_model_of_the_same_name() {
    let at = Folder::new();
    at.put(&at.import("a.csv"), vec![draft("1", "good")]);
    let scores = Scores { sentiment: Some([1.0, 0.0, 0.0]), emotion: None };
    let labels = vec![MappedLabel { label: "POSITIVE".to_owned(), means: Meaning::parse("sentiment:negative") }];
    let given = labels.clone();
    let (bundled, before, after) = at
        .store
        .write(move |tx| {
            let bundled = tx.ensure_bundled("reader-1", "a")?;
            let own = tx.add_model(folder("own"))?;
            tx.set_challenger(Some(Challenger { model: own, share: 0.25 }))?;
            let unread = tx.backlog(Scope::DEFAULT, bundled, 9)?;
            let (state, reading) = (AnalysisState::Done, Some(scores.into()));
            let (item, version) = (unread[0].item, unread[0].version);
            tx.put_analyses(own, &[NewAnalysis { item, version, state, language: None, reading }])?;
            Ok((bundled, own, tx.relabel_model(own, given)?))
        })
        .unwrap();
    at.store
        .read(|tx| {
            let own = tx.model_named("own")?.unwrap();
            assert_eq!((own.id, own.fingerprint.as_str(), own.state), (after, "f", ModelState::Ready));
            assert_eq!((&own.labels, own.path.as_deref()), (&labels, Some("/models/x")));
            assert_eq!(tx.model(before)?.unwrap().state, ModelState::Removed);
            assert_eq!(tx.challenger()?, Some(Challenger { model: after, share: 0.25 }));
            let item = tx.backlog(Scope::DEFAULT, bundled, 9)?[0].item;
            assert_eq!(tx.analyses_of(Scope::DEFAULT, &[item])?, [], "nobody sees the reading any more");
            Ok(())
        })
        .unwrap();
    assert_eq!(at.store.write(move |tx| tx.drop_analyses(before, 9)).unwrap(), 1);

    let refused = |model: ModelId| at.store.write(move |tx| tx.relabel_model(model, Vec::new())).unwrap_err();
    assert!(matches!(refused(before), StoreError::NotFound { .. }), "it is removed");
    assert!(matches!(refused(bundled), StoreError::WrongState(_)), "its labels are ours");
    at.store.write(move |tx| tx.set_default(after)).unwrap();
    assert!(matches!(refused(after), StoreError::WrongState(_)), "its labels count");
    let own = at.store.read(|tx| tx.model_named("own")).unwrap().unwrap();
    assert_eq!((own.id, own.labels), (after, labels), "a refusal changes nothing");
}

#[test]
fn a_challenge_begins_and_ends() {
    let at = Folder::new();
    let challenger = Challenger { model: ModelId(7), share: 0.1 };
    at.store.write(move |tx| tx.set_challenger(Some(challenger))).unwrap();
    assert_eq!(at.store.read(|tx| tx.challenger()).unwrap(), Some(challenger));
    at.store.write(|tx| tx.set_challenger(None)).unwrap();
    assert_eq!(at.store.read(|tx| tx.challenger()).unwrap(), None);
}

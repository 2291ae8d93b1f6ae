//! Two models beside each other: how far they agree, where they differ most, and how that went over time.
//!
//! All of it is about labels as the models read them; what people said counts only in `corrected`.

use super::excerpt::Marks;
use super::items::rows_of;
use super::select::{Question, model_of};
use super::{ItemView, QueryError, Read, cursor, page_limit, select_ids};
use crate::domain::{Correction, Filter, ItemId, ModelId, Scope, Scores, Timestamp};
use crate::stats::{Estimate, chance, kappa, share};
use std::collections::{BTreeMap, BinaryHeap, HashMap};

/// Items looked up at a time.
const CHUNK: usize = 5_000;
/// Differences that are looked at beyond those that are shown.
const SPARE: usize = 50;
const DAY_MS: i64 = 86_400_000;

/// How two models read the same items.
#[derive(Clone, PartialEq, Debug)]
pub struct Comparison {
    /// Name of the first model.
    pub a: String,
    /// Name of the second model.
    pub b: String,
    /// Items that both have read.
    pub n: u64,
    /// Where both give sentiments.
    pub sentiment: Option<LabelAgreement>,
    /// Where both give emotions.
    pub emotion: Option<LabelAgreement>,
    /// Items with the largest differences, largest first; one page of them.
    pub items: Vec<Difference>,
    /// The next page of them.
    pub next_cursor: Option<String>,
    /// By day of the second model's reading, oldest first.
    pub record: Vec<DayRecord>,
}

/// How far two models agree on one kind of labels.
#[derive(Clone, PartialEq, Debug)]
pub struct LabelAgreement {
    /// Items.
    pub n: u64,
    /// Share of items with the same label.
    pub agreement: Estimate,
    /// The agreement that the models' habits alone would bring.
    pub chance: f64,
    /// Cohen's kappa: agreement beyond what the models' habits alone would bring. `None` where that is all there can be.
    pub kappa: Option<f64>,
    /// Items by the first model's label (rows) and the second's (columns), in the fixed order of the labels.
    pub table: Vec<Vec<u64>>,
    /// Against what people said, where they said anything.
    pub corrected: Option<Corrected>,
}

/// Accuracy on items that a person has judged.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Corrected {
    /// Items judged.
    pub n: u64,
    /// Share of them that the first model got right.
    pub a: f64,
    /// The same of the second model.
    pub b: f64,
}

/// An item that the models read differently.
#[derive(Clone, PartialEq, Debug)]
pub struct Difference {
    /// The item.
    pub view: ItemView,
    /// What the first model reads.
    pub a: Scores,
    /// What the second model reads.
    pub b: Scores,
    /// Total variation distance of the scores, the larger one of sentiment and emotion: 0 the same, 1 nothing in common.
    pub difference: f32,
}

/// One day of the second model.
#[derive(Clone, PartialEq, Debug)]
pub struct DayRecord {
    /// First moment of the day, UTC.
    pub day: Timestamp,
    /// Items that it read that day, and that the first model has read too.
    pub n: u64,
    /// As [`LabelAgreement`], of sentiments, or of emotions where one of the models knows no sentiments.
    pub agreement: Estimate,
    /// Cohen's kappa of the same.
    pub kappa: Option<f64>,
}

/// Compares two models on the items of a filter.
pub fn compare(
    read: &Read<'_>,
    scope: Scope,
    a: &str,
    b: &str,
    filter: &Filter,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Comparison, QueryError> {
    let key = cursor::fingerprint(&(scope.workspace, a, b, filter));
    let shown = cursor.map(|text| cursor::parse_nearest(key, text)).transpose()?;
    let (model_a, model_b) = (model_of(read, a)?, model_of(read, b)?);
    let mut ids = select_ids(read, scope, filter)?;
    ids.sort_unstable();
    let page = Page { key, shown, limit: page_limit(limit) };
    let mut sums = Sums::new(page.wanted());
    let judged: HashMap<ItemId, Correction> = read.store.read(|tx| {
        let items = tx.corrected_items(scope)?;
        Ok(tx.corrections_of(scope, &items)?.into_iter().map(|c| (c.item, c.said)).collect())
    })?;
    for chunk in ids.chunks(CHUNK) {
        let pairs = read.store.read(|tx| tx.scores_of_both(chunk, model_a, model_b))?;
        for pair in pairs {
            sums.add((read.columns.said(pair.item), pair.item), &pair.a, &pair.b, pair.read_by_b_at);
            if let Some(said) = judged.get(&pair.item) {
                sums.judge(*said, &pair.a, &pair.b);
            }
        }
    }
    let question = Question::new(read, scope, filter)?;
    sums.finish(read, scope, question.model(read), [a, b], &page)
}

/// Which of the items that are read differently are shown.
struct Page {
    key: u64,
    shown: Option<(usize, ItemId)>,
    limit: usize,
}

impl Page {
    /// How many of the largest differences are looked at: those of this page and before it, and some more, so that it is known
    /// whether there is a next one, and the last row that was shown is found where others have come before it.
    fn wanted(&self) -> usize {
        self.shown.map_or(0, |(n, _)| n).saturating_add(self.limit + SPARE)
    }
}

type Table = Vec<Vec<u64>>;

/// Everything that one pass over the items adds up.
struct Sums {
    n: u64,
    sentiment: Table,
    emotion: Table,
    judged_sentiment: Judged,
    judged_emotion: Judged,
    /// By day: sentiments, emotions.
    days: BTreeMap<i64, (Table, Table)>,
    limit: usize,
    /// The largest so far, the smallest of them on top.
    largest: BinaryHeap<Candidate>,
}

impl Sums {
    fn new(limit: usize) -> Self {
        let (sentiment, emotion) = (square(3), square(7));
        Self {
            n: 0,
            sentiment,
            emotion,
            judged_sentiment: Judged::default(),
            judged_emotion: Judged::default(),
            days: BTreeMap::new(),
            limit,
            largest: BinaryHeap::new(),
        }
    }

    /// Holds both readings against what a person said.
    fn judge(&mut self, said: Correction, a: &Scores, b: &Scores) {
        if let (Some(right), Some((a, _)), Some((b, _))) = (said.sentiment, a.top_sentiment(), b.top_sentiment()) {
            self.judged_sentiment.add(a == right, b == right);
        }
        if let (Some(right), Some((a, _)), Some((b, _))) = (said.emotion, a.top_emotion(), b.top_emotion()) {
            self.judged_emotion.add(a == right, b == right);
        }
    }

    fn add(&mut self, (said, item): (u64, ItemId), a: &Scores, b: &Scores, at: Timestamp) {
        self.n += 1;
        let day = self.days.entry(at.0.div_euclid(DAY_MS)).or_insert_with(|| (square(3), square(7)));
        if let (Some((a, _)), Some((b, _))) = (a.top_sentiment(), b.top_sentiment()) {
            self.sentiment[a.index()][b.index()] += 1;
            day.0[a.index()][b.index()] += 1;
        }
        if let (Some((a, _)), Some((b, _))) = (a.top_emotion(), b.top_emotion()) {
            self.emotion[a.index()][b.index()] += 1;
            day.1[a.index()][b.index()] += 1;
        }
        let difference = difference(a, b);
        if difference > 0.0 {
            self.largest.push(Candidate { difference, said, item, a: *a, b: *b });
            if self.largest.len() > self.limit {
                self.largest.pop();
            }
        }
    }

    fn finish(
        self,
        read: &Read<'_>,
        scope: Scope,
        model: ModelId,
        [a, b]: [&str; 2],
        page: &Page,
    ) -> Result<Comparison, QueryError> {
        let candidates = self.largest.into_sorted_vec();
        let n_found = candidates.len();
        let from = cursor::place_of(page.shown, candidates.iter().map(|c| c.item));
        let candidates: Vec<Candidate> = candidates.into_iter().skip(from).take(page.limit).collect();
        let ids: Vec<ItemId> = candidates.iter().map(|c| c.item).collect();
        let (rows, n_shown) = rows_of(read, scope, &ids, model, &|_| Marks::default())?;
        let last = n_shown.checked_sub(1).and_then(|at| ids.get(at)).filter(|_| from + n_shown < n_found);
        let next_cursor = last.map(|last| cursor::nearest(page.key, from + n_shown, *last));
        let mut views: HashMap<ItemId, ItemView> = rows.into_iter().map(|(view, _)| (view.item.id, view)).collect();
        let items = candidates.into_iter().filter_map(|c| {
            let view = views.remove(&c.item)?;
            Some(Difference { view, a: c.a, b: c.b, difference: c.difference })
        });
        let by_sentiment = total(&self.sentiment) > 0;
        let record = self.days.into_iter().filter_map(|(day, (sentiment, emotion))| {
            let table = if by_sentiment { sentiment } else { emotion };
            let n = total(&table);
            let agreement = share(same(&table), n)?;
            Some(DayRecord { day: Timestamp(day * DAY_MS), n, agreement, kappa: kappa(&table) })
        });
        Ok(Comparison {
            a: a.to_owned(),
            b: b.to_owned(),
            n: self.n,
            items: items.collect(),
            next_cursor,
            record: record.collect(),
            sentiment: labels_agree(self.sentiment, &self.judged_sentiment),
            emotion: labels_agree(self.emotion, &self.judged_emotion),
        })
    }
}

fn labels_agree(table: Table, judged: &Judged) -> Option<LabelAgreement> {
    let (n, kappa, corrected) = (total(&table), kappa(&table), judged.shares());
    Some(LabelAgreement { n, agreement: share(same(&table), n)?, chance: chance(&table)?, kappa, corrected, table })
}

/// Items that a person has judged, and how many of them each model got right.
#[derive(Default)]
struct Judged {
    n: u64,
    a: u64,
    b: u64,
}

impl Judged {
    fn add(&mut self, a: bool, b: bool) {
        self.n += 1;
        self.a += u64::from(a);
        self.b += u64::from(b);
    }

    fn shares(&self) -> Option<Corrected> {
        let share = |right: u64| right as f64 / self.n as f64;
        (self.n > 0).then(|| Corrected { n: self.n, a: share(self.a), b: share(self.b) })
    }
}

fn square(n: usize) -> Table {
    vec![vec![0; n]; n]
}

/// Items that both models give the same label.
fn same(table: &Table) -> u64 {
    table.iter().enumerate().map(|(i, row)| row[i]).sum()
}

fn total(table: &Table) -> u64 {
    table.iter().flatten().sum()
}

/// The larger of the two total variation distances.
fn difference(a: &Scores, b: &Scores) -> f32 {
    fn distance<const N: usize>(a: Option<[f32; N]>, b: Option<[f32; N]>) -> f32 {
        a.zip(b).map_or(0.0, |(a, b)| a.iter().zip(&b).map(|(a, b)| (a - b).abs()).sum::<f32>() / 2.0)
    }
    distance(a.sentiment, b.sentiment).max(distance(a.emotion, b.emotion)).min(1.0)
}

/// Ordered so that the smallest difference is the greatest value: a heap then drops it first, and sorting puts the
/// largest difference first. Equal ones in an order that every store of the same items shares.
struct Candidate {
    difference: f32,
    said: u64,
    item: ItemId,
    a: Scores,
    b: Scores,
}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        other.difference.total_cmp(&self.difference).then((other.said, other.item).cmp(&(self.said, self.item)))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Candidate {}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(sentiment: [f32; 3]) -> Scores {
        Scores { sentiment: Some(sentiment), emotion: None }
    }

    #[test]
    fn differences_are_distances_of_probabilities() {
        let check = |a: Scores, b: Scores, expected: f32| assert!((difference(&a, &b) - expected).abs() < 1e-6);
        check(of([1.0, 0.0, 0.0]), of([1.0, 0.0, 0.0]), 0.0);
        check(of([1.0, 0.0, 0.0]), of([0.0, 0.0, 1.0]), 1.0);
        check(of([0.5, 0.25, 0.25]), of([0.25, 0.5, 0.25]), 0.25);
        check(of([0.5, 0.25, 0.25]), Scores::default(), 0.0);
        let happy = Scores { sentiment: None, emotion: Some([0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]) };
        check(happy, of([1.0, 0.0, 0.0]), 0.0);
    }

    #[test]
    fn the_largest_differences_are_kept_in_order() {
        let mut sums = Sums::new(2);
        for (item, p) in [(1_i64, 0.9), (2, 0.5), (3, 1.0), (4, 0.5), (5, 0.9)] {
            sums.add(
                (item.unsigned_abs(), ItemId(item)),
                &of([1.0, 0.0, 0.0]),
                &of([p, 0.0, 1.0 - p]),
                Timestamp(item * DAY_MS),
            );
        }
        assert_eq!((sums.n, total(&sums.sentiment), sums.days.len()), (5, 5, 5));
        sums.judge(
            Correction { sentiment: Some(crate::domain::Sentiment::Negative), emotion: None },
            &of([1.0, 0.0, 0.0]),
            &of([0.0, 0.0, 1.0]),
        );
        assert_eq!(sums.judged_sentiment.shares(), Some(Corrected { n: 1, a: 1.0, b: 0.0 }));
        assert_eq!(sums.judged_emotion.shares(), None);
        let kept: Vec<i64> = sums.largest.into_sorted_vec().iter().map(|c| c.item.0).collect();
        assert_eq!(kept, [4, 2]);
    }
}

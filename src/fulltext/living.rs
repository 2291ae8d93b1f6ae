//! How frequent words are among the documents that are there.
//!
//! The engine counts deleted documents until a merge drops them, so two stores of the same items would rank differently
//! after different histories. Everything that a score is made of is counted over living documents here.

use parking_lot::Mutex;
use std::collections::HashMap;
use tantivy::index::SegmentId;
use tantivy::query::Bm25StatisticsProvider;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocSet, Searcher, SegmentReader, TERMINATED, Term};

/// Which state of which segment, and which field.
type Place = (SegmentId, u32, Field);

/// Words of the living documents of each segment, counted once.
#[derive(Default)]
pub(super) struct Lengths(Mutex<HashMap<Place, u64>>);

impl Lengths {
    /// From the rounded lengths that scores use as well: the exact sum would only be known where nothing was deleted.
    fn of(&self, segment: &SegmentReader, field: Field) -> tantivy::Result<u64> {
        let place = (segment.segment_id(), segment.num_deleted_docs(), field);
        if let Some(known) = self.0.lock().get(&place) {
            return Ok(*known);
        }
        let lengths = segment.get_fieldnorms_reader(field)?;
        let sum = segment.doc_ids_alive().map(|doc| u64::from(lengths.fieldnorm(doc))).sum();
        self.0.lock().insert(place, sum);
        Ok(sum)
    }

    /// Forgets segments that are no more.
    fn retain(&self, searcher: &Searcher) {
        let mut known = self.0.lock();
        // Three fields of each; a few states too many are nothing.
        if known.len() > 12 * (searcher.segment_readers().len() + 1) {
            known.retain(|(id, n, _), _| {
                searcher.segment_readers().iter().any(|s| s.segment_id() == *id && s.num_deleted_docs() == *n)
            });
        }
    }
}

/// Counts of one moment.
pub(super) struct Living<'a> {
    pub(super) searcher: &'a Searcher,
    lengths: &'a Lengths,
}

impl<'a> Living<'a> {
    pub(super) fn new(searcher: &'a Searcher, lengths: &'a Lengths) -> Self {
        lengths.retain(searcher);
        Self { searcher, lengths }
    }
}

impl Bm25StatisticsProvider for Living<'_> {
    fn total_num_tokens(&self, field: Field) -> tantivy::Result<u64> {
        self.searcher.segment_readers().iter().map(|segment| self.lengths.of(segment, field)).sum()
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        Ok(self.searcher.num_docs())
    }

    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        let mut n = 0;
        for segment in self.searcher.segment_readers() {
            let inverted = segment.inverted_index(term.field())?;
            let Some(alive) = segment.alive_bitset() else {
                n += u64::from(inverted.doc_freq(term)?);
                continue;
            };
            let Some(mut postings) = inverted.read_postings(term, IndexRecordOption::Basic)? else { continue };
            while postings.doc() != TERMINATED {
                n += u64::from(alive.is_alive(postings.doc()));
                postings.advance();
            }
        }
        Ok(n)
    }
}

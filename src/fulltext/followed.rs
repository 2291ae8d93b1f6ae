//! A phrase whose last word may be any of many: `co-s*`.
//!
//! One phrase query per word would cost a scorer each, and there may be tens of thousands. Here the places of what comes
//! first are looked up once, and each last word is held against them.

use tantivy::postings::Postings;
use tantivy::query::{ConstScorer, EmptyScorer, EnableScoring, Explanation, Query, Scorer, Weight};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet, Score, SegmentReader, TERMINATED, TantivyError, Term};

/// Texts that have `first`, and any of `last` behind it. Not ranked: every text scores the same.
#[derive(Clone, Debug)]
pub(super) struct Followed {
    /// Terms with their places; at least one.
    first: Vec<(u32, Term)>,
    /// Place of the last one.
    at: u32,
    /// Of the same field.
    last: Vec<Term>,
}

impl Followed {
    pub(super) fn new(first: Vec<(u32, Term)>, at: u32, last: Vec<Term>) -> Self {
        Self { first, at, last }
    }

    /// The documents of `segment`, ascending.
    fn documents(&self, segment: &SegmentReader) -> tantivy::Result<Vec<DocId>> {
        let starts = self.starts(segment)?;
        let mut found = vec![false; starts.len()];
        let mut places = Vec::new();
        for term in &self.last {
            let inverted = segment.inverted_index(term.field())?;
            let Some(mut word) = inverted.read_postings(term, IndexRecordOption::WithFreqsAndPositions)? else {
                continue;
            };
            let mut next = 0;
            while word.doc() != TERMINATED {
                next += starts[next..].partition_point(|(doc, _)| *doc < word.doc());
                let Some((doc, starts)) = starts.get(next) else { break };
                if word.seek_to(*doc) && !found[next] {
                    word.positions(&mut places);
                    found[next] = starts.iter().any(|start| places.binary_search(&(start + self.at)).is_ok());
                }
                if word.doc() == *doc {
                    word.advance();
                }
            }
        }
        Ok(starts.iter().zip(found).filter(|(_, found)| *found).map(|((doc, _), _)| *doc).collect())
    }

    /// Where `first` begins: documents ascending, each with the places in it. A place is that of offset 0.
    fn starts(&self, segment: &SegmentReader) -> tantivy::Result<Vec<(DocId, Vec<u32>)>> {
        let mut words = Vec::with_capacity(self.first.len());
        for (offset, term) in &self.first {
            let inverted = segment.inverted_index(term.field())?;
            match inverted.read_postings(term, IndexRecordOption::WithFreqsAndPositions)? {
                Some(postings) => words.push((*offset, postings)),
                None => return Ok(Vec::new()),
            }
        }
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let ((offset, mut lead), mut others) = (words.remove(0), words);
        let (mut found, mut places) = (Vec::new(), Vec::new());
        while lead.doc() != TERMINATED {
            let doc = lead.doc();
            lead.positions(&mut places);
            let mut starts: Vec<u32> = places.iter().filter_map(|place| place.checked_sub(offset)).collect();
            for (offset, other) in &mut others {
                if !other.seek_to(doc) {
                    starts.clear();
                    break;
                }
                other.positions(&mut places);
                starts.retain(|start| places.binary_search(&(start + *offset)).is_ok());
            }
            if !starts.is_empty() {
                found.push((doc, starts));
            }
            lead.advance();
        }
        Ok(found)
    }
}

/// Going forward in a list of documents.
trait SeekTo {
    /// Goes to `doc`, or to the first one behind it; true where it is there. `doc` may lie behind.
    fn seek_to(&mut self, doc: DocId) -> bool;
}

impl<D: DocSet> SeekTo for D {
    fn seek_to(&mut self, doc: DocId) -> bool {
        if self.doc() < doc {
            self.seek(doc);
        }
        self.doc() == doc
    }
}

/// Documents that are known already, ascending.
struct Documents {
    ids: Vec<DocId>,
    at: usize,
}

impl DocSet for Documents {
    fn advance(&mut self) -> DocId {
        self.at += 1;
        self.doc()
    }

    fn doc(&self) -> DocId {
        self.ids.get(self.at).copied().unwrap_or(TERMINATED)
    }

    fn size_hint(&self) -> u32 {
        u32::try_from(self.ids.len()).unwrap_or(u32::MAX)
    }
}

impl Query for Followed {
    fn weight(&self, _: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        Ok(Box::new(self.clone()))
    }

    fn query_terms<'a>(&'a self, visitor: &mut dyn FnMut(&'a Term, bool)) {
        self.first.iter().for_each(|(_, term)| visitor(term, true));
        self.last.iter().for_each(|term| visitor(term, true));
    }
}

impl Weight for Followed {
    fn scorer(&self, segment: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let documents = self.documents(segment)?;
        if documents.is_empty() {
            return Ok(Box::new(EmptyScorer));
        }
        Ok(Box::new(ConstScorer::new(Documents { ids: documents, at: 0 }, boost)))
    }

    fn explain(&self, segment: &SegmentReader, doc: DocId) -> tantivy::Result<Explanation> {
        if self.documents(segment)?.binary_search(&doc).is_err() {
            return Err(TantivyError::InvalidArgument(format!("document {doc} does not match")));
        }
        Ok(Explanation::new("a phrase with any of many last words", 1.0))
    }
}

//! Search hits, with why they were found and where the words are.

use super::figures::{FacetValues, Facets};
use super::interpretation::Interpretation;
use super::item::Item;
use crate::query;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An item that was found.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct SearchHit {
    #[serde(flatten)]
    pub(crate) item: Item,
    /// The number hits are ordered by: BM25, cosine or fused rank, by mode.
    pub(crate) score: f32,
    pub(crate) why: Why,
    pub(crate) highlights: Highlights,
}

impl From<query::SearchHit> for SearchHit {
    fn from(hit: query::SearchHit) -> Self {
        let query::SearchHit { view, score, why, text_highlights, title_highlights } = hit;
        let highlights = Highlights {
            text: utf16(&view.item.text, &text_highlights),
            title: utf16(view.item.title.as_deref().unwrap_or_default(), &title_highlights),
        };
        Self { item: view.into(), score, why: why.into(), highlights }
    }
}

/// Why it was found.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Why {
    /// Place among the word matches, 1 = best.
    pub(crate) text_rank: Option<u32>,
    /// BM25.
    pub(crate) text_score: Option<f32>,
    /// Place among the neighbours in meaning, 1 = nearest.
    pub(crate) semantic_rank: Option<u32>,
    /// Cosine similarity.
    pub(crate) similarity: Option<f32>,
}

impl From<query::Why> for Why {
    fn from(why: query::Why) -> Self {
        let query::Why { text_rank, text_score, semantic_rank, similarity } = why;
        Self { text_rank, text_score, semantic_rank, similarity }
    }
}

/// Ranges that match, `[start, end)` in UTF-16 code units, as `String.prototype.slice` counts.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Highlights {
    pub(crate) text: Vec<[usize; 2]>,
    pub(crate) title: Vec<[usize; 2]>,
}

/// Byte ranges as ranges of UTF-16 code units, in order of their starts; a bound inside a character moves to its start.
fn utf16(text: &str, bytes: &[(usize, usize)]) -> Vec<[usize; 2]> {
    let mut ranges: Vec<(usize, usize)> = bytes.iter().copied().filter(|(start, end)| start < end).collect();
    ranges.sort_unstable();
    let mut bounds: Vec<usize> = ranges.iter().flat_map(|(start, end)| [*start, *end]).collect();
    bounds.sort_unstable();
    bounds.dedup();
    let mut units = Vec::with_capacity(bounds.len());
    let (mut next, mut unit) = (0, 0);
    for (byte, c) in text.char_indices() {
        while next < bounds.len() && bounds[next] < byte + c.len_utf8() {
            units.push(unit);
            next += 1;
        }
        unit += c.len_utf16();
    }
    units.resize(bounds.len(), unit);
    let place = |byte: usize| bounds.binary_search(&byte).map_or(unit, |i| units[i]);
    ranges.into_iter().map(|(start, end)| [place(start), place(end)]).filter(|[start, end]| start < end).collect()
}

/// About a search.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct SearchMetadata {
    /// Items in all: as many as all pages have together, and as every figure and export of the same filter counts.
    pub(crate) total: u64,
    /// Of these, the ones that the words match (0 in semantic mode); null without `q`.
    pub(crate) by_words: Option<u64>,
    /// Those that are found by meaning alone; null without `q`. `by_words + by_meaning` is `total`.
    pub(crate) by_meaning: Option<u64>,
    /// Least cosine similarity of what counts as found by meaning; null where meanings were not compared.
    pub(crate) cutoff: Option<f32>,
    /// Items that wait to be read and that the words do not match: they may yet be found by meaning. 0 where meanings were
    /// not compared.
    pub(crate) unread: u64,
    /// Changes that the indexes have not applied yet: what they are about may be missing. 0: the answer is complete.
    pub(crate) behind: u64,
    /// The mode that ran: text where the words have no meaning to compare.
    pub(crate) mode: String,
    /// The path that ran: `filter`, `text`, `exact` or `text+exact`.
    pub(crate) path: String,
    pub(crate) took_ms: f64,
    pub(crate) facets: Facets,
    /// Values of each dimension that there are, those that are not listed included.
    pub(crate) facet_values: FacetValues,
    /// Opaque: pass it as `cursor` for the next page; null on the last.
    pub(crate) next_cursor: Option<String>,
    /// How `q` was read; null without it.
    pub(crate) interpretation: Option<Interpretation>,
}

/// A page of hits in wire form.
pub(crate) fn page(page: query::SearchPage) -> (Vec<SearchHit>, SearchMetadata) {
    let query::SearchPage {
        hits,
        total,
        by_words,
        by_meaning,
        cutoff,
        unread,
        behind,
        mode,
        path,
        took_ms,
        facets,
        next_cursor,
        interpretation,
    } = page;
    let metadata = SearchMetadata {
        total,
        by_words,
        by_meaning,
        cutoff,
        unread,
        behind,
        mode: mode.as_str().to_owned(),
        path,
        took_ms,
        facet_values: (&facets).into(),
        facets: facets.into(),
        next_cursor,
        interpretation: interpretation.map(Into::into),
    };
    (hits.into_iter().map(Into::into).collect(), metadata)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn highlights_count_as_javascript_does() {
        let check = |text: &str, bytes: &[(usize, usize)], expected: &[[usize; 2]]| {
            assert_eq!(utf16(text, bytes), expected, "{text}");
        };
        check("good app", &[(0, 4)], &[[0, 4]]);
        check("good app", &[(5, 8), (0, 4)], &[[0, 4], [5, 8]]);
        check("für alle", &[(5, 9)], &[[4, 8]]);
        check("😀 app", &[(5, 8)], &[[3, 6]]);
        check("👩‍🚀x", &[(11, 12)], &[[5, 6]]);
        check("日本語", &[(3, 6)], &[[1, 2]]);
        check("日本語", &[(4, 6)], &[[1, 2]]);
        check("abc", &[(1, 99)], &[[1, 3]]);
        check("abc", &[(2, 2), (7, 9)], &[]);
        check("", &[(0, 3)], &[]);
    }
}

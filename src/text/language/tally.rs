//! Which languages stand in a file, from a sample of its texts.
//!
//! A mixture whose shares are found by expectation and maximisation: each text counts for the languages that it can be, in
//! the shares found so far. So a file of nothing but two-word texts still says what it is in, although no single one does.
//!
//! Must not know what a file, an author or a source is: whoever counts has one tally for each.

use super::prior::{OTHER, Prior, TRUST, place, prior_of, usual};
use super::weights::{CODES, N};
use super::{Evidence, Language};
use std::collections::BTreeMap;

/// Rounds of expectation and maximisation; the shares hardly move after the fifth.
const ROUNDS: usize = 8;
/// What a text in a language of another script counts for, at least: it is beyond doubt.
const CERTAIN: f32 = 1.0;
/// How many texts the shares of the whole weigh against those of a part of it (an author, a source).
const WHOLE: f32 = 2.0;
/// How many texts the word of a language column weighs against those that stand beside it.
const COLUMN: f32 = 4.0;

/// Languages of texts, counted. Texts are added in any order; the shares are the same.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    words: Vec<[f32; N]>,
    /// Texts whose language is beyond doubt, by code.
    certain: BTreeMap<String, f32>,
}

impl Tally {
    /// Counts a text, with the language that its row names where it names one.
    pub fn add(&mut self, evidence: &Evidence, given: Option<&str>) {
        match (evidence, given) {
            (_, Some(given)) => {
                let told = evidence.decide(&Prior::default().with_given(given));
                self.count(told.map_or_else(|| given.to_owned(), |Language { code, .. }| code));
            }
            (Evidence::Script(code), None) => self.count((*code).to_owned()),
            (Evidence::Words(found), None) => self.words.push(**found),
            (Evidence::None, None) => {}
        }
    }

    fn count(&mut self, code: String) {
        *self.certain.entry(code).or_default() += CERTAIN;
    }

    /// How many texts were counted.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count that was summed up as shares")]
    pub fn len(&self) -> usize {
        let certain: f32 = self.certain.values().sum();
        self.words.len() + certain as usize
    }

    /// True where no text was counted.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty() && self.certain.is_empty()
    }

    /// Shares of the languages among the texts, largest first; none where none was counted. They sum to 1.
    pub fn shares(&self) -> Vec<(String, f32)> {
        let mut shares = self.count_in(&Prior::default(), 0.0, &[]);
        for _ in 1..ROUNDS {
            let prior = prior_of(&shares);
            shares = self.count_in(&prior, 0.0, &[]);
        }
        shares
    }

    /// The same for a part of a whole whose shares are known: where the part says little, the whole counts.
    pub fn shares_within(&self, whole: &[(String, f32)]) -> Vec<(String, f32)> {
        if self.is_empty() {
            return whole.to_vec();
        }
        let shares = self.count_in(&prior_of(whole), WHOLE, whole);
        self.count_in(&prior_of(&shares), WHOLE, whole)
    }

    /// The shares among texts that a column all says to be in `code`, by what the texts say: one that is wrong for a third
    /// of its rows is worth two thirds. A few texts leave the column believed.
    pub fn shares_named(&self, code: &str) -> Vec<(String, f32)> {
        let said = [(usual(code).to_owned(), TRUST), ("en".to_owned(), 1.0 - TRUST)];
        let mut shares = self.count_in(&Prior::default().with_given(code), COLUMN, &said);
        for _ in 1..ROUNDS {
            shares = self.count_in(&prior_of(&shares), COLUMN, &said);
        }
        shares
    }

    /// One round: each text counted for what it can be under `prior`.
    fn count_in(&self, prior: &Prior, weight: f32, whole: &[(String, f32)]) -> Vec<(String, f32)> {
        let mut counts = self.certain.clone();
        let mut by_place = [0.0_f32; N + 1];
        for (code, share) in whole {
            match place(code) {
                OTHER => *counts.entry(code.clone()).or_default() += weight * share,
                at => by_place[at] += weight * share,
            }
        }
        for found in &self.words {
            let shares = Evidence::Words(Box::new(*found)).shares(prior);
            for (sum, share) in by_place.iter_mut().zip(shares) {
                *sum += share;
            }
        }
        for (code, count) in CODES.iter().zip(by_place) {
            *counts.entry((*code).to_owned()).or_default() += count;
        }
        let sum: f32 = counts.values().sum();
        if sum <= 0.0 {
            return Vec::new();
        }
        let mut shares: Vec<(String, f32)> = counts.into_iter().map(|(code, n)| (code, n / sum)).collect();
        shares.retain(|(_, share)| *share > 1e-4);
        shares.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        shares
    }
}

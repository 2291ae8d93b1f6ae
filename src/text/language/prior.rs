//! How likely a language is before a word is read: what the file says, and what else stands in it.
//!
//! Must not know where the shares come from.

use super::weights::{CODES, ENGLISH, N};

/// What a language column is worth: it is wrong about one row in forty (a device's language, a default, a wrong guess).
pub(super) const TRUST: f32 = 0.975;
/// Likelihood of English where nothing is known of a text but its words.
const ENGLISH_ALONE: f32 = 0.8;
/// What is left for languages that a file has not shown, so that none is ruled out.
const UNSEEN: f32 = 0.02;
/// Place of all languages without weights of their own: those of other scripts, and rare ones.
pub(super) const OTHER: usize = N;

/// Languages with their likelihoods before a text is read.
///
/// The default is that of a text of which nothing else is known: probably English.
#[derive(Clone, PartialEq, Debug)]
pub struct Prior {
    /// In the order of the weights, then all others; sums to 1.
    shares: [f32; N + 1],
    /// What the file or the user says, as an ISO 639-1 code.
    given: Option<Box<str>>,
    /// The likeliest of the others, so that it can be named.
    other: Option<Box<str>>,
}

impl Default for Prior {
    fn default() -> Self {
        let mut shares = [(1.0 - ENGLISH_ALONE) / N as f32; N + 1];
        shares[ENGLISH] = ENGLISH_ALONE;
        Self { shares, given: None, other: None }
    }
}

impl Prior {
    /// The prior of a text among others, by the others' shares: codes with numbers that sum to 1 or less.
    pub fn of_shares<'c>(shares: impl IntoIterator<Item = (&'c str, f32)>) -> Self {
        let mut prior = Self { shares: [0.0; N + 1], given: None, other: None };
        let mut most = 0.0;
        let mut sum = 0.0;
        for (code, share) in shares {
            let at = place(code);
            let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
            prior.shares[at] += share;
            sum += share;
            if at == OTHER && share > most {
                most = share;
                prior.other = Some(code.into());
            }
        }
        if sum <= 0.0 {
            return Self::default();
        }
        let alone = Self::default();
        for (share, unknown) in prior.shares.iter_mut().zip(alone.shares) {
            *share = (1.0 - UNSEEN) * *share / sum + UNSEEN * unknown;
        }
        prior
    }

    /// The same, where the file or the user names the language of the text.
    #[must_use]
    pub fn with_given(mut self, code: &str) -> Self {
        let code = usual(code);
        let at = place(code);
        for share in &mut self.shares {
            *share *= 1.0 - TRUST;
        }
        self.shares[at] += TRUST;
        self.given = Some(code.into());
        self
    }

    /// The same, where the file names the language and its rows have shown what that is worth: `named` are the shares of the
    /// languages among the rows that name `code`, `all` those among all rows.
    #[must_use]
    pub fn with_column(mut self, code: &str, named: &[(String, f32)], all: &[(String, f32)]) -> Self {
        if named.is_empty() || all.is_empty() {
            return self.with_given(code);
        }
        let (named, all) = (prior_of(named), prior_of(all));
        for (share, (named, all)) in self.shares.iter_mut().zip(named.shares.iter().zip(all.shares)) {
            *share *= named / all;
        }
        let sum: f32 = self.shares.iter().sum();
        self.shares = self.shares.map(|share| share / sum.max(f32::MIN_POSITIVE));
        self.given = Some(usual(code).into());
        self
    }

    /// True where nothing is known beside the text.
    pub(super) fn is_alone(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn share(&self, at: usize) -> f32 {
        self.shares[at]
    }

    pub(super) fn given(&self) -> Option<&str> {
        self.given.as_deref()
    }

    /// The name of what has no weights of its own.
    pub(super) fn other(&self) -> &str {
        let given = self.given().filter(|code| place(code) == OTHER);
        given.or(self.other.as_deref()).unwrap_or("und")
    }
}

/// The prior of one more text among texts with these shares.
pub(super) fn prior_of(shares: &[(String, f32)]) -> Prior {
    Prior::of_shares(shares.iter().map(|(code, share)| (code.as_str(), *share)))
}

/// The code under which a language has weights: a Norwegian text is one whichever of its two written forms is named.
pub(super) fn usual(code: &str) -> &str {
    match code {
        "nb" | "nn" => "no",
        "fil" => "tl",
        "ms" => "id",
        "bs" | "sr" => "hr",
        code => code,
    }
}

/// Where a language stands in the order of the shares.
pub(super) fn place(code: &str) -> usize {
    CODES.iter().position(|known| *known == code).unwrap_or(OTHER)
}

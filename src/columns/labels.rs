//! What counts for one item as one number: state, sentiment and emotion together, so that a pass reads one array.
//!
//! The number is a position in a table of all combinations, made from the lengths of the lists of labels: a label or a
//! state that is added makes the table longer and nothing else.

use crate::domain::{AnalysisState, Correction, Dimension, Emotion, Labels, Sentiment};

/// How a [`Counted`] is kept.
pub(super) type Code = u16;

/// One place more than there are labels, for having none.
const SENTIMENTS: usize = Sentiment::ALL.len() + 1;
const EMOTIONS: usize = Emotion::ALL.len() + 1;
const STATES: usize = AnalysisState::ALL.len();

/// State, sentiment and emotion of one item.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Counted(pub(super) Code);

impl Counted {
    /// How many combinations there are; every code is below.
    pub(super) const VALUES: usize = STATES * SENTIMENTS * EMOTIONS;
    /// Not read by this model.
    pub(super) const PENDING: Self =
        Self::new(AnalysisState::Pending as usize, Sentiment::ALL.len(), Emotion::ALL.len());

    const fn new(state: usize, sentiment: usize, emotion: usize) -> Self {
        const { assert!(Self::VALUES <= 1 << Code::BITS, "a code needs more bits") };
        Self((state + STATES * (sentiment + SENTIMENTS * emotion)) as Code)
    }

    pub(super) fn of(labels: &Labels) -> Self {
        Self::new(
            labels.state as usize,
            labels.sentiment.map_or(Sentiment::ALL.len(), |(s, _)| s.index()),
            labels.emotion.map_or(Emotion::ALL.len(), |(e, _)| e.index()),
        )
    }

    /// What counts: what a person says, in place of what was read, and for the rest what was read. An item that a person
    /// has labelled counts as read, also where the model could not read it; one that the model has yet to read waits.
    pub(super) fn corrected(self, by: Option<Correction>) -> Self {
        let Some(by) = by else { return self };
        let pending = self.state() == AnalysisState::Pending as usize;
        let (_, sentiment, emotion) = self.parts();
        Self::new(
            if pending { AnalysisState::Pending } else { AnalysisState::Done } as usize,
            by.sentiment.map_or(sentiment, Sentiment::index),
            by.emotion.map_or(emotion, Emotion::index),
        )
    }

    fn parts(self) -> (usize, usize, usize) {
        let code = usize::from(self.0);
        (code % STATES, code / STATES % SENTIMENTS, code / (STATES * SENTIMENTS))
    }

    /// Position in `AnalysisState::ALL`.
    pub(super) fn state(self) -> usize {
        self.parts().0
    }

    /// Position in `Sentiment::ALL`.
    pub(super) fn sentiment(self) -> Option<usize> {
        Some(self.parts().1).filter(|s| *s < Sentiment::ALL.len())
    }

    /// Position in `Emotion::ALL`.
    pub(super) fn emotion(self) -> Option<usize> {
        Some(self.parts().2).filter(|e| *e < Emotion::ALL.len())
    }

    /// Position of the label of a dimension in its words.
    pub(super) fn label(self, dimension: Dimension) -> Option<usize> {
        match dimension {
            Dimension::Sentiment => self.sentiment(),
            Dimension::Emotion => self.emotion(),
            _ => None,
        }
    }

    /// Every combination.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        (0..Self::VALUES).map(|code| Self(code as Code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ModelId;

    #[test]
    fn every_combination_comes_back_as_it_was() {
        let mut seen = vec![false; Counted::VALUES];
        let sentiments = || Sentiment::ALL.iter().copied().map(Some).chain([None]);
        let emotions = || Emotion::ALL.iter().copied().map(Some).chain([None]);
        for state in AnalysisState::ALL {
            for sentiment in sentiments() {
                for emotion in emotions() {
                    let counted = Counted::of(&Labels {
                        model: ModelId(1),
                        state: *state,
                        sentiment: sentiment.map(|s| (s, 0.5)),
                        emotion: emotion.map(|e| (e, 0.5)),
                    });
                    assert_eq!(counted.state(), *state as usize);
                    assert_eq!(counted.sentiment(), sentiment.map(Sentiment::index));
                    assert_eq!(counted.emotion(), emotion.map(Emotion::index));
                    assert!(!std::mem::replace(&mut seen[usize::from(counted.0)], true), "one code for two");
                }
            }
        }
        assert!(seen.into_iter().all(|seen| seen), "no code for nothing");
    }
}

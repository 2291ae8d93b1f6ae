//! Right answers beside given ones. Must not know what the classes are called.

/// Cases by right class and answer.
///
/// Macro figures are means over the classes that occur among the right answers, each weighing the same. An answer
/// outside of them, or none at all, is an error like any other.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Confusion {
    classes: usize,
    /// Right class × answer; the last column of each row is "no answer".
    counts: Vec<u64>,
}

/// How one class fares.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ClassScores {
    /// Cases whose right class it is.
    pub n: u64,
    /// Cases that were answered with it.
    pub answered: u64,
    /// Share of those answers that are right; 0 where there was no such answer, as scikit-learn has it.
    pub precision: f64,
    /// Share of its cases that were answered with it.
    pub recall: f64,
    /// Harmonic mean of both.
    pub f1: f64,
}

impl Confusion {
    /// No cases yet, of that many classes.
    pub fn new(classes: usize) -> Self {
        Self { classes, counts: vec![0; classes * (classes + 1)] }
    }

    /// Counts one case. `answer` is `None` where there was none.
    ///
    /// A class that does not exist is ignored as the right one and counts as no answer as the given one.
    pub fn add(&mut self, right: usize, answer: Option<usize>) {
        let column = answer.filter(|class| *class < self.classes).unwrap_or(self.classes);
        if right < self.classes {
            self.counts[right * (self.classes + 1) + column] += 1;
        }
    }

    fn row(&self, right: usize) -> &[u64] {
        &self.counts[right * (self.classes + 1)..][..=self.classes]
    }

    /// Cases of class `right` that were answered with `answer`; `None` counts those without an answer.
    pub fn count(&self, right: usize, answer: Option<usize>) -> u64 {
        if right < self.classes { self.row(right)[answer.map_or(self.classes, |a| a.min(self.classes))] } else { 0 }
    }

    /// All cases.
    pub fn n(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Cases without an answer.
    pub fn unanswered(&self) -> u64 {
        (0..self.classes).map(|right| self.count(right, None)).sum()
    }

    /// Classes that occur among the right answers, in order.
    pub fn occurring(&self) -> Vec<usize> {
        (0..self.classes).filter(|right| self.row(*right).iter().any(|n| *n > 0)).collect()
    }

    /// Classes that occur among the right or the given answers, in order.
    pub fn seen(&self) -> Vec<usize> {
        (0..self.classes).filter(|class| self.row(*class).iter().any(|n| *n > 0) || self.answered(*class) > 0).collect()
    }

    fn answered(&self, answer: usize) -> u64 {
        (0..self.classes).map(|right| self.row(right)[answer]).sum()
    }

    /// The scores of one class; `None` where it does not occur among the right answers.
    pub fn class(&self, class: usize) -> Option<ClassScores> {
        if class >= self.classes {
            return None;
        }
        let n: u64 = self.row(class).iter().sum();
        let (hits, answered) = (self.row(class)[class], self.answered(class));
        let share = |of: u64| if of == 0 { 0.0 } else { hits as f64 / of as f64 };
        let f1 = 2.0 * hits as f64 / (n + answered).max(1) as f64;
        (n > 0).then(|| ClassScores { n, answered, precision: share(answered), recall: share(n), f1 })
    }

    /// Share of right answers; `None` without cases.
    pub fn accuracy(&self) -> Option<f64> {
        let right: u64 = (0..self.classes).map(|class| self.row(class)[class]).sum();
        (self.n() > 0).then(|| right as f64 / self.n() as f64)
    }

    /// Mean F1 of the classes that occur; `None` without cases.
    pub fn macro_f1(&self) -> Option<f64> {
        self.mean(|scores| scores.f1)
    }

    /// Mean recall of the classes that occur; `None` without cases.
    pub fn macro_recall(&self) -> Option<f64> {
        self.mean(|scores| scores.recall)
    }

    fn mean(&self, score: impl Fn(ClassScores) -> f64) -> Option<f64> {
        let scores: Vec<f64> = (0..self.classes).filter_map(|class| self.class(class)).map(score).collect();
        (!scores.is_empty()).then(|| scores.iter().sum::<f64>() / scores.len() as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(classes: usize, cases: &[(usize, Option<usize>)]) -> Confusion {
        let mut confusion = Confusion::new(classes);
        for (right, answer) in cases {
            confusion.add(*right, *answer);
        }
        confusion
    }

    #[track_caller]
    fn close(actual: Option<f64>, expected: Option<f64>) {
        match (actual, expected) {
            (Some(a), Some(e)) => assert!((a - e).abs() < 1e-9, "{a} is not {e}"),
            (a, e) => assert_eq!(a, e),
        }
    }

    #[test]
    fn scores() {
        let check = |cases: &[(usize, Option<usize>)], accuracy, f1, recall| {
            let confusion = of(3, cases);
            assert_eq!(confusion.n(), cases.len() as u64);
            close(confusion.accuracy(), accuracy);
            close(confusion.macro_f1(), f1);
            close(confusion.macro_recall(), recall);
        };
        check(&[], None, None, None);
        check(&[(0, Some(0))], Some(1.0), Some(1.0), Some(1.0));
        check(&[(0, Some(1))], Some(0.0), Some(0.0), Some(0.0));
        check(&[(0, None)], Some(0.0), Some(0.0), Some(0.0));
        // A class that nobody asked for takes the case away, but is no class of the mean.
        check(
            &[(0, Some(0)), (0, Some(1)), (2, Some(2)), (2, Some(2))],
            Some(0.75),
            Some(f64::midpoint(2.0 / 3.0, 1.0)),
            Some(0.75),
        );
        // scikit-learn on right 0 0 1 1 2 2 and given 0 1 1 1 2 0: f1 0.5, 0.8, 0.667.
        check(
            &[(0, Some(0)), (0, Some(1)), (1, Some(1)), (1, Some(1)), (2, Some(2)), (2, Some(0))],
            Some(4.0 / 6.0),
            Some((0.5 + 0.8 + 2.0 / 3.0) / 3.0),
            Some((0.5 + 1.0 + 0.5) / 3.0),
        );
    }

    #[test]
    fn classes() {
        let confusion = of(3, &[(0, Some(0)), (0, Some(1)), (2, Some(0)), (2, None), (0, Some(7)), (9, Some(0))]);
        let scores = confusion.class(0).unwrap();
        assert_eq!((scores.n, scores.answered), (3, 2));
        assert_eq!((scores.precision, scores.recall), (0.5, 1.0 / 3.0));
        assert_eq!((confusion.class(1), confusion.class(9)), (None, None));
        assert_eq!(confusion.class(2).unwrap().precision.to_bits(), 0.0_f64.to_bits());
        assert_eq!((confusion.occurring(), confusion.seen()), (vec![0, 2], vec![0, 1, 2]));
        assert_eq!((confusion.count(0, Some(1)), confusion.count(2, None), confusion.count(9, None)), (1, 1, 0));
        assert_eq!((confusion.n(), confusion.unanswered()), (5, 2));
    }
}

//! What `soundings eval` says about one file: in JSON, in words, as rows of a table in Markdown.
//!
//! Must not know how texts are read.

use super::eval_input::Labelled;
use super::terminal::{self, counted, plain, short, thousands};
use crate::domain::{Emotion, Sentiment};
use crate::stats::{BINS, Calibration, Confusion};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// Characters of a text that is shown as a mistake.
const SHOWN: usize = 100;

/// What a model says about one text; `None` where it does not speak of that at all.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Judgement {
    pub(super) sentiment: Option<[f32; 3]>,
    pub(super) emotion: Option<[f32; 7]>,
}

/// Scores of one file.
pub(super) struct Scores {
    pub(super) file: String,
    pub(super) model: String,
    pub(super) n: u64,
    /// Texts in which the model found nothing to read.
    pub(super) unread: u64,
    /// Texts that are certainly not English, and what became of them.
    pub(super) foreign: u64,
    pub(super) skips_foreign: bool,
    /// Time of the reading alone.
    pub(super) seconds: f64,
    pub(super) sentiment: Task,
    pub(super) emotion: Task,
}

/// Scores of one kind of label.
pub(super) struct Task {
    labels: Vec<&'static str>,
    confusion: Confusion,
    calibration: Calibration,
    mistakes: Vec<Mistake>,
    most_mistakes: usize,
}

struct Mistake {
    line: u64,
    text: String,
    right: &'static str,
    given: &'static str,
    confidence: f32,
}

impl Task {
    fn new(labels: Vec<&'static str>, most_mistakes: usize) -> Self {
        let confusion = Confusion::new(labels.len());
        Self { labels, confusion, calibration: Calibration::default(), mistakes: Vec::new(), most_mistakes }
    }

    fn add(&mut self, row: &Labelled, right: usize, scores: Option<&[f32]>) {
        let Some(scores) = scores else { return self.confusion.add(right, None) };
        // The first of equals, as everywhere.
        let (given, confidence) = scores
            .iter()
            .copied()
            .enumerate()
            .fold((0, f32::NEG_INFINITY), |best, (i, p)| if p > best.1 { (i, p) } else { best });
        self.confusion.add(right, Some(given));
        self.calibration.add(f64::from(confidence), right == given);
        if right != given {
            let place = self.mistakes.partition_point(|mistake| mistake.confidence >= confidence);
            if place < self.most_mistakes {
                let (right, given) = (self.labels[right], self.labels[given]);
                self.mistakes
                    .insert(place, Mistake { line: row.line, text: row.text.clone(), right, given, confidence });
                self.mistakes.truncate(self.most_mistakes);
            }
        }
    }

    /// Adds the cases of another file; its mistakes stay where they are.
    fn merge(&mut self, other: &Self) {
        let classes = self.labels.len();
        for (right, given) in (0..classes).flat_map(|right| (0..=classes).map(move |given| (right, given))) {
            let given = (given < classes).then_some(given);
            (0..other.confusion.count(right, given)).for_each(|_| self.confusion.add(right, given));
        }
        self.calibration.merge(&other.calibration);
    }

    fn json(&self) -> Value {
        if self.confusion.n() == 0 {
            return Value::Null;
        }
        let per_class: Map<String, Value> = self
            .confusion
            .occurring()
            .into_iter()
            .filter_map(|class| Some((class, self.confusion.class(class)?)))
            .map(|(class, scores)| {
                let value = json!({
                    "n": scores.n,
                    "predicted": scores.answered,
                    "precision": rounded(scores.precision),
                    "recall": rounded(scores.recall),
                    "f1": rounded(scores.f1),
                });
                (self.labels[class].to_owned(), value)
            })
            .collect();
        let classes = 0..self.labels.len();
        let row = |right: usize| classes.clone().map(|given| self.confusion.count(right, Some(given))).collect();
        let table: Vec<Vec<u64>> = classes.clone().map(row).collect();
        let unread: Vec<u64> = classes.map(|right| self.confusion.count(right, None)).collect();
        json!({
            "n": self.confusion.n(),
            "accuracy": self.confusion.accuracy().map(rounded),
            "macro_f1": self.confusion.macro_f1().map(rounded),
            "macro_recall": self.confusion.macro_recall().map(rounded),
            "ece": self.calibration.error().map(rounded),
            "per_class": per_class,
            "confusion": {"labels": self.labels, "table": table, "unread": unread},
        })
    }

    fn mistakes(&self, kind: &str) -> impl Iterator<Item = Value> {
        self.mistakes.iter().map(move |m| {
            json!({
                "line": m.line, "kind": kind, "label": m.right, "predicted": m.given,
                "confidence": rounded(f64::from(m.confidence)), "text": m.text,
            })
        })
    }

    /// The figures, a line per class, who is taken for whom, and the worst mistakes.
    fn show(&self, kind: &str, out: &mut String) {
        if self.confusion.n() == 0 {
            return;
        }
        let figure = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |v| format!("{v:.3}"));
        let _ = writeln!(out, "\n{kind}, {}", counted(self.confusion.n(), "text"));
        let _ = writeln!(
            out,
            "  accuracy {}   macro-F1 {}   macro-recall {}   calibration error {} ({BINS} bins of equal width)",
            figure(self.confusion.accuracy()),
            figure(self.confusion.macro_f1()),
            figure(self.confusion.macro_recall()),
            figure(self.calibration.error()),
        );
        let _ = write!(out, "\n  {:<10}{:>8}{:>11}{:>8}{:>8}   read as", "class", "texts", "precision", "recall", "F1");
        let seen = self.confusion.seen();
        for given in &seen {
            let _ = write!(out, "{:>10}", self.labels[*given]);
        }
        let unread = self.confusion.unanswered() > 0;
        let _ = writeln!(out, "{}", if unread { "    unread" } else { "" });
        for right in self.confusion.occurring() {
            let Some(scores) = self.confusion.class(right) else { continue };
            let (n, label) = (thousands(scores.n), self.labels[right]);
            let _ = write!(
                out,
                "  {label:<10}{n:>8}{:>11.3}{:>8.3}{:>8.3}          ",
                scores.precision, scores.recall, scores.f1
            );
            for given in seen.iter().map(|given| Some(*given)).chain(unread.then_some(None)) {
                let _ = write!(out, "{:>10}", thousands(self.confusion.count(right, given)));
            }
            out.push('\n');
        }
        if !self.mistakes.is_empty() {
            let _ = writeln!(out, "\n  worst mistakes");
        }
        for m in &self.mistakes {
            let text = short(&plain(&m.text), SHOWN);
            let _ =
                writeln!(out, "  line {:<6} {}, read as {} ({:.2}): {text}", m.line, m.right, m.given, m.confidence);
        }
    }

    fn markdown_row(&self, name: &str) -> Option<String> {
        let (accuracy, f1, recall) =
            (self.confusion.accuracy()?, self.confusion.macro_f1()?, self.confusion.macro_recall()?);
        let ece = self.calibration.error().map_or_else(|| "–".to_owned(), |e| format!("{e:.3}"));
        let (n, classes) = (thousands(self.confusion.n()), self.confusion.occurring().len());
        Some(format!("| {name} | {n} | {classes} | {accuracy:.3} | {f1:.3} | {recall:.3} | {ece} |"))
    }
}

/// Four decimals: more would be noise.
fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

impl Scores {
    pub(super) fn new(file: &str, model: &str, most_mistakes: usize, skips_foreign: bool) -> Self {
        Self {
            file: file.to_owned(),
            model: model.to_owned(),
            n: 0,
            unread: 0,
            foreign: 0,
            skips_foreign,
            seconds: 0.0,
            sentiment: Task::new(Sentiment::ALL.iter().map(|label| label.as_str()).collect(), most_mistakes),
            emotion: Task::new(Emotion::ALL.iter().map(|label| label.as_str()).collect(), most_mistakes),
        }
    }

    /// Counts one text. A kind of label that the model does not speak of is not scored.
    pub(super) fn add(&mut self, row: &Labelled, said: Option<&Judgement>, reads: (bool, bool)) {
        self.n += 1;
        self.unread += u64::from(said.is_none());
        if let Some(right) = row.sentiment.filter(|_| reads.0) {
            let scores = said.and_then(|said| said.sentiment);
            self.sentiment.add(row, right.index(), scores.as_ref().map(<[f32; 3]>::as_slice));
        }
        if let Some(right) = row.emotion.filter(|_| reads.1) {
            let scores = said.and_then(|said| said.emotion);
            self.emotion.add(row, right.index(), scores.as_ref().map(<[f32; 7]>::as_slice));
        }
    }

    /// Texts that count for at least one figure.
    pub(super) fn scored(&self) -> u64 {
        self.sentiment.confusion.n() + self.emotion.confusion.n()
    }

    fn texts_per_second(&self) -> Option<f64> {
        (self.seconds > 0.0).then(|| (self.n as f64 / self.seconds * 10.0).round() / 10.0)
    }

    /// The shape that scripts rely on.
    pub(super) fn json(&self) -> Value {
        let mistakes: Vec<Value> =
            self.sentiment.mistakes("sentiment").chain(self.emotion.mistakes("emotion")).collect();
        json!({
            "file": self.file,
            "n": self.n,
            "model": self.model,
            "sentiment": self.sentiment.json(),
            "emotion": self.emotion.json(),
            "texts_per_second": self.texts_per_second(),
            "unread": self.unread,
            "foreign": self.foreign,
            "skipped": if self.skips_foreign { self.foreign } else { 0 },
            "mistakes": mistakes,
        })
    }

    /// For a person.
    pub(super) fn show(&self) -> anyhow::Result<()> {
        let mut out = format!("{}: {} read by {}", plain(&self.file), counted(self.n, "text"), plain(&self.model));
        if let Some(speed) = self.texts_per_second() {
            let _ = write!(out, ", {speed:.0} per second");
        }
        out.push('\n');
        if self.unread > 0 {
            let _ = writeln!(out, "{} had nothing to read; each counts as an error", counted(self.unread, "text"));
        }
        if self.foreign > 0 {
            let became =
                if self.skips_foreign { "left out" } else { "scored like the others (--skip-foreign leaves them out)" };
            let _ = writeln!(out, "{} certainly not English: {became}", counted(self.foreign, "text"));
        }
        self.sentiment.show("sentiment", &mut out);
        self.emotion.show("emotion", &mut out);
        terminal::out(out.trim_end())
    }
}

/// Picks the scores of one task.
type TaskOf = fn(&Scores) -> &Task;

/// All files as tables for a model card, with what is needed to measure again.
pub(super) fn markdown(files: &[Scores], date: &str) -> String {
    let model = files.first().map_or("", |scores| scores.model.as_str());
    let mut out = format!("Measured on {date} with `soundings eval --markdown` on {model}.\n");
    let kinds: [(&str, TaskOf); 2] = [("Sentiment", |s| &s.sentiment), ("Emotion", |s| &s.emotion)];
    for (kind, task) in kinds {
        let rows: Vec<String> =
            files.iter().filter_map(|scores| task(scores).markdown_row(&name(&scores.file))).collect();
        if rows.is_empty() {
            continue;
        }
        let _ = writeln!(out, "\n| {kind}: set | texts | classes | accuracy | macro-F1 | macro-recall | ECE |");
        let _ = writeln!(out, "|---|---|---|---|---|---|---|");
        let mut all = Task::new(files.first().map_or(Vec::new(), |scores| task(scores).labels.clone()), 0);
        for (scores, row) in files.iter().filter(|scores| task(scores).confusion.n() > 0).zip(&rows) {
            all.merge(task(scores));
            let _ = writeln!(out, "{row}");
        }
        if let Some(row) = all.markdown_row("**all together**").filter(|_| rows.len() > 1) {
            let _ = writeln!(out, "{row}");
        }
    }
    out
}

/// The name of a set: its file without folder and ending.
fn name(file: &str) -> String {
    let path = std::path::Path::new(file);
    plain(&path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy()).replace('|', "¦")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(line: u64, sentiment: Option<Sentiment>, emotion: Option<Emotion>) -> Labelled {
        Labelled { line, text: format!("text {line}"), sentiment, emotion }
    }

    fn said(sentiment: [f32; 3]) -> Judgement {
        Judgement { sentiment: Some(sentiment), emotion: Some([0.1, 0.0, 0.0, 0.9, 0.0, 0.0, 0.0]) }
    }

    fn scores() -> Scores {
        let mut scores = Scores::new("dir/set.jsonl", "m", 1, false);
        let reads = (true, true);
        scores.add(&row(1, Some(Sentiment::Positive), None), Some(&said([0.0, 0.2, 0.8])), reads);
        scores.add(&row(2, Some(Sentiment::Positive), None), Some(&said([0.1, 0.6, 0.3])), reads);
        scores.add(&row(3, Some(Sentiment::Negative), None), Some(&said([0.0, 0.1, 0.9])), reads);
        scores.add(&row(4, Some(Sentiment::Negative), None), None, reads);
        scores.seconds = 2.0;
        scores
    }

    #[test]
    fn the_shape_for_scripts() {
        let json = scores().json();
        assert_eq!((&json["n"], &json["model"], &json["emotion"]), (&4.into(), &"m".into(), &Value::Null));
        let sentiment = &json["sentiment"];
        assert_eq!(sentiment["accuracy"], 0.25);
        // Positive: precision 1/2, recall 1/2; negative is never found.
        assert_eq!((&sentiment["macro_f1"], &sentiment["macro_recall"]), (&0.25.into(), &0.25.into()));
        assert_eq!(sentiment["per_class"].as_object().unwrap().len(), 2);
        assert_eq!(sentiment["confusion"]["table"], json!([[0, 0, 1], [0, 0, 0], [0, 1, 1]]));
        assert_eq!(sentiment["confusion"]["unread"], json!([1, 0, 0]));
        assert_eq!((&json["texts_per_second"], &json["unread"]), (&2.0.into(), &1.into()));
        assert_eq!(json["mistakes"].as_array().unwrap().len(), 1);
        assert_eq!((&json["mistakes"][0]["line"], &json["mistakes"][0]["predicted"]), (&3.into(), &"positive".into()));
    }

    #[test]
    fn a_model_is_not_scored_on_what_it_does_not_speak_of() {
        let mut scores = Scores::new("a", "m", 1, false);
        let judgement = Judgement { sentiment: Some([0.9, 0.0, 0.1]), emotion: None };
        scores.add(&row(1, Some(Sentiment::Negative), Some(Emotion::Joy)), Some(&judgement), (true, false));
        assert_eq!((scores.json()["emotion"].clone(), scores.scored()), (Value::Null, 1));
    }

    #[test]
    fn tables_for_a_card() {
        let text = markdown(&[scores(), scores()], "2026-01-02");
        assert!(text.contains("2026-01-02") && text.contains("| set | 4 | 2 | 0.250 | 0.250 | 0.250 |"), "{text}");
        assert!(text.contains("| **all together** | 8 | 2 |") && !text.contains("Emotion"), "{text}");
    }
}

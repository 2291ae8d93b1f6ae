//! What other models' labels mean here: a small table, which a person can override label by label.

use crate::domain::Emotion::{Anger, Disgust, Fear, Joy, Neutral as Calm, Sadness, Surprise};
use crate::domain::Sentiment::{Negative, Neutral, Positive};
use crate::domain::{Emotion, MappedLabel, Meaning, Scores, Sentiment};

/// Names for sentiments, in lower case. "neutral" alone can be either; see [`map_labels`].
const SENTIMENTS: &[(&str, Sentiment)] = &[
    ("negative", Negative),
    ("neg", Negative),
    ("bad", Negative),
    ("very negative", Negative),
    ("1 star", Negative),
    ("2 stars", Negative),
    ("neu", Neutral),
    ("mixed", Neutral),
    ("3 stars", Neutral),
    ("positive", Positive),
    ("pos", Positive),
    ("good", Positive),
    ("very positive", Positive),
    ("4 stars", Positive),
    ("5 stars", Positive),
];

/// Names for emotions, in lower case. The finer ones are `GoEmotions`', grouped as its authors group them under Ekman's
/// six (Demszky and others 2020).
const EMOTIONS: &[(&str, Emotion)] = &[
    ("anger", Anger),
    ("angry", Anger),
    ("annoyance", Anger),
    ("disapproval", Anger),
    ("disgust", Disgust),
    ("fear", Fear),
    ("nervousness", Fear),
    ("worry", Fear),
    ("joy", Joy),
    ("happiness", Joy),
    ("happy", Joy),
    ("admiration", Joy),
    ("amusement", Joy),
    ("approval", Joy),
    ("caring", Joy),
    ("desire", Joy),
    ("excitement", Joy),
    ("gratitude", Joy),
    ("love", Joy),
    ("optimism", Joy),
    ("pride", Joy),
    ("relief", Joy),
    ("sadness", Sadness),
    ("sad", Sadness),
    ("disappointment", Sadness),
    ("embarrassment", Sadness),
    ("grief", Sadness),
    ("remorse", Sadness),
    ("surprise", Surprise),
    ("confusion", Surprise),
    ("curiosity", Surprise),
    ("realization", Surprise),
    ("no emotion", Calm),
];

/// What labels mean: as `overrides` say, and by the table where they say nothing. `None` as an override leaves a label
/// out. "neutral" is an emotion where any other label is one, and a sentiment otherwise.
///
/// The error says which label cannot be placed, and what to write instead.
pub(super) fn map_labels(
    labels: &[String],
    overrides: &[(String, Option<Meaning>)],
) -> Result<Vec<MappedLabel>, String> {
    if let Some((unknown, _)) = overrides.iter().find(|(label, _)| !labels.contains(label)) {
        return Err(format!("the model has no label `{unknown}`: its labels are {}", quoted(labels)));
    }
    let emotional = |label: &String| {
        let said = overrides.iter().find(|(name, _)| name == label).map(|(_, means)| *means);
        matches!(said.unwrap_or_else(|| by_table(label)), Some(Meaning::Emotion(_)))
    };
    let neutral = if labels.iter().any(emotional) { Meaning::Emotion(Calm) } else { Meaning::Sentiment(Neutral) };
    let mapped: Vec<MappedLabel> = labels
        .iter()
        .map(|label| {
            let by_name = || if plain(label) == "neutral" { Some(neutral) } else { by_table(label) };
            let said = overrides.iter().find(|(name, _)| name == label).map(|(_, means)| *means);
            MappedLabel { label: label.clone(), means: said.unwrap_or_else(by_name) }
        })
        .collect();
    let of_one_kind = |is: fn(&Meaning) -> bool| {
        let mut kinds: Vec<Meaning> = mapped.iter().filter_map(|l| l.means).filter(is).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds.len()
    };
    let sentiments = of_one_kind(|m| matches!(m, Meaning::Sentiment(_)));
    let emotions = of_one_kind(|m| matches!(m, Meaning::Emotion(_)));
    if sentiments < 2 && emotions < 2 {
        let example = labels.first().map_or("LABEL_0", String::as_str);
        return Err(format!(
            "what its labels mean is not known ({}): say it for each, as in {example} = sentiment:negative; possible are {}",
            quoted(labels),
            Meaning::all().map(|m| m.to_string()).collect::<Vec<_>>().join(", ")
        ));
    }
    // One sentiment alone would be certain of every text.
    let sure = |means: Option<Meaning>| match means {
        Some(Meaning::Sentiment(_)) if sentiments < 2 => None,
        Some(Meaning::Emotion(_)) if emotions < 2 => None,
        means => means,
    };
    Ok(mapped.into_iter().map(|l| MappedLabel { means: sure(l.means), ..l }).collect())
}

/// Probabilities of a model's own labels → ours: labels of one meaning are added up, those without one are left out, and
/// the rest of each kind is brought to a sum of one. What no label means keeps the probability 0.
pub(super) fn scores(mapped: &[MappedLabel], probabilities: &[f32]) -> Scores {
    let (mut sentiment, mut emotion) = ([0.0_f32; 3], [0.0_f32; 7]);
    let (mut has_sentiment, mut has_emotion) = (false, false);
    for (label, p) in mapped.iter().zip(probabilities) {
        match label.means {
            Some(Meaning::Sentiment(means)) => {
                sentiment[means.index()] += p;
                has_sentiment = true;
            }
            Some(Meaning::Emotion(means)) => {
                emotion[means.index()] += p;
                has_emotion = true;
            }
            None => {}
        }
    }
    Scores { sentiment: has_sentiment.then(|| shares(sentiment)), emotion: has_emotion.then(|| shares(emotion)) }
}

fn shares<const N: usize>(values: [f32; N]) -> [f32; N] {
    let total: f32 = values.iter().sum();
    if total > f32::MIN_POSITIVE { values.map(|v| v / total) } else { [1.0 / N as f32; N] }
}

fn by_table(label: &str) -> Option<Meaning> {
    let name = plain(label);
    let sentiment = SENTIMENTS.iter().find(|(n, _)| *n == name).map(|(_, s)| Meaning::Sentiment(*s));
    sentiment.or_else(|| EMOTIONS.iter().find(|(n, _)| *n == name).map(|(_, e)| Meaning::Emotion(*e)))
}

/// Lower case, with single spaces for underscores and hyphens.
fn plain(label: &str) -> String {
    let spaced = label.to_lowercase().replace(['_', '-'], " ");
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn quoted(labels: &[String]) -> String {
    const SHOWN: usize = 12;
    let shown: Vec<String> = labels.iter().take(SHOWN).map(|label| format!("`{label}`")).collect();
    let more = if labels.len() > SHOWN { format!(" and {} more", labels.len() - SHOWN) } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(labels: &[&str]) -> Vec<String> {
        labels.iter().map(|l| (*l).to_owned()).collect()
    }

    #[track_caller]
    fn check(labels: &[&str], overrides: &[(&str, &str)], expected: Result<&str, &str>) {
        let overrides: Vec<_> =
            overrides.iter().map(|(label, means)| ((*label).to_owned(), Meaning::parse(means))).collect();
        let mapped = map_labels(&owned(labels), &overrides);
        match (mapped, expected) {
            (Ok(mapped), Ok(expected)) => {
                let words: Vec<_> =
                    mapped.iter().map(|l| l.means.map_or_else(|| "-".to_owned(), |m| m.to_string())).collect();
                let words = words.join(" ").replace("sentiment:", "s:").replace("emotion:", "e:");
                assert_eq!(words, expected);
            }
            (Err(error), Err(expected)) => assert!(error.contains(expected), "{error}"),
            (mapped, _) => panic!("{mapped:?}"),
        }
    }

    #[test]
    fn labels_by_the_table() {
        check(&["NEGATIVE", "POSITIVE"], &[], Ok("s:negative s:positive"));
        check(&["neg", "neutral", "pos"], &[], Ok("s:negative s:neutral s:positive"));
        check(
            &["1 star", "2 stars", "3 stars", "4 stars", "5 stars"],
            &[],
            Ok("s:negative s:negative s:neutral s:positive s:positive"),
        );
        check(
            &["anger", "disgust", "fear", "joy", "neutral", "sadness", "surprise"],
            &[],
            Ok("e:anger e:disgust e:fear e:joy e:neutral e:sadness e:surprise"),
        );
        check(&["Very_Negative", "very-positive"], &[], Ok("s:negative s:positive"));
        check(&["happiness", "remorse", "sarcasm"], &[], Ok("e:joy e:sadness -"));
        check(&["negative", "positive", "joy"], &[], Ok("s:negative s:positive -"));
    }

    #[test]
    fn labels_by_a_person() {
        check(&["LABEL_0", "LABEL_1"], &[], Err("`LABEL_0`, `LABEL_1`"));
        check(&["LABEL_0", "LABEL_1"], &[("LABEL_0", "sentiment:negative")], Err("say it for each"));
        check(
            &["LABEL_0", "LABEL_1"],
            &[("LABEL_0", "sentiment:negative"), ("LABEL_1", "sentiment:positive")],
            Ok("s:negative s:positive"),
        );
        check(&["negative", "positive", "mixed"], &[("mixed", "")], Ok("s:negative s:positive -"));
        check(&["joy", "neutral", "fear"], &[("neutral", "emotion:sadness")], Ok("e:joy e:sadness e:fear"));
        check(&["negative", "positive"], &[("LABEL_0", "")], Err("has no label `LABEL_0`"));
        let many: Vec<String> = (0..20).map(|i| format!("LABEL_{i}")).collect();
        assert!(map_labels(&many, &[]).unwrap_err().contains("and 8 more"));
    }

    #[test]
    fn probabilities_are_added_up() {
        let check = |labels: &[&str], p: &[f32], sentiment: Option<[f32; 3]>, emotion: Option<[f32; 7]>| {
            let scores = scores(&map_labels(&owned(labels), &[]).unwrap(), p);
            let close = |a: Option<&[f32]>, b: Option<&[f32]>| match (a, b) {
                (Some(a), Some(b)) => a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-6),
                (a, b) => a.is_none() && b.is_none(),
            };
            assert!(close(scores.sentiment.as_ref().map(|s| &s[..]), sentiment.as_ref().map(|s| &s[..])), "{scores:?}");
            assert!(close(scores.emotion.as_ref().map(|s| &s[..]), emotion.as_ref().map(|s| &s[..])), "{scores:?}");
        };
        check(&["NEGATIVE", "POSITIVE"], &[0.25, 0.75], Some([0.25, 0.0, 0.75]), None);
        let stars = ["1 star", "2 stars", "3 stars", "4 stars", "5 stars"];
        check(&stars, &[0.1, 0.2, 0.3, 0.3, 0.1], Some([0.3, 0.3, 0.4]), None);
        check(&["joy", "sarcasm", "fear"], &[0.3, 0.4, 0.3], None, Some([0.0, 0.0, 0.5, 0.5, 0.0, 0.0, 0.0]));
        check(&["pos", "neg", "other"], &[0.0, 0.0, 1.0], Some([1.0 / 3.0; 3]), None);
    }
}

//! The scale of a column of ratings, found from all its values and from what its name says.
//!
//! One typing error must not turn five stars into five of a hundred, and no guess may pass without a word: what was
//! decided is told, and so is every value that does not fit.

#![allow(clippy::float_cmp, reason = "ratings are compared as written: whole numbers and halves are exact")]

use super::column_names::normalise;
use super::rating::{Written, read};
use super::rating_words::Answer;
use super::record::shorten;
use crate::domain::RatingScale;
use std::collections::{BTreeMap, HashMap};

/// Different values of a column that are kept; rating columns have few.
const MAX_VALUES: usize = 2000;

/// What a column's name says about its numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Named {
    /// They are stars, and those end at five.
    Stars,
    /// They are a rating on some scale.
    Rating,
    /// They may as well be votes or marks, without any end.
    Score,
    /// They say yes or no.
    Choice,
    /// How likely somebody is to recommend: 0 to 10 where nothing speaks against it.
    Promoter,
    /// Stars of a travel site.
    Bubbles,
    /// School marks, of which some count down.
    Marks,
}

/// A column's name, read.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Name {
    pub(super) named: Named,
    /// The scale that the name states.
    pub(super) scale: Option<RatingScale>,
}

impl Name {
    /// Reads `name`.
    pub(super) fn of(name: &str) -> Self {
        let last = normalise(name.rsplit('.').next().unwrap_or(name));
        let words: Vec<&str> = last.split(' ').collect();
        let has = |set: &[&str]| words.iter().any(|word| set.contains(word));
        let scale = scale_in(name);
        let named =
            if has(&["star", "stars", "sterne", "étoiles", "etoiles", "estrellas", "stelle", "estrelas", "sterren"]) {
                Named::Stars
            } else if has(&["bubble", "bubbles"]) {
                Named::Bubbles
            } else if has(&["nps", "promoter"])
                || has(&["recommend", "weiterempfehlen", "recommander", "recomendar", "recommandation"])
                    && has(&["likely", "wahrscheinlich", "likelihood", "probable", "probabilité", "probabilidad"])
            {
                Named::Promoter
            } else if has(&[
                "recommended",
                "recommend",
                "recommendation",
                "recommends",
                "thumb",
                "thumbs",
                "liked",
                "helpful",
                "voted",
                "upvoted",
                "empfehlung",
                "weiterempfehlung",
            ]) {
                Named::Choice
            } else if has(&["schulnote", "schulnoten", "zensur"]) {
                Named::Marks
            } else if scale.is_none()
                && matches!(
                    last.as_str(),
                    "score" | "points" | "grade" | "rate" | "note" | "nota" | "overall" | "polarity" | "value"
                )
            {
                Named::Score
            } else {
                Named::Rating
            };
        Self { named, scale }
    }
}

/// The scale that a name states: `(1-5)`, `out of 10`, `/20`, `1 = bad … 7 = good`.
fn scale_in(name: &str) -> Option<RatingScale> {
    let lower = name.to_lowercase();
    let numbers: Vec<(usize, usize, f64)> = numbers(&lower);
    let pairs: &[(f64, f64)] = &[
        (1.0, 5.0),
        (0.0, 5.0),
        (0.0, 10.0),
        (1.0, 10.0),
        (0.0, 100.0),
        (1.0, 100.0),
        (1.0, 3.0),
        (1.0, 4.0),
        (1.0, 6.0),
        (1.0, 7.0),
        (1.0, 9.0),
        (0.0, 1.0),
        (0.0, 20.0),
        (1.0, 20.0),
        (-1.0, 1.0),
        (-2.0, 2.0),
        (-3.0, 3.0),
        (-5.0, 5.0),
        (0.0, 3.0),
        (0.0, 4.0),
        (0.0, 7.0),
    ];
    for pair in numbers.windows(2) {
        let [(_, end, a), (begin, _, b)] = pair else { continue };
        let between = lower[*end..*begin].trim();
        let joined = matches!(
            between,
            "-" | "–" | "—" | ".." | "..." | "…" | "to" | "bis" | "à" | "a" | "al" | "tot" | "_" | "through" | "~"
        );
        let explained = lower[*end..*begin].contains(['=', '(', ':']) && numbers.len() == 2;
        if (joined || explained) && pairs.contains(&(*a, *b)) {
            let down = is_praise(&lower[*end..*begin]) || numbers.len() == 2 && is_blame(&lower[pair[1].1..]);
            let (worst, best) = if down { (*b, *a) } else { (*a, *b) };
            return Some(RatingScale { worst, best });
        }
    }
    let (begin, _, top) = *numbers.last()?;
    let before = lower[..begin].trim_end();
    let of = ["out of", " of", "/", "von", " sur", " su", " van", "max", "max.", "(of", "sur"]
        .iter()
        .any(|w| before.ends_with(w));
    let is_top = [3.0, 4.0, 5.0, 6.0, 7.0, 10.0, 20.0, 100.0].contains(&top);
    (of && is_top).then_some(RatingScale { worst: if top <= 7.0 { 1.0 } else { 0.0 }, best: top })
}

/// True where the words behind the lower end of a scale praise: it counts down.
fn is_praise(words: &str) -> bool {
    const GOOD: &str = "best|excellent|great|good|perfect|highest|agree|satisfied|likely|gut|beste|bester|bestes|super|bien|\
        bon|excellente|meilleur|bueno|bien|mejor|excelente|ottimo|buono|migliore|melhor|ótimo|goed|uitstekend";
    let has = |set: &str| words.split(|c: char| !c.is_alphanumeric()).any(|w| set.split('|').any(|known| known == w));
    has(GOOD) && !is_blame(words)
}

/// True where the words say that something is bad.
fn is_blame(words: &str) -> bool {
    const BAD: &str = "worst|poor|bad|terrible|awful|lowest|disagree|dissatisfied|unsatisfied|unlikely|not|never|no|least|\
        schlecht|schlechteste|ungenügend|mangelhaft|nicht|mauvais|pire|pas|mal|malo|peor|cattivo|pessimo|peggiore|ruim|pior|slecht|niet";
    words.split(|c: char| !c.is_alphanumeric()).any(|w| BAD.split('|').any(|known| known == w))
}

/// Whole numbers of a name with where they begin and end.
fn numbers(text: &str) -> Vec<(usize, usize, f64)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(begin) = text[at..].find(|c: char| c.is_ascii_digit()).map(|i| at + i) {
        let end = text[begin..].find(|c: char| !c.is_ascii_digit()).map_or(text.len(), |i| begin + i);
        let minus = text[..begin].ends_with(['-', '−', '–'])
            && text[..begin]
                .trim_end_matches(['-', '−', '–'])
                .chars()
                .next_back()
                .is_none_or(|c| matches!(c, '(' | ' ' | '['));
        let value: f64 = text[begin..end].parse().unwrap_or(f64::NAN);
        found.push((begin, end, if minus { -value } else { value }));
        at = end;
    }
    found
}

/// How a column's ratings are read.
#[derive(Clone, Copy, PartialEq, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Scale {
    /// The worst and the best of its plain numbers.
    #[serde(with = "as_pair")]
    plain: RatingScale,
    /// Zero is what nobody rated.
    zero_is_none: bool,
    letters: bool,
    answers: Answers,
}

/// A scale as its worst and its best.
mod as_pair {
    use crate::domain::RatingScale;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(scale: &RatingScale, to: S) -> Result<S::Ok, S::Error> {
        (scale.worst, scale.best).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<RatingScale, D::Error> {
        let (worst, best) = Deserialize::deserialize(from)?;
        Ok(RatingScale { worst, best })
    }
}

/// What words mean beside the other words of their column.
#[derive(Clone, Copy, PartialEq, Default, Debug, serde::Serialize, serde::Deserialize)]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own, and none excludes another")]
struct Answers {
    /// Poor, fair, good, very good, excellent.
    poor_is_worst: bool,
    /// Nothing is better than "very good".
    very_is_best: bool,
    /// Excellent, good, fair and poor alone: four steps.
    four: bool,
    /// Great or good, okay, and bad alone: three steps.
    three: bool,
    /// Good and bad alone.
    good_or_bad: bool,
    /// German school marks.
    marks: bool,
}

impl Scale {
    /// Stars as they are: 1 to 5, nothing converted.
    pub(super) const STARS: Self = Self {
        plain: RatingScale { worst: 1.0, best: 5.0 },
        zero_is_none: false,
        letters: false,
        answers: Answers {
            four: false,
            three: false,
            poor_is_worst: false,
            very_is_best: false,
            good_or_bad: false,
            marks: false,
        },
    };

    /// True where single letters are grades.
    pub(super) fn letters(&self) -> bool {
        self.letters
    }

    /// Stars of a plain number, or why not.
    pub(super) fn stars(&self, number: f64) -> Result<Option<f64>, String> {
        let RatingScale { worst, best } = self.plain;
        if number == 0.0 && self.zero_is_none {
            return Ok(None);
        }
        // Half a star, or 0 of ten, is below the worst of one; that is no error.
        let lowest = if worst > 0.0 && worst < 10.0 && best > worst { 0.0 } else { worst.min(best) };
        if number < lowest || number > worst.max(best) {
            return Err(format!("is outside of this column's scale, {}", self.plain));
        }
        let stars =
            if shares(self.plain) { number * 5.0 / best } else { 1.0 + 4.0 * (number - worst) / (best - worst) };
        Ok(Some(stars.clamp(1.0, 5.0)))
    }

    /// Stars of an answer; `None` where it says that nobody rated.
    pub(super) fn answer(&self, answer: Answer, lower: &str) -> Option<f64> {
        let set = self.answers;
        let word = lower.trim_end_matches(['.', '!']);
        let mark = |n: f64| 1.0 + 4.0 * (6.0 - n) / 5.0;
        Some(match answer {
            Answer::Nothing => return None,
            Answer::Mark(n) => mark(n),
            Answer::Step(_) if set.marks && word == "sehr gut" => mark(1.0),
            Answer::Step(_) if set.marks && word == "gut" => mark(2.0),
            Answer::Step(_) if set.good_or_bad && word == "good" => 5.0,
            Answer::Step(_) if set.four && matches!(word, "poor" | "fair" | "good") => match word {
                "poor" => 1.0,
                "fair" => 1.0 + 4.0 / 3.0,
                _ => 1.0 + 8.0 / 3.0,
            },
            Answer::Step(n) if set.three => {
                if n > 3.5 {
                    5.0
                } else if n < 2.5 {
                    1.0
                } else {
                    3.0
                }
            }
            Answer::Yes(false) if word == "bad" && set.three => 1.0,
            Answer::Step(_) if set.poor_is_worst && matches!(word, "poor" | "fair" | "good") => match word {
                "poor" => 1.0,
                "fair" => 2.0,
                _ => 3.0,
            },
            Answer::Step(_) if set.very_is_best && word.starts_with("very ") => {
                if matches!(answer, Answer::Step(4.0)) {
                    5.0
                } else {
                    1.0
                }
            }
            Answer::Step(n) => n,
            Answer::Yes(false) if word == "bad" && !set.good_or_bad => 2.0,
            Answer::Yes(yes) => {
                if yes {
                    5.0
                } else {
                    1.0
                }
            }
        })
    }
}

/// True for scales of which a number is a share ("8 of 10" is four of five stars), not a step.
fn shares(scale: RatingScale) -> bool {
    let RatingScale { worst, best } = scale;
    worst == 0.0 && (best == 1.0 || best >= 5.0) || worst == 1.0 && [5.0, 10.0, 20.0, 100.0].contains(&best)
}

/// Stars of 1 to 5, or `Ok(None)` where nobody rated, or why not.
#[allow(clippy::cast_possible_truncation, reason = "stars need no more than seven digits")]
pub(super) fn stars(text: &str, scale: &Scale) -> Result<Option<f32>, String> {
    let unreadable =
        || format!("`{}` is not a rating: write a number such as 4, 4/5 or 4 stars", shorten(text.trim(), 40));
    let found = match read(text).ok_or_else(unreadable)? {
        Written::Plain(number) => {
            scale.stars(number).map_err(|reason| format!("`{}` {reason}", shorten(text.trim(), 40)))?
        }
        Written::Of(number, top) if number == 0.0 && top <= 5.0 => None,
        Written::Of(number, top) => Some((number * 5.0 / top).clamp(1.0, 5.0)),
        Written::Answer(answer) => scale.answer(answer, &text.trim().to_lowercase()),
        Written::Letter(stars) if scale.letters() => Some(stars),
        // "Y", "N" and single letters of lists are no grades.
        Written::Letter(_) => return Err(unreadable()),
    };
    Ok(found.map(|stars| stars as f32))
}

/// The values of a column, counted.
#[derive(Clone, Debug, Default)]
pub(super) struct Survey {
    /// Values that are not empty.
    n: u64,
    values: HashMap<String, u64>,
    /// Values beyond those that are kept.
    beyond: u64,
}

/// What was found about a column.
#[derive(Clone, Debug)]
pub(super) struct Decided {
    pub(super) scale: Scale,
    /// What is shown to people.
    pub(super) shown: RatingScale,
    /// Values, and those that are no rating on this scale with a few of them.
    pub(super) n: u64,
    pub(super) unread: u64,
    pub(super) examples: Vec<String>,
    /// Zeros that are read as "nobody rated".
    pub(super) zeros: u64,
    /// True where the scale is a guess that a person should look at.
    pub(super) open: bool,
}

impl Survey {
    /// Counts a value that is not empty.
    pub(super) fn add(&mut self, value: &str) {
        self.n += 1;
        let value = value.trim();
        if let Some(n) = self.values.get_mut(value) {
            *n += 1;
        } else if self.values.len() < MAX_VALUES {
            self.values.insert(shorten(value, 100), 1);
        } else {
            self.beyond += 1;
        }
    }

    /// The scale; `None` where more than a tenth of the plain numbers is on no scale, or nothing is a rating.
    ///
    /// The bulk of the column decides. `given` is what the user says, and is believed.
    pub(super) fn decide(&self, name: &Name, given: Option<RatingScale>) -> Option<Decided> {
        let mut plain: Vec<(f64, u64)> = Vec::new();
        let mut others: BTreeMap<u64, (f64, u64)> = BTreeMap::new();
        let (mut n_letters, mut letters, mut readable) = (0, std::collections::HashSet::new(), 0);
        for (value, n) in &self.values {
            match read(value) {
                Some(Written::Plain(number)) => plain.push((number, *n)),
                Some(Written::Of(_, top)) => {
                    others.entry(top.to_bits()).or_insert((top, 0)).1 += n;
                }
                Some(Written::Letter(_)) => {
                    n_letters += n;
                    letters.insert(value.as_str());
                }
                Some(Written::Answer(_)) => {}
                None => continue,
            }
            readable += n;
        }
        if readable == 0 {
            return None;
        }
        let Found { scale: plain_scale, open } = match given {
            Some(scale) => Found { scale, open: false },
            None if plain.is_empty() => Found { scale: FIVE, open: false },
            None => find(&plain, name)?,
        };
        let zero_is_none = given.is_none()
            && plain_scale.best == 5.0
            && plain_scale.worst >= 0.0
            && name.scale.is_none_or(|s| s.worst != 0.0);
        let scale = Scale {
            plain: plain_scale,
            zero_is_none,
            letters: n_letters * 2 > self.n && (letters.len() > 1 || self.n < 3),
            answers: self.answers(),
        };
        let mut decided =
            Decided { scale, shown: plain_scale, n: self.n, unread: 0, examples: Vec::new(), zeros: 0, open };
        if plain.is_empty()
            && let [(top, _)] = others.values().copied().collect::<Vec<_>>().as_slice()
        {
            decided.shown = RatingScale { worst: if *top <= 7.0 { 1.0 } else { 0.0 }, best: *top };
        }
        let mut unread: Vec<(&String, &u64)> =
            self.values.iter().filter(|(value, _)| stars(value, &scale).is_err()).collect();
        unread.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        decided.unread = unread.iter().map(|(_, n)| **n).sum::<u64>();
        decided.examples = unread.iter().take(3).map(|(value, _)| shorten(value, 40)).collect();
        if zero_is_none {
            decided.zeros = plain.iter().filter(|(number, _)| *number == 0.0).map(|(_, n)| *n).sum();
        }
        Some(decided)
    }

    /// Values that were counted.
    pub(super) fn n(&self) -> u64 {
        self.n
    }

    /// A few values, the most frequent first.
    pub(super) fn examples(&self) -> Vec<String> {
        let mut all: Vec<(&String, &u64)> = self.values.iter().collect();
        all.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        all.iter().take(3).map(|(value, _)| shorten(value, 40)).collect()
    }

    fn answers(&self) -> Answers {
        let lower: std::collections::HashSet<String> =
            self.values.keys().map(|v| v.trim().trim_end_matches(['.', '!']).to_lowercase()).collect();
        let has = |words: &[&str]| words.iter().any(|word| lower.contains(*word));
        let steps: Vec<f64> = lower
            .iter()
            .filter_map(|word| match super::rating_words::answer(word) {
                Some(Answer::Step(n)) if word != "good" => Some(n),
                _ => None,
            })
            .collect();
        let step = |n: f64| steps.contains(&n);
        let rated: Vec<&String> = lower
            .iter()
            .filter(|word| !matches!(super::rating_words::answer(word), None | Some(Answer::Nothing)))
            .collect();
        let only = |words: &[&str]| rated.iter().all(|word| words.contains(&word.as_str()));
        Answers {
            four: has(&["fair"]) && has(&["good"]) && only(&["excellent", "good", "fair", "poor"]),
            three: one_of_each(&rated),
            poor_is_worst: has(&["fair"]) && has(&["good"]) && !step(1.0) && !has(&["bad"]),
            very_is_best: has(&["very bad", "very poor", "very unlikely"]) && !step(5.0),
            good_or_bad: steps.is_empty() && has(&["bad"]),
            marks: has(&["befriedigend", "ausreichend", "mangelhaft", "ungenügend"]),
        }
    }
}

/// True for three steps, one word or face for each: great, okay, bad. Without the one in the middle they may be two of five.
fn one_of_each(words: &[&String]) -> bool {
    const STEPS: [&str; 3] = [
        "great|good|happy|😀|😃|😄|😁|😊",
        "ok|okay|fine|neutral|average|so so|😐|😶|😑",
        "bad|not good|sad|unhappy|🙁|☹|😞|😟|😠|😢",
    ];
    let plain = |word: &String| word.replace(['_', '-'], " ").replace('\u{FE0F}', "");
    let count = |step: &str| words.iter().filter(|word| step.split('|').any(|w| w == plain(word))).count();
    let counts = STEPS.map(count);
    counts.iter().sum::<usize>() == words.len() && counts[1] == 1 && counts[2] == 1 && counts[0] <= 1
}

const FIVE: RatingScale = RatingScale { worst: 1.0, best: 5.0 };

struct Found {
    scale: RatingScale,
    open: bool,
}

/// The scale of plain numbers, each with how often it occurs.
///
/// A column that fits 0 to 5 but for one number in twenty is on five stars; one that is called stars, where most of it
/// does; and one that is called a rating, where two thirds do and the others are on no scale of ten either.
fn find(numbers: &[(f64, u64)], name: &Name) -> Option<Found> {
    let count = |f: &dyn Fn(f64) -> bool| numbers.iter().filter(|(v, _)| f(*v)).map(|(_, n)| *n).sum::<u64>();
    let n = count(&|_| true);
    let outside = |worst: f64, best: f64| count(&|v| v < worst || v > best);
    let sure = |worst: f64, best: f64| Some(Found { scale: RatingScale { worst, best }, open: false });
    let guess = |worst: f64, best: f64| Some(Found { scale: RatingScale { worst, best }, open: true });
    if name.named == Named::Marks && name.scale.is_none_or(|s| s.best == 6.0) {
        return None;
    }
    if let Some(scale) = name.scale
        && outside(scale.worst.min(scale.best).min(0.0), scale.worst.max(scale.best)) * 10 <= n
    {
        return sure(scale.worst, scale.best);
    }
    let max = numbers.iter().map(|(v, _)| *v).fold(f64::MIN, f64::max);
    let distinct = numbers.len();
    if count(&|v| v == 0.0 || v == 1.0) == n && (distinct == 2 || name.named == Named::Choice) {
        return if name.named == Named::Choice { sure(0.0, 1.0) } else { guess(0.0, 1.0) };
    }
    // Choices of -1 and 1, and steps around zero.
    // Bubbles of a travel site come as 10 to 50.
    if name.named == Named::Bubbles && max > 10.0 && count(&|v| !(10.0..=50.0).contains(&v) || v % 5.0 != 0.0) == 0 {
        return sure(10.0, 50.0);
    }
    let negative = count(&|v| v < 0.0);
    if negative > 0 && negative * 10 >= n && name.named != Named::Score {
        let far = numbers.iter().map(|(v, _)| v.abs()).fold(0.0, f64::max);
        let top = [1.0, 2.0, 3.0, 5.0, 10.0, 100.0].into_iter().find(|top| far <= *top)?;
        return guess(-top, top);
    }
    let whole = |v: f64| v.fract() == 0.0;
    if outside(0.0, 1.0) == 0 && count(&|v| !whole(v)) > 0 {
        return sure(0.0, 1.0);
    }
    if name.named == Named::Promoter && outside(0.0, 10.0) * 10 <= n {
        // Who asks on 0 to 10 gets numbers above 5 from most people.
        return if max <= 5.0 && count(&|v| v == 0.0) == 0 && n >= 5 { guess(1.0, 5.0) } else { sure(0.0, 10.0) };
    }
    let (five, ten, hundred) = (outside(0.0, 5.0), outside(0.0, 10.0), outside(0.0, 100.0));
    let by_name = match name.named {
        Named::Stars => five * 2 < n,
        Named::Rating | Named::Promoter | Named::Choice | Named::Marks | Named::Bubbles => {
            five == ten && five * 3 <= n && five < n
        }
        Named::Score => false,
    };
    if five * 20 <= n || by_name {
        sure(1.0, 5.0)
    } else if ten == hundred && ten * 10 <= n {
        // Nobody above seven among thirty, and many at it: the scale ends there.
        let sevens = count(&|v| v == 7.0);
        let seven = n >= 30 && max == 7.0 && sevens * 10 >= n && count(&|v| v < 1.0 || !whole(v)) == 0;
        if seven {
            guess(1.0, 7.0)
        } else {
            Some(Found { scale: RatingScale { worst: 0.0, best: 10.0 }, open: max < 8.0 })
        }
    } else if five * 10 <= n {
        sure(1.0, 5.0)
    } else if ten * 10 <= n {
        sure(0.0, 10.0)
    } else if max <= 20.0 && n >= 10 {
        guess(0.0, 20.0)
    } else if hundred * 10 <= n {
        Some(Found { scale: RatingScale { worst: 0.0, best: 100.0 }, open: max <= 50.0 })
    } else {
        None
    }
}

#[cfg(test)]
#[path = "rating_scale_tests.rs"]
mod tests;

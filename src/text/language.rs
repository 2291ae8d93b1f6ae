//! The language of a text, told with care, from its words and from where it stands.
//!
//! The bundled model reads English only, and a text in another language gets confident nonsense from it; but a wrong "not
//! English" hides a good text. Short texts alone do not say enough: "Super" is English in an English file. So the words
//! give log-likelihoods (`weights`), the file, its columns and its other rows give a prior (`prior`), and both decide
//! together. `docs/language.md` has the figures.
//!
//! Must not know what becomes of a text in another language.

mod prior;
mod tally;
mod weights;

pub use prior::Prior;
pub use tally::Tally;

use super::sentences::sentences;
use weights::{CODES, ENGLISH, N};
use whatlang::Lang;

/// A text whose likelihood of being English is smaller is not read as English. Less than a half: a text that is hidden
/// cannot be seen to be wrong, a text that is read can.
const FOREIGN_BELOW: f32 = 0.35;
/// The same for a text of which nothing is known but its words.
const FOREIGN_BELOW_ALONE: f32 = 0.2;
/// What the evidence of a text of one word is worth: such words travel, and its surroundings know more.
const ONE_WORD: f32 = 0.5;
/// The share of a text's letters in plainly English sentences that makes it worth reading, whatever the rest is in.
const ENGLISH_PART: f32 = 1.0 / 3.0;
/// A language with a smaller share around a text is rare there.
const RARE: f32 = 0.02;
/// The difference of log-likelihoods that makes a text of a rare language clear.
const CLEARLY: f32 = 6.0;
/// English that is likelier is certain.
const CERTAIN_ABOVE: f32 = 0.9;
/// Letters that must not be Latin before a text counts as written in another script; fewer are faces (`ಠ_ಠ`).
const MIN_FOREIGN_LETTERS: usize = 4;
/// The same for scripts in which one letter is a syllable or a word.
const MIN_FOREIGN_SYLLABLES: usize = 2;

/// What could be told of a text's language.
#[derive(Clone, PartialEq, Debug)]
pub struct Language {
    /// ISO 639-1 code where there is one (ISO 639-3 else).
    pub code: String,
    /// True where it is sure enough; of another language than English always, so a text in it must not be scored.
    pub certain: bool,
}

/// True for a language in which the bundled model would talk nonsense; not where none is known.
pub fn is_foreign(language: Option<&Language>) -> bool {
    language.is_some_and(|language| language.certain && language.code != "en")
}

/// What the words of a text say about its language, before anything is known of where it stands.
#[derive(Clone, PartialEq, Debug)]
pub enum Evidence {
    /// Nothing: it has no words.
    None,
    /// Its letters are not Latin, so it is not English: its code.
    Script(&'static str),
    /// Log-likelihoods of the languages in Latin letters.
    Words(Box<[f32; N]>),
}

impl Evidence {
    /// Looks at a text, normalised or not.
    pub fn of(text: &str) -> Self {
        let words = words(text);
        if Letters::count(&words).foreign_script() {
            // English words among them would be taken for the language.
            let of_script: String = words.join(" ").chars().filter(|c| !Letters::is_latin(*c)).collect();
            let code = whatlang::detect(&of_script).map_or("und", |info| code(info.lang()));
            return Self::Script(if code == "en" { "und" } else { code });
        }
        let latin: Vec<String> = words.iter().map(|word| word.trim_matches(['\'', '’']).to_lowercase()).collect();
        let trust = if latin.len() == 1 { ONE_WORD } else { 1.0 };
        weights::log_likelihoods(latin.iter().map(String::as_str))
            .map_or(Self::None, |found| Self::Words(Box::new(found.map(|likelihood| likelihood * trust))))
    }

    /// The likelihoods of the languages, where words say something, then that of all others; they sum to 1.
    fn shares(&self, prior: &Prior) -> [f32; N + 1] {
        let mut shares = [0.0; N + 1];
        for (at, share) in shares.iter_mut().enumerate() {
            *share = prior.share(at);
        }
        if let Self::Words(found) = self {
            let top = found.iter().copied().fold(f32::MIN, f32::max);
            let mut others = 0.0;
            for (at, (share, found)) in shares.iter_mut().zip(found.iter()).enumerate() {
                let likelihood = (found - top).exp();
                *share *= likelihood;
                others += if at == ENGLISH { 0.0 } else { likelihood };
            }
            // A language without weights of its own looks like the others on the average.
            shares[prior::OTHER] *= others / (N - 1) as f32;
        }
        let sum: f32 = shares.iter().sum();
        shares.map(|share| share / sum.max(f32::MIN_POSITIVE))
    }

    /// The language, given what is known beside the text; `None` where that and the words leave it open. Such a text is
    /// read as English.
    pub fn decide(&self, prior: &Prior) -> Option<Language> {
        let told = |code: &str, certain| Some(Language { code: code.to_owned(), certain });
        if let Self::Script(code) = self {
            // A column tells Ukrainian from Russian better than a few letters do.
            let given = prior.given().filter(|given| prior::place(given) == prior::OTHER || *given == "hi");
            return told(given.unwrap_or(code), true);
        }
        if *self == Self::None && prior.is_alone() {
            return None;
        }
        let shares = self.shares(prior);
        let limit = if prior.is_alone() { FOREIGN_BELOW_ALONE } else { FOREIGN_BELOW };
        if shares[ENGLISH] >= limit {
            let english = shares[ENGLISH] >= 0.5;
            return english.then(|| Language { code: "en".to_owned(), certain: shares[ENGLISH] >= CERTAIN_ABOVE });
        }
        let likeliest = (1..=N).max_by(|a, b| shares[*a].total_cmp(&shares[*b])).unwrap_or(prior::OTHER);
        // Among English texts, a language that hardly anybody there writes needs words that are clearly its own.
        if let Self::Words(found) = self
            && !prior.is_alone()
            && likeliest < N
            && prior.share(ENGLISH) >= 0.5
            && prior.share(likeliest) < RARE
            && found[likeliest] - found[ENGLISH] < CLEARLY
        {
            return told("en", false);
        }
        told(CODES.get(likeliest).copied().unwrap_or(prior.other()), true)
    }
}

/// The language of `text` (normalised or not) by its words alone, or `None` where it has none or they leave it open.
pub fn detect_language(text: &str) -> Option<Language> {
    language_of(text, &Prior::default())
}

/// The language of `text`, given what is known beside it; as [`Evidence::decide`], but a text that is in another language as
/// a whole is open where a third of it are sentences in plain English: one sentence in German must not hide two in English.
pub fn language_of(text: &str, prior: &Prior) -> Option<Language> {
    let whole = Evidence::of(text).decide(prior);
    if !is_foreign(whole.as_ref()) {
        return whole;
    }
    let parts = sentences(text);
    if parts.len() < 2 {
        return whole;
    }
    let (mut english, mut all) = (0, 0);
    for part in parts {
        let told = Evidence::of(&text[part.clone()]).decide(&Prior::default());
        all += part.len();
        english += if told.is_some_and(|l| l.certain && l.code == "en") { part.len() } else { 0 };
    }
    let open = english as f32 >= ENGLISH_PART * all as f32;
    if open { Some(Language { code: "en".to_owned(), certain: false }) } else { whole }
}

/// Runs of letters and apostrophes; addresses, names of users and tags are not words of a language.
fn words(text: &str) -> Vec<&str> {
    let is_letter = |c: char| c.is_alphabetic() || c == '\'' || c == '’' || is_mark(c);
    text.split_whitespace()
        .filter(|part| !part.starts_with(['@', '#']) && !part.contains("://") && !part.starts_with("www."))
        .flat_map(|part| part.split(move |c| !is_letter(c)))
        .filter(|word| word.chars().any(char::is_alphabetic))
        .collect()
}

/// Vowel signs of Indian and other scripts stand inside words without being letters.
fn is_mark(c: char) -> bool {
    !c.is_ascii() && unicode_normalization::char::is_combining_mark(c)
}

/// How many letters of a text belong to which kind of script.
#[derive(Default)]
struct Letters {
    latin: usize,
    /// Greek, Cyrillic, Arabic and the like.
    foreign: usize,
    /// Chinese, Japanese, Korean.
    syllables: usize,
}

impl Letters {
    fn count(words: &[&str]) -> Self {
        let mut letters = Self::default();
        for c in words.iter().flat_map(|word| word.chars()).filter(|c| c.is_alphabetic()) {
            match c {
                c if Self::is_latin(c) => letters.latin += 1,
                '\u{2e80}'..='\u{31ff}'
                | '\u{3400}'..='\u{9fff}'
                | '\u{ac00}'..='\u{d7af}'
                | '\u{f900}'..='\u{faff}'
                | '\u{ff66}'..='\u{ff9f}'
                | '\u{20000}'..='\u{3ffff}' => letters.syllables += 1,
                _ => letters.foreign += 1,
            }
        }
        letters
    }

    /// Latin with its extensions, phonetic letters, full-width and mathematical letters that imitate it.
    fn is_latin(c: char) -> bool {
        c.is_alphabetic()
            && matches!(c,
                '\0'..='\u{2ff}'
                | '\u{1d00}'..='\u{1dbf}'
                | '\u{1e00}'..='\u{1eff}'
                | '\u{2100}'..='\u{24ff}'
                | '\u{2c60}'..='\u{2c7f}'
                | '\u{a720}'..='\u{a7ff}'
                | '\u{ab30}'..='\u{ab6f}'
                | '\u{ff21}'..='\u{ff5a}'
                | '\u{1d400}'..='\u{1d7ff}'
                | '\u{1f130}'..='\u{1f189}')
    }

    /// Whether most of the text cannot be English, whatever language it is. A syllable counts for three letters.
    fn foreign_script(&self) -> bool {
        let enough = self.foreign >= MIN_FOREIGN_LETTERS || self.syllables >= MIN_FOREIGN_SYLLABLES;
        enough && self.foreign + 3 * self.syllables > 2 * self.latin
    }
}

/// ISO 639-1 where there is one.
fn code(lang: Lang) -> &'static str {
    const CODES: &str = "eng en epo eo rus ru cmn zh spa es por pt ita it ben bn fra fr deu de ukr uk kat ka ara ar hin hi \
        jpn ja heb he yid yi pol pl amh am jav jv kor ko nob nb dan da swe sv fin fi tur tr nld nl hun hu ces cs ell el \
        bul bg bel be mar mr kan kn ron ro slv sl hrv hr srp sr mkd mk lit lt lav lv est et tam ta vie vi urd ur tha th \
        guj gu uzb uz pan pa aze az ind id tel te pes fa mal ml ori or mya my nep ne sin si khm km tuk tk aka ak zul zu \
        sna sn cym cy afr af lat la slk sk cat ca tgl tl hye hy";
    let mut parts = CODES.split_whitespace();
    while let (Some(long), Some(short)) = (parts.next(), parts.next()) {
        if long == lang.code() {
            return short;
        }
    }
    lang.code()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `expected`: the code, with `!` where it must be certain; empty for `None`.
    fn check(text: &str, expected: &str) {
        check_in(text, &Prior::default(), expected);
    }

    fn check_in(text: &str, prior: &Prior, expected: &str) {
        let found = Evidence::of(text).decide(prior).map(|l| format!("{}{}", l.code, if l.certain { "!" } else { "" }));
        assert_eq!(found.unwrap_or_default(), expected, "{text:?}");
    }

    #[test]
    fn english_is_never_hidden() {
        for text in [
            "",
            "ok",
            "👍👍👍",
            "ಠ_ಠ",
            "¯\\_(ツ)_/¯ whatever",
            "lmaooo noooo",
            "gr8 app thx",
            "nice",
            "Crash crash crash",
            "Señor Frog's in Cancún, piña colada",
            "Bon appétit mes amis",
            "QuickBooks Intuit Paypal Venmo Zelle",
            "https://ejemplo.es/una/casa/muy/bonita @usuario #hola",
            "Beyoncé Rihanna Shakira Eminem Drake Adele Sia Pink Usher Ciara",
            "𝓼𝓸 𝓹𝓻𝓮𝓽𝓽𝔂",
            "Bayern München gegen Borussia Dortmund tonight at 8, who is going?",
        ] {
            let found = detect_language(text);
            assert!(!found.as_ref().is_some_and(|l| l.certain && l.code != "en"), "{text:?} {found:?}");
        }
    }

    #[test]
    fn other_languages() {
        check("El apartamento es muy bonito y está cerca de todo, pero la cama era pequeña.", "es!");
        check("Très bon séjour, l'appartement est bien situé et nous avons été très bien accueillis.", "fr!");
        check("Die Wohnung ist sehr schön und wir haben uns bei den Gastgebern sehr wohl gefühlt.", "de!");
        check("Het appartement was heel mooi en we zijn zeer goed ontvangen, een aanrader voor iedereen.", "nl!");
        check("Очень хорошая квартира, рекомендую всем", "ru!");
        check("房间很干净", "zh!");
        check("とても良かったです", "ja!");
        check("정말 좋아요", "ko!");
        check("شقة جميلة ونظيفة جدا", "ar!");
        check("बहुत अच्छा ऐप है", "hi!");
        check("ร้านอาหารดีมาก", "th!");
        check("The app 很好", "en!");
        check("客服說我的訂單是NOT FOUND，等了三天都沒有人回覆", "zh!");
        check("Excelente ubicación, comunicación al instante, anfitrión súper atento", "es!");
    }

    #[test]
    fn short_texts_alone() {
        for (text, code) in [
            ("Muy malo", "es"),
            ("Muito bom", "pt"),
            ("Sehr gut", "de"),
            ("Geht nicht", "de"),
            ("Très bien", "fr"),
            ("Je recommande", "fr"),
            ("Molto buono", "it"),
            ("Heel goed", "nl"),
            ("Bagus sekali", "id"),
            ("Çok güzel", "tr"),
            ("Bardzo dobre", "pl"),
            ("Mycket bra", "sv"),
            ("Erittäin hyvä", "fi"),
            ("Foarte bun", "ro"),
            ("Rất tốt", "vi"),
            ("Nagyon jó", "hu"),
            ("Ang ganda", "tl"),
            ("bahut accha hai", "hi"),
        ] {
            check(text, &format!("{code}!"));
        }
    }

    #[test]
    fn neutral_texts_follow_their_file() {
        for code in ["es", "de", "fr", "id", "tr", "pl", "ru", "ja"] {
            let file = Prior::of_shares([(code, 0.97), ("en", 0.03)]);
            for text in ["Super", "Top", "5/5", "👍"] {
                check_in(text, &file, &format!("{code}!"));
            }
        }
        let english = Prior::of_shares([("en", 0.97), ("es", 0.02), ("de", 0.01)]);
        for text in ["Super", "Top", "OK", "5/5", "👍", "Nice", "Mediocre", "Excellent", "No", "Crash", "Meh."] {
            let found = Evidence::of(text).decide(&english);
            assert_eq!(found.as_ref().map(|l| l.code.as_str()), Some("en"), "{text:?}");
        }
    }

    #[test]
    fn a_column_is_believed_unless_the_text_contradicts() {
        let given = |code| Prior::default().with_given(code);
        check_in("Super", &given("de"), "de!");
        check_in("Nul", &given("fr"), "fr!");
        check_in("I love this app, it works great and the support was helpful", &given("de"), "en!");
        check_in("La aplicación no funciona desde la última actualización", &given("en"), "es!");
        check_in("Excellent", &given("en"), "en!");
        check_in("很好用", &given("en"), "zh!");
        check_in("Очень хорошо", &given("uk"), "uk!");
    }

    #[test]
    fn a_file_of_two_word_texts_says_what_it_is_in() {
        let mut tally = Tally::default();
        for text in ["Muy malo", "Bueno", "Excelente", "Super", "Todo bien", "Regular", "Perfecto", "Genial"] {
            tally.add(&Evidence::of(text), None);
        }
        let shares = tally.shares();
        assert_eq!(shares[0].0, "es", "{shares:?}");
        assert!(shares[0].1 > 0.7, "{shares:?}");
    }

    #[test]
    fn english() {
        check("I love this app, it works great and the support was very helpful", "en!");
        check("The hotel was close to the Plaza Mayor and the staff were lovely", "en!");
    }

    #[test]
    fn codes_have_two_letters_where_there_are_two() {
        for lang in Lang::all() {
            assert_eq!(code(*lang).len(), 2, "{lang:?}");
        }
    }
}

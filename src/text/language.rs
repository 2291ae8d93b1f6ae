//! The language of a text, told with care.
//!
//! The bundled model reads English only, and a text in another language gets confident nonsense from it. But a wrong
//! "not English" hides a good text, which is the worse error: so a text is *certainly* another language only when
//! several signs agree, and in doubt it is read. Letters that English does not have are such a sign by themselves;
//! among texts in Latin letters the trigram detector has to be sure *and* the small words of English have to be
//! missing, because it mistakes slang, names and stretched words for small languages.
//!
//! Must not know what becomes of a text in another language.

use std::collections::HashSet;
use std::sync::LazyLock;
use whatlang::{Lang, Script};

/// Words that a text in Latin letters needs before anything certain is said of it.
const MIN_WORDS: usize = 6;
/// Letters that must not be Latin before a text counts as written in another script; fewer are faces (`ಠ_ಠ`).
const MIN_FOREIGN_LETTERS: usize = 4;
/// The same for scripts in which one letter is a syllable or a word.
const MIN_FOREIGN_SYLLABLES: usize = 2;

/// What could be told of a text's language.
#[derive(Clone, PartialEq, Debug)]
pub struct Language {
    /// ISO 639-1 code where there is one (ISO 639-3 else).
    pub code: &'static str,
    /// True where the detector is sure enough that a text in another language must not be scored.
    pub certain: bool,
}

/// The language of `text` (normalised or not), or `None` where it is too short or too mixed to tell.
///
/// An uncertain answer is always English or a fair guess at a language; only a certain one may hide a text.
pub fn detect_language(text: &str) -> Option<Language> {
    let words = words(text);
    let letters = Letters::count(&words);
    let joined = words.join(" ");
    if letters.foreign_script() {
        let code = whatlang::detect(&joined).map_or("und", |info| code(info.lang()));
        return Some(Language { code, certain: code != "en" });
    }
    let lowered: Vec<String> = words.iter().map(|word| word.to_lowercase().replace('’', "'")).collect();
    let english = lowered.iter().filter(|word| ENGLISH.contains(word.as_str())).count();
    let info = whatlang::detect(&joined);
    // One small English word in five is more than any other language has by accident.
    if english >= 2 && english * 5 >= words.len() {
        return Some(Language { code: "en", certain: english >= 4 });
    }
    let info = info.filter(|info| info.script() == Script::Latin)?;
    if info.lang() == Lang::Eng {
        return (words.len() >= 3 || info.is_reliable())
            .then_some(Language { code: "en", certain: info.is_reliable() });
    }
    // Names and product words bring an English word or two into any review.
    if words.len() < MIN_WORDS || english * 12 > words.len() {
        return None;
    }
    let certain = match own_words(info.lang()) {
        Some(own) => {
            let accented = |word: &str| word.chars().any(|c| c.is_alphabetic() && !c.is_ascii());
            let small = lowered.iter().filter(|word| own.contains(word.as_str())).count();
            let signs = lowered.iter().filter(|word| own.contains(word.as_str()) || accented(word)).count();
            let sure = info.is_reliable() || signs * 2 >= words.len();
            sure && small >= 1 && signs >= 2 && signs * 8 >= words.len() && signs > 2 * english
        }
        None => info.is_reliable() && english == 0 && words.len() >= 16 && info.confidence() >= 0.9,
    };
    (certain || info.is_reliable()).then(|| Language { code: code(info.lang()), certain })
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
                // Latin with its extensions, phonetic letters, full-width and mathematical letters that imitate it.
                '\0'..='\u{2ff}'
                | '\u{1d00}'..='\u{1dbf}'
                | '\u{1e00}'..='\u{1eff}'
                | '\u{2100}'..='\u{24ff}'
                | '\u{2c60}'..='\u{2c7f}'
                | '\u{a720}'..='\u{a7ff}'
                | '\u{ab30}'..='\u{ab6f}'
                | '\u{ff21}'..='\u{ff5a}'
                | '\u{1d400}'..='\u{1d7ff}'
                | '\u{1f130}'..='\u{1f189}' => letters.latin += 1,
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

    /// Whether most of the text cannot be English, whatever language it is. A syllable counts for three letters.
    fn foreign_script(&self) -> bool {
        let enough = self.foreign >= MIN_FOREIGN_LETTERS || self.syllables >= MIN_FOREIGN_SYLLABLES;
        enough && self.foreign + 3 * self.syllables > 2 * self.latin
    }
}

fn set(words: &'static str) -> HashSet<&'static str> {
    words.split_whitespace().collect()
}

/// Words that are frequent in English and rare in other languages written in Latin letters.
static ENGLISH: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    set(
        "the and this that these those with have has had having you your yours are were been being isn't wasn't aren't \
         not don't doesn't didn't can't won't couldn't wouldn't shouldn't haven't it's i'm i've i'd i'll you're they're \
         we're that's there's it my our their his her him she they them who what when where why how which while would \
         could should might does did doing because from about after before again into through than then too very just \
         really only some any every other another out up down off back now here there never always still even much many \
         more most good great bad best worst better nice love loved like liked hate get got getting give go going make \
         made take use used using work works worked time times year years day days week people thing things something \
         anything nothing everything need want think know feel see look said one two first last new old of to is was for \
         be but all if i u ur im dont cant thats lol omg wtf",
    )
});

#[allow(clippy::too_many_lines, reason = "a table of words")]
/// The small words of the languages that people most often write in beside English; `None` for the others.
fn own_words(lang: Lang) -> Option<&'static HashSet<&'static str>> {
    static SETS: LazyLock<Vec<(Lang, HashSet<&'static str>)>> = LazyLock::new(|| {
        vec![
            (
                Lang::Spa,
                set(
                    "el la los las un una de del en y que es muy no con por para se su lo al como más pero está fue todo bien \
                     nos le mi son era hay también sin a o me ha estaba casa",
                ),
            ),
            (
                Lang::Por,
                set(
                    "o a os as um uma de do da dos das em no na e que é muito não com por para se seu sua mas está foi tudo bem \
                     nos eu são era há também sem ao ou me à pra app",
                ),
            ),
            (
                Lang::Fra,
                set(
                    "le la les un une de des du en et que qui est très pas avec pour sur se sa son ce mais dans nous vous je il \
                     elle au aux plus bien tout était c'est d'un d'une a à y ne on été nos ont très l'appartement par",
                ),
            ),
            (
                Lang::Deu,
                set(
                    "der die das den dem ein eine einen einer und ist sehr nicht mit für auf im in zu von wir ich es sich aber \
                     auch war waren hat haben man noch nur gut alles bei uns zum zur wie oder als wenn so sind an aus",
                ),
            ),
            (
                Lang::Ita,
                set(
                    "il lo la i gli le un una di del della dei in e che è molto non con per su si ma da anche come più tutto \
                     ci ha sono era bene al alla dal nel nella ho abbiamo mi questo",
                ),
            ),
            (
                Lang::Nld,
                set(
                    "de het een en van in is zeer niet met voor op te we wij ik je maar ook was waren heeft hebben nog alles bij \
                     ons zijn als dat die er heel goed aan om naar uit dit",
                ),
            ),
            (
                Lang::Cat,
                set(
                    "el la els les un una de del dels en i que és molt no amb per se seu ho al com més però està tot bé ens són \
                     era hi ha també sense a o va d'un",
                ),
            ),
            (
                Lang::Swe,
                set(
                    "och det att en ett i är som på de av för med inte den till var men vi jag har mycket om så kan bra hade \
                     från vid eller också allt",
                ),
            ),
            (
                Lang::Dan,
                set(
                    "og det at en et i er som på de af for med ikke den til var men vi jeg har meget om så kan godt havde fra \
                     ved eller også alt der",
                ),
            ),
            (
                Lang::Nob,
                set(
                    "og det at en et i er som på de av for med ikke den til var men vi jeg har veldig om så kan bra hadde fra \
                     ved eller også alt der",
                ),
            ),
            (
                Lang::Pol,
                set(
                    "i w na z do się nie jest to że o jak ale po co tak za od przez bardzo dla jego był było są już tylko czy \
                     może nas było przy oraz",
                ),
            ),
            (
                Lang::Tur,
                set(
                    "ve bir bu da de çok için ile ama gibi daha en ne var yok olarak olan her kadar sonra ben biz değil mi iyi \
                     güzel",
                ),
            ),
            (
                Lang::Ind,
                set(
                    "yang dan di ini itu dengan untuk dari tidak ada saya kami sangat juga akan pada bisa sudah ke tapi lebih \
                     karena kita atau bagus banget nya",
                ),
            ),
            (
                Lang::Vie,
                set(
                    "và là có của không được cho một các tôi này rất với người đã nhưng trong những thì mà để ở đến khi cũng",
                ),
            ),
            (
                Lang::Tgl,
                set(
                    "ang ng sa na at ay mga ko ka ito hindi po ako siya para naman lang pero yung kung mo niya may nga din",
                ),
            ),
            (
                Lang::Ron,
                set(
                    "și de la în a cu un o este nu pe mai care pentru din că am foarte fost sunt dar ce se să au al ale",
                ),
            ),
            (
                Lang::Ces,
                set("a v na se je to že s z do o i jsem ale jak by si pro tak co ve za po velmi byl bylo jsme není"),
            ),
            (Lang::Hun, set("a az és nem hogy is egy ez volt de meg nagyon van csak már el ki még mint vagy ha jó")),
            (
                Lang::Fin,
                set("ja on ei se että oli hän ovat mutta kun niin myös joka tai kuin erittäin olla sen ole hyvä"),
            ),
        ]
    });
    SETS.iter().find(|(of, _)| *of == lang).map(|(_, words)| words)
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
        let found = detect_language(text).map(|l| format!("{}{}", l.code, if l.certain { "!" } else { "" }));
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
        check("The app 很好", "en");
        check("Excelente ubicación, comunicación al instante, anfitrión súper atento", "es!");
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

//! Words of ratings: numbers, units, and answers of questionnaires. Knows no columns.

use std::collections::HashMap;
use std::sync::LazyLock;

/// 0 to 10 of a lower-case word in seven languages.
pub(super) fn number(word: &str) -> Option<f64> {
    const WORDS: [&str; 11] = [
        "zero|null|zéro|cero|nul",
        "one|eins|ein|un|une|uno|una|um|uma|één|een",
        "two|zwei|deux|dos|due|dois|duas|twee",
        "three|drei|trois|tres|tre|três|drie",
        "four|vier|quatre|cuatro|quattro|quatro",
        "five|fünf|fuenf|cinq|cinco|cinque|vijf",
        "six|sechs|seis|sei|zes",
        "seven|sieben|sept|siete|sette|sete|zeven",
        "eight|acht|huit|ocho|otto|oito",
        "nine|neun|neuf|nueve|nove|negen",
        "ten|zehn|dix|diez|dieci|dez|tien",
    ];
    WORDS.iter().position(|words| words.split('|').any(|w| w == word)).map(|n| n as f64)
}

/// True for what ratings are counted in.
pub(super) fn is_unit(word: &str) -> bool {
    const UNITS: &str = "star|stars|★|⭐|*|point|points|pts|sterne|stern|sternen|étoiles|étoile|etoiles|estrellas|\
        estrella|stelle|stella|estrelas|estrela|sterren|ster|star rating|stars rating|bubbles|bubble|hearts|heart|\
        thumbs|punkte|punkten|puntos|punti|pontos|punten|rating|☆|⭐️|звезды|звёзд|звезда|つ星|星|点|stjärnor|stjerner";
    let word = word.trim().trim_end_matches(['.', '!']);
    UNITS.split('|').any(|unit| unit == word)
}

/// What an answer in words says.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Answer {
    /// A step of five, 1 the worst.
    Step(f64),
    /// For or against.
    Yes(bool),
    /// A German school mark, 1 the best of six.
    Mark(f64),
    /// Nobody rated.
    Nothing,
}

/// Answers of one meaning, in English, German, French, Spanish, Italian, Portuguese and Dutch.
const ANSWERS: [(Answer, &str); 14] = [
    (
        Answer::Step(1.0),
        "definitely not|certainly not|absolutely not|auf keinen fall|terrible|awful|horrible|very bad|very poor|worst|appalling|dreadful|very dissatisfied|extremely dissatisfied|\
         completely dissatisfied|very unsatisfied|extremely unsatisfied|strongly disagree|completely disagree|\
         totally disagree|very unlikely|extremely unlikely|not at all likely|not at all satisfied|not at all|\
         unacceptable|abysmal|very unhappy|extremely poor|hated it|hate it|sehr schlecht|schrecklich|furchtbar|\
         sehr unzufrieden|stimme überhaupt nicht zu|stimme gar nicht zu|trifft überhaupt nicht zu|\
         trifft gar nicht zu|sehr unwahrscheinlich|très mauvais|très insatisfait|très insatisfaite|\
         pas du tout d'accord|pas du tout satisfait|très mécontent|muy malo|muy mala|pésimo|muy insatisfecho|\
         muy insatisfecha|totalmente en desacuerdo|muy en desacuerdo|nada satisfecho|pessimo|molto insoddisfatto|\
         molto scarso|per niente d'accordo|péssimo|muito ruim|muito insatisfeito|muito insatisfeita|\
         discordo totalmente|zeer slecht|zeer ontevreden|helemaal mee oneens|😡|🤬|😭|💩|😖|😫|🤮",
    ),
    (
        Answer::Step(2.0),
        "not satisfied|not happy|not likely|not really|probably not|rather not|nicht zufrieden|nicht gut|\
         eher nicht|pas satisfait|pas satisfaite|plutôt non|no satisfecho|non soddisfatto|não satisfeito|niet tevreden|\
         poor|below average|dissatisfied|unsatisfied|somewhat dissatisfied|disagree|somewhat disagree|\
         slightly disagree|unlikely|not very likely|not very satisfied|not so satisfied|slightly satisfied|unhappy|\
         disappointing|inadequate|needs improvement|slightly likely|not so good|not good|sad|mediocre|schlecht|unzufrieden|\
         eher unzufrieden|stimme nicht zu|stimme eher nicht zu|trifft nicht zu|trifft eher nicht zu|lehne ab|\
         eher schlecht|unwahrscheinlich|mauvais|insatisfait|insatisfaite|plutôt insatisfait|pas d'accord|\
         plutôt pas d'accord|malo|mala|insatisfecho|insatisfecha|en desacuerdo|poco satisfecho|scarso|\
         insoddisfatto|in disaccordo|poco soddisfatto|ruim|insatisfeito|insatisfeita|discordo|pouco satisfeito|\
         slecht|ontevreden|oneens|mee oneens|🙁|☹|😞|😟|😠|😢|😕|😒",
    ),
    (
        Answer::Step(3.0),
        "maybe|perhaps|possibly|unsure|partly|partially|sometimes|vielleicht|teilweise|teils|manchmal|peut-être|\
         en partie|quizás|quizá|tal vez|forse|talvez|misschien|deels|average|ok|okay|neutral|fair|so so|so-so|neither agree nor disagree|neither satisfied nor dissatisfied|\
         neither likely nor unlikely|neither good nor bad|moderate|moderately satisfied|somewhat satisfied|\
         moderately likely|somewhat likely|undecided|not sure|acceptable|satisfactory|adequate|meh|medium|passable|\
         meets expectations|passive|it was ok|mittel|mittelmäßig|durchschnittlich|teils teils|teils/teils|teils-teils|\
         weder noch|unentschieden|geht so|moyen|moyenne|neutre|correct|ni d'accord ni pas d'accord|\
         ni satisfait ni insatisfait|regular|medio|neutro|ni de acuerdo ni en desacuerdo|\
         ni satisfecho ni insatisfecho|normal|discreto|sufficiente|né d'accordo né in disaccordo|razoável|médio|\
         nem concordo nem discordo|indiferente|neutraal|gemiddeld|redelijk|voldoende|matig|😐|😶|😑|🫤",
    ),
    (
        Answer::Step(4.0),
        "good|very good|above average|satisfied|agree|somewhat agree|slightly agree|likely|happy|great|nice|\
         quite satisfied|mostly satisfied|very likely|quite good|liked it|gut|zufrieden|eher zufrieden|stimme zu|\
         stimme eher zu|trifft zu|trifft eher zu|wahrscheinlich|bon|bonne|bien|satisfait|satisfaite|\
         plutôt satisfait|d'accord|plutôt d'accord|bueno|buena|satisfecho|satisfecha|de acuerdo|buono|buona|\
         soddisfatto|soddisfatta|d'accordo|bom|boa|satisfeito|satisfeita|concordo|goed|tevreden|eens|mee eens|\
         🙂|😊|😃|😀|😄|☺",
    ),
    (
        Answer::Step(5.0),
        "excellent|outstanding|perfect|amazing|exceptional|superb|fantastic|awesome|wonderful|best|brilliant|\
         very satisfied|extremely satisfied|completely satisfied|totally satisfied|strongly agree|completely agree|\
         totally agree|extremely likely|very happy|extremely happy|extremely good|exceeds expectations|loved it|\
         love it|delighted|sehr gut|ausgezeichnet|hervorragend|perfekt|super|exzellent|sehr zufrieden|\
         stimme voll zu|stimme voll und ganz zu|stimme völlig zu|trifft voll zu|trifft voll und ganz zu|\
         sehr wahrscheinlich|excellente|très bon|très bien|très satisfait|très satisfaite|tout à fait d'accord|\
         parfait|excelente|muy bueno|muy buena|muy bien|muy satisfecho|muy satisfecha|totalmente de acuerdo|\
         muy de acuerdo|perfecto|eccellente|ottimo|ottima|molto buono|molto soddisfatto|molto soddisfatta|\
         completamente d'accordo|molto d'accordo|ótimo|ótima|muito bom|muito boa|muito satisfeito|muito satisfeita|\
         concordo totalmente|uitstekend|zeer goed|zeer tevreden|helemaal mee eens|🤩|😍|🥰|😁|❤|💯",
    ),
    (
        Answer::Yes(true),
        "yes|y|true|recommended|recommend|would recommend|i recommend|thumbs up|thumb up|thumbs_up|thumbsup|up|upvote|\
         like|liked|positive|promoter|fresh|definitely|probably|👍|✅|✔|ja|oui|sí|si|sì|sim|empfohlen|empfehlenswert|\
         weiterempfohlen|recommandé|recomendado|consigliato|aanbevolen|да|はい|是|推荐",
    ),
    (
        Answer::Yes(false),
        "no|n|false|not recommended|don't recommend|do not recommend|would not recommend|not recommend|\
         i do not recommend|thumbs down|thumb down|thumbs_down|thumbsdown|down|downvote|dislike|disliked|negative|\
         bad|detractor|rotten|👎|❌|✖|nein|non|não|nee|nicht empfohlen|nicht weiterempfohlen|non recommandé|\
         no recomendado|não recomendado|sconsigliato|niet aanbevolen|нет|いいえ|否|不推荐",
    ),
    (
        Answer::Nothing,
        "no rating|not rated|unrated|none given|no answer|not applicable|does not apply|don't know|dont know|\
         do not know|prefer not to say|unoffered|offered|no opinion|skipped|star rating unspecified|unspecified|\
         n.a.|k.a.|k. a.|keine angabe|keine bewertung|weiß nicht|weiss nicht|sans avis|sans opinion|no sabe|ns/nc|\
         sem resposta|geen mening|did not rate|not yet rated",
    ),
    (Answer::Mark(1.0), ""),
    (Answer::Mark(2.0), ""),
    (Answer::Mark(3.0), "befriedigend"),
    (Answer::Mark(4.0), "ausreichend"),
    (Answer::Mark(5.0), "mangelhaft"),
    (Answer::Mark(6.0), "ungenügend|ungenuegend"),
];

/// What a lower-case answer says.
pub(super) fn answer(text: &str) -> Option<Answer> {
    static TABLE: LazyLock<HashMap<&str, Answer>> = LazyLock::new(|| {
        let each = |(answer, words): &(Answer, &'static str)| {
            let answer = *answer;
            words.split('|').map(move |word| (word.trim(), answer))
        };
        ANSWERS.iter().flat_map(each).collect()
    });
    let text = text.replace(['’', '`'], "'").replace(['_', '\u{FE0F}'], " ");
    let text = text.trim().trim_end_matches(['.', '!', ',']).trim();
    let skin = |c: char| ('\u{1F3FB}'..='\u{1F3FF}').contains(&c);
    let text: String = text.chars().filter(|c| !skin(*c)).collect();
    // "👍👍" says what one says.
    let mut chars = text.chars();
    let repeated = chars.next().filter(|c| !c.is_alphanumeric() && chars.all(|d| d == *c)).map(String::from);
    let text = repeated.unwrap_or(text);
    if text.is_empty() {
        return None;
    }
    TABLE.get(text.as_str()).copied()
}

/// 1 to 5 of a school grade in letters (`A+`, `b-`, `F`).
pub(super) fn letter(text: &str) -> Option<f64> {
    let mut chars = text.trim().chars();
    let base = match chars.next()?.to_ascii_uppercase() {
        'A' => 5.0,
        'B' => 4.0,
        'C' => 3.0,
        'D' => 2.0,
        'E' | 'F' => 1.0,
        _ => return None,
    };
    let shift = match chars.next() {
        None => 0.0,
        Some('+') => 0.3,
        Some('-' | '−') => -0.3,
        Some(_) => return None,
    };
    chars.next().is_none().then(|| f64::clamp(base + shift, 1.0, 5.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_mean_what_they_say() {
        let check = |text: &str, expected: Option<Answer>| assert_eq!(answer(text), expected, "{text:?}");
        check("strongly agree", Some(Answer::Step(5.0)));
        check("neither agree nor disagree", Some(Answer::Step(3.0)));
        check("très insatisfait", Some(Answer::Step(1.0)));
        check("pas d’accord", Some(Answer::Step(2.0)));
        check("thumbs_up", Some(Answer::Yes(true)));
        check("👎🏽", Some(Answer::Yes(false)));
        check("👍👍", Some(Answer::Yes(true)));
        check("❤️", Some(Answer::Step(5.0)));
        check("mangelhaft", Some(Answer::Mark(5.0)));
        check("star_rating_unspecified", Some(Answer::Nothing));
        check("not satisfied", Some(Answer::Step(2.0)));
        check("Maybe".to_lowercase().as_str(), Some(Answer::Step(3.0)));
        check("definitely not", Some(Answer::Step(1.0)));
        check("blue", None);
        check("", None);
        assert_eq!(letter("B+"), Some(4.3));
        assert_eq!(letter("a"), Some(5.0));
        assert_eq!(letter("Ab"), None);
    }

    #[test]
    fn no_answer_has_two_meanings() {
        let mut seen = std::collections::HashMap::new();
        for (answer, words) in ANSWERS {
            for word in words.split('|').map(str::trim).filter(|w| !w.is_empty()) {
                let other = seen.insert(word, answer);
                assert!(other.is_none(), "{word}: {other:?} and {answer:?}");
            }
        }
    }
}

//! What the cells of a header look like, where nothing below has a type: usual names, names of programs, numbered
//! questions, labels. Knows no columns.

use super::column_names::{is_known, normalise};
use super::rating_words::{Answer, answer};
use std::collections::HashSet;

/// Names of columns that take no role, and stand in headers all the same.
const USUAL: &str = "question|questions|prompt|answer|answers|response|responses|reply|replies|statement|statements|item|\
    agreement|agree|value|values|employee|respondent|participant|person|people|member|student|patient|guest|client|\
    user type|gender|sex|age|age group|role|position|job|job title|department|team|office|branch|location|region|country|\
    city|state|area|category|categories|topic|theme|theme name|group|section|segment|type|kind|status|tag|tags|mood|\
    feeling|impression|experience|overall experience|aspect|reason|why|what|who|where|when|how|choice|option|words|word|\
    description|details|notes|note|suggestion|suggestions|complaint|complaints|praise|improvement|improvements|quote|\
    line|row|number|nr|count|week|month|year|quarter|session|event|department name|store name|model|version|device|\
    frage|fragen|antwort|antworten|aussage|aussagen|mitarbeiter|teilnehmer|person|abteilung|bereich|standort|filiale|\
    region|land|stadt|ort|kategorie|thema|gruppe|grund|warum|geschlecht|alter|meinung|eindruck|erfahrung|wort|worte|\
    beschreibung|vorschlag|vorschläge|beschwerde|lob|stimmung|rolle|monat|jahr|zustimmung|question|réponse|réponses|\
    employé|service|département|pays|ville|région|catégorie|thème|raison|pourquoi|sexe|âge|impression|expérience|\
    suggestion|pregunta|preguntas|respuesta|respuestas|empleado|departamento|país|ciudad|región|categoría|tema|motivo|\
    género|edad|experiencia|sugerencia|domanda|domande|risposta|risposte|dipendente|reparto|paese|città|regione|categoria|\
    motivo|genere|età|esperienza|suggerimento|pergunta|perguntas|resposta|respostas|funcionário|cidade|categoria|gênero|\
    idade|vraag|vragen|antwoord|antwoorden|medewerker|afdeling|stad|regio|categorie|onderwerp|reden|ervaring";

/// True for a usual name of a column, with a role or without.
pub(super) fn is_usual(cell: &str) -> bool {
    let name = normalise(cell);
    is_known(cell) || !cell.trim_end().ends_with(['.', '!']) && USUAL.split('|').any(|word| word == name)
}

/// True for names as programs write them: `store_name`, `whatWasGood`, `Q3_TEXT`.
pub(super) fn is_identifier(cell: &str) -> bool {
    let cell = cell.trim();
    let plain = cell.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c));
    let chars: Vec<char> = cell.chars().collect();
    let joined = chars.windows(3).any(|w| w[1] == '_' && w[0].is_alphanumeric() && w[2].is_alphanumeric());
    let camel = chars.first().is_some_and(|c| c.is_lowercase())
        && chars.windows(2).any(|w| w[0].is_lowercase() && w[1].is_uppercase());
    plain && cell.len() <= 64 && (joined || camel) && !is_answer(cell)
}

/// True where two cells or more are one name with a number or an ordinal in it: `Q1` and `Q2`, `First impression` and
/// `Second impression`. `1 bed` and `2 beds` are no names.
pub(super) fn are_numbered(cells: &[&str]) -> bool {
    const ORDINALS: &str = "first|second|third|fourth|fifth|1st|2nd|3rd|erster|erste|zweiter|zweite|dritte|dritter|première|\
        premier|deuxième|troisième|primera|segunda|tercera";
    let stem = |cell: &str| {
        let lower = cell.trim().to_lowercase();
        let bare = lower.trim_end_matches(|c: char| c.is_ascii_digit());
        let numbered = bare.len() < lower.len() && lower.len() - bare.len() <= 3;
        let stem = bare.trim_end_matches([' ', '_', '-', '#', '.']);
        if numbered && !stem.is_empty() && stem.chars().all(|c| c.is_alphabetic() || " _-".contains(c)) {
            return Some(stem.to_owned());
        }
        let (ordinal, rest) = lower.split_once(' ')?;
        ORDINALS.split('|').any(|word| word == ordinal).then(|| format!("… {rest}"))
    };
    let stems: Vec<String> = cells.iter().filter_map(|cell| stem(cell)).collect();
    let distinct = stems.iter().collect::<HashSet<_>>().len();
    stems.len() >= 2 && distinct * 2 <= stems.len()
}

/// True for an answer of a questionnaire: `Strongly agree`, `no`, `Very satisfied`.
pub(super) fn is_answer(cell: &str) -> bool {
    answer(&cell.trim().to_lowercase()).is_some()
}

/// True for `Yes`, `nein`, `👍`.
pub(super) fn is_yes_or_no(cell: &str) -> bool {
    matches!(answer(&cell.trim().to_lowercase()), Some(Answer::Yes(_)))
}

/// True where a cell judges: one of its words is an answer by itself, and it asks nothing.
pub(super) fn judges(cell: &str) -> bool {
    !cell.contains('?')
        && (is_answer(cell)
            || cell.split(|c: char| !c.is_alphanumeric() && c != '\'').any(|w| w.len() > 2 && is_answer(w)))
}

/// Short enough for a name, or a question.
pub(super) fn is_name_like(cell: &str) -> bool {
    let n_words = cell.split_whitespace().count();
    let question = cell.contains('?') || cell.trim_end().ends_with([':', '*']);
    let sentence = cell.trim_end().ends_with(['.', '!', ';']) && n_words > 2;
    !sentence && (cell.chars().count() <= 64 && n_words <= 8 || question && n_words <= 60)
}

/// A question of five words or more that is put to the reader, not one that a reviewer asks.
pub(super) fn asks_reader(cell: &str) -> bool {
    const WORDS: &str = "you|your|we|us|our|sie|ihr|ihnen|ihre|ihren|du|dein|deine|dir|wir|uns|unser|unsere|vous|votre|vos|nous|\
        notre|tu|te|ti|usted|su|sus|nosotros|você|sua|seu|vocês|lei|suo|noi|u|uw|wij|ons|onze|twoja|państwo|вы|вам|ваш|ваше";
    let lower = cell.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.len() >= 4
        && (cell.contains('?') || cell.trim_end().ends_with(':'))
        && words.iter().any(|word| WORDS.split('|').any(|known| known == *word))
}

/// What `SurveyMonkey` and others write below a question.
pub(super) fn is_label(cell: &str) -> bool {
    let cell = cell.trim().to_lowercase();
    matches!(
        cell.as_str(),
        "open-ended response"
            | "response"
            | "open ended response"
            | "other (please specify)"
            | "offene antwort"
            | "antwort"
            | "antwort mit offenem ende"
            | "réponse"
            | "réponse ouverte"
            | "réponse libre"
            | "respuesta"
            | "respuesta abierta"
            | "resposta"
            | "resposta aberta"
            | "risposta"
            | "risposta aperta"
            | "antwoord"
            | "open antwoord"
            | "回答"
            | "自由回答"
            | "odpowiedź"
            | "ответ"
            | "svar"
            | "points"
            | "point score"
    )
}

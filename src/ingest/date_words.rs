//! Words of dates: months in a dozen languages, weekdays, fillers and time zones. Knows no grammar.

/// Month 1 to 12 of a lower-case word; English words may be cut to three letters or more.
pub(super) fn month(word: &str) -> Option<i8> {
    const ENGLISH: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let word = word.trim_end_matches('.');
    if word.len() >= 3
        && let Some(i) = ENGLISH.iter().position(|name| name.starts_with(word))
    {
        return i8::try_from(i + 1).ok();
    }
    let number = match word {
        "januar" | "jänner" | "janvier" | "enero" | "ene" | "gennaio" | "gen" | "janeiro" | "januari" | "janv"
        | "stycznia" | "ocak" | "января" | "янв" | "ledna" => 1,
        "februar" | "février" | "fevrier" | "febrero" | "febbraio" | "fevereiro" | "februari" | "févr" | "fev"
        | "feb" | "lutego" | "şubat" | "февраля" | "фев" | "února" | "febr" => 2,
        "märz" | "maerz" | "mär" | "mars" | "marzo" | "março" | "marco" | "maart" | "mrt" | "marca" | "mart"
        | "марта" | "мар" | "března" => 3,
        "avril" | "abril" | "aprile" | "avr" | "abr" | "kwietnia" | "nisan" | "апреля" | "апр" | "dubna" => 4,
        "mai" | "mayo" | "maggio" | "mag" | "maio" | "mei" | "maja" | "maj" | "mayıs" | "мая" | "května" => 5,
        "juni" | "juin" | "junio" | "giugno" | "giu" | "junho" | "czerwca" | "haziran" | "июня" | "июн" | "června" => {
            6
        }
        "juli" | "juillet" | "julio" | "luglio" | "lug" | "julho" | "juil" | "lipca" | "temmuz" | "июля" | "июл"
        | "července" => 7,
        "août" | "aout" | "agosto" | "ago" | "augustus" | "augusti" | "sierpnia" | "ağustos" | "августа" | "авг"
        | "srpna" => 8,
        "sept" | "septembre" | "septiembre" | "settembre" | "set" | "setembro" | "sett" | "września" | "eylül"
        | "сентября" | "сен" | "září" => 9,
        "oktober" | "okt" | "octobre" | "octubre" | "ottobre" | "ott" | "outubro" | "out" | "października" | "ekim"
        | "октября" | "окт" | "října" => 10,
        "novembre" | "noviembre" | "novembro" | "listopada" | "kasım" | "ноября" | "ноя" => 11,
        "dezember" | "dez" | "décembre" | "decembre" | "diciembre" | "dic" | "dicembre" | "dezembro" | "déc"
        | "grudnia" | "aralık" | "декабря" | "дек" | "prosince" => 12,
        _ => return None,
    };
    Some(number)
}

/// Words that say nothing new: weekdays and connectives.
pub(super) fn is_filler(word: &str) -> bool {
    const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let word = word.trim_end_matches('.');
    word.len() >= 3 && WEEKDAYS.iter().any(|name| name.starts_with(word))
        || matches!(
            word,
            "at" | "on"
                | "of"
                | "the"
                | "de"
                | "del"
                | "um"
                | "uhr"
                | "am"
                | "à"
                | "le"
                | "el"
                | "a"
                | "las"
                | "il"
                | "alle"
                | "em"
                | "às"
                | "st"
                | "nd"
                | "rd"
                | "th"
                | "t"
                | "er"
                | "г"
                | "года"
                | "kl"
                | "tues"
                | "thur"
                | "thurs"
                | "montag"
                | "dienstag"
                | "mittwoch"
                | "donnerstag"
                | "freitag"
                | "samstag"
                | "sonntag"
                | "lundi"
                | "mardi"
                | "mercredi"
                | "jeudi"
                | "vendredi"
                | "samedi"
                | "dimanche"
                | "lunes"
                | "martes"
                | "miércoles"
                | "jueves"
                | "viernes"
                | "sábado"
                | "domingo"
                | "月曜日"
                | "火曜日"
                | "水曜日"
                | "木曜日"
                | "金曜日"
                | "土曜日"
        )
}

/// Minutes east of Greenwich of a lower-case zone abbreviation. Of names with several meanings, the one of most
/// English text: CST is Chicago, IST is India, BST is British Summer Time.
pub(super) fn zone(word: &str) -> Option<i32> {
    let minutes = match word {
        "z" | "utc" | "gmt" | "wet" => 0,
        "est" | "cdt" => -5 * 60,
        "edt" | "ast" => -4 * 60,
        "cst" | "mdt" => -6 * 60,
        "mst" | "pdt" => -7 * 60,
        "pst" | "akdt" => -8 * 60,
        "akst" => -9 * 60,
        "hst" => -10 * 60,
        "adt" | "brt" | "art" => -3 * 60,
        "nst" => -(3 * 60 + 30),
        "cet" | "bst" | "west" | "mez" => 60,
        "cest" | "eet" | "sast" | "mesz" => 2 * 60,
        "eest" | "msk" | "trt" => 3 * 60,
        "gst" => 4 * 60,
        "pkt" => 5 * 60,
        "ist" => 5 * 60 + 30,
        "wib" | "ict" => 7 * 60,
        "sgt" | "hkt" | "awst" | "pht" => 8 * 60,
        "jst" | "kst" => 9 * 60,
        "acst" => 9 * 60 + 30,
        "aest" => 10 * 60,
        "aedt" => 11 * 60,
        "nzst" => 12 * 60,
        "nzdt" => 13 * 60,
        _ => return None,
    };
    Some(minutes)
}

//! Dates in the forms people have, as moments.
//!
//! Read are: ISO 8601 and RFC 3339 (`20250601T123000Z` too), `2025-06-01 12:30:00`, RFC 2822, Unix seconds to
//! nanoseconds, before 1970 as well, Excel serial numbers, `20250601`, month names ("June 3, 2025", "3 Jun 2025 at 4 pm", "Mon Apr 06 22:19:45 PDT 2009", "Reviewed
//! in Germany on May 5, 2021") and numbers alone (`03/06/2025`, `3.6.25`). A moment without a zone is
//! in the zone that the user names, else UTC; a date without a time is midnight in UTC, so that it stays that day. Two-digit years up to 68 are 20xx (POSIX).
//!
//! Which of two numbers is the day is decided per column: one value above 12 decides. Where no value does, month
//! comes first with `/` and blanks, day comes first with `.` and `-`. "2 days ago" is counted from the moment that the
//! reader is given, and refused where it is given none. A month or a year alone is refused: a day would be invented.

use super::date_words::{is_filler, month, zone};
use super::record::shorten;
use super::relative;
use crate::domain::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

/// Which of the first two numbers of a date is the day.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(super) enum Order {
    /// No value of the column tells: by the separator.
    #[default]
    Unknown,
    /// 31/12/2025.
    DayFirst,
    /// 12/31/2025.
    MonthFirst,
}

/// What one value tells about the order of its column.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Vote {
    /// It has no such numbers.
    None,
    /// Both numbers could be a month.
    Undecided,
    /// One is above 12.
    For(Order),
}

/// Counts the votes of a column.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Votes {
    /// Values where both numbers could be a month.
    pub(super) undecided: u64,
    day_first: u64,
    month_first: u64,
}

impl Votes {
    /// Adds what `text` tells.
    pub(super) fn add(&mut self, text: &str) {
        match vote(text) {
            Vote::None | Vote::For(Order::Unknown) => {}
            Vote::Undecided => self.undecided += 1,
            Vote::For(Order::DayFirst) => self.day_first += 1,
            Vote::For(Order::MonthFirst) => self.month_first += 1,
        }
    }

    /// True where some values have the day first and some the month.
    pub(super) fn contradict(self) -> bool {
        self.day_first > 0 && self.month_first > 0
    }

    /// The order of the column; the majority where values contradict each other.
    pub(super) fn order(self) -> Order {
        match (self.day_first, self.month_first) {
            (0, 0) => Order::Unknown,
            (day, month) if day >= month => Order::DayFirst,
            _ => Order::MonthFirst,
        }
    }
}

/// The longest text that is looked at.
const MAX_CHARS: usize = 120;

/// How the dates of a column are read.
#[derive(Clone, Debug, Default)]
pub(super) struct Manner {
    /// Day or month first.
    pub(super) order: Order,
    /// The zone of moments without one; UTC where `None`.
    pub(super) zone: Option<TimeZone>,
    /// What "2 days ago" counts from.
    pub(super) now: Option<Timestamp>,
}

/// Reads `text` on UTC, or says why not.
pub(super) fn parse(text: &str, order: Order) -> Result<Timestamp, String> {
    parse_as(text, &Manner { order, ..Manner::default() })
}

/// Reads `text`, or says why not.
pub(super) fn parse_as(text: &str, manner: &Manner) -> Result<Timestamp, String> {
    let text = text.trim();
    if let Some(moment) = iso(text.as_bytes(), manner.zone.as_ref()) {
        return Ok(moment);
    }
    let shown = shorten(text, 60);
    if text.len() > MAX_CHARS * 4 {
        return Err(format!("`{shown}` is not a date: it is too long"));
    }
    if let Ok(number) = text.parse::<f64>() {
        return from_number(text, number, manner.zone.as_ref()).ok_or_else(|| {
            format!("`{shown}` is not a date: a number must be Unix time, an Excel day number or YYYYMMDD")
        });
    }
    if relative::is_relative(text) {
        return manner.now.and_then(|now| relative::before(text, now)).ok_or_else(|| {
            format!("`{shown}` counts from a day that the file does not tell: export the dates themselves")
        });
    }
    let lower = prepare(text);
    if let Some(moment) = basic(&lower, manner.zone.as_ref()) {
        return Ok(moment);
    }
    let parts = Parts::read(&lower).map_err(|reason| format!("`{shown}` is not a date: {reason}"))?;
    parts.moment(manner).map_err(|reason| format!("`{shown}` is not a date: {reason}"))
}

/// What `text` tells about the order of day and month.
pub(super) fn vote(text: &str) -> Vote {
    let text = text.trim();
    let bytes = text.as_bytes();
    if !(6..=80).contains(&bytes.len()) || bytes[..4].iter().all(u8::is_ascii_digit) || iso(bytes, None).is_some() {
        return Vote::None;
    }
    match Parts::read(&prepare(text)) {
        Ok(Parts { triple: Some((a, b, _)), .. }) if a.digits < 3 => match (a.value > 12, b.value > 12) {
            (true, false) => Vote::For(Order::DayFirst),
            (false, true) => Vote::For(Order::MonthFirst),
            (false, false) if a.value != b.value => Vote::Undecided,
            _ => Vote::None,
        },
        _ => Vote::None,
    }
}

/// `YYYY-MM-DD`, and with a time and a zone: most dates of exports, read without any search.
fn iso(bytes: &[u8], here: Option<&TimeZone>) -> Option<Timestamp> {
    let digits = |from: usize, n: usize| {
        bytes
            .get(from..from + n)?
            .iter()
            .try_fold(0_i32, |sum, b| b.is_ascii_digit().then(|| sum * 10 + i32::from(b - b'0')))
    };
    if bytes.len() < 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let (year, month, day) = (digits(0, 4)?, digits(5, 2)?, digits(8, 2)?);
    let mut time = (0, 0, 0, 0);
    let mut zone = Zone::Minutes(0);
    if bytes.len() > 10 {
        if !matches!(bytes[10], b'T' | b't' | b' ') || *bytes.get(13)? != b':' {
            return None;
        }
        time = (digits(11, 2)?, digits(14, 2)?, 0, 0);
        let mut at = 16;
        if bytes.get(at) == Some(&b':') {
            time.2 = digits(17, 2)?;
            at = 19;
            if matches!(bytes.get(at), Some(b'.' | b',')) {
                let n = bytes[at + 1..].iter().take_while(|b| b.is_ascii_digit()).count();
                time.3 = (0..3).fold(0, |ms, i| ms * 10 + if i < n { i32::from(bytes[at + 1 + i] - b'0') } else { 0 });
                at += 1 + n;
            }
        }
        zone = match &bytes[at..] {
            [] => Zone::here(here),
            [b'Z' | b'z'] => Zone::Minutes(0),
            [sign @ (b'+' | b'-'), rest @ ..] => {
                let (hours, minutes) = match rest {
                    [_, _] => (digits(at + 1, 2)?, 0),
                    [_, _, b':', _, _] => (digits(at + 1, 2)?, digits(at + 4, 2)?),
                    [_, _, _, _] => (digits(at + 1, 2)?, digits(at + 3, 2)?),
                    _ => return None,
                };
                Zone::Minutes((hours * 60 + minutes) * if *sign == b'-' { -1 } else { 1 })
            }
            _ => return None,
        };
    }
    moment((year, month, day), time, zone).ok()
}

/// `20250601T123000Z`, `20250601t1230`, `20250601 123000+0200`: ISO 8601 without separators, in lower case.
fn basic(text: &str, here: Option<&TimeZone>) -> Option<Timestamp> {
    let (date, rest) = (text.get(..8)?, text.get(8..)?.strip_prefix(['t', ' '])?);
    let n = rest.bytes().take_while(u8::is_ascii_digit).count();
    if !date.bytes().all(|b| b.is_ascii_digit()) || !matches!(n, 4 | 6) {
        return None;
    }
    let number = |text: &str| text.parse::<i32>().ok();
    let second = if n == 6 { number(&rest[4..6])? } else { 0 };
    let mut tail = &rest[n..];
    let mut ms = 0;
    if let Some(fraction) = tail.strip_prefix(['.', ',']) {
        let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
        ms = number(&format!("{:0<3}", &fraction[..digits.min(3)]))?;
        tail = &fraction[digits..];
    }
    let zone = match tail.trim() {
        "" => Zone::here(here),
        "z" | "utc" => Zone::Minutes(0),
        offset => {
            let west = offset.starts_with(['-', '−']);
            let digits = offset.strip_prefix(['+', '-', '−'])?.replace(':', "");
            let (hours, minutes) = match digits.len() {
                2 => (number(&digits)?, 0),
                4 => (number(&digits[..2])?, number(&digits[2..])?),
                _ => return None,
            };
            Zone::Minutes((hours * 60 + minutes) * if west { -1 } else { 1 })
        }
    };
    let date = (number(&date[..4])?, number(&date[4..6])?, number(&date[6..])?);
    moment(date, (number(&rest[..2])?, number(&rest[2..4])?, second, ms), zone).ok()
}

/// Unix time, an Excel day or `YYYYMMDD[HHMMSS]`, told by size.
#[allow(clippy::cast_possible_truncation, reason = "checked against the range above it")]
fn from_number(text: &str, number: f64, here: Option<&TimeZone>) -> Option<Timestamp> {
    let whole = text.bytes().all(|b| b.is_ascii_digit());
    if whole && matches!(text.len(), 8 | 14) {
        let digits = |range: std::ops::Range<usize>| text.get(range)?.parse::<i32>().ok();
        let date = (digits(0..4)?, digits(4..6)?, digits(6..8)?);
        let time = if text.len() == 14 { (digits(8..10)?, digits(10..12)?, digits(12..14)?, 0) } else { (0, 0, 0, 0) };
        if (1900..2200).contains(&date.0)
            && let Ok(found) = moment(date, time, if text.len() == 14 { Zone::here(here) } else { Zone::Minutes(0) })
        {
            return Some(found);
        }
    }
    let ms = match number {
        n if !n.is_finite() => return None,
        // Days since 1899-12-30, so that the leap day 1900-02-29 that Excel believes in does no harm from March 1900.
        n if (20_000.0..80_000.0).contains(&n) => {
            let ms = ((n - 25_569.0) * 86_400_000.0).round() as i64;
            return if n.fract() == 0.0 { Some(Timestamp(ms)) } else { wall_clock(ms, here) };
        }
        // Before 1970, and not so far before that it is a program's way to say "never".
        n if n < 0.0 => match -n {
            m if (1e8..2.3e10).contains(&m) => n * 1e3,
            m if (1e11..2.3e13).contains(&m) => n,
            m if (1e14..2.3e16).contains(&m) => n / 1e3,
            _ => return None,
        },
        n if (1e8..1e11).contains(&n) => n * 1e3,
        n if (1e11..1e14).contains(&n) => n,
        n if (1e14..1e17).contains(&n) => n / 1e3,
        n if (1e17..1e19).contains(&n) => n / 1e6,
        _ => return None,
    };
    // 2262 is as far as nanoseconds reach; nobody has reviewed anything later.
    (ms < 9.3e12).then_some(Timestamp(ms.round() as i64))
}

/// A moment that was read as if on UTC, in the zone of here.
fn wall_clock(ms: i64, here: Option<&TimeZone>) -> Option<Timestamp> {
    let Some(zone) = here else { return Some(Timestamp(ms)) };
    let civil = TimeZone::UTC.to_datetime(jiff::Timestamp::from_millisecond(ms).ok()?);
    zone.to_timestamp(civil).ok().map(|t| Timestamp(t.as_millisecond()))
}

/// Lower case, without words in front ("Reviewed in … on", "Date of experience:"), brackets and East Asian signs.
fn prepare(text: &str) -> String {
    const TOLD: &str = "review|posted|published|written|created|submitted|updated|edited|commented|date of|visited|dined|\
        stayed|rated|sent|last updated|bewertet|veröffentlicht|geschrieben|verfasst|erstellt|publié|posté|écrit|commenté|\
        avis publié|publicado|escrito|reseñado|opinión|pubblicat|recensit|scritt|avaliado|escrita|geplaatst|geschreven|beoordeeld";
    let mut lower = text.to_lowercase();
    if let Some((label, date)) = lower.split_once(':')
        && !label.contains(|c: char| c.is_ascii_digit())
        && (3..=40).contains(&label.chars().count())
        && date.contains(|c: char| c.is_ascii_digit())
    {
        lower = date.trim_start().to_owned();
    }
    if TOLD.split('|').any(|word| lower.starts_with(word)) {
        let begin = lower.rfind(" on ").map(|i| i + 4).or_else(|| first_of_date(&lower));
        lower = lower.split_off(begin.unwrap_or(0).min(lower.len()));
        lower = lower.trim_start().to_owned();
    }
    if let Some(bracket) = lower.find('(') {
        lower.truncate(bracket);
    }
    let lower = lower.replace("a.m.", "am").replace("p.m.", "pm").replace("a. m.", "am").replace("p. m.", "pm");
    if lower.is_ascii() {
        return lower;
    }
    lower
        .replace(['年', '月', '년', '월'], "-")
        .replace(['日', '일'], " ")
        .replace(['时', '時', '分'], ":")
        .replace("上午", "am ")
        .replace("下午", "pm ")
        .replace(['\u{a0}', '\u{202f}'], " ")
}

/// Where the first digit or the first month stands, in bytes.
fn first_of_date(text: &str) -> Option<usize> {
    let mut at = 0;
    for word in text.split(' ') {
        let bare = word.trim_matches([',', '.', ':']);
        if at > 0 && (bare.starts_with(|c: char| c.is_ascii_digit()) || month(bare).is_some()) {
            return Some(at);
        }
        at += word.len() + 1;
    }
    text.find(|c: char| c.is_ascii_digit())
}

/// A number as written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Number {
    value: i32,
    digits: usize,
}

/// A zone, as far as it was told.
#[derive(Clone, PartialEq, Debug)]
enum Zone {
    Minutes(i32),
    Named(String),
    Known(TimeZone),
}

impl Zone {
    /// The zone of moments that name none.
    fn here(here: Option<&TimeZone>) -> Self {
        here.map_or(Self::Minutes(0), |zone| Self::Known(zone.clone()))
    }
}

/// The parts of a date as they stand.
#[derive(Default)]
struct Parts {
    /// Three numbers with one separator.
    triple: Option<(Number, Number, Number)>,
    separator: Option<char>,
    loose: Vec<Number>,
    month: Option<i8>,
    time: Option<(i32, i32, i32, i32)>,
    afternoon: Option<bool>,
    zone: Option<Zone>,
}

#[derive(Clone, PartialEq, Debug)]
enum Token {
    Number(Number),
    Word(String),
    Sign(char),
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let n = if c.is_ascii_digit() {
            let n = rest.bytes().take_while(u8::is_ascii_digit).count();
            tokens.push(Token::Number(Number { value: rest[..n.min(9)].parse().ok()?, digits: n }));
            n
        } else if c.is_alphabetic() {
            let n = rest.find(|c: char| !c.is_alphabetic() && !matches!(c, '_')).unwrap_or(rest.len());
            tokens.push(Token::Word(rest[..n].to_owned()));
            n
        } else {
            tokens.push(Token::Sign(c));
            c.len_utf8()
        };
        rest = &rest[n..];
    }
    (tokens.len() < 48).then_some(tokens)
}

impl Parts {
    fn read(text: &str) -> Result<Self, String> {
        let tokens = tokens(text).ok_or("it has too many parts")?;
        let mut parts = Self::default();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            at += match token {
                Token::Number(_) => parts.number(&tokens[at..])?,
                Token::Word(word) => parts.word(word, &tokens[at..])?,
                Token::Sign(sign @ ('+' | '-' | '−')) if parts.time.is_some() && parts.zone_is_open() => {
                    parts.offset(*sign != '+', &tokens[at + 1..]).map_or(1, |n| n + 1)
                }
                Token::Sign(
                    ' ' | ',' | '.' | '-' | '–' | '/' | '\'' | '|' | '·' | '•' | '@' | ':' | '\t' | '\n' | '[' | ']',
                ) => 1,
                Token::Sign(sign) => return Err(format!("`{sign}` has no place in a date")),
            };
        }
        Ok(parts)
    }

    fn zone_is_open(&self) -> bool {
        // "GMT+0200" and "UTC-5" name the zero that they count from.
        matches!(self.zone, None | Some(Zone::Minutes(0)))
    }

    /// Takes a time, three numbers or one; answers how many tokens.
    #[allow(clippy::cast_possible_truncation, reason = "a fraction of a second is below 1,000 ms")]
    #[allow(clippy::many_single_char_names, reason = "three numbers and their separators have no better names")]
    fn number(&mut self, tokens: &[Token]) -> Result<usize, String> {
        use Token::{Number as N, Sign, Word};
        match tokens {
            [N(hour), Sign(':'), N(minute), rest @ ..] => {
                if self.time.is_some() {
                    return Err("it has two times".to_owned());
                }
                let mut time = (hour.value, minute.value, 0, 0);
                let mut taken = 3;
                if let [Sign(':'), N(second), ..] = rest {
                    time.2 = second.value;
                    taken += 2;
                    if let Some([Sign('.' | ','), N(fraction), ..]) = rest.get(2..) {
                        let digits = i32::try_from(fraction.digits.min(9)).unwrap_or(9);
                        time.3 = (f64::from(fraction.value) * 10_f64.powi(3 - digits)) as i32;
                        taken += 2;
                    }
                }
                self.time = Some(time);
                Ok(taken)
            }
            [N(a), Sign(s @ ('/' | '-' | '.')), N(b), Sign(t), N(c), ..] if s == t => {
                if self.triple.is_some() {
                    return Err("it has two dates".to_owned());
                }
                (self.triple, self.separator) = (Some((*a, *b, *c)), Some(*s));
                Ok(5)
            }
            [N(hour), Word(word), ..] if is_meridiem(word) => {
                self.time = Some((hour.value, 0, 0, 0));
                self.afternoon = Some(word.starts_with('p'));
                Ok(2)
            }
            [N(hour), Sign(' '), Word(word), ..] if is_meridiem(word) && self.time.is_none() => {
                self.time = Some((hour.value, 0, 0, 0));
                self.afternoon = Some(word.starts_with('p'));
                Ok(3)
            }
            [N(number), ..] => {
                self.loose.push(*number);
                Ok(1)
            }
            _ => Ok(1),
        }
    }

    fn word(&mut self, word: &str, tokens: &[Token]) -> Result<usize, String> {
        if is_meridiem(word) && (self.time.is_some() || word == "pm") {
            self.afternoon = Some(word == "pm");
        } else if let Some(number) = month(word).filter(|_| self.month.is_none()) {
            self.month = Some(number);
        } else if let [_, Token::Sign('/'), Token::Word(city), ..] = tokens {
            if self.zone.is_none() {
                self.zone = Some(Zone::Named(format!("{word}/{city}")));
            }
            return Ok(3);
        } else if let Some(minutes) = zone(word).filter(|_| self.zone.is_none()) {
            self.zone = Some(Zone::Minutes(minutes));
        } else if !is_filler(word) && zone(word).is_none() {
            return Err(format!("the word `{}` has no place in a date", shorten(word, 30)));
        }
        Ok(1)
    }

    /// Takes `hh`, `hhmm` or `hh:mm` behind a sign.
    fn offset(&mut self, west: bool, tokens: &[Token]) -> Option<usize> {
        let (hours, minutes, taken) = match tokens {
            [Token::Number(h), Token::Sign(':'), Token::Number(m), ..] if h.digits <= 2 => (h.value, m.value, 3),
            [Token::Number(n), ..] if n.digits == 4 => (n.value / 100, n.value % 100, 1),
            [Token::Number(h), ..] if h.digits <= 2 => (h.value, 0, 1),
            _ => return None,
        };
        if hours > 15 || minutes > 59 {
            return None;
        }
        self.zone = Some(Zone::Minutes((hours * 60 + minutes) * if west { -1 } else { 1 }));
        Some(taken)
    }

    fn moment(self, manner: &Manner) -> Result<Timestamp, String> {
        let date = self.date(manner.order)?;
        let mut time = self.time.unwrap_or_default();
        if let Some(afternoon) = self.afternoon
            && (1..=12).contains(&time.0)
        {
            time.0 = time.0 % 12 + if afternoon { 12 } else { 0 };
        }
        let here = if self.time.is_some() { Zone::here(manner.zone.as_ref()) } else { Zone::Minutes(0) };
        moment(date, time, self.zone.unwrap_or(here))
    }

    fn date(&self, order: Order) -> Result<(i32, i32, i32), String> {
        if let Some(month) = self.month {
            let month = i32::from(month);
            let loose: Vec<Number> = match self.triple {
                Some((a, b, c)) => vec![a, b, c],
                None => self.loose.clone(),
            };
            return match loose.as_slice() {
                [year, day] if year.digits >= 3 || year.value > 31 => Ok((full_year(*year), month, day.value)),
                [day, year] => Ok((full_year(*year), month, day.value)),
                [one] if one.digits == 4 => Err("the day is missing".to_owned()),
                [_] => Err("the year is missing".to_owned()),
                _ => Err("it does not have a day, a month and a year".to_owned()),
            };
        }
        let (triple, separator) = match (self.triple, self.loose.as_slice()) {
            (Some(triple), []) => (triple, self.separator.unwrap_or('/')),
            (None, [a, b, c]) => ((*a, *b, *c), ' '),
            (None, [one]) if one.digits == 8 => {
                return Ok((one.value / 10_000, one.value / 100 % 100, one.value % 100));
            }
            _ => return Err("it does not have a day, a month and a year".to_owned()),
        };
        let (a, b, c) = triple;
        if a.digits >= 3 || a.value > 31 {
            return Ok((full_year(a), b.value, c.value));
        }
        let day_first = match order {
            _ if a.value > 12 => true,
            _ if b.value > 12 => false,
            Order::DayFirst => true,
            Order::MonthFirst => false,
            Order::Unknown => matches!(separator, '.' | '-'),
        };
        Ok(if day_first { (full_year(c), b.value, a.value) } else { (full_year(c), a.value, b.value) })
    }
}

fn is_meridiem(word: &str) -> bool {
    matches!(word, "am" | "pm")
}

fn full_year(year: Number) -> i32 {
    match (year.digits, year.value) {
        (1 | 2, value @ 0..=68) => value + 2000,
        (1 | 2, value) => value + 1900,
        (_, value) => value,
    }
}

fn moment(date: (i32, i32, i32), time: (i32, i32, i32, i32), zone: Zone) -> Result<Timestamp, String> {
    let no_such_day = || "there is no such day or time".to_owned();
    if !(1000..=2999).contains(&date.0) {
        return Err(format!("the year {} is out of range", date.0));
    }
    let small = |n: i32| i8::try_from(n).map_err(|_| no_such_day());
    // A leap second is read as the last second before it.
    let second = if time.2 == 60 { 59 } else { time.2 };
    let civil = DateTime::new(
        i16::try_from(date.0).map_err(|_| no_such_day())?,
        small(date.1)?,
        small(date.2)?,
        small(time.0)?,
        small(time.1)?,
        small(second)?,
        time.3 * 1_000_000,
    )
    .map_err(|_| no_such_day())?;
    let zoned = match zone {
        Zone::Minutes(minutes) => Offset::from_seconds(minutes * 60).and_then(|offset| offset.to_timestamp(civil)),
        Zone::Known(zone) => zone.to_timestamp(civil),
        Zone::Named(name) => {
            TimeZone::get(&name).map_err(|_| format!("the time zone `{name}` is not known"))?.to_timestamp(civil)
        }
    };
    zoned.map(|t| Timestamp(t.as_millisecond())).map_err(|_| no_such_day())
}

#[cfg(test)]
#[path = "dates_tests.rs"]
mod tests;

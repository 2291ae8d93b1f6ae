//! Ratings: from what people and shops write to 1 to 5 stars.
//!
//! "4/5", "8 out of 10" and "★★★★☆" carry their scale. A plain number is read on the scale of its column: up to 5 as
//! it stands, up to 10 halved, up to 100 divided by 20; results below 1 become 1. Zero on a five-star column means
//! that nobody rated.

/// The top of a column's plain numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Scale {
    /// 1 to 5.
    Five,
    /// 0 or 1 to 10.
    Ten,
    /// 0 to 100.
    Hundred,
}

/// A rating as written.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Written {
    /// A number without a scale.
    Plain(f64),
    /// A number and the top of its scale.
    Of(f64, f64),
}

impl Scale {
    fn top(self) -> f64 {
        match self {
            Self::Five => 5.0,
            Self::Ten => 10.0,
            Self::Hundred => 100.0,
        }
    }

    /// The scale of a column's plain numbers; `None` where more than a tenth is on no scale.
    ///
    /// The bulk of the column decides, or one typing error would turn five stars into five of a hundred. A column that
    /// fits 0 to 5 but for one number in twenty is on five stars; one that is called stars, where most of it does; and
    /// one that is called a rating, where two thirds do and the others are on no scale of ten either. The odd ones out
    /// are rejected by row.
    pub(super) fn of(values: impl Iterator<Item = Written>, named: Named) -> Option<Self> {
        let numbers: Vec<f64> = values.filter_map(|w| if let Written::Plain(n) = w { Some(n) } else { None }).collect();
        let outside = |top: f64| numbers.iter().filter(|n| **n < 0.0 || **n > top).count();
        let (five, ten, hundred) = (outside(5.0), outside(10.0), outside(100.0));
        let n = numbers.len();
        let by_name = match named {
            Named::Stars => five * 2 < n,
            Named::Rating => five == ten && five * 3 <= n && five < n,
            Named::Score => false,
        };
        if five * 20 <= n || by_name {
            Some(Self::Five)
        } else if ten == hundred && ten * 10 <= n {
            Some(Self::Ten)
        } else if five * 10 <= n {
            Some(Self::Five)
        } else if ten * 10 <= n {
            Some(Self::Ten)
        } else {
            (hundred * 10 <= n).then_some(Self::Hundred)
        }
    }
}

/// What a column's name says about its numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Named {
    /// They are stars, and those end at five.
    Stars,
    /// They are a rating on some scale.
    Rating,
    /// They may as well be votes or marks, without any end.
    Score,
}

/// Reads `text`. Numbers may have a decimal comma and words behind them ("4,5 Sterne").
pub(super) fn read(text: &str) -> Option<Written> {
    let text = text.trim();
    let stars = text.chars().filter(|c| matches!(c, '★' | '⭐' | '🌟' | '✭')).count();
    if stars > 0 {
        let hollow = text.chars().filter(|c| matches!(c, '☆' | '✩')).count();
        let half = if text.contains('½') { 0.5 } else { 0.0 };
        let only_stars =
            text.chars().all(|c| matches!(c, '★' | '⭐' | '🌟' | '✭' | '☆' | '✩' | '½' | ' ' | '\u{FE0F}'));
        if only_stars && stars + hollow <= 10 {
            let top = if stars + hollow > 5 { 10.0 } else { 5.0 };
            return Some(Written::Of(stars as f64 + half, top));
        }
    }
    let (number, rest) = leading_number(text)?;
    let rest = rest.trim().to_lowercase();
    if rest.is_empty() || is_unit(&rest) {
        return Some(Written::Plain(number));
    }
    if rest == "%" {
        return Some(Written::Of(number, 100.0));
    }
    let behind =
        ["/", "out of", "of", "von", "sur", "de", "su", "van"].iter().find_map(|word| rest.strip_prefix(word))?;
    let (top, rest) = leading_number(behind.trim_start())?;
    let rest = rest.trim();
    (top >= 2.0 && number <= top && (rest.is_empty() || is_unit(rest))).then_some(Written::Of(number, top))
}

fn is_unit(word: &str) -> bool {
    matches!(
        word.trim_end_matches('.'),
        "star"
            | "stars"
            | "★"
            | "⭐"
            | "point"
            | "points"
            | "sterne"
            | "stern"
            | "étoiles"
            | "étoile"
            | "estrellas"
            | "estrella"
            | "stelle"
            | "estrelas"
            | "sterren"
            | "star rating"
            | "stars rating"
    )
}

fn leading_number(text: &str) -> Option<(f64, &str)> {
    let end = text
        .char_indices()
        .find(|(i, c)| !(c.is_ascii_digit() || matches!(c, '.' | ',') || (*i == 0 && matches!(c, '-' | '+'))))
        .map_or(text.len(), |(i, _)| i);
    let number = text[..end].replace(',', ".").parse::<f64>().ok().filter(|n| n.is_finite())?;
    Some((number, &text[end..]))
}

/// Stars of 1 to 5, or `Ok(None)` where nobody rated, or why not.
#[allow(clippy::cast_possible_truncation, reason = "stars need no more than seven digits")]
pub(super) fn stars(text: &str, scale: Scale) -> Result<Option<f32>, String> {
    let unreadable =
        || format!("`{}` is not a rating: write a number such as 4, 4/5 or 4 stars", super::record::shorten(text, 40));
    let (number, top) = match read(text).ok_or_else(unreadable)? {
        Written::Plain(number) => (number, scale.top()),
        Written::Of(number, top) => (number, top),
    };
    if number < 0.0 || number > top {
        return Err(format!("the rating `{text}` is outside of this column's scale, 0 to {top}"));
    }
    if number == 0.0 && top <= 5.0 {
        return Ok(None);
    }
    Ok(Some(((number * 5.0 / top) as f32).clamp(1.0, 5.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[allow(clippy::option_option, reason = "refused, no rating, or a rating")]
    fn check(text: &str, scale: Scale, expected: Option<Option<f32>>) {
        assert_eq!(stars(text, scale).ok(), expected, "{text:?} on {scale:?}");
    }

    #[test]
    fn ratings_become_stars() {
        check("5", Scale::Five, Some(Some(5.0)));
        check("4.0", Scale::Five, Some(Some(4.0)));
        check("4,5", Scale::Five, Some(Some(4.5)));
        check("4 stars", Scale::Five, Some(Some(4.0)));
        check("4.0 out of 5 stars", Scale::Five, Some(Some(4.0)));
        check("4/5", Scale::Ten, Some(Some(4.0)));
        check("8/10", Scale::Five, Some(Some(4.0)));
        check("80%", Scale::Five, Some(Some(4.0)));
        check("★★★★☆", Scale::Five, Some(Some(4.0)));
        check("⭐⭐⭐", Scale::Five, Some(Some(3.0)));
        check("8", Scale::Ten, Some(Some(4.0)));
        check("1", Scale::Ten, Some(Some(1.0)));
        check("70", Scale::Hundred, Some(Some(3.5)));
        check("0", Scale::Five, Some(None));
        check("0", Scale::Ten, Some(Some(1.0)));
        check("6", Scale::Five, None);
        check("-1", Scale::Five, None);
        check("good", Scale::Five, None);
        check("5 apples", Scale::Five, None);
        check("7/5", Scale::Five, None);
        check("", Scale::Five, None);
    }

    #[test]
    fn the_scale_is_the_column_s() {
        let named = |numbers: &[f64], named| Scale::of(numbers.iter().map(|n| Written::Plain(*n)), named);
        let of = |numbers: &[f64]| named(numbers, Named::Rating);
        assert_eq!(of(&[1.0, 5.0]), Some(Scale::Five));
        assert_eq!(of(&[1.0, 9.5]), Some(Scale::Ten));
        assert_eq!(of(&[1.0, 90.0]), Some(Scale::Hundred));
        assert_eq!(of(&[1.0, 900.0]), None);
        assert_eq!(of(&[&[4.0; 30][..], &[55.0]].concat()), Some(Scale::Five));
        assert_eq!(of(&[&[4.0; 19][..], &[9.0]].concat()), Some(Scale::Five), "nineteen in twenty");
        assert_eq!(of(&[&[4.0; 9][..], &[9.0]].concat()), Some(Scale::Ten));
        assert_eq!(of(&[5.0, 99.0, 3.0]), Some(Scale::Five));
        assert_eq!(of(&[5.0, 999.0, 3.0]), Some(Scale::Five));
        assert_eq!(of(&[7.0, 99.0, 3.0]), Some(Scale::Hundred));
        assert_eq!(named(&[5.0, 99.0, 3.0], Named::Score), Some(Scale::Hundred), "votes have no end");
        assert_eq!(named(&[5.0, 7.0, 3.0], Named::Stars), Some(Scale::Five));
        assert_eq!(named(&[8.0, 7.0, 3.0], Named::Stars), Some(Scale::Ten));
        assert_eq!(of(&[-1.0]), None);
    }
}

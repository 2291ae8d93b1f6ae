//! Shares with their uncertainty, and whether one has changed. Must not know what is counted.

/// The 97.5 % point of the normal distribution: two-sided 95 %.
const Z: f64 = 1.959_963_984_540_054;
/// Cases on either side from which on a change is spoken of.
const LEAST: u64 = 20;

/// A share of cases and where the true one likely is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Estimate {
    /// Cases.
    pub n: u64,
    /// Hits among them, 0 to 1.
    pub share: f64,
    /// Lower end of Wilson's interval at 95 % (Wilson 1927): unlike the usual one it stays inside `0..=1` and is of use for
    /// small `n`.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// The share of `hits` among `n` cases; `None` without cases: that is no share, and not zero percent.
pub fn share(hits: u64, n: u64) -> Option<Estimate> {
    let (cases, hits) = (n as f64, hits.min(n) as f64);
    let p = hits / cases;
    let z2 = Z * Z / cases;
    let middle = (p + z2 / 2.0) / (1.0 + z2);
    let half = Z * (p * (1.0 - p) / cases + z2 / (4.0 * cases)).sqrt() / (1.0 + z2);
    (n > 0).then(|| Estimate { n, share: p, low: (middle - half).max(0.0), high: (middle + half).min(1.0) })
}

/// The shares of classes that make up all cases together.
pub fn shares<const N: usize>(counts: [u64; N]) -> [Option<Estimate>; N] {
    let n = counts.iter().sum();
    counts.map(|hits| share(hits, n))
}

/// By how much two shares of the same `n` cases may differ by chance alone (95 %): the interval of Agresti and Caffo (2000), whose
/// two hits and two misses in all keep 0 of 7 from being certainty. Infinite without cases.
pub fn by_chance(before: f64, after: f64, n: u64) -> f64 {
    if n == 0 {
        return f64::INFINITY;
    }
    let cases = n as f64;
    let spread = |share: f64| {
        let doubted = (share * cases + 2.0) / (cases + 4.0);
        doubted * (1.0 - doubted) / (cases + 4.0)
    };
    Z * (spread(before) + spread(after)).sqrt()
}

/// What can be said about a share then and now.
///
/// That it has changed is said only where the intervals are apart, so that chance alone would hardly bring it about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change {
    /// Not enough cases on one of the sides.
    TooFew,
    /// The intervals overlap: no change that chance would not explain.
    Steady,
    /// More than before.
    Rose,
    /// At least twice as much as before.
    Doubled,
    /// Less than before.
    Fell,
    /// At most half as much as before.
    Halved,
}

/// Compares a share with what it was.
pub fn change(then: Option<Estimate>, now: Option<Estimate>) -> Change {
    let (Some(then), Some(now)) = (then, now) else { return Change::TooFew };
    if then.n < LEAST || now.n < LEAST {
        return Change::TooFew;
    }
    if now.low > then.high {
        // From nothing there is no "twice".
        if then.share > 0.0 && now.share >= 2.0 * then.share { Change::Doubled } else { Change::Rose }
    } else if now.high < then.low {
        if now.share <= then.share / 2.0 { Change::Halved } else { Change::Fell }
    } else {
        Change::Steady
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_wilsons() {
        let check = |hits: u64, n: u64, low: f64, high: f64| {
            let found = share(hits, n).unwrap();
            let close = (found.low - low).abs() < 1e-4 && (found.high - high).abs() < 1e-4;
            assert!(close && found.n == n, "{hits} of {n}: {found:?}");
        };
        // Reckoned by R's `prop.test(…, correct = FALSE)`.
        check(0, 10, 0.0, 0.2775);
        check(10, 10, 0.7225, 1.0);
        check(1, 1, 0.2065, 1.0);
        check(5, 10, 0.2366, 0.7634);
        check(81, 263, 0.2553, 0.3662);
        check(500, 1_000, 0.4691, 0.5309);
        assert_eq!(share(0, 0), None);
        assert_eq!(shares([1, 0, 3]).map(|s| s.map(|e| e.share)), [Some(0.25), Some(0.0), Some(0.75)]);
        assert_eq!(shares([0, 0]), [None, None]);
    }

    #[test]
    fn little_is_said_about_few() {
        let check = |before: f64, after: f64, n: u64, expected: f64| {
            assert!(
                (by_chance(before, after, n) - expected).abs() < 1e-3,
                "{before} {after} {n}: {}",
                by_chance(before, after, n)
            );
        };
        check(0.5, 0.5, 96, 0.1386);
        check(0.0, 0.0, 7, 0.3224);
        check(0.8, 0.9, 1_000, 0.0311);
        assert!(by_chance(0.5, 0.5, 0).is_infinite());
    }

    #[test]
    fn a_change_is_said_where_the_intervals_are_apart() {
        let check = |then: (u64, u64), now: (u64, u64), expected: Change| {
            assert_eq!(change(share(then.0, then.1), share(now.0, now.1)), expected, "{then:?} {now:?}");
        };
        check((0, 0), (5, 100), Change::TooFew);
        check((9, 19), (0, 1_000), Change::TooFew);
        check((10, 100), (12, 100), Change::Steady);
        // 1.8 times as much is not twice, whatever the eye says.
        check((100, 1_000), (180, 1_000), Change::Rose);
        check((100, 1_000), (199, 1_000), Change::Rose);
        check((100, 1_000), (200, 1_000), Change::Doubled);
        // Twice as much of very few may be chance.
        check((2, 40), (4, 40), Change::Steady);
        check((0, 1_000), (100, 1_000), Change::Rose);
        check((200, 1_000), (150, 1_000), Change::Fell);
        check((200, 1_000), (100, 1_000), Change::Halved);
        check((200, 1_000), (0, 1_000), Change::Halved);
    }
}

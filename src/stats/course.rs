//! A course through crowded counts: each place pooled with its neighbours, so that it shows where things go and not the noise
//! of few cases. Must not know what is counted, or how far apart places are in time.

/// Places, from the first to the last, from which on they are pooled; about as many points as a chart is wide.
const CROWDED: u64 = 120;

/// How many places one point of the course pools: 1 where they are few, and always odd, so that it stands in their middle.
pub fn pool_size(n_places: u64) -> u64 {
    if n_places <= CROWDED { 1 } else { (2 * ((n_places + CROWDED / 2) / CROWDED) + 1).max(3) }
}

/// The counts around each place, `size` places in all; places are in order, and those that are missing have no cases.
pub fn pooled<const N: usize>(counts: &[(i64, [u64; N])], size: u64) -> Vec<[u64; N]> {
    let half = i64::try_from(size / 2).unwrap_or(i64::MAX);
    let mut sum = [0; N];
    let (mut first, mut behind) = (0, 0);
    let mut course = Vec::with_capacity(counts.len());
    for (place, _) in counts {
        while behind < counts.len() && counts[behind].0 <= place.saturating_add(half) {
            sum.iter_mut().zip(counts[behind].1).for_each(|(sum, n)| *sum += n);
            behind += 1;
        }
        while counts[first].0 < place.saturating_sub(half) {
            sum.iter_mut().zip(counts[first].1).for_each(|(sum, n)| *sum -= n);
            first += 1;
        }
        course.push(sum);
    }
    course
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_places_are_pooled() {
        let check = |n: u64, expected: u64| assert_eq!(pool_size(n), expected, "{n}");
        check(0, 1);
        check(120, 1);
        check(121, 3);
        check(300, 7);
        check(1_200, 21);
    }

    #[test]
    fn neighbours_are_those_in_time() {
        let counts = [(1, [1, 0]), (2, [2, 1]), (5, [4, 0]), (6, [8, 1])];
        assert_eq!(pooled(&counts, 1), [[1, 0], [2, 1], [4, 0], [8, 1]]);
        assert_eq!(pooled(&counts, 3), [[3, 1], [3, 1], [12, 1], [12, 1]]);
        assert_eq!(pooled(&counts, 7), [[3, 1], [7, 1], [14, 2], [12, 1]]);
        assert_eq!(pooled::<2>(&[], 3), Vec::<[u64; 2]>::new());
    }
}

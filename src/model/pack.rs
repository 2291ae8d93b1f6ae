//! Which texts are run together. Knows lengths only.

/// Batches of indices into `lengths`, longest text first, each of at most `budget` word pieces or a single text.
///
/// Longest first, so that the threads that share the batches finish at about the same time: what is left at the end is
/// small. Texts of like length also keep the blocks of attention alike.
pub(super) fn pack(lengths: &[usize], budget: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|i| std::cmp::Reverse(lengths[*i]));
    let mut batches: Vec<Vec<usize>> = Vec::new();
    let mut room = 0;
    for i in order {
        match batches.last_mut() {
            Some(batch) if lengths[i] <= room => batch.push(i),
            _ => {
                batches.push(vec![i]);
                room = budget.max(lengths[i]);
            }
        }
        room -= lengths[i];
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_by_budget() {
        let check = |lengths: &[usize], budget, expected: &[&[usize]]| assert_eq!(pack(lengths, budget), expected);
        check(&[], 10, &[]);
        check(&[3], 10, &[&[0]]);
        check(&[3, 5, 2, 5], 10, &[&[1, 3], &[0, 2]]);
        check(&[50, 4, 60], 10, &[&[2], &[0], &[1]]);
        check(&[6, 6, 4], 10, &[&[0], &[1, 2]]);
    }
}

//! How far two readers of the same texts agree. Must not know who they are.

/// Share of cases in which both readers say the same; `None` without cases.
///
/// `table[a][b]` counts the cases that the first reader puts into class `a` and the second into class `b`.
pub fn agreement(table: &[Vec<u64>]) -> Option<f64> {
    let n: u64 = table.iter().flatten().sum();
    let same: u64 = table.iter().enumerate().filter_map(|(i, row)| row.get(i)).sum();
    (n > 0).then(|| same as f64 / n as f64)
}

/// Cohen's kappa: agreement beyond what the readers' habits alone would bring (Cohen 1960).
///
/// 1 is perfect agreement, 0 that of chance, below 0 worse than chance. `None` without cases, and where both readers put
/// everything into one and the same class: then chance alone explains everything, and the quotient has no value.
pub fn kappa(table: &[Vec<u64>]) -> Option<f64> {
    let observed = agreement(table)?;
    let n = table.iter().flatten().sum::<u64>() as f64;
    let expected: f64 = (0..table.len())
        .map(|class| {
            let first: u64 = table[class].iter().sum();
            let second: u64 = table.iter().filter_map(|row| row.get(class)).sum();
            first as f64 / n * (second as f64 / n)
        })
        .sum();
    (1.0 - expected > 1e-12).then(|| (observed - expected) / (1.0 - expected))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agreement_beyond_chance() {
        let check = |table: &[&[u64]], same: Option<f64>, expected: Option<f64>| {
            let table: Vec<Vec<u64>> = table.iter().map(|row| row.to_vec()).collect();
            let close = |a: Option<f64>, b: Option<f64>| match (a, b) {
                (Some(a), Some(b)) => (a - b).abs() < 1e-4,
                (a, b) => a == b,
            };
            assert!(close(agreement(&table), same), "{table:?}: {:?}", agreement(&table));
            assert!(close(kappa(&table), expected), "{table:?}: {:?}", kappa(&table));
        };
        check(&[], None, None);
        check(&[&[0, 0], &[0, 0]], None, None);
        check(&[&[5, 0], &[0, 5]], Some(1.0), Some(1.0));
        check(&[&[5, 0], &[0, 0]], Some(1.0), None);
        check(&[&[0, 5], &[5, 0]], Some(0.0), Some(-1.0));
        // Two raters, fifty grants: the usual worked example.
        check(&[&[20, 5], &[10, 15]], Some(0.7), Some(0.4));
        check(&[&[25, 25], &[25, 25]], Some(0.5), Some(0.0));
        // Three classes, reckoned by hand.
        check(&[&[3, 1, 0], &[1, 4, 1], &[0, 2, 8]], Some(0.75), Some(38.0 / 63.0));
    }
}

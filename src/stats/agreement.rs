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
    let (observed, expected) = (agreement(table)?, chance(table)?);
    (1.0 - expected > 1e-12).then(|| (observed - expected) / (1.0 - expected))
}

/// The agreement that the readers' habits alone would bring; `None` without cases.
pub fn chance(table: &[Vec<u64>]) -> Option<f64> {
    let n = table.iter().flatten().sum::<u64>() as f64;
    let share = |class: usize| {
        let first: u64 = table[class].iter().sum();
        let second: u64 = table.iter().filter_map(|row| row.get(class)).sum();
        first as f64 / n * (second as f64 / n)
    };
    (n > 0.0).then(|| (0..table.len()).map(share).sum())
}

/// What a kappa is called (Landis and Koch 1977).
pub fn kappa_words(kappa: f64) -> &'static str {
    match kappa {
        k if k <= 0.005 => "no better than chance",
        k if k <= 0.2 => "slight agreement",
        k if k <= 0.4 => "fair agreement",
        k if k <= 0.6 => "moderate agreement",
        k if k <= 0.8 => "substantial agreement",
        _ => "almost perfect agreement",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kappas_have_names() {
        let check = |kappa: f64, expected: &str| assert_eq!(kappa_words(kappa), expected, "{kappa}");
        check(-0.3, "no better than chance");
        check(0.2, "slight agreement");
        check(0.21, "fair agreement");
        check(0.6, "moderate agreement");
        check(0.8, "substantial agreement");
        check(1.0, "almost perfect agreement");
        assert_eq!(chance(&[vec![20, 5], vec![10, 15]]), Some(0.5));
        assert_eq!(chance(&[vec![0, 0], vec![0, 0]]), None);
    }

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

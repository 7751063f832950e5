//! Holm's correction: many tests at once, and the chance that any of them errs stays below the level.

/// The adjusted p-values, in the order of `p`: the test is significant at a level when its adjusted p-value is not
/// above it.
///
/// The k-th smallest of m is multiplied by m − k + 1, no adjusted p-value is below that of a smaller p, and none is
/// above 1. It holds however the tests depend on each other. S. Holm, "A simple sequentially rejective multiple test
/// procedure", Scandinavian Journal of Statistics 6 (1979).
pub(super) fn adjust(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_unstable_by(|a, b| p[*a].total_cmp(&p[*b]).then(a.cmp(b)));
    let mut adjusted = vec![1.0; p.len()];
    let mut highest = 0.0_f64;
    for (rank, test) in order.into_iter().enumerate() {
        highest = highest.max(p[test] * (p.len() - rank) as f64).min(1.0);
        adjusted[test] = highest;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn by_hand() {
        assert_eq!(adjust(&[]), Vec::<f64>::new());
        assert_eq!(adjust(&[0.04]), [0.04]);
        // Sorted 0.005, 0.01, 0.03, 0.04: times 4, 3, 2, 1 make 0.02, 0.03, 0.06, 0.04, and the last is raised to 0.06.
        let adjusted = adjust(&[0.01, 0.04, 0.03, 0.005]);
        for (found, expected) in adjusted.into_iter().zip([0.03, 0.06, 0.06, 0.02]) {
            assert!((found - expected).abs() < 1e-15);
        }
        assert_eq!(adjust(&[0.5, 0.9, 0.9]), [1.0; 3]);
    }

    proptest! {
        #[test]
        fn rejects_what_stepping_down_rejects(p in prop::collection::vec(0.0..0.1_f64, 0..40), level in 0.001..0.1_f64) {
            let mut order: Vec<usize> = (0..p.len()).collect();
            order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
            let steps = order.iter().enumerate();
            let rejected = steps.take_while(|(rank, test)| p[**test] * (p.len() - rank) as f64 <= level).count();
            let adjusted = adjust(&p);
            for (rank, test) in order.into_iter().enumerate() {
                prop_assert_eq!(adjusted[test] <= level, rank < rejected);
                prop_assert!(adjusted[test] >= p[test] && adjusted[test] <= 1.0);
            }
        }
    }
}

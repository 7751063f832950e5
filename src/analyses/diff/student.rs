//! Student's t distribution, for an even number of degrees of freedom, which is all that is needed and has a closed
//! form.

/// The probability that |T| is at least `t`, for `freedom` degrees of freedom, an even number.
///
/// `1 − sin θ · (1 + ½ cos² θ + (1·3)/(2·4) cos⁴ θ + …)`, `freedom / 2` terms, with `tan θ = t / √freedom`: Abramowitz
/// and Stegun, 26.7.4. The error is absolute, below 1e-13: what is smaller than that is zero or noise.
pub(super) fn two_sided(t: f64, freedom: u32) -> f64 {
    let freedom_f = f64::from(freedom);
    let cos2 = freedom_f / (freedom_f + t * t);
    let sin = (1.0 + freedom_f / (t * t)).sqrt().recip();
    let (mut term, mut sum) = (1.0, 1.0);
    for step in 1..freedom / 2 {
        term *= cos2 * f64::from(2 * step - 1) / f64::from(2 * step);
        sum += term;
    }
    (1.0 - sin * sum).clamp(0.0, 1.0)
}

/// The value that T is below in 97.5 of 100 cases, to six digits from 30 degrees of freedom on.
///
/// Abramowitz and Stegun, 26.7.5, around the same quantile of the normal distribution.
pub(super) fn quantile_975(freedom: u32) -> f64 {
    let z: f64 = 1.959_963_984_540_054;
    let terms = [
        z,
        (z.powi(3) + z) / 4.0,
        (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / 96.0,
        (3.0 * z.powi(7) + 19.0 * z.powi(5) + 17.0 * z.powi(3) - 15.0 * z) / 384.0,
        (79.0 * z.powi(9) + 776.0 * z.powi(7) + 1482.0 * z.powi(5) - 1920.0 * z.powi(3) - 945.0 * z) / 92_160.0,
    ];
    terms.into_iter().rev().fold(0.0, |sum, term| sum / f64::from(freedom) + term)
}

#[cfg(test)]
mod tests {
    use super::*;
    use puruspe::betai;

    #[test]
    fn probabilities_are_those_of_the_incomplete_beta_function() {
        for freedom in (30..=62).step_by(2) {
            for step in 0..400 {
                let t = f64::from(step) / 20.0;
                let freedom_f = f64::from(freedom);
                let expected = betai(freedom_f / 2.0, 0.5, freedom_f / (freedom_f + t * t));
                assert!((two_sided(t, freedom) - expected).abs() < 1e-10, "{t} {freedom}: {expected}");
            }
            let at_quantile = two_sided(quantile_975(freedom), freedom);
            assert!((at_quantile - 0.05).abs() < 1e-8, "{at_quantile} {freedom}");
        }
    }

    #[test]
    fn the_printed_tables() {
        // Table 26.10 of Abramowitz and Stegun; NIST/SEMATECH e-Handbook, 1.3.6.7.2.
        for (freedom, t, p) in
            [(30, 2.042, 0.05), (30, 3.646, 0.001), (40, 2.021, 0.05), (60, 2.000, 0.05), (60, 3.460, 0.001)]
        {
            assert!((two_sided(t, freedom) / p - 1.0).abs() < 2e-3, "{freedom} {t}");
        }
        assert!((quantile_975(60) - 2.000_298).abs() < 1e-6);
    }

    #[test]
    fn the_ends() {
        assert_eq!((two_sided(0.0, 62), two_sided(f64::MAX, 62)), (1.0, 0.0));
        assert_eq!((two_sided(1e-300, 62), two_sided(1e200, 62)), (1.0, 0.0));
    }
}

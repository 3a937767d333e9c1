//! Two laws of how speed grows with workers, fitted to measured speed-ups by least squares.

/// Amdahl's law, 1/S = s + (1 - s)/n: the serial share s that fits best, from 0 to 1; `None` without a point beside n = 1.
pub fn amdahl(speedups: &[(f64, f64)]) -> Option<f64> {
    // 1/S - 1/n = s (1 - 1/n) is a line through the origin.
    let points = speedups
        .iter()
        .map(|(n, s)| (1.0 - 1.0 / n, 1.0 / s - 1.0 / n));
    let (mut xy, mut xx) = (0.0, 0.0);
    for (x, y) in points {
        xy += x * y;
        xx += x * x;
    }
    (xx > 0.0).then(|| (xy / xx).clamp(0.0, 1.0))
}

/// The Universal Scalability Law, S = n / (1 + a (n - 1) + b n (n - 1)): contention a and coherence b, none below 0 (Neil
/// Gunther, 2007); `None` with fewer than two points beside n = 1.
pub fn scalability_law(speedups: &[(f64, f64)]) -> Option<(f64, f64)> {
    // n/S - 1 = a (n - 1) + b n (n - 1) is a plane through the origin.
    let points = speedups.iter().filter(|(n, _)| *n > 1.0);
    let points: Vec<_> = points
        .map(|(n, s)| (n - 1.0, n * (n - 1.0), n / s - 1.0))
        .collect();
    if points.len() < 2 {
        return None;
    }
    let sum = |of: fn(&(f64, f64, f64)) -> f64| points.iter().map(of).sum::<f64>();
    let (uu, uv, vv) = (sum(|p| p.0 * p.0), sum(|p| p.0 * p.1), sum(|p| p.1 * p.1));
    let (uy, vy) = (sum(|p| p.0 * p.2), sum(|p| p.1 * p.2));
    let determinant = uu * vv - uv * uv;
    let (a, b) = (
        (vv * uy - uv * vy) / determinant,
        (uu * vy - uv * uy) / determinant,
    );
    // Where the best plane leans the wrong way, the best one that does not lies on an edge.
    Some(match (a < 0.0, b < 0.0) {
        (false, false) => (a, b),
        (_, true) => ((uy / uu).max(0.0), 0.0),
        (true, false) => (0.0, (vy / vv).max(0.0)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORKERS: [f64; 5] = [1.0, 2.0, 4.0, 8.0, 16.0];

    #[test]
    fn amdahls_own_curve_gives_its_serial_share_back() {
        for serial in [0.0, 0.1, 0.5, 1.0] {
            let speedups = WORKERS.map(|n| (n, 1.0 / (serial + (1.0 - serial) / n)));
            assert!(
                (amdahl(&speedups).unwrap() - serial).abs() < 1e-9,
                "{serial}"
            );
        }
        assert_eq!(amdahl(&[(1.0, 1.0)]), None);
    }

    #[test]
    fn the_universal_curve_gives_its_two_costs_back() {
        for (a, b) in [(0.0, 0.0), (0.05, 0.001), (0.2, 0.0), (0.0, 0.01)] {
            let law = |n: f64| n / (1.0 + a * (n - 1.0) + b * n * (n - 1.0));
            let (found, also) = scalability_law(&WORKERS.map(|n| (n, law(n)))).unwrap();
            assert!(
                (found - a).abs() < 1e-9 && (also - b).abs() < 1e-9,
                "{a} {b}"
            );
        }
        assert_eq!(scalability_law(&[(1.0, 1.0), (2.0, 2.0)]), None);
    }

    #[test]
    fn faster_than_possible_is_no_negative_cost() {
        let (a, b) = scalability_law(&WORKERS.map(|n| (n, 1.1 * n))).unwrap();
        assert_eq!((a, b), (0.0, 0.0));
        assert_eq!(amdahl(&WORKERS.map(|n| (n, 1.1 * n))), Some(0.0));
    }

    #[test]
    fn where_agreeing_would_cost_less_than_nothing_contention_is_fitted_alone() {
        let law = |n: f64| n / (1.0 + 0.2 * (n - 1.0) - 0.005 * n * (n - 1.0));
        let (contention, coherence) = scalability_law(&WORKERS.map(|n| (n, law(n)))).unwrap();
        assert_eq!(coherence, 0.0);
        assert!((0.05..0.2).contains(&contention), "{contention}");
    }
}

//! Numbers as readers like them.

/// Virtual or CPU time: `3h 12m`, `4m 05s`, `12.3s`, `8ms`.
#[must_use]
pub fn time(ns: u64) -> String {
    let ms = ns / 1_000_000;
    let s = ms / 1_000;
    match s {
        0 => format!("{ms}ms"),
        1..60 => format!("{s}.{}s", ms % 1_000 / 100),
        60..3_600 => format!("{}m {:02}s", s / 60, s % 60),
        _ => format!("{}h {:02}m", s / 3_600, s % 3_600 / 60),
    }
}

/// A moment of a run: `12.345678s`.
#[must_use]
pub fn moment(ns: u64) -> String {
    format!("{}.{:06}s", ns / 1_000_000_000, ns % 1_000_000_000 / 1_000)
}

/// CPU-seconds: `12.34`.
#[must_use]
pub fn seconds(ns: u64) -> String {
    format!("{}.{:02}", ns / 1_000_000_000, ns % 1_000_000_000 / 10_000_000)
}

/// A count: `999`, `12.3k`, `4.56M`.
#[must_use]
pub fn count(number: u64) -> String {
    match number {
        0..10_000 => number.to_string(),
        10_000..1_000_000 => format!("{}.{}k", number / 1_000, number % 1_000 / 100),
        1_000_000..1_000_000_000 => format!("{}.{:02}M", number / 1_000_000, number % 1_000_000 / 10_000),
        _ => format!("{}.{:02}G", number / 1_000_000_000, number % 1_000_000_000 / 10_000_000),
    }
}

/// One digit behind the point, or a dash where there is nothing to divide by.
#[must_use]
pub fn ratio(value: Option<f64>) -> String {
    match value {
        None => "-".to_owned(),
        Some(value) if value >= 100.0 => format!("{value:.0}"),
        Some(value) => format!("{value:.1}"),
    }
}

/// `1 run`, `2 runs`.
#[must_use]
pub fn several(number: u64, thing: &str) -> String {
    format!("{} {thing}{}", count(number), if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::{count, moment, ratio, seconds, time};

    #[test]
    fn numbers_are_short_and_exact_enough() {
        let times = [8_000_000, 12_345_000_000, 245_000_000_000, 11_520_000_000_000].map(time);
        assert_eq!(times, ["8ms", "12.3s", "4m 05s", "3h 12m"]);
        assert_eq!([7, 9_999, 12_345, 4_567_890, 1_000_000_000].map(count), ["7", "9999", "12.3k", "4.56M", "1.00G"]);
        assert_eq!(moment(12_345_678_901), "12.345678s");
        assert_eq!(seconds(12_345_678_901), "12.34");
        assert_eq!([None, Some(3.26), Some(712.4)].map(ratio), ["-", "3.3", "712"]);
    }
}

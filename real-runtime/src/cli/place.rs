//! Where in a partition to begin: at an end, an offset, or a time.

use crate::caller::{Brokers, EARLIEST, FoundOffset, LATEST};
use crate::cli::failure::{Failure, explained};
use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

/// A place in a partition, as a user says it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    Beginning,
    End,
    Offset(i64),
    /// At the first record that is not earlier, in milliseconds since 1970.
    Time(i64),
}

/// What a place may look like, for help and errors.
pub const PLACES: &str =
    "beginning, end, an offset, a time such as 2026-11-27T09:30:00Z, or an age such as 90s, 15m, 2h or 7d";

/// Reads `beginning`, `end`, `17`, `2026-11-27T09:30:00Z`, `15m`.
pub fn place(text: &str) -> Result<Place, String> {
    let found = match text {
        "beginning" | "earliest" => Some(Place::Beginning),
        "end" | "latest" => Some(Place::End),
        _ => match text.parse::<i64>() {
            Ok(offset) => (offset >= 0).then_some(Place::Offset(offset)),
            Err(_) => age(text).map(|age| Place::Time((now_ms() - age).max(0))).or_else(|| time(text).map(Place::Time)),
        },
    };
    found.ok_or_else(|| format!("it takes {PLACES}"))
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.ok().and_then(|since| i64::try_from(since.as_millis()).ok()).unwrap_or(0)
}

/// `15m` in milliseconds.
fn age(text: &str) -> Option<i64> {
    let unit = match text.chars().last()? {
        's' => 1_000,
        'm' => 60_000,
        'h' => 3_600_000,
        'd' => 86_400_000,
        _ => return None,
    };
    let number: i64 = text[..text.len() - 1].parse().ok()?;
    number.checked_mul(unit).filter(|age| *age >= 0)
}

/// RFC 3339, in milliseconds since 1970: a date, or a date and a time with its zone.
fn time(text: &str) -> Option<i64> {
    let (date, rest) = text.split_at_checked(10)?;
    let (year, month, day) = (number(&date[..4])?, number(date.get(5..7)?)?, number(date.get(8..)?)?);
    let is_date = date.as_bytes()[4] == b'-' && date.as_bytes()[7] == b'-';
    if !is_date || year < 1970 || !(1..=12).contains(&month) || day < 1 || day > days_of(year, month) {
        return None;
    }
    let midnight = days_since_1970(year, month, day) * 86_400_000;
    if rest.is_empty() {
        return Some(midnight);
    }
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (clock, rest) = rest.split_at_checked(8)?;
    let (hour, minute, second) = (number(&clock[..2])?, number(clock.get(3..5)?)?, number(clock.get(6..)?)?);
    let is_clock = clock.as_bytes()[2] == b':' && clock.as_bytes()[5] == b':';
    if !is_clock || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let (fraction, zone) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at(rest.find(|it: char| !it.is_ascii_digit())?),
        None => ("0", rest),
    };
    let ms: String = fraction.chars().chain("000".chars()).take(3).collect();
    let ms = if fraction.is_empty() { return None } else { number(&ms)? };
    Some(midnight + ((hour * 60 + minute) * 60 + second) * 1_000 + ms - zone_ms(zone)?)
}

fn zone_ms(zone: &str) -> Option<i64> {
    if zone == "Z" || zone == "z" {
        return Some(0);
    }
    let (sign, rest) = match zone.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hour, minute) = rest.split_once(':').filter(|_| rest.len() == 5)?;
    let (hour, minute) = (number(hour)?, number(minute)?);
    (hour <= 23 && minute <= 59).then_some(sign * (hour * 60 + minute) * 60_000)
}

/// Digits only.
fn number(text: &str) -> Option<i64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The Gregorian calendar, from 1970 on.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let before = year - 1;
    let leaps = before / 4 - before / 100 + before / 400 - (1969 / 4 - 1969 / 100 + 1969 / 400);
    let months: i64 = (1..month).map(|month| days_of(year, month)).sum();
    (year - 1970) * 365 + leaps + months + day - 1
}

/// The offsets that a place means in these partitions. An offset that is not in the log is refused; a time behind the last
/// record is the log's end.
pub fn offsets_at(
    brokers: &mut Brokers,
    partitions: &[(String, i32)],
    place: Place,
) -> Result<BTreeMap<(String, i32), i64>, Failure> {
    match place {
        Place::Beginning => known(brokers, partitions, EARLIEST),
        Place::End => known(brokers, partitions, LATEST),
        Place::Offset(offset) => {
            let (first, last) = (known(brokers, partitions, EARLIEST)?, known(brokers, partitions, LATEST)?);
            let bounds = partitions.iter().map(|it| (it, first[it], last[it]));
            for ((topic, partition), first, last) in bounds {
                if !(first..=last).contains(&offset) {
                    let text = format!("{topic}-{partition} has offsets {first} to {last}, {offset} is none of them");
                    return Err(Failure::new(1, text));
                }
            }
            Ok(partitions.iter().map(|it| (it.clone(), offset)).collect())
        }
        Place::Time(ms) => {
            let ends = known(brokers, partitions, LATEST)?;
            let found = brokers.offsets(partitions, ms)?;
            let at = |it: &(String, i32)| match found.get(it) {
                Some(FoundOffset::At(offset)) => Ok((it.clone(), *offset)),
                Some(FoundOffset::Nothing) => Ok((it.clone(), ends[it])),
                Some(FoundOffset::Refused(error)) => Err(refused(it, error.to_wire())),
                None => Err(refused(it, -1)),
            };
            partitions.iter().map(at).collect()
        }
    }
}

fn known(
    brokers: &mut Brokers,
    partitions: &[(String, i32)],
    time: i64,
) -> Result<BTreeMap<(String, i32), i64>, Failure> {
    let found = brokers.offsets(partitions, time)?;
    let each = |it: &(String, i32)| match found.get(it) {
        Some(FoundOffset::At(offset)) => Ok((it.clone(), *offset)),
        Some(FoundOffset::Refused(error)) => Err(refused(it, error.to_wire())),
        Some(FoundOffset::Nothing) | None => Err(refused(it, -1)),
    };
    partitions.iter().map(each).collect()
}

fn refused((topic, partition): &(String, i32), code: i16) -> Failure {
    let next = format!("`gracchus topic describe {topic}` shows its leader");
    Failure::new(1, format!("the offsets of {topic}-{partition} are not known: {}", explained(code))).with_next(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read() {
        assert_eq!(place("beginning"), Ok(Place::Beginning));
        assert_eq!(place("latest"), Ok(Place::End));
        assert_eq!(place("17"), Ok(Place::Offset(17)));
        assert_eq!(place("2026-11-27T09:30:00Z"), Ok(Place::Time(1_795_771_800_000)));
        assert!(matches!(place("15m"), Ok(Place::Time(_))));
    }

    #[test]
    fn times_are_rfc_3339() {
        let good = [
            ("1970-01-01", 0),
            ("2000-02-29T23:59:59.5Z", 951_868_799_500),
            ("2100-03-01", 4_107_542_400_000),
            ("2026-11-27T09:30:00+02:00", 1_795_764_600_000),
            ("2026-11-27 09:30:00.123456Z", 1_795_771_800_123),
        ];
        for (text, ms) in good {
            assert_eq!(time(text), Some(ms), "{text}");
        }
    }

    #[test]
    fn what_is_no_place_is_refused() {
        for text in [
            "",
            "-1",
            "soon",
            "1.5",
            "m",
            "-5m",
            "2026-13-01",
            "2026-02-29",
            "2026-11-27T09:30",
            "2026-11-27T25:00:00Z",
            "2026-11-27T09:30:00",
            "2026-11-27T09:30:00.Z",
            "2026-11-27T09:30:00+2",
            "größer-als-x",
            "9223372036854775807d",
        ] {
            assert!(place(text).is_err(), "{text}");
        }
    }
}

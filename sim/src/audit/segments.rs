//! Reads Kafka's segment files without the core: what the core says of its files is compared with this.

use super::seams::{self, Name, Seam, Told};
use crate::checks::model::{Batch, ShadowLog};
use crate::history::checksum;
use bytes::Bytes;
use gracchus_core::io::FilePath;
use gracchus_core::types::{LeaderEpoch, Offset};

/// Bytes of a batch's header.
const HEADER: usize = 61;
/// Bytes of a batch ahead of what its length counts.
const AHEAD: usize = 12;
/// Where the part begins that the checksum covers.
const CHECKED: usize = 21;

/// A batch and where it lies in its file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Found {
    /// Which.
    pub batch: Batch,
    /// Its first byte.
    pub at: usize,
    /// Its length.
    pub len: usize,
}

/// How a file's batches end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// With the last byte.
    Whole,
    /// A batch begins there that is not whole or not what its checksum says.
    Bad(usize),
}

/// Every good batch of a segment's bytes up to the first that is not.
#[must_use]
pub fn batches(bytes: &[u8]) -> (Vec<Found>, End) {
    let mut all = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let Some(found) = batch_at(bytes, at) else { return (all, End::Bad(at)) };
        at += found.len;
        all.push(found);
    }
    (all, End::Whole)
}

/// The good batch that begins at a byte.
fn batch_at(bytes: &[u8], at: usize) -> Option<Found> {
    let rest = &bytes[at..];
    if rest.len() < HEADER {
        return None;
    }
    let len = AHEAD + usize::try_from(i32::from_be_bytes(rest[8..12].try_into().ok()?)).ok()?;
    let magic = rest[16];
    if len < HEADER || len > rest.len() || magic != 2 {
        return None;
    }
    let crc = u32::from_be_bytes(rest[17..21].try_into().ok()?);
    if checksum(&rest[CHECKED..len]) != crc {
        return None;
    }
    let base = Offset::from_wire(i64::from_be_bytes(rest[0..8].try_into().ok()?))?;
    let epoch = LeaderEpoch::from_wire(i32::from_be_bytes(rest[12..16].try_into().ok()?))?;
    let delta = i32::from_be_bytes(rest[23..27].try_into().ok()?);
    let last = Offset(base.0.checked_add(i64::from(delta))?);
    (delta >= 0).then_some(Found { batch: Batch { base, last, epoch, crc }, at, len })
}

/// A file's first batch, by its header alone: what is behind that may be torn.
fn begins(bytes: &[u8]) -> Option<Name> {
    let header = bytes.get(..HEADER).filter(|header| header[16] == 2)?;
    let base = Offset::from_wire(i64::from_be_bytes(header[0..8].try_into().ok()?))?;
    let epoch = LeaderEpoch::from_wire(i32::from_be_bytes(header[12..16].try_into().ok()?))?;
    Some((base, epoch, u32::from_be_bytes(header[17..21].try_into().ok()?)))
}

/// Every good batch of some segment files, ascending, whatever lies between them.
#[must_use]
pub fn read_around(paths: &[FilePath], mut bytes_of: impl FnMut(&FilePath) -> Option<Bytes>) -> Vec<Batch> {
    let mut all = Vec::new();
    for path in paths {
        let bytes = bytes_of(path).unwrap_or_default();
        let mut at = 0;
        while at < bytes.len() {
            match batch_at(&bytes, at) {
                Some(found) => {
                    at += found.len;
                    all.push(found.batch);
                }
                None => at += 1,
            }
        }
    }
    all.sort_unstable();
    all
}

/// The log that some segment files hold: every batch up to the first that is bad, or that leaves a gap.
///
/// Where a truncation was not durable when the crash came, a segment of the old log lies beside or reaches into one of the
/// new. The log goes on in a segment whose snapshot tells that it was begun behind the batch that the log has come to; any
/// other one was removed once. Below `durable_to` all segments are of one log.
#[must_use]
pub fn read(paths: &[FilePath], durable_to: Offset, mut bytes_of: impl FnMut(&FilePath) -> Option<Bytes>) -> ShadowLog {
    let mut pending: Vec<(Offset, &FilePath)> =
        paths.iter().filter_map(|path| base_of(path).map(|base| (base, path))).collect();
    pending.sort_unstable_by_key(|(base, _)| core::cmp::Reverse(*base));
    let Some((start, first)) = pending.pop() else { return ShadowLog::default() };
    let mut log = ShadowLog::starting_at(start);
    let mut bytes = bytes_of(first).unwrap_or_default();
    'segment: loop {
        let (found, _) = batches(&bytes);
        for batch in found.iter().map(|it| Some(it.batch)).chain([None]) {
            let last = log.batches().last().copied();
            let rest = batch.filter(|it| it.base == log.end() && last.is_none_or(|last| last.epoch <= it.epoch));
            while let Some((base, path)) = pending.last().copied()
                && (base <= log.end() || rest.is_some_and(|rest| base <= rest.last))
            {
                let theirs = bytes_of(path).unwrap_or_default();
                let snapshot = bytes_of(&path.parent().join(&path.name().replace(".log", ".snapshot")));
                let told = seams::told(&snapshot.unwrap_or_default());
                let goes_on = base == log.end() && goes_on(told, last, begins(&theirs), rest, base < durable_to);
                if !goes_on && base < durable_to {
                    return log;
                }
                pending.pop();
                if goes_on {
                    bytes = theirs;
                    continue 'segment;
                }
            }
            match rest {
                Some(batch) => log.push(batch),
                None => return log,
            }
        }
    }
}

/// Whether the log goes on in a segment that begins with the batch `first`. `rest` lies in its place in the one before.
fn goes_on(told: Told, last: Option<Batch>, first: Option<Name>, rest: Option<Batch>, is_durable: bool) -> bool {
    let before = last.map(|it| (it.base, it.epoch, it.crc));
    match told {
        Told::Seam(seam) if first.is_some() && seam == (Seam { before, first }) => true,
        _ if is_durable => rest.is_none(),
        Told::Nothing => rest.is_none_or(|rest| first.is_some_and(|it| it.0 == rest.base && it.1 >= rest.epoch)),
        Told::Seam(_) | Told::Lost => false,
    }
}

/// The segment files that are of use in a log that begins at `start`: without those that lie wholly below.
#[must_use]
pub fn above(paths: &[FilePath], start: Offset) -> Vec<FilePath> {
    let mut segments: Vec<(Offset, &FilePath)> =
        paths.iter().filter_map(|path| base_of(path).map(|base| (base, path))).collect();
    segments.sort_unstable_by_key(|(base, _)| *base);
    let below = segments.partition_point(|(base, _)| *base <= start).saturating_sub(1);
    segments[below..].iter().map(|(_, path)| (*path).clone()).collect()
}

/// The base offset in a segment file's name.
#[must_use]
pub fn base_of(path: &FilePath) -> Option<Offset> {
    path.name().strip_suffix(".log").filter(|digits| digits.len() == 20)?.parse().ok().map(Offset)
}

/// The values of an uncompressed batch's records with their offsets; none where it is compressed or malformed.
#[must_use]
pub fn values(batch: &[u8]) -> Option<Vec<(Offset, &[u8])>> {
    let attributes = i16::from_be_bytes(batch.get(21..23)?.try_into().ok()?);
    let count = usize::try_from(i32::from_be_bytes(batch.get(57..61)?.try_into().ok()?)).ok()?;
    if attributes & 0b111 != 0 || count > batch.len() {
        return None;
    }
    let base = i64::from_be_bytes(batch[0..8].try_into().ok()?);
    let mut values = Vec::with_capacity(count);
    let mut rest = &batch[HEADER..];
    for _ in 0..count {
        let len = usize::try_from(varint(&mut rest)?).ok()?;
        let mut record = rest.get(..len)?;
        rest = &rest[len..];
        record = record.get(1..)?;
        varint(&mut record)?;
        let delta = varint(&mut record)?;
        let key = usize::try_from(varint(&mut record)?.max(0)).ok()?;
        record = record.get(key..)?;
        let value = usize::try_from(varint(&mut record)?.max(0)).ok()?;
        values.push((Offset(base.checked_add(delta)?), record.get(..value)?));
    }
    Some(values)
}

/// A zigzag number of at most ten bytes.
fn varint(rest: &mut &[u8]) -> Option<i64> {
    let mut raw = 0_u64;
    for place in 0..10 {
        let (byte, behind) = rest.split_first()?;
        *rest = behind;
        raw |= u64::from(byte & 0x7f) << (7 * place).min(63);
        if byte & 0x80 == 0 {
            return Some((raw >> 1) as i64 ^ -((raw & 1) as i64));
        }
    }
    None
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::audit::seams::tests::snapshot;
    use gracchus_core::io::DirId;
    use std::collections::BTreeMap;

    /// An uncompressed batch of these values.
    pub(crate) fn batch(base: i64, epoch: i32, values: &[&[u8]]) -> Vec<u8> {
        let mut records = Vec::new();
        for (delta, value) in values.iter().enumerate() {
            let mut record = vec![0, 0, (delta as u8) << 1, 1];
            zigzag(&mut record, value.len() as i64);
            record.extend_from_slice(value);
            record.push(0);
            zigzag(&mut records, record.len() as i64);
            records.extend(record);
        }
        let mut bytes = Vec::new();
        bytes.extend(base.to_be_bytes());
        bytes.extend(((HEADER - AHEAD + records.len()) as i32).to_be_bytes());
        bytes.extend(epoch.to_be_bytes());
        bytes.push(2);
        bytes.extend([0; 4]);
        bytes.extend(0_i16.to_be_bytes());
        bytes.extend((values.len() as i32 - 1).to_be_bytes());
        bytes.extend([0; 16]);
        bytes.extend((-1_i64).to_be_bytes());
        bytes.extend((-1_i16).to_be_bytes());
        bytes.extend((-1_i32).to_be_bytes());
        bytes.extend((values.len() as i32).to_be_bytes());
        bytes.extend(records);
        let crc = checksum(&bytes[CHECKED..]);
        bytes[17..21].copy_from_slice(&crc.to_be_bytes());
        bytes
    }

    fn zigzag(into: &mut Vec<u8>, number: i64) {
        let mut raw = ((number << 1) ^ (number >> 63)) as u64;
        while raw >= 0x80 {
            into.push(raw as u8 | 0x80);
            raw >>= 7;
        }
        into.push(raw as u8);
    }

    fn log(segments: &[(i64, Vec<u8>)]) -> ShadowLog {
        let files: BTreeMap<FilePath, Bytes> = segments
            .iter()
            .map(|(base, bytes)| (FilePath::new(DirId(0), &format!("t-0/{base:020}.log")), bytes.clone().into()))
            .collect();
        let paths: Vec<FilePath> = files.keys().cloned().collect();
        read(&paths, Offset::ZERO, |path| match path.name().strip_suffix(".snapshot") {
            Some(_) => Some(snapshot(None).into()),
            None => files.get(path).cloned(),
        })
    }

    /// The log of an old file that ends with `[2..3 of epoch 1]`, and of one that begins with `[4 of epoch 3]` and whose
    /// snapshot is that.
    fn beside(old: &[u8], told: Vec<u8>, durable_to: i64) -> Vec<i32> {
        let files = [("00.log", old.to_vec()), ("04.log", batch(4, 3, &[b"e"])), ("04.snapshot", told)];
        let files: BTreeMap<FilePath, Bytes> = files
            .into_iter()
            .map(|(name, bytes)| (FilePath::new(DirId(0), &format!("t-0/000000000000000000{name}")), bytes.into()))
            .collect();
        let paths: Vec<FilePath> = files.keys().cloned().collect();
        let log = read(&paths, Offset(durable_to), |path| files.get(path).cloned());
        log.batches().iter().map(|it| it.epoch.0).collect()
    }

    #[test]
    fn a_log_goes_on_in_a_segment_that_was_begun_behind_it_and_in_no_other() {
        let old = [batch(0, 1, &[b"a", b"b"]), batch(2, 1, &[b"c", b"d"])].concat();
        let longer = [old.clone(), batch(4, 1, &[b"x"])].concat();
        let last = begins(&batch(2, 1, &[b"c", b"d"]));
        let first = begins(&batch(4, 3, &[b"e"]));
        let fits = snapshot(Some(Seam { before: last, first }));
        assert_eq!(beside(&old, fits.clone(), 0), [1, 1, 3]);
        assert_eq!(beside(&longer, fits, 0), [1, 1, 3], "the old file was cut there");
        let other = begins(&batch(2, 2, &[b"c", b"d"]));
        let misfits = [Some((other, first)), Some((last, other)), Some((last, None)), Some((None, first))].map(|it| {
            let seam = it.map(|(before, first)| Seam { before, first });
            snapshot(seam)
        });
        for misfit in misfits.into_iter().chain([Vec::new()]) {
            assert_eq!(beside(&old, misfit.clone(), 0), [1, 1]);
            assert_eq!(beside(&longer, misfit.clone(), 0), [1, 1, 1], "and what lies there goes on");
            assert_eq!(beside(&old, misfit, 5), [1, 1, 3], "what was durable is of one log");
        }
    }

    #[test]
    fn a_log_reads_over_its_segments() {
        let log = log(&[(0, batch(0, 1, &[b"a", b"b"])), (2, batch(2, 1, &[b"c"]))]);
        assert_eq!((log.len(), log.end()), (2, Offset(3)));
    }

    #[test]
    fn a_log_ends_before_a_batch_whose_checksum_is_wrong() {
        let mut bytes = batch(0, 1, &[b"a"]);
        let mut bad = batch(1, 1, &[b"b"]);
        *bad.last_mut().unwrap() ^= 1;
        bytes.extend(bad);
        bytes.extend(batch(2, 1, &[b"c"]));
        assert_eq!(log(&[(0, bytes)]).end(), Offset(1));
    }

    #[test]
    fn a_log_ends_before_half_a_batch_and_before_a_gap() {
        let mut bytes = batch(0, 1, &[b"a"]);
        bytes.extend(&batch(1, 1, &[b"b"])[..40]);
        assert_eq!(log(&[(0, bytes), (2, batch(2, 1, &[b"c"]))]).end(), Offset(1));
        assert_eq!(log(&[(0, batch(0, 1, &[b"a"])), (2, batch(2, 1, &[b"c"]))]).end(), Offset(1));
    }

    #[test]
    fn of_two_segments_that_overlap_the_newer_epoch_went_on() {
        let mut first = batch(0, 1, &[b"a"]);
        first.extend(batch(1, 2, &[b"b"]));
        let read = |epoch| log(&[(0, first.clone()), (1, batch(1, epoch, &[b"c"]))]);
        let epochs = |log: &ShadowLog| log.batches().iter().map(|it| it.epoch.0).collect::<Vec<_>>();
        assert_eq!(epochs(&read(3)), [1, 3]);
        assert_eq!(epochs(&read(2)), [1, 2], "the file that a cut begins anew is of a newer or of the same epoch");
        assert_eq!(epochs(&read(1)), [1, 2]);
        assert_eq!(read(1).end(), Offset(2));
    }

    #[test]
    fn what_is_bad_behind_the_next_segments_base_is_the_rest_of_a_cut() {
        let mut first = batch(0, 1, &[b"a"]);
        first.extend([0; 90]);
        assert_eq!(log(&[(0, first.clone()), (1, batch(1, 2, &[b"c"]))]).end(), Offset(2));
        assert_eq!(log(&[(0, first), (2, batch(2, 2, &[b"c"]))]).end(), Offset(1));
    }

    #[test]
    fn a_segment_of_an_older_epoch_at_the_end_was_removed_once() {
        let log = log(&[(0, batch(0, 2, &[b"a"])), (1, batch(1, 1, &[b"b"]))]);
        assert_eq!(log.end(), Offset(1));
    }

    #[test]
    fn segments_below_a_start_are_passed_over_and_leave_no_hole() {
        let path = |base: i64| FilePath::new(DirId(0), &format!("t-0/{base:020}.log"));
        let paths = [path(0), path(20), path(10)];
        let bases = |start| above(&paths, Offset(start)).iter().filter_map(base_of).map(|it| it.0).collect::<Vec<_>>();
        assert_eq!(bases(0), [0, 10, 20]);
        assert_eq!(bases(9), [0, 10, 20]);
        assert_eq!(bases(10), [10, 20]);
        assert_eq!(bases(99), [20]);
        assert!(above(&[], Offset(5)).is_empty());
    }

    #[test]
    fn values_are_read_with_their_offsets() {
        let bytes = batch(7, 1, &[b"one", b"two"]);
        assert_eq!(values(&bytes).unwrap(), [(Offset(7), &b"one"[..]), (Offset(8), &b"two"[..])]);
    }
}

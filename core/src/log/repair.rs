//! Says what the loading of a log does to its files. Whatever cuts, removes or rebuilds a file while a log is loaded,
//! or leaves it unused, says so here.

use crate::io::{Deed, Env, Fault, FilePath, Offsets, Repair, TraceEvent, TraceKind};
use crate::record::BadBatch;
use crate::types::Offset;

/// Says what was done with `file`, and why.
pub(super) fn tell(file: &FilePath, fault: Fault, deed: Deed, offsets: Offsets, bytes: u64, env: &mut Env<'_>) {
    let repair = || Repair { file: file.clone(), fault, deed, offsets, bytes };
    if fault.is_ordinary() {
        env.trace.emit(TraceKind::Tidied, || TraceEvent::Tidied { repair: repair() });
    } else {
        env.trace.emit(TraceKind::Repaired, || TraceEvent::Repaired { repair: repair() });
    }
}

/// The offsets from `from` on, up to `to` if that is known to be above `from`.
pub(super) fn offsets(from: Offset, to: Offset) -> Offsets {
    if to > from { Offsets::Range(from, to) } else { Offsets::From(from) }
}

/// The length of a small file; 0 if it cannot be read.
pub(super) fn small_len(file: &FilePath, env: &mut Env<'_>) -> u64 {
    env.files.read_small(file, i32::MAX as u64).map_or(0, |bytes| bytes.len() as u64)
}

/// What is wrong with bytes that are not a batch.
pub(super) fn fault_of(bad: BadBatch) -> Fault {
    match bad {
        BadBatch::Partial(_) => Fault::Partial,
        BadBatch::Length | BadBatch::Magic(_) | BadBatch::Field => Fault::Malformed,
        BadBatch::Crc => Fault::Checksum,
    }
}

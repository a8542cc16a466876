//! What a power loss leaves of a disk.
//!
//! **Invariants**: what was synced stays, byte for byte; everything else may be kept, dropped or torn, in any order.

use super::file::{FileNode, PAGE};
use crate::choices::{Choices, Stream};
use crate::counters::Counters;
use crate::fault::Unsynced;
use bytes::Bytes;

/// The unit that a disk writes whole.
const SECTOR: u64 = 512;

/// The fate of the pages of one file.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Kept,
    Dropped,
    /// So many first pages kept, one torn, the rest dropped: the write-back was under way.
    Prefix(u64),
    /// Each page by itself: the write-back was out of order.
    Each,
    /// The same, of a hundred so many kept and so many torn.
    Shares(u64, u64),
}

/// Leaves in `file` what the power loss leaves of it. Answers from which byte on it is not what its readers saw.
pub(super) fn crash_file(
    file: &mut FileNode,
    unsynced: Unsynced,
    choices: &mut Choices,
    counters: &mut Counters,
) -> Option<u64> {
    if file.is_clean() {
        return None;
    }
    let (len, platter_len) = (file.content.len(), file.platter_len());
    let first_page = file.synced / PAGE;
    let pages = len.max(platter_len).div_ceil(PAGE).saturating_sub(first_page);
    let fate = draw_fate(unsynced, pages, choices);
    let new_len = draw_len(fate, len, platter_len, choices);

    // Only what may change is written anew; the rest stays shared with whoever holds it.
    let unwritten = file.unwritten();
    let base = if unwritten.is_empty() { file.synced } else { 0 };
    let mut left = Vec::from(file.content.read(base, file.synced - base));
    for (from, to) in unwritten {
        left[from as usize..to as usize].fill(0);
    }
    for (from, to) in &file.rewritten {
        keep_rewritten(&mut left, file, *from, *to, fate, choices);
    }
    let old = file.old.concat();
    left.resize((new_len - base) as usize, 0);
    for page in first_page..new_len.div_ceil(PAGE) {
        let kept = match fate {
            Fate::Kept => Page::Kept,
            Fate::Dropped => Page::Dropped,
            Fate::Prefix(count) if page - first_page < count => Page::Kept,
            Fate::Prefix(count) if page - first_page == count => Page::Torn,
            Fate::Prefix(_) => Page::Dropped,
            Fate::Each => [Page::Kept, Page::Dropped, Page::Torn][choices.below(Stream::Disk, 3) as usize],
            Fate::Shares(kept, torn) => match choices.below(Stream::Disk, 100) {
                drawn if drawn < kept => Page::Kept,
                drawn if drawn < kept + torn => Page::Torn,
                _ => Page::Dropped,
            },
        };
        kept.count(counters);
        fill_page(&mut left, base, file, &old, page, kept, choices);
    }
    let altered_from = first_difference(&file.content.read(base, len - base), &left).map(|at| base + at);
    if let Some(from) = altered_from {
        counters.lost_bytes += len.saturating_sub(from);
    }
    file.content.truncate(base);
    file.content.append(&Bytes::from(left));
    let content = std::mem::take(&mut file.content);
    *file = FileNode { synced: new_len, content, ..FileNode::default() };
    altered_from
}

fn draw_fate(unsynced: Unsynced, pages: u64, choices: &mut Choices) -> Fate {
    match unsynced {
        Unsynced::Kept => Fate::Kept,
        Unsynced::Dropped => Fate::Dropped,
        Unsynced::Shares { kept, torn } => Fate::Shares(kept, torn),
        Unsynced::Drawn => match choices.below(Stream::Disk, 8) {
            0 => Fate::Kept,
            1 => Fate::Dropped,
            2..=4 => Fate::Prefix(choices.below(Stream::Disk, pages + 1)),
            _ => Fate::Each,
        },
    }
}

/// The length is an inode's own and reaches the platter before, with or after the pages.
fn draw_len(fate: Fate, len: u64, platter_len: u64, choices: &mut Choices) -> u64 {
    match fate {
        Fate::Kept => len,
        Fate::Dropped => platter_len,
        Fate::Prefix(_) | Fate::Each | Fate::Shares(..) => match choices.below(Stream::Disk, 4) {
            0 => platter_len,
            1 => choices.between(Stream::Disk, len.min(platter_len), len.max(platter_len)),
            _ => len,
        },
    }
}

/// Pages that were written once more may have reached the platter, whatever their place in the file.
fn keep_rewritten(left: &mut [u8], file: &FileNode, from: u64, to: u64, fate: Fate, choices: &mut Choices) {
    let mut at = from;
    while at < to {
        let end = (at / PAGE * PAGE + PAGE).min(to);
        let kept = match fate {
            Fate::Kept => true,
            Fate::Dropped => false,
            Fate::Prefix(_) | Fate::Each | Fate::Shares(..) => choices.below(Stream::Disk, 2) == 0,
        };
        if kept {
            left[at as usize..end as usize].copy_from_slice(&file.content.read(at, end - at));
        }
        at = end;
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Page {
    Kept,
    Dropped,
    Torn,
}

impl Page {
    fn count(self, counters: &mut Counters) {
        match self {
            Page::Kept => counters.kept_pages += 1,
            Page::Dropped => counters.dropped_pages += 1,
            Page::Torn => counters.torn_pages += 1,
        }
    }
}

/// Writes one page of the new file, behind what was synced: sectors of what the reader saw, or of the old platter.
fn fill_page(left: &mut [u8], base: u64, file: &FileNode, old: &[u8], page: u64, kept: Page, choices: &mut Choices) {
    let end = (page * PAGE + PAGE).min(base + left.len() as u64);
    let mut at = (page * PAGE).max(file.synced);
    while at < end {
        let to = (at / SECTOR * SECTOR + SECTOR).min(end);
        let seen = match kept {
            Page::Kept => true,
            Page::Dropped => false,
            Page::Torn => choices.below(Stream::Disk, 2) == 0,
        };
        let sector = &mut left[(at - base) as usize..(to - base) as usize];
        if seen {
            let bytes = file.content.read(at, to - at);
            sector[..bytes.len()].copy_from_slice(&bytes);
        } else {
            let from = (at - file.synced) as usize;
            let bytes = old.get(from..old.len().min(from + sector.len())).unwrap_or_default();
            sector[..bytes.len()].copy_from_slice(bytes);
        }
        at = to;
    }
}

fn first_difference(before: &[u8], after: &[u8]) -> Option<u64> {
    let common = before.iter().zip(after).take_while(|(one, other)| one == other).count();
    (common < before.len().max(after.len())).then_some(common as u64)
}

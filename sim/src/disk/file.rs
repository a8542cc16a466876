//! One file: what a reader sees, and what is on the platter.

use super::content::Content;
use bytes::Bytes;

/// The page cache's unit, and the unit that a power loss keeps or drops.
pub const PAGE: u64 = 4096;

/// A file's inode.
#[derive(Clone, Debug, Default)]
pub struct FileNode {
    pub(super) content: Content,
    /// So many first bytes are the same on the platter, but for `holes`.
    pub(super) synced: u64,
    /// What the platter has behind `synced`: the rest of an earlier, longer file.
    pub(super) old: Vec<Bytes>,
    /// Ranges below `synced` that a failed sync marked clean: a reader sees them, the platter never will.
    pub(super) holes: Vec<(u64, u64)>,
    /// Ranges below `synced` that were holes and were written once more: the next sync covers them.
    pub(super) rewritten: Vec<(u64, u64)>,
    /// Syncs under way, and how far each reaches.
    pub(super) pending: Vec<Pending>,
    pub(super) next_sync: u32,
    /// How many names it has.
    pub(super) names: u32,
    /// How many open ids and operations under way it has.
    pub(super) held: u32,
}

#[derive(Clone, Debug)]
pub(super) struct Pending {
    sync: u32,
    /// Everything below is covered: the length at the sync's start, lowered by every cut since.
    to: u64,
    /// Whether the length was that all the time.
    whole: bool,
    /// What was written once more before it.
    rewritten: Vec<(u64, u64)>,
}

impl FileNode {
    pub(super) fn append(&mut self, piece: &Bytes) {
        // A page that takes more bytes is dirty again as a whole: the part of a hole on it will be written after all.
        let len = self.content.len();
        if let Some((from, to)) = self.holes.last_mut()
            && *to == len
        {
            *to = (*to / PAGE * PAGE).max(*from);
            let back = self.synced.saturating_sub(*to);
            if back > 0 && !self.old.is_empty() {
                self.old.insert(0, Bytes::from(vec![0; back as usize]));
            }
            self.synced -= back;
            if from == to {
                self.holes.pop();
            }
        }
        self.content.append(piece);
    }

    pub(super) fn truncate(&mut self, len: u64) {
        if len < self.synced {
            let mut kept = self.platter_slices(len, self.synced);
            kept.append(&mut self.old);
            self.old = kept;
            self.synced = len;
            clip(&mut self.holes, len);
            clip(&mut self.rewritten, len);
        }
        for pending in &mut self.pending {
            pending.whole &= len >= pending.to;
            pending.to = pending.to.min(len);
            clip(&mut pending.rewritten, len);
        }
        self.content.truncate(len);
    }

    /// Bytes are written once more, whole pages of them: what was a hole there is dirty again.
    pub(super) fn rewrite(&mut self, from: u64, to: u64) {
        let (from, to) = (from / PAGE * PAGE, to.div_ceil(PAGE) * PAGE);
        let mut left = Vec::new();
        for (hole_from, hole_to) in std::mem::take(&mut self.holes) {
            let (begin, end) = (hole_from.max(from), hole_to.min(to));
            if begin >= end {
                left.push((hole_from, hole_to));
                continue;
            }
            self.rewritten.push((begin, end));
            left.extend([(hole_from, begin), (end, hole_to)].into_iter().filter(|(from, to)| from < to));
        }
        self.holes = left;
    }

    /// A sync begins: it will cover what is there now.
    pub(super) fn begin_sync(&mut self) -> u32 {
        self.next_sync += 1;
        self.pending.push(Pending {
            sync: self.next_sync,
            to: self.content.len(),
            whole: true,
            rewritten: self.rewritten.clone(),
        });
        self.next_sync
    }

    /// The sync ended well.
    pub(super) fn end_sync(&mut self, sync: u32) {
        let Some(pending) = self.take_pending(sync) else { return };
        self.rewritten.retain(|range| !pending.rewritten.contains(range));
        if pending.to > self.synced {
            self.old = skip(std::mem::take(&mut self.old), pending.to - self.synced);
            self.synced = pending.to;
        }
        if pending.whole && pending.to == self.synced {
            self.old.clear();
        }
    }

    /// The sync failed: the pages that it was to cover count as clean, and stay off the platter.
    pub(super) fn fail_sync(&mut self, sync: u32) {
        let Some(pending) = self.take_pending(sync) else { return };
        let (clean, dirty): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.rewritten).into_iter().partition(|range| pending.rewritten.contains(range));
        self.rewritten = dirty;
        self.holes.extend(clean);
        self.holes.sort_unstable();
        if pending.to > self.synced {
            self.holes.push((self.synced, pending.to));
            self.old = skip(std::mem::take(&mut self.old), pending.to - self.synced);
            self.synced = pending.to;
        }
    }

    /// How many first bytes are surely on the platter.
    pub(super) fn durable_len(&self) -> u64 {
        self.unwritten().first().map_or(self.synced, |(from, _)| *from)
    }

    /// Whether a power loss would change nothing.
    pub(super) fn is_clean(&self) -> bool {
        self.synced == self.content.len() && self.old.is_empty() && self.unwritten().is_empty()
    }

    /// What the platter does not have below `synced`, ascending.
    pub(super) fn unwritten(&self) -> Vec<(u64, u64)> {
        let mut ranges: Vec<_> = self.holes.iter().chain(&self.rewritten).copied().collect();
        ranges.sort_unstable();
        ranges
    }

    /// How long the file on the platter is.
    pub(super) fn platter_len(&self) -> u64 {
        self.synced + self.old.iter().map(|piece| piece.len() as u64).sum::<u64>()
    }

    /// What the platter has in `from..to`, below `synced`: what was never written reads as noughts.
    fn platter_slices(&self, from: u64, to: u64) -> Vec<Bytes> {
        let mut slices = Vec::new();
        let mut at = from;
        for (hole_from, hole_to) in &self.unwritten() {
            let (begin, end) = ((*hole_from).clamp(at, to), (*hole_to).clamp(at, to));
            slices.extend(self.content.slices(at, begin));
            if begin < end {
                slices.push(Bytes::from(vec![0; (end - begin) as usize]));
            }
            at = at.max(end);
        }
        slices.extend(self.content.slices(at, to));
        slices
    }

    fn take_pending(&mut self, sync: u32) -> Option<Pending> {
        let at = self.pending.iter().position(|pending| pending.sync == sync)?;
        Some(self.pending.remove(at))
    }
}

/// Cuts ranges off at `len`.
fn clip(ranges: &mut Vec<(u64, u64)>, len: u64) {
    ranges.retain_mut(|(from, to)| {
        *to = (*to).min(len);
        from < to
    });
}

/// The pieces without their first `count` bytes.
fn skip(pieces: Vec<Bytes>, mut count: u64) -> Vec<Bytes> {
    let mut rest = Vec::new();
    for piece in pieces {
        let gone = count.min(piece.len() as u64);
        count -= gone;
        if gone < piece.len() as u64 {
            rest.push(piece.slice(gone as usize..));
        }
    }
    rest
}

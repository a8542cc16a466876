//! The whole history, in chunks that forks of a run share.

use super::ClientEvent;
use std::sync::Arc;

const CHUNK: usize = 1024;

/// Everything that clients did and saw, with its virtual time in nanoseconds, in order. What consumers read is kept by
/// its bounds only: the records themselves were judged when they came.
#[derive(Clone, Debug, Default)]
pub struct History {
    full: Vec<Arc<Vec<(u64, ClientEvent)>>>,
    open: Vec<(u64, ClientEvent)>,
}

impl History {
    /// One more.
    pub fn push(&mut self, at: u64, event: &ClientEvent) {
        let kept = match event {
            ClientEvent::Polled(poll) if poll.records.is_empty() => return,
            ClientEvent::Polled(poll) => {
                let mut poll = poll.clone();
                let last = poll.records.pop();
                poll.records.truncate(1);
                poll.records.extend(last);
                ClientEvent::Polled(poll)
            }
            other => other.clone(),
        };
        self.open.push((at, kept));
        if self.open.len() == CHUNK {
            self.full.push(Arc::new(std::mem::take(&mut self.open)));
        }
    }

    /// All of it.
    pub fn iter(&self) -> impl Iterator<Item = &(u64, ClientEvent)> {
        self.full.iter().flat_map(|chunk| chunk.iter()).chain(&self.open)
    }

    /// How many events there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.full.len() * CHUNK + self.open.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

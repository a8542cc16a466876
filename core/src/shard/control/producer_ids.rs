//! Allocates blocks of producer ids. The node's id is in the high bits of each id. The upper bound of a block is on
//! disk before the first id of the block is given out.
//!
//! **Invariants**: no id is given out twice, whatever crashes. There is one exception, the loss of the whole metadata
//! directory. A new directory begins at a random id, so that a second use of an id is unlikely, but it is possible.
//!
//! **In Kafka**: `ProducerIdControlManager`, `RPCProducerIdManager`. There, one controller allocates the blocks of all
//! brokers.

use super::{Control, Purpose};
use crate::broker::{ControlOutcome, ProducerIdBlock};
use crate::io::{Asker, DirId, Env, FileError, FilePath, Site};
use crate::shard::Effects;
use crate::types::{ErrorCode, ImageVersion, ProducerId};

const FILE: &str = "gracchus.producer-ids";
/// The number of ids in a block, as in Kafka.
const BLOCK: u32 = 1000;
/// The number of low bits that count the ids of one node. The bits above hold the node id: 2^31 nodes with 2^32 ids
/// each.
const LOCAL_BITS: u32 = 32;
/// Upper limit of the random number at which the ids of a new data directory begin. The number is random, because a
/// node whose directory was replaced should not give out its old ids again. At most half of the 2^32 ids are passed
/// over.
const FIRST_BELOW: u64 = 1 << 31;

#[derive(Clone, Debug, Default)]
pub(super) struct ProducerIds {
    /// The lowest id that is certainly unused, without the bits of the node id. Lower ids may have been given out.
    next: u32,
    waiting: Vec<Asker>,
    granted: Vec<(Asker, u32)>,
}

impl ProducerIds {
    pub(super) fn load(&mut self, dir: DirId, env: &mut Env<'_>) -> Result<(), String> {
        let text = match env.files.read_small(&FilePath::new(dir, FILE), 64) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            // A node with a new disk does not know which ids it gave out before. It begins at a random id, so that a
            // second use of an id is unlikely.
            Err(FileError::NotFound) => {
                self.next = env.draws.below(Site::FreshProducerIds, 0, FIRST_BELOW) as u32;
                return Ok(());
            }
            Err(why) => return Err(format!("{FILE} cannot be read: {why}; {}", why.next_step())),
        };
        let next = text.strip_prefix("0\n").and_then(|line| line.trim_end().parse().ok());
        self.next =
            next.ok_or_else(|| format!("{FILE} does not hold a version and a number; restore it from a copy"))?;
        Ok(())
    }
}

impl Control {
    pub(super) fn allocate_producer_ids(&mut self, asker: Asker, env: &mut Env<'_>, out: &mut Effects) {
        self.producer_ids.waiting.push(asker);
        if self.producer_ids.granted.is_empty() {
            self.reserve_producer_ids(env, out);
        }
    }

    /// Reserves a block for each waiting request, all with one write.
    fn reserve_producer_ids(&mut self, env: &mut Env<'_>, out: &mut Effects) {
        let waiting = std::mem::take(&mut self.producer_ids.waiting);
        for asker in waiting {
            let Some(end) = self.producer_ids.next.checked_add(BLOCK) else {
                let refused = ControlOutcome::ProducerIds(Err(ErrorCode::CoordinatorNotAvailable));
                self.answer(asker, ImageVersion::default(), refused, out);
                continue;
            };
            self.producer_ids.granted.push((asker, self.producer_ids.next));
            self.producer_ids.next = end;
        }
        if !self.producer_ids.granted.is_empty() {
            let text = format!("0\n{}\n", self.producer_ids.next);
            let path = FilePath::new(self.metadata_dir(), FILE);
            self.write(&path, text.into_bytes(), Purpose::ProducerIds, env, out);
        }
    }

    pub(super) fn on_producer_ids_written(&mut self, env: &mut Env<'_>, out: &mut Effects) {
        for (asker, first) in std::mem::take(&mut self.producer_ids.granted) {
            let first = ProducerId(i64::from(self.config.node_id.0) << LOCAL_BITS | i64::from(first));
            let block = ProducerIdBlock { first, count: BLOCK as i32 };
            self.answer(asker, ImageVersion::default(), ControlOutcome::ProducerIds(Ok(block)), out);
        }
        if !self.producer_ids.waiting.is_empty() {
            self.reserve_producer_ids(env, out);
        }
    }
}

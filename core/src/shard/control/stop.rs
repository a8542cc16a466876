//! A clean stop: data shards finish and sync, then checkpoints, then the clean marker last of all.
//!
//! **In Kafka**: `LogManager.shutdown`, `CleanShutdownFileHandler` (KIP-966).

use super::start::CLEAN;
use super::{Control, Phase, Purpose, formats};
use crate::io::{Env, FilePath, ShardId};
use crate::shard::mail::{Checkpoint, ShardMail};
use crate::shard::{Effect, Effects, Halt};

impl Control {
    pub(crate) fn on_stop(&mut self, out: &mut Effects) {
        match self.phase {
            Phase::Serving => {
                for to in self.data_shards() {
                    out.push(Effect::Mail { to, mail: ShardMail::Stop });
                }
                self.phase = Phase::Stopping { waiting: self.data_shards().collect(), whole: true };
            }
            // Nothing was opened yet, and the old markers may be gone: the next start looks at everything.
            Phase::Unborn | Phase::Starting => self.halt(Halt::Clean, out),
            _ => {}
        }
    }

    pub(super) fn on_stopped(
        &mut self,
        from: ShardId,
        offsets: Vec<Checkpoint>,
        stopped_whole: bool,
        env: &mut Env<'_>,
        out: &mut Effects,
    ) {
        self.checkpoints.learn(offsets, env.now.mono, &self.config);
        let Phase::Stopping { waiting, whole } = &mut self.phase else { return };
        waiting.remove(&from);
        *whole &= stopped_whole;
        if waiting.is_empty() {
            self.phase = Phase::Checkpointing { whole: *whole && self.checkpoints.are_whole() };
            self.write_all_checkpoints(env, out);
        }
    }

    pub(super) fn write_clean_markers(&mut self, env: &mut Env<'_>, out: &mut Effects) {
        self.phase = Phase::Marking;
        let text = formats::render_clean_marker(self.broker_epoch());
        for dir in self.fit_dirs() {
            self.write(&FilePath::new(dir, CLEAN), text.clone().into_bytes(), Purpose::CleanMarker, env, out);
        }
    }
}

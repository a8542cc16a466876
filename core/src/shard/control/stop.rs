//! The clean stop: the data shards finish and sync their logs, then the checkpoint files are written, and at last the
//! markers of a clean stop.
//!
//! **In Kafka**: `LogManager.shutdown`, `CleanShutdownFileHandler` (KIP-966).

use super::start::CLEAN;
use super::{Control, ControlState, Purpose, formats};
use crate::controller_apis::ControllerSessions;
use crate::io::{Env, FilePath, ShardId};
use crate::shard::listeners::{Serves, unlisten};
use crate::shard::mail::{Checkpoint, ShardMail};
use crate::shard::{Effect, Effects, Halt};

impl Control {
    pub(crate) fn on_stop(&mut self, env: &mut Env<'_>, out: &mut Effects) {
        match self.phase {
            ControlState::Serving => {
                unlisten(Serves::Controllers, &self.config, out);
                self.with_sessions(env, out, ControllerSessions::stop);
                for to in self.data_shards() {
                    out.push(Effect::Mail { to, mail: ShardMail::Stop });
                }
                self.phase = ControlState::Stopping { waiting: self.data_shards().collect(), whole: true };
            }
            // The start is not complete, so no shard has opened a log, and the node ends at once. The markers of a
            // clean stop may be removed already. Without them, the next start recovers every log.
            ControlState::Unborn | ControlState::Starting => self.halt(Halt::Clean, out),
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
        let ControlState::Stopping { waiting, whole } = &mut self.phase else { return };
        waiting.remove(&from);
        *whole &= stopped_whole;
        if waiting.is_empty() {
            self.phase = ControlState::Checkpointing { whole: *whole && self.checkpoints.are_whole() };
            self.write_all_checkpoints(env, out);
        }
    }

    pub(super) fn write_clean_markers(&mut self, env: &mut Env<'_>, out: &mut Effects) {
        self.phase = ControlState::Marking;
        let text = formats::render_clean_marker(self.broker_epoch());
        for dir in self.fit_dirs() {
            self.write(&FilePath::new(dir, CLEAN), text.clone().into_bytes(), Purpose::CleanMarker, env, out);
        }
    }
}

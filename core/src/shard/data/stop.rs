//! The clean stop of a data shard: it accepts no new connections, finishes running requests, then syncs every log.

use super::{Data, DataState, Effects, Hosted, ShardMail, mail};
use crate::broker::Question;
use crate::io::{Env, ShardId};
use crate::replica::Role;
use crate::shard::listeners::{Serves, unlisten};
use crate::types::ErrorCode;

/// The most partitions whose stop begins in one turn.
const STOPS_PER_TURN: usize = 64;

impl Data {
    pub(super) fn on_stop(&mut self, env: &mut Env<'_>, out: &mut Effects) {
        if self.phase == DataState::Serving {
            unlisten(Serves::Brokers, &self.config, out);
        }
        if matches!(self.phase, DataState::Waiting | DataState::Serving) {
            self.broker.stop(env, &mut self.broker_out);
            self.refuse_early_produces(env, out);
            self.phase = DataState::Finishing(env.now.mono.plus_ms(self.config.stop_timeout_ms));
        }
    }

    /// Refuses produce requests that wait until a log is loaded, because a stop does not wait for loading logs.
    fn refuse_early_produces(&mut self, env: &mut Env<'_>, out: &mut Effects) {
        let is_loading = |it: &Hosted| it.replica.role() == Role::Loading;
        let loading: Vec<_> = self.hosted.iter().filter(|(_, it)| is_loading(it)).map(|(which, _)| *which).collect();
        for which in loading {
            self.with_partition(which, env, out, |it, env, outputs| {
                it.refuse_early(ErrorCode::NotLeaderOrFollower, env, outputs);
            });
        }
    }

    /// Answers the questions that wait for a partition to reach the image, which no partition does any more.
    fn refuse_awaiting_image(&mut self, env: &mut Env<'_>, out: &mut Effects) {
        for (which, waiting) in self.behind.take_all_waiting() {
            for (asker, what) in waiting {
                match what {
                    Question::Replica(what) => self.ask_replica(which, asker, what, env, out),
                    Question::Group(what) => self.ask_coordinator(which, asker, *what, env, out),
                }
            }
        }
    }

    /// Continues the stop as far as now possible. Called at the end of every turn.
    pub(super) fn advance_stop(&mut self, env: &mut Env<'_>, out: &mut Effects) {
        if let DataState::Finishing(deadline) = self.phase
            && (self.broker.is_idle() && self.behind.is_empty() || deadline <= env.now.mono)
        {
            self.phase = DataState::Stopping;
            self.refuse_awaiting_image(env, out);
            self.to_stop = self.hosted.keys().copied().collect();
        }
        if !self.to_stop.is_empty() {
            for _ in 0..STOPS_PER_TURN {
                let Some(which) = self.to_stop.pop_first() else { break };
                self.with_partition(which, env, out, |it, env, outputs| it.stop(env, outputs));
            }
            self.end_partitions_turn(env, out);
        }
        if self.phase == DataState::Stopping
            && self.to_stop.is_empty()
            && self.hosted.values().all(|it| is_settled(it.replica.role()))
        {
            self.phase = DataState::Stopped;
            // If a log is still being recovered, or its directory has failed, the stop of this shard is not clean.
            // A log that was not opened yet may still need a recovery, of which the markers of a clean stop must not rob it.
            let whole = self.behind.is_empty()
                && self.hosted.values().all(|it| it.replica.role() == Role::Stopped && it.replica.ends().is_some());
            let offsets = self.hosted.keys().filter_map(|which| self.checkpoint_of(*which)).collect();
            mail(ShardId::CONTROL, ShardMail::Stopped { offsets, whole }, out);
        }
    }
}

fn is_settled(role: Role) -> bool {
    matches!(role, Role::Stopped | Role::Offline | Role::Loading)
}

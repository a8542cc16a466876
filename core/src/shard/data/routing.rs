//! Carries questions from sessions to partitions and the replies back: as a call within this shard, as a message
//! between shards.

use super::{Data, DataState, Effects, ShardMail, mail};
use crate::broker::{ControlAnswer, Output, Question, Reply};
use crate::io::{Asker, Desk, Env, ShardId, WorkKind};
use crate::metadata::placement;
use crate::replica::PartitionAsk;
use crate::shard::session_outputs;
use crate::types::TopicPartition;

impl Data {
    /// Carries out the outputs of the sessions, and the further outputs that result, until none is left.
    pub(super) fn drain_broker(&mut self, env: &mut Env<'_>, out: &mut Effects) {
        while !self.broker_out.is_empty() {
            let mut outputs = std::mem::take(&mut self.broker_out);
            for output in outputs.drain(..) {
                self.route(output, env, out);
            }
            if self.broker_out.is_empty() {
                self.broker_out = outputs;
            }
        }
    }

    fn route(&mut self, output: Output, env: &mut Env<'_>, out: &mut Effects) {
        match output {
            Output::Session(output) => session_outputs::carry_out(output, self.image.version, out),
            Output::Ask { partition, ask, what, image } => {
                let asker = Asker { shard: self.me, desk: Desk::Session, ask };
                match placement(partition, self.config.shards) {
                    home if home == self.me => self.ask_here(partition, asker, what, env, out),
                    home => mail(home, ShardMail::Ask { partition, asker, what, image }, out),
                }
            }
            Output::AskControl { ask, what } => {
                let asker = Asker { shard: self.me, desk: Desk::Session, ask };
                mail(ShardId::CONTROL, ShardMail::AskControl { asker, what }, out);
            }
        }
    }

    /// Asks the replica or the coordinator of a partition that belongs to this shard, when the partition has reached the
    /// image.
    pub(super) fn ask_here(
        &mut self,
        partition: TopicPartition,
        asker: Asker,
        what: Question,
        env: &mut Env<'_>,
        out: &mut Effects,
    ) {
        if self.behind.has(partition) {
            return self.behind.wait(partition, (asker, what));
        }
        match what {
            Question::Replica(what) => self.ask_replica(partition, asker, what, env, out),
            Question::Group(what) => self.ask_coordinator(partition, asker, *what, env, out),
        }
    }

    pub(super) fn ask_replica(
        &mut self,
        partition: TopicPartition,
        asker: Asker,
        what: PartitionAsk,
        env: &mut Env<'_>,
        out: &mut Effects,
    ) {
        let refuses = matches!(self.phase, DataState::Stopping | DataState::Stopped);
        let Some(hosted) = self.hosted.get_mut(&partition).filter(|_| !refuses) else {
            if let Some(answer) = self.refusal(partition, &what) {
                self.reply(asker, Reply::Replica(answer), env, out);
            }
            return;
        };
        hosted.touch(partition, &mut self.touched);
        env.work.add(WorkKind::Partitions, 1);
        let mut outputs = std::mem::take(&mut self.replica_out);
        hosted.replica.on_ask(asker, what, env, &mut outputs);
        self.carry_out(partition, &mut outputs, env, out);
        self.replica_out = outputs;
    }

    /// Carries a reply to the component that asked: a session or a group coordinator. Calls the component if it is on
    /// this shard, and sends a message if it is on another shard.
    pub(super) fn reply(&mut self, to: Asker, reply: Reply, env: &mut Env<'_>, out: &mut Effects) {
        if to.shard == self.me {
            self.on_reply(to, reply, env, out);
        } else {
            mail(to.shard, ShardMail::Reply { to, reply }, out);
        }
    }

    /// Passes the control shard's answer to the session that asked.
    pub(super) fn on_control_answer(&mut self, to: Asker, answer: ControlAnswer, env: &mut Env<'_>) {
        assert_eq!(to.desk, Desk::Session, "only sessions ask control");
        self.broker.on_control_answer(to.ask, answer, env, &mut self.broker_out);
    }

    /// Passes a partition's reply to the component of this shard that asked: a session or a group coordinator.
    pub(super) fn on_reply(&mut self, to: Asker, reply: Reply, env: &mut Env<'_>, out: &mut Effects) {
        match to.desk {
            Desk::Session => self.broker.on_reply(to.ask, reply, env, &mut self.broker_out),
            Desk::Group => self.on_coordinator_reply(to.ask, reply, env, out),
            #[cfg(test)]
            Desk::Test => {}
        }
    }
}

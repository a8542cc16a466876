//! One assigned partition: where it stands, and what is to be asked next.

use super::config::{OffsetReset, StartAt};
use crate::types::{Instant, LeaderEpoch, NodeId, Offset, Uuid};
use bytestring::ByteString;

/// A leader, and the epoch of its leadership where it is known.
pub(super) type Leader = (NodeId, Option<LeaderEpoch>);

/// One partition that is, or was, assigned.
#[derive(Clone, Debug)]
pub(super) struct AssignedPartition {
    pub(super) topic: ByteString,
    pub(super) partition: i32,
    pub(super) state: State,
    pub(super) is_paused: bool,
    /// Changes whenever answers that are still due are no longer wanted.
    pub(super) serial: u32,
    /// Errors since the last success.
    pub(super) failures: u32,
    /// The last high watermark that the user was told.
    pub(super) high_watermark: Option<Offset>,
    /// Who leads, as the metadata said when it was last held against this.
    pub(super) leader: Option<Leader>,
    /// The topic's id, from there too.
    pub(super) topic_id: Uuid,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum State {
    /// Not assigned, or given up.
    Stopped,
    /// The position is looked up (ListOffsets); `from` is the one that was in no log.
    Looking {
        spec: Spec,
        from: Option<Offset>,
        phase: RequestState,
    },
    /// A new leader is asked whether it has what was read (OffsetForLeaderEpoch, KIP-320).
    Validating {
        position: Position,
        phase: RequestState,
    },
    Fetching {
        position: Position,
        phase: RequestState,
    },
}

/// Whether the next request is still to be sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum RequestState {
    /// Not before this.
    Waiting(Instant),
    /// It is under way.
    Asked,
}

/// An end of the log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Spec {
    Earliest,
    Latest,
}

/// Where the next fetch begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Position {
    pub(super) offset: Offset,
    /// Of the last record that was read; none where nothing was.
    pub(super) epoch: Option<LeaderEpoch>,
    /// The leader epoch under which the position is known to be good.
    pub(super) leader_epoch: Option<LeaderEpoch>,
}

impl Spec {
    /// As ListOffsets has it.
    pub(super) fn to_wire(self) -> i64 {
        match self {
            Spec::Earliest => -2,
            Spec::Latest => -1,
        }
    }

    /// What the policy says; none where it says nothing.
    pub(super) fn of(reset: OffsetReset) -> Option<Spec> {
        match reset {
            OffsetReset::Earliest => Some(Spec::Earliest),
            OffsetReset::Latest => Some(Spec::Latest),
            OffsetReset::None => None,
        }
    }
}

const AT_ONCE: RequestState = RequestState::Waiting(Instant(0));

impl State {
    pub(super) fn starting(start: StartAt) -> State {
        match start {
            StartAt::Offset(offset) => {
                State::Fetching { position: Position { offset, epoch: None, leader_epoch: None }, phase: AT_ONCE }
            }
            StartAt::Committed(offset, epoch) => State::Fetching {
                position: Position { offset, epoch: Some(epoch), leader_epoch: None },
                phase: AT_ONCE,
            },
            StartAt::Earliest => State::Looking { spec: Spec::Earliest, from: None, phase: AT_ONCE },
            StartAt::Latest => State::Looking { spec: Spec::Latest, from: None, phase: AT_ONCE },
        }
    }

    pub(super) fn phase(&self) -> Option<RequestState> {
        match self {
            State::Stopped => None,
            State::Looking { phase, .. } | State::Validating { phase, .. } | State::Fetching { phase, .. } => {
                Some(*phase)
            }
        }
    }

    fn set_phase(&mut self, to: RequestState) {
        match self {
            State::Stopped => {}
            State::Looking { phase, .. } | State::Validating { phase, .. } | State::Fetching { phase, .. } => {
                *phase = to
            }
        }
    }
}

impl AssignedPartition {
    pub(super) fn new(topic: ByteString, partition: i32) -> AssignedPartition {
        AssignedPartition {
            topic,
            partition,
            state: State::Stopped,
            is_paused: false,
            serial: 0,
            failures: 0,
            high_watermark: None,
            leader: None,
            topic_id: Uuid::ZERO,
        }
    }

    /// Goes on elsewhere; answers that are due are no longer wanted.
    pub(super) fn turn_to(&mut self, state: State) {
        self.serial += 1;
        self.state = state;
        // The leader may have changed again while the answer was on its way.
        self.on_leader(self.leader);
    }

    /// The next request is under way.
    pub(super) fn asked(&mut self) {
        self.state.set_phase(RequestState::Asked);
    }

    /// The request came to nothing: it is made again at `at`.
    pub(super) fn ask_again(&mut self, at: Instant) {
        self.state.set_phase(RequestState::Waiting(at));
    }

    /// Takes the leader in. Where its epoch is another than before, a position that something was read up to must be
    /// validated first (KIP-320).
    pub(super) fn on_leader(&mut self, leader: Option<Leader>) {
        self.leader = leader;
        let State::Fetching { mut position, .. } = self.state else { return };
        let Some((_, Some(epoch))) = leader else { return };
        if position.leader_epoch == Some(epoch) {
            return;
        }
        // An epoch that was read from is as new as the leader's own: there is nothing behind which it could have cut.
        if position.epoch.is_none_or(|read| read >= epoch) {
            position.leader_epoch = Some(epoch);
            if let State::Fetching { position: held, .. } = &mut self.state {
                *held = position;
            }
            return;
        }
        self.turn_to(State::Validating { position, phase: AT_ONCE });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(epoch: Option<i32>, leader_epoch: Option<i32>) -> AssignedPartition {
        let mut place = AssignedPartition::new("t".into(), 0);
        let [epoch, leader_epoch] = [epoch, leader_epoch].map(|it| it.map(LeaderEpoch));
        let position = Position { offset: Offset(9), epoch, leader_epoch };
        place.state = State::Fetching { position, phase: RequestState::Asked };
        place
    }

    #[test]
    fn only_a_newer_leader_than_the_last_record_has_anything_to_validate() {
        let after = |epoch, leader_epoch, now: i32| {
            let mut place = reading(epoch, leader_epoch);
            place.on_leader(Some((NodeId(1), Some(LeaderEpoch(now)))));
            (matches!(place.state, State::Validating { .. }), place.serial)
        };
        assert_eq!(after(Some(3), Some(4), 5), (true, 1));
        assert_eq!(after(Some(4), Some(4), 4), (false, 0));
        assert_eq!(after(Some(5), Some(4), 5), (false, 0));
        assert_eq!(after(None, Some(4), 5), (false, 0), "nothing was read");
    }
}

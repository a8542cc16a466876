//! How far the logs of a leader's followers reach, and how far the high watermark may therefore rise.

use super::Assignment;
use crate::types::{BrokerEpoch, NodeId, Offset};

/// One follower, as its leader sees it in the present leadership.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct FollowerState {
    node: NodeId,
    /// The follower's log end: the offset of its last fetch for which the leader knew that the follower's whole log
    /// agrees with its own. None before the first such fetch of this leadership.
    end: Option<Offset>,
    /// The follower's durable log start offset, from its last fetch in which the two logs did not diverge.
    log_start: Option<Offset>,
    /// The lowest log start offset that the leader's log has had when the follower's log was compared with it. The
    /// follower's records below this offset were compared with nothing.
    compared_from: Option<Offset>,
    /// The broker epoch in the fetch that reported `end`. A restarted node has a higher one, so that the leader can
    /// reject a late fetch from before the restart (KIP-903).
    broker_epoch: Option<BrokerEpoch>,
}

/// A broker that is alive according to the metadata.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LiveBroker {
    /// `node.id`.
    pub node: NodeId,
    /// The broker epoch of its registration.
    pub epoch: BrokerEpoch,
}

/// The in-sync set and the followers' progress, for one leadership.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct InSync {
    me: NodeId,
    isr: Vec<NodeId>,
    followers: Vec<FollowerState>,
}

/// The error for a fetch that does not count, because it comes from a node that is not a follower, or from an older
/// incarnation of one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct NotAReplica;

impl InSync {
    /// Makes the state of a new leadership. What followers reported in an earlier leadership does not count, because
    /// they may have truncated their logs since (the simulator's check `high-watermark-quorum`).
    pub(super) fn new(me: NodeId, assignment: &Assignment) -> InSync {
        let mut this = InSync { me, isr: Vec::new(), followers: Vec::new() };
        this.on_assignment(assignment);
        this
    }

    /// Takes a change of the partition's registration within the leadership. What the remaining followers reported
    /// still counts (KAFKA-13790). Of a replica that is new, or was removed and comes back, nothing is known.
    pub(super) fn on_assignment(&mut self, assignment: &Assignment) {
        self.isr.clone_from(&assignment.isr);
        self.followers = assignment
            .replicas
            .iter()
            .filter(|node| **node != self.me)
            .map(|node| {
                let known = self.followers.iter().find(|it| it.node == *node);
                known.copied().unwrap_or(FollowerState {
                    node: *node,
                    end: None,
                    log_start: None,
                    compared_from: None,
                    broker_epoch: None,
                })
            })
            .collect();
    }

    /// The number of replicas in sync, this leader included.
    pub(super) fn len(&self) -> usize {
        self.isr.len()
    }

    /// The required size of the in-sync set: `min.insync.replicas`, or the number of replicas if that is lower.
    pub(super) fn min_insync(&self, configured: u32) -> usize {
        (configured as usize).min(self.followers.len() + 1)
    }

    /// Rejects a fetch from a node that is not a follower, or from an older incarnation of the node than is registered or
    /// has fetched before (KIP-903). A newer incarnation may fetch before the metadata tells of its registration.
    pub(super) fn check(
        &self,
        node: NodeId,
        epoch: Option<BrokerEpoch>,
        live: &[LiveBroker],
    ) -> Result<(), NotAReplica> {
        let follower = self.followers.iter().find(|it| it.node == node).ok_or(NotAReplica)?;
        let registered = live.iter().find(|broker| broker.node == node).map(|broker| broker.epoch);
        match (epoch, registered.max(follower.broker_epoch)) {
            (Some(epoch), Some(known)) if epoch < known => Err(NotAReplica),
            _ => Ok(()),
        }
    }

    /// Notes that a follower's log begins at `log_start` and agrees with the leader's log, which begins at `own`.
    /// Returns whether all of the follower's log is known to agree.
    ///
    /// The leader knows epochs only from its log start offset on (KIP-101). The follower's records below that offset
    /// were compared with nothing, and may differ from those that were committed. So a follower that was away for long
    /// does not count for the high watermark until it has removed these records.
    pub(super) fn note_start(&mut self, node: NodeId, log_start: Offset, own: Offset) -> bool {
        let Some(follower) = self.followers.iter_mut().find(|it| it.node == node) else {
            return false;
        };
        let compared_from = follower.compared_from.map_or(own, |before| before.min(own));
        (follower.log_start, follower.compared_from) = (Some(log_start), Some(compared_from));
        log_start >= compared_from
    }

    /// Returns the lowest log start offset among this leader, whose log begins at `own`, and its followers on `live`
    /// brokers; none while one of these followers has not reported (`Partition.lowWatermarkIfLeader`).
    pub(super) fn low_watermark(&self, own: Offset, live: &[LiveBroker]) -> Option<Offset> {
        let counted = self.followers.iter().filter(|it| live.iter().any(|broker| broker.node == it.node));
        counted.map(|it| it.log_start).try_fold(own, |lowest, start| Some(lowest.min(start?)))
    }

    /// Notes that a follower has every record below `end`. Returns whether its log end or its broker epoch has changed.
    /// A new broker epoch counts as a change even at the same log end: the node has restarted, and the controller,
    /// which decides on the in-sync set, does not know yet that it has caught up again (KIP-903).
    pub(super) fn note(&mut self, node: NodeId, epoch: Option<BrokerEpoch>, end: Offset) -> bool {
        let Some(follower) = self.followers.iter_mut().find(|it| it.node == node) else {
            return false;
        };
        let before = *follower;
        follower.broker_epoch = epoch.or(follower.broker_epoch);
        follower.end = Some(end);
        before != *follower
    }

    /// Returns the offset up to which every member of the in-sync set has the log, where the leader itself counts up to
    /// `own`; none while a member has not reported in this leadership. Kafka also counts the replicas of a set that the
    /// leader has proposed (the maximal in-sync set, KIP-497). This leader proposes no sets yet.
    pub(super) fn replicated(&self, own: Offset) -> Option<Offset> {
        let mut lowest = own;
        for node in self.isr.iter().filter(|node| **node != self.me) {
            let follower = self.followers.iter().find(|it| it.node == *node)?;
            lowest = lowest.min(follower.end?);
        }
        Some(lowest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{LeaderEpoch, PartitionEpoch};

    fn assignment(replicas: &[i32], isr: &[i32]) -> Assignment {
        Assignment {
            leader: Some(NodeId(1)),
            leader_epoch: LeaderEpoch(3),
            partition_epoch: PartitionEpoch(1),
            replicas: replicas.iter().copied().map(NodeId).collect(),
            isr: isr.iter().copied().map(NodeId).collect(),
        }
    }

    #[test]
    fn nothing_is_replicated_before_every_in_sync_follower_reported_in_this_leadership() {
        let mut set = InSync::new(NodeId(1), &assignment(&[1, 2, 3], &[1, 2, 3]));
        assert_eq!(set.replicated(Offset(9)), None);
        set.note(NodeId(2), None, Offset(7));
        assert_eq!(set.replicated(Offset(9)), None);
        set.note(NodeId(3), None, Offset(5));
        assert_eq!(set.replicated(Offset(9)), Some(Offset(5)));
        assert_eq!(set.replicated(Offset(4)), Some(Offset(4)), "the leader's own share counts too");
    }

    #[test]
    fn a_replica_out_of_sync_holds_nothing_back() {
        let mut set = InSync::new(NodeId(1), &assignment(&[1, 2, 3], &[1, 2]));
        set.note(NodeId(2), None, Offset(7));
        assert_eq!(set.replicated(Offset(9)), Some(Offset(7)));
        set.on_assignment(&assignment(&[1, 2, 3], &[1]));
        assert_eq!(set.replicated(Offset(9)), Some(Offset(9)));
    }

    #[test]
    fn what_a_follower_reported_outlives_a_change_of_the_set_but_not_its_removal() {
        let mut set = InSync::new(NodeId(1), &assignment(&[1, 2], &[1, 2]));
        set.note(NodeId(2), None, Offset(7));
        set.on_assignment(&assignment(&[1, 2], &[1]));
        set.on_assignment(&assignment(&[1, 2], &[1, 2]));
        assert_eq!(set.replicated(Offset(9)), Some(Offset(7)));
        set.on_assignment(&assignment(&[1], &[1]));
        set.on_assignment(&assignment(&[1, 2], &[1, 2]));
        assert_eq!(set.replicated(Offset(9)), None);
    }

    #[test]
    fn the_low_watermark_is_of_replicas_that_are_alive() {
        let mut set = InSync::new(NodeId(1), &assignment(&[1, 2, 3], &[1]));
        let live = [1, 2].map(|node| LiveBroker { node: NodeId(node), epoch: BrokerEpoch(1) });
        assert_eq!(set.low_watermark(Offset(7), &live), None, "also of those that are out of sync");
        set.note_start(NodeId(2), Offset(4), Offset(7));
        assert_eq!(set.low_watermark(Offset(7), &live), Some(Offset(4)));
        assert_eq!(set.low_watermark(Offset(7), &[]), Some(Offset(7)));
        assert_eq!(set.low_watermark(Offset(3), &live), Some(Offset(3)));
    }

    #[test]
    fn what_a_follower_has_below_the_leaders_start_must_go_before_it_counts() {
        let mut set = InSync::new(NodeId(1), &assignment(&[1, 2], &[1]));
        assert!(!set.note_start(NodeId(2), Offset(4), Offset(7)));
        assert!(
            set.note_start(NodeId(2), Offset(7), Offset(8)),
            "from 7 on it was compared when the leader began there"
        );
        assert!(set.note_start(NodeId(2), Offset(7), Offset(20)));
        set.on_assignment(&assignment(&[1], &[1]));
        set.on_assignment(&assignment(&[1, 2], &[1]));
        assert!(!set.note_start(NodeId(2), Offset(7), Offset(20)));
    }

    #[test]
    fn a_fetch_of_an_older_incarnation_counts_for_nothing() {
        let mut set = InSync::new(NodeId(1), &assignment(&[1, 2], &[1, 2]));
        set.note(NodeId(2), Some(BrokerEpoch(8)), Offset(5));
        assert_eq!(set.check(NodeId(2), Some(BrokerEpoch(7)), &[]), Err(NotAReplica));
        assert_eq!(set.check(NodeId(2), Some(BrokerEpoch(8)), &[]), Ok(()));
        assert_eq!(set.check(NodeId(2), Some(BrokerEpoch(9)), &[]), Ok(()));
        assert_eq!(set.check(NodeId(4), None, &[]), Err(NotAReplica), "not a replica at all");
    }

    #[test]
    fn a_fetch_of_an_older_incarnation_than_is_registered_counts_for_nothing_even_as_the_first() {
        let set = InSync::new(NodeId(1), &assignment(&[1, 2], &[1, 2]));
        let live = [LiveBroker { node: NodeId(2), epoch: BrokerEpoch(8) }];
        assert_eq!(set.check(NodeId(2), Some(BrokerEpoch(7)), &live), Err(NotAReplica));
        assert_eq!(set.check(NodeId(2), Some(BrokerEpoch(8)), &live), Ok(()));
        assert_eq!(set.check(NodeId(2), Some(BrokerEpoch(9)), &live), Ok(()), "its registration is on the way");
        assert_eq!(set.check(NodeId(2), None, &live), Ok(()), "requests before version 15 name no epoch");
    }

    #[test]
    fn another_incarnation_that_is_just_as_far_is_news() {
        let mut set = InSync::new(NodeId(1), &assignment(&[1, 2], &[1]));
        assert!(set.note(NodeId(2), Some(BrokerEpoch(8)), Offset(5)));
        assert!(!set.note(NodeId(2), Some(BrokerEpoch(8)), Offset(5)));
        assert!(set.note(NodeId(2), Some(BrokerEpoch(9)), Offset(5)));
    }

    #[test]
    fn a_minimum_above_the_number_of_replicas_asks_for_all_of_them() {
        let set = InSync::new(NodeId(1), &assignment(&[1, 2], &[1, 2]));
        assert_eq!(set.min_insync(3), 2);
        assert_eq!(set.min_insync(1), 1);
    }
}

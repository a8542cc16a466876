//! A leader's answers to `ListOffsets` and `OffsetForLeaderEpoch`.

use super::ask::{Fetcher, OffsetFound, OffsetSpec, PartitionAnswer};
use super::leader::Leader;
use super::loaded::{Cx, Failure};
use super::reads::Waiting;
use crate::io::{Asker, Site};
use crate::log::{Found, SearchPlan};
use crate::sometimes;
use crate::types::{ErrorCode, LeaderEpoch, Offset};

impl Leader {
    pub(super) fn on_list_offset(
        &mut self,
        asker: Asker,
        spec: OffsetSpec,
        current_leader_epoch: Option<LeaderEpoch>,
        fetcher: Fetcher,
        cx: &mut Cx<'_, '_>,
    ) -> Result<(), Failure> {
        if let Err(error) = self.check_epoch(current_leader_epoch) {
            cx.answer(asker, PartitionAnswer::Offset(Err(error)));
            return Ok(());
        }
        let upper = visible(fetcher, cx);
        let lags = upper < self.start;
        let plan = match spec {
            OffsetSpec::Earliest => {
                let offset = cx.replica.log.start();
                let found = OffsetFound { offset, timestamp: None, epoch: cx.replica.log.epoch_at(offset) };
                cx.answer(asker, PartitionAnswer::Offset(Ok(Some(found))));
                return Ok(());
            }
            // KIP-207: a new leader does not know yet how far its predecessor's high watermark had come. The offset
            // that it would call the latest could be lower than one that clients were told before.
            OffsetSpec::Latest | OffsetSpec::MaxTimestamp if lags => {
                sometimes!(cx.env, true, Site::ReplicaOffsetNotAvailable);
                cx.answer(asker, PartitionAnswer::Offset(Err(ErrorCode::OffsetNotAvailable)));
                return Ok(());
            }
            OffsetSpec::Latest => {
                let found = OffsetFound { offset: upper, timestamp: None, epoch: Some(self.epoch) };
                cx.answer(asker, PartitionAnswer::Offset(Ok(Some(found))));
                return Ok(());
            }
            OffsetSpec::MaxTimestamp => cx.replica.log.max_timestamp(upper, cx.env),
            OffsetSpec::At(timestamp) => cx.replica.log.find_timestamp(timestamp, upper, cx.env),
        };
        match plan {
            Ok(SearchPlan::Ready(found)) => self.answer_search(asker, found, fetcher, cx),
            Ok(SearchPlan::Cold(search)) => {
                let waiting = Waiting::Search { search, spec, fetcher };
                self.reads.park(asker, waiting, &mut cx.replica.tickets, cx.out);
            }
            Err(why) => {
                cx.answer(asker, PartitionAnswer::Offset(Err(ErrorCode::KafkaStorageError)));
                return Err(why.into());
            }
        }
        Ok(())
    }

    pub(super) fn answer_search(&self, asker: Asker, found: Option<Found>, fetcher: Fetcher, cx: &mut Cx<'_, '_>) {
        let answer = match found {
            Some(Found { offset, timestamp, epoch }) => {
                Ok(Some(OffsetFound { offset, timestamp: Some(timestamp), epoch }))
            }
            // KIP-207: the record that is searched for may lie above this leader's high watermark, but below the one
            // that the previous leader had reached.
            None if visible(fetcher, cx) < self.start => Err(ErrorCode::OffsetNotAvailable),
            None => Ok(None),
        };
        cx.answer(asker, PartitionAnswer::Offset(answer));
    }

    pub(super) fn on_epoch_end(
        &mut self,
        asker: Asker,
        epoch: LeaderEpoch,
        current_leader_epoch: Option<LeaderEpoch>,
        cx: &mut Cx<'_, '_>,
    ) {
        let answer = self.check_epoch(current_leader_epoch);
        let answer = answer.map(|()| cx.replica.log.end_of_epoch(epoch, cx.env));
        cx.answer(asker, PartitionAnswer::EpochEnd(answer));
    }
}

/// The offset up to which the asker may see records.
fn visible(fetcher: Fetcher, cx: &Cx<'_, '_>) -> Offset {
    match fetcher {
        Fetcher::Replica { .. } | Fetcher::Coordinator => cx.replica.log.end(),
        Fetcher::Consumer(_) => cx.replica.high_watermark,
    }
}

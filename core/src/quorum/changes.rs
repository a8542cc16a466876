//! Changes of the voters: one at a time, each a record that holds when it is appended and answers when it is committed.
//!
//! **In Kafka**: `AddVoterHandler`, `RemoveVoterHandler`, `UpdateVoterHandler` (KIP-853).

use super::leader::{ChangeStage, VoterChange};
use super::message::{AddVoter, Request, Response, UpdateVoter, VoterChangeAnswer};
use super::output::{Context, Correlation, PeerId};
use super::peers::Purpose;
use super::replica::Quorum;
use super::role::Role;
use super::{KRaftVersions, ReplicaKey, Voter};
use crate::io::Asker;
use crate::types::{ErrorCode, Offset};

impl Quorum {
    pub(super) fn on_add_voter(&mut self, asker: Asker, add: AddVoter, cx: &mut Context<'_>) {
        if let Err(refused) = self.begin_add_voter(asker, add, cx) {
            self.answer(asker, Response::AddVoter(refused), cx);
        }
    }

    fn begin_add_voter(&mut self, asker: Asker, add: AddVoter, cx: &mut Context<'_>) -> Result<(), VoterChangeAnswer> {
        if let Some(error) = self.refuse_as_leader(self.epoch) {
            return Err(VoterChangeAnswer::bare(error));
        }
        let invalid = |text: String| VoterChangeAnswer::refused(ErrorCode::InvalidRequest, text);
        if add.voter.directory_id.is_none() {
            return Err(invalid("Add voter request didn't include a valid voter".into()));
        }
        let Some(endpoint) = add.endpoints.get(&self.identity.listener).cloned() else {
            let listener = &self.identity.listener;
            let text = format!("Add voter request didn't include the endpoint for the default listener {listener}");
            return Err(invalid(text));
        };
        self.refuse_change("adding voter")?;
        let voters = self.voters.latest();
        if voters.with_id(add.voter.id).is_some() {
            let text = format!("The voter id for {} is already part of the set of voters {voters}.", add.voter);
            return Err(VoterChangeAnswer::refused(ErrorCode::DuplicateVoter, text));
        }
        let (peer, until) = (PeerId::Node(add.voter.id), cx.now.mono + add.timeout.min(self.config.request_timeout));
        let sent = self.send(peer, Some(endpoint), Purpose::ApiVersions, Request::ApiVersions, cx);
        let Some(correlation) = sent else {
            let text = format!("New voter {} is not ready to receive requests", add.voter);
            return Err(VoterChangeAnswer::refused(ErrorCode::RequestTimedOut, text));
        };
        if let Role::Leader(leader) = &mut self.role {
            let stage = ChangeStage::AskingVersions { add, peer, correlation };
            leader.change = Some(VoterChange { asker: Some(asker), until, stage });
        }
        Ok(())
    }

    /// Why no change can begin: another is under way or uncommitted, nothing of this epoch is committed, or the voters
    /// are those of the configuration. A change that begins before the epoch has committed anything could meet one that
    /// an earlier leader began, and two majorities that share no voter.
    fn refuse_change(&self, doing: &str) -> Result<(), VoterChangeAnswer> {
        let Role::Leader(leader) = &self.role else {
            return Err(VoterChangeAnswer::bare(ErrorCode::NotLeaderOrFollower));
        };
        let wait = |text: String| Err(VoterChangeAnswer::refused(ErrorCode::RequestTimedOut, text));
        if leader.change.is_some() {
            return wait("Request timed out waiting for leader to handle previous voter change request".into());
        }
        let Some(high_watermark) = leader.high_watermark else {
            return wait(
                "Request timed out waiting for leader to establish HWM and fence previous voter changes".into(),
            );
        };
        let version = self.voters.kraft_version();
        if version < 1 {
            let text = format!("Cluster doesn't support {doing} because the kraft.version feature is {version}");
            return Err(VoterChangeAnswer::refused(ErrorCode::UnsupportedVersion, text));
        }
        match self.voters.latest_offset() {
            Some(offset) if offset < high_watermark => Ok(()),
            offset => wait(format!(
                "Request timed out waiting for voters to commit the latest voter change at {} with HWM \
                 {high_watermark}",
                Offset::to_wire(offset)
            )),
        }
    }

    /// The new voter said which levels of `kraft.version` it supports.
    pub(super) fn on_versions(
        &mut self,
        peer: PeerId,
        correlation: Correlation,
        error: ErrorCode,
        supported: Option<KRaftVersions>,
        cx: &mut Context<'_>,
    ) -> bool {
        let Some(add) = self.asked_versions(peer, correlation) else { return true };
        let version = self.voters.kraft_version();
        let Role::Leader(leader) = &mut self.role else { return true };
        let refused = if error != ErrorCode::None {
            let text = format!("Aborted add voter operation for since API_VERSIONS returned an error {}", error.name());
            VoterChangeAnswer::refused(ErrorCode::RequestTimedOut, text)
        } else if !supported.is_some_and(|it| it.0 <= version && it.1 >= version) {
            let (min, max) = supported.unwrap_or((0, 0));
            let text = format!(
                "Aborted add voter operation for {} since the kraft.version range (min: {min}, max: {max}) doesn't \
                 support the finalized version {version}",
                add.voter
            );
            VoterChangeAnswer::refused(ErrorCode::InvalidRequest, text)
        } else if !leader.is_caught_up(add.voter, cx.now.mono) {
            let text = format!("Aborted add voter operation for {} since it is lagging behind", add.voter);
            VoterChangeAnswer::refused(ErrorCode::RequestTimedOut, text)
        } else {
            let kraft_versions = supported.unwrap_or((0, 0));
            self.add_voter(add, kraft_versions, cx);
            return true;
        };
        self.end_change(refused, cx);
        error == ErrorCode::None
    }

    fn add_voter(&mut self, add: AddVoter, kraft_versions: KRaftVersions, cx: &mut Context<'_>) {
        let voter = Voter { key: add.voter, endpoints: add.endpoints, kraft_versions };
        let Some(voters) = self.voters.latest().with(voter) else {
            return self.end_change(VoterChangeAnswer::bare(ErrorCode::DuplicateVoter), cx);
        };
        let answered = if add.ack_when_committed { None } else { self.take_change_asker() };
        // The change is noted before the record is appended: a leader alone commits at once.
        let next = self.log_end_with_pending(cx);
        self.note_stage(ChangeStage::Adding(next));
        let at = self.append_voters(&voters, cx);
        assert_eq!(at, next, "a control record lies behind the pending batches");
        if let Some(asker) = answered {
            self.answer(asker, Response::AddVoter(VoterChangeAnswer::DONE), cx);
        }
    }

    /// The new voter did not answer.
    pub(super) fn on_versions_failed(&mut self, peer: PeerId, correlation: Correlation, cx: &mut Context<'_>) {
        if self.asked_versions(peer, correlation).is_some() {
            let text = "Aborted add voter operation for since API_VERSIONS returned an error REQUEST_TIMED_OUT";
            self.end_change(VoterChangeAnswer::refused(ErrorCode::RequestTimedOut, text), cx);
        }
    }

    fn asked_versions(&self, peer: PeerId, correlation: Correlation) -> Option<AddVoter> {
        let Role::Leader(leader) = &self.role else { return None };
        match &leader.change.as_ref()?.stage {
            ChangeStage::AskingVersions { add, peer: asked, correlation: under }
                if (*asked, *under) == (peer, correlation) =>
            {
                Some(add.clone())
            }
            _ => None,
        }
    }

    pub(super) fn on_remove_voter(&mut self, asker: Asker, voter: ReplicaKey, cx: &mut Context<'_>) {
        if let Err(refused) = self.begin_remove_voter(asker, voter, cx) {
            self.answer(asker, Response::RemoveVoter(refused), cx);
        }
    }

    fn begin_remove_voter(
        &mut self,
        asker: Asker,
        voter: ReplicaKey,
        cx: &mut Context<'_>,
    ) -> Result<(), VoterChangeAnswer> {
        if let Some(error) = self.refuse_as_leader(self.epoch) {
            return Err(VoterChangeAnswer::bare(error));
        }
        if voter.directory_id.is_none() {
            let text = "Remove voter request didn't include a valid voter";
            return Err(VoterChangeAnswer::refused(ErrorCode::InvalidRequest, text));
        }
        self.refuse_change("removing voter")?;
        let voters = self.voters.latest();
        let Some(rest) = voters.without(voter) else {
            let text = format!("Cannot remove voter {voter} from the set of voters {voters}");
            return Err(VoterChangeAnswer::refused(ErrorCode::VoterNotFound, text));
        };
        let until = cx.now.mono + self.config.request_timeout;
        let next = self.log_end_with_pending(cx);
        if let Role::Leader(leader) = &mut self.role {
            let stage = ChangeStage::Removing(next);
            leader.change = Some(VoterChange { asker: Some(asker), until, stage });
        }
        self.append_voters(&rest, cx);
        Ok(())
    }

    pub(super) fn on_update_voter(&mut self, asker: Asker, update: UpdateVoter, cx: &mut Context<'_>) {
        let error = self.update_voter(update, cx).map_or_else(|refused| refused, |()| ErrorCode::None);
        let current = self.current_leader();
        self.answer(asker, Response::UpdateVoter { error, current }, cx);
    }

    fn update_voter(&mut self, update: UpdateVoter, cx: &mut Context<'_>) -> Result<(), ErrorCode> {
        if let Some(error) = self.refuse_as_leader(update.epoch) {
            return Err(error);
        }
        let (lowest, highest) = update.kraft_versions;
        let is_range = 0 <= lowest && lowest <= highest;
        let has_endpoint = update.endpoints.contains_key(&self.identity.listener);
        if update.voter.directory_id.is_none() || !has_endpoint || !is_range {
            return Err(ErrorCode::InvalidRequest);
        }
        self.refuse_change("updating voter").map_err(|refused| refused.error)?;
        let version = self.voters.kraft_version();
        if !(lowest..=highest).contains(&version) {
            return Err(ErrorCode::InvalidRequest);
        }
        let voter = Voter { key: update.voter, endpoints: update.endpoints, kraft_versions: update.kraft_versions };
        let voters = self.voters.latest().updated(voter).ok_or(ErrorCode::VoterNotFound)?;
        // The answer does not wait for the commit, as in Kafka: the voter asks again while its entry is another one.
        self.append_voters(&voters, cx);
        Ok(())
    }

    /// The high watermark moved: a change below it is done.
    pub(super) fn on_committed(&mut self, cx: &mut Context<'_>) {
        let high_watermark = self.high_watermark;
        let Role::Leader(leader) = &mut self.role else { return };
        let stage = leader.change.as_ref().map(|it| &it.stage);
        let is_done = match stage {
            Some(ChangeStage::Adding(offset) | ChangeStage::Removing(offset)) => *offset < high_watermark,
            Some(ChangeStage::AskingVersions { .. }) | None => false,
        };
        if is_done {
            self.end_change(VoterChangeAnswer::DONE, cx);
        }
        let is_committed = self.voters.latest_offset().is_none_or(|it| it < high_watermark);
        let is_voter = self.is_voter();
        if let Role::Leader(leader) = &mut self.role {
            // KIP-853: a leader that is no voter leads until its removal is committed.
            leader.is_removed = is_committed && !is_voter;
        }
    }

    /// Whoever asked waits no longer than the change may take. The record may be committed all the same, and no other
    /// change begins before it is.
    pub(super) fn expire_change(&mut self, cx: &mut Context<'_>) {
        let Role::Leader(leader) = &mut self.role else { return };
        if leader.change.as_ref().is_some_and(|it| it.until <= cx.now.mono) {
            self.end_change(VoterChangeAnswer::bare(ErrorCode::RequestTimedOut), cx);
        }
    }

    fn end_change(&mut self, answer: VoterChangeAnswer, cx: &mut Context<'_>) {
        let Role::Leader(leader) = &mut self.role else { return };
        let Some(change) = leader.change.take() else { return };
        if let Some(asker) = change.asker {
            self.answer(asker, change.stage.answer(answer), cx);
        }
    }

    fn take_change_asker(&mut self) -> Option<Asker> {
        let Role::Leader(leader) = &mut self.role else { return None };
        leader.change.as_mut()?.asker.take()
    }

    fn note_stage(&mut self, stage: ChangeStage) {
        if let Role::Leader(leader) = &mut self.role
            && let Some(change) = &mut leader.change
        {
            change.stage = stage;
        }
    }

    fn log_end_with_pending(&self, cx: &Context<'_>) -> Offset {
        match &self.role {
            Role::Leader(leader) => leader.pending_end,
            _ => self.log_end(cx).offset,
        }
    }

    /// Every now and then a voter whose listeners or versions are others than its entry says tells the leader, and a
    /// controller that is to join by itself asks for its place; first the entry of a directory that it had before goes.
    pub(super) fn update_own_voter(&mut self, cx: &mut Context<'_>) {
        let Role::Follower(it) = &self.role else { return };
        let (leader, endpoint) = (it.leader, it.endpoints.get(&self.identity.listener).cloned());
        let request = if self.voters.kraft_version() < 1 { None } else { self.own_voter_request() };
        if let Some(request) = request {
            let sent = self.send(PeerId::Node(leader), endpoint, Purpose::VoterChange, request, cx);
            if sent.is_none() {
                // A fetch is under way, and requests go one at a time. This one leaves before the next fetch.
                return;
            }
        }
        let until = cx.now.mono + self.config.fetch_timeout;
        if let Role::Follower(it) = &mut self.role {
            it.update_voter_at = until;
        }
    }

    fn own_voter_request(&self) -> Option<Request> {
        let own = self.own_voter();
        match self.voters.latest().with_id(own.key.id) {
            Some(entry) if entry.key == own.key => (*entry != own).then(|| {
                Request::UpdateVoter(UpdateVoter {
                    epoch: self.epoch,
                    voter: own.key,
                    endpoints: own.endpoints,
                    kraft_versions: own.kraft_versions,
                })
            }),
            Some(entry) if self.config.auto_join => Some(Request::RemoveVoter(entry.key)),
            None if self.config.auto_join => Some(Request::AddVoter(AddVoter {
                voter: own.key,
                endpoints: own.endpoints,
                ack_when_committed: false,
                timeout: self.config.request_timeout,
            })),
            _ => None,
        }
    }
}

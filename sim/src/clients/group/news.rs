//! What the client tells its user.

use super::GroupMember;
use super::user::Place;
use crate::actor::ActorCx;
use crate::clients::consumer::event_of;
use crate::clients::wiring::Dice;
use crate::history::{ClientEvent, GroupAct};
use crate::note::Note;
use gracchus_core::client::{ConsumerNews, Fetched, GroupNews, Ownership, PartitionName};
use gracchus_core::types::{Now, TopicId, TopicPartition, Uuid};

impl GroupMember {
    pub(super) fn on_news(&mut self, news: GroupNews, now: Now, cx: &mut ActorCx<'_>) {
        match news {
            GroupNews::Joined(joined) => self.note(GroupAct::Joined(joined.generation.0), cx),
            GroupNews::Assigned(ownership) => {
                let partitions = self.ids(&ownership);
                for name in &ownership.partitions {
                    if let Some(id) = self.target(&name.topic, name.partition) {
                        let place = Place { name: Some(name.clone()), ..Place::default() };
                        self.user.places.insert(id, place);
                    }
                }
                self.note(GroupAct::Assigned(ownership.generation.0, partitions), cx);
            }
            GroupNews::Revoking(_) => self.user.is_revoking = true,
            GroupNews::Revoked(ownership) => {
                let partitions = self.give_up(&ownership);
                self.note(GroupAct::Revoked(partitions), cx);
            }
            GroupNews::Lost(ownership) => {
                let partitions = self.give_up(&ownership);
                self.note(GroupAct::Lost(partitions), cx);
            }
            GroupNews::Polled(fetched) => self.on_polled(fetched, cx),
            GroupNews::Position(news) => self.on_position(&news, cx),
            GroupNews::Commit(_) | GroupNews::NoOffset(_) => {}
            GroupNews::PollIntervalExceeded => self.note(GroupAct::Left, cx),
            GroupNews::Failed(_) => {
                self.note(GroupAct::Left, cx);
                self.user.close();
                if let Some(client) = &mut self.client {
                    client.close(now, &mut Dice(cx.draws), &mut self.raised);
                }
                self.tell(now, cx);
            }
            GroupNews::Closed => self.on_closed(now, cx),
        }
    }

    /// The partitions by their ids. One that is not among the workload's has an id that no other has.
    fn ids(&self, ownership: &Ownership) -> Vec<TopicPartition> {
        let stranger = |partition| TopicPartition { topic: TopicId(Uuid::ZERO), partition };
        let id =
            |name: &PartitionName| self.target(&name.topic, name.partition).unwrap_or_else(|| stranger(name.partition));
        ownership.partitions.iter().map(id).collect()
    }

    fn give_up(&mut self, ownership: &Ownership) -> Vec<TopicPartition> {
        let partitions = self.ids(ownership);
        for partition in &partitions {
            self.user.places.remove(partition);
        }
        partitions
    }

    /// Reading begins there, or goes on there once what was fetched before is handed out.
    fn on_position(&mut self, news: &ConsumerNews, cx: &mut ActorCx<'_>) {
        let Some(ClientEvent::Positioned { partition, at, .. }) =
            event_of(self.consumer_id(), &self.seat.targets, news)
        else {
            return;
        };
        let Some(place) = self.user.places.get_mut(&partition) else { return };
        place.announced.push(at);
        // Of the record before it nothing is known.
        place.epoch = None;
        self.note(GroupAct::Positioned(partition, at), cx);
    }

    fn on_polled(&mut self, fetched: Box<Fetched>, cx: &mut ActorCx<'_>) {
        let Some(partition) = self.target(&fetched.topic, fetched.partition) else { return };
        let (from, next) = (fetched.from, fetched.next);
        let event = event_of(self.consumer_id(), &self.seat.targets, &ConsumerNews::Fetched(fetched));
        let Some(ClientEvent::Polled(poll)) = event else { return };
        let place = self.user.places.entry(partition).or_default();
        if place.goes_on_as_announced(from) {
            let consumer = poll.consumer;
            cx.note(Note::Client(ClientEvent::Positioned { consumer, partition, at: from }));
        }
        let epoch = poll.records.last().map(|record| record.epoch);
        place.epoch = epoch.or(place.epoch);
        self.user.batch.push((partition, from, next));
        cx.note(Note::Client(ClientEvent::Polled(poll)));
    }
}

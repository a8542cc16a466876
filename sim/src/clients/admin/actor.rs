//! An administrator: creates topics of its own, deletes them, makes them anew under the same names, gives them more
//! partitions, changes their configuration, and asks what became of it.

use super::requests::{self, Ask};
use crate::actor::ActorCx;
use crate::clients::Drawn;
use crate::clients::caller::{Asker, Caller};
use crate::history::{AdminAnswer, AdminCall, AdminEvent, AdminQuestion, ClientEvent, TopicConfigs, TopicShape};
use crate::note::Note;
use gracchus_core::client::Answered;
use gracchus_core::types::{Now, TopicId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One administrator.
#[derive(Clone, Debug)]
pub struct AdminActor {
    number: u32,
    every_ms: Drawn,
    partitions_most: u32,
    replicas: u16,
    topics: Vec<Topic>,
    caller: Caller<Ask>,
    asked: u64,
    /// A question that is asked next, on the same connection: what became of the one before.
    next: Option<(usize, AdminQuestion)>,
}

/// A name, and what the administrator last heard of its topic.
#[derive(Clone, Debug)]
struct Topic {
    name: Arc<str>,
    shape: Option<TopicShape>,
    /// The id of the topic that had the name before.
    before: Option<TopicId>,
}

impl AdminActor {
    /// Administrator `number`, with topics of these names.
    #[must_use]
    pub fn new(
        number: u32,
        every_ms: Drawn,
        partitions_most: u32,
        replicas: u16,
        names: &[Arc<str>],
        brokers: Vec<(Arc<str>, u16)>,
    ) -> AdminActor {
        AdminActor {
            number,
            every_ms,
            partitions_most: partitions_most.max(1),
            replicas,
            topics: names.iter().map(|name| Topic { name: name.clone(), shape: None, before: None }).collect(),
            caller: Caller::new(format!("admin-{number}"), brokers),
            asked: 0,
            next: None,
        }
    }

    /// Draws what is asked about a topic.
    fn draw(&self, at: usize, cx: &mut ActorCx<'_>) -> AdminQuestion {
        let Topic { shape, before, .. } = &self.topics[at];
        let roll = cx.draws.below(100);
        match shape {
            // A topic that is not there is deleted and changed too, now and then.
            None if roll < 80 => AdminQuestion::Create {
                partitions: cx.draws.between(1, u64::from(self.partitions_most)) as u32,
                configs: draw_configs(self.asked, cx),
            },
            None if roll < 84 => AdminQuestion::Delete(*before),
            None => AdminQuestion::Describe,
            Some(known) => match roll {
                0..12 => AdminQuestion::Delete(None),
                12..22 => AdminQuestion::Delete(Some(known.id)),
                22..26 => AdminQuestion::Delete(before.or(Some(known.id))),
                26..30 => AdminQuestion::Create { partitions: 1, configs: draw_configs(self.asked, cx) },
                30..45 => {
                    AdminQuestion::Grow(self.partitions_most.min(known.partitions + 1 + cx.draws.below(2) as u32))
                }
                45..70 => AdminQuestion::Alter(draw_changes(self.asked, cx)),
                70..85 => AdminQuestion::DescribeConfigs,
                _ => AdminQuestion::Describe,
            },
        }
    }
}

impl Asker for AdminActor {
    type Ask = Ask;

    fn caller(&self) -> &Caller<Ask> {
        &self.caller
    }

    fn caller_mut(&mut self) -> &mut Caller<Ask> {
        &mut self.caller
    }

    fn ask(&mut self, now: Now, cx: &mut ActorCx<'_>) {
        let pause_ms = cx.draws.between(self.every_ms.least, self.every_ms.most) as i64;
        self.caller.pause(now.mono.plus_ms(pause_ms));
        let (at, question) = match self.next.take() {
            Some(next) => next,
            None => {
                let at = cx.draws.below(self.topics.len() as u64) as usize;
                (at, self.draw(at, cx))
            }
        };
        self.asked += 1;
        let call = AdminCall { who: self.number, conn: self.caller.conn(), number: self.asked };
        let name = self.topics[at].name.clone();
        note(AdminEvent::Asked(call, name.clone(), question.clone()), cx);
        let ask = Ask { call, topic: at, name, question };
        requests::send(&mut self.caller, ask, self.replicas, now.mono, cx);
    }

    fn go_on(&mut self, now: Now, cx: &mut ActorCx<'_>) {
        // Another connection may be another shard's, or another broker's.
        if self.caller.is_open() && self.next.is_none() && cx.draws.below(8) == 0 {
            self.caller.hang_up(cx);
        }
        if self.caller.is_open() {
            return self.ask(now, cx);
        }
        self.next = None;
        self.caller.dial(now.mono, cx);
    }

    fn on_answer(&mut self, answered: &Answered<Ask>, _now: Now, cx: &mut ActorCx<'_>) {
        let ask = &answered.purpose;
        let Some(answer) = requests::read(answered) else {
            return note(AdminEvent::Unanswered(ask.call), cx);
        };
        let topic = &mut self.topics[ask.topic];
        let mut follow = None;
        match (&answer, &ask.question) {
            (AdminAnswer::Created(id), AdminQuestion::Create { partitions, .. }) => {
                topic.shape = Some(TopicShape { id: *id, partitions: *partitions });
                follow = Some(AdminQuestion::Describe);
            }
            (AdminAnswer::Deleted(id), _) => {
                (topic.shape, topic.before) = (None, Some(*id));
                follow = Some(AdminQuestion::Describe);
            }
            (AdminAnswer::Done, AdminQuestion::Grow(to)) => {
                if let Some(shape) = &mut topic.shape {
                    shape.partitions = *to;
                }
                follow = Some(AdminQuestion::Describe);
            }
            (AdminAnswer::Done, _) => follow = Some(AdminQuestion::DescribeConfigs),
            (AdminAnswer::Topic(shape), _) => topic.shape = *shape,
            (AdminAnswer::Refused(_), AdminQuestion::Describe | AdminQuestion::DescribeConfigs) => {}
            (AdminAnswer::Refused(_), _) => follow = Some(AdminQuestion::Describe),
            _ => {}
        }
        if cx.draws.below(2) == 0 {
            self.next = follow.map(|question| (ask.topic, question));
        }
        note(AdminEvent::Told(ask.call, answer), cx);
    }

    fn on_lost(&mut self, lost: Option<Ask>, cx: &mut ActorCx<'_>) {
        if let Some(ask) = lost {
            note(AdminEvent::Unanswered(ask.call), cx);
        }
    }
}

fn note(event: AdminEvent, cx: &mut ActorCx<'_>) {
    cx.note(Note::Client(ClientEvent::Admin(Box::new(event))));
}

/// A value that no other request of this administrator sets: which one took effect can be told from it.
fn unique(number: u64) -> Arc<str> {
    (100_000 + number).to_string().into()
}

fn draw_configs(number: u64, cx: &mut ActorCx<'_>) -> TopicConfigs {
    let mut configs =
        TopicConfigs::from([("min.insync.replicas".into(), "1".into()), ("max.message.bytes".into(), unique(number))]);
    let mut set = |key: &str, values: &[&str]| {
        let drawn = values[cx.draws.below(values.len() as u64) as usize];
        if !drawn.is_empty() {
            configs.insert(key.into(), drawn.into());
        }
    };
    set("flush.messages", &["", "1", "1"]);
    set("internal.segment.bytes", &["", "2048", "8192"]);
    set("retention.bytes", &["", "", "4096"]);
    set("retention.ms", &["", "", "3000"]);
    set("file.delete.delay.ms", &["", "100"]);
    configs
}

fn draw_changes(number: u64, cx: &mut ActorCx<'_>) -> BTreeMap<Arc<str>, Option<Arc<str>>> {
    let mut changes = BTreeMap::from([("max.message.bytes".into(), Some(unique(number)))]);
    let (key, values): (&str, &[&str]) = match cx.draws.below(5) {
        0 => ("retention.bytes", &["", "2048", "16384"]),
        1 => ("retention.ms", &["", "1000", "10000"]),
        2 => ("internal.segment.bytes", &["", "1024", "16384"]),
        3 => ("segment.ms", &["", "2000"]),
        _ => ("flush.messages", &["", "1"]),
    };
    let drawn = values[cx.draws.below(values.len() as u64) as usize];
    changes.insert(key.into(), (!drawn.is_empty()).then(|| drawn.into()));
    changes
}

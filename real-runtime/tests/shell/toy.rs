//! A stand-in for the core that does what a client's frame says, so that a test can reach every effect of the contract.

use bytes::Bytes;
use gracchus_core::io::{ConnId, ListenerId, ShardId};
use gracchus_core::metadata::NodeConfig;
use gracchus_core::shard::{Cx, Effect, Event, Halt};
use gracchus_core::types::{Instant, Now};
use gracchus_server::shell::Core;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// What happened, in order, over all shards.
pub type Diary = Arc<Mutex<Vec<String>>>;

/// What a connection brings along when it moves, as the core's mail would: frames that came in the same turn.
pub type Luggage = Arc<Mutex<BTreeMap<ConnId, Vec<Bytes>>>>;

/// One shard of the toy.
pub struct Toy {
    me: ShardId,
    shards: u16,
    diary: Diary,
    luggage: Luggage,
    connections: BTreeMap<ConnId, State>,
    stopping: bool,
    turn: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Open,
    /// From the next turn on no frame may come.
    Pausing(Instant),
    Paused(Instant),
    /// At the turn's end.
    Moving(ShardId),
}

impl Toy {
    pub fn new(config: &NodeConfig, me: ShardId, diary: Diary, luggage: Luggage) -> Toy {
        Toy { me, shards: config.shards, diary, luggage, connections: BTreeMap::new(), stopping: false, turn: 0 }
    }

    fn note(&self, what: String) {
        self.diary.lock().unwrap().push(format!("{:?} {what}", self.me));
    }

    fn on_frame(&mut self, now: Now, conn: ConnId, frame: Bytes, cx: &mut Cx<'_>) {
        let state = self.connections.get_mut(&conn).expect("frames come on open connections");
        match state {
            State::Paused(_) => panic!("no frame is handed in while a connection is paused"),
            State::Moving(_) => return self.luggage.lock().unwrap().entry(conn).or_default().push(frame),
            State::Open | State::Pausing(_) => {}
        }
        let text = std::str::from_utf8(&frame).unwrap_or("bytes");
        let (verb, rest) = text.split_once(' ').unwrap_or((text, ""));
        match verb {
            "pause" => {
                cx.out.push(Effect::Pause { conn });
                *state = State::Pausing(now.mono.plus_ms(rest.parse().unwrap()));
                self.wake(cx);
            }
            "move" => {
                *state = State::Moving(ShardId(rest.parse().unwrap()));
                cx.out.push(answer(conn, b"moving"));
                return;
            }
            "bye" => {
                cx.out.push(answer(conn, b"bye"));
                cx.out.push(Effect::Close { conn, after_drain: true });
                return;
            }
            "cut" => {
                cx.out.push(Effect::Close { conn, after_drain: false });
                return;
            }
            "flood" => {
                cx.out.push(answer(conn, &vec![b'f'; rest.parse().unwrap()]));
                return;
            }
            "where" => {
                cx.out.push(answer(conn, format!("{:?}", self.me).as_bytes()));
                return;
            }
            _ => {}
        }
        cx.out.push(answer(conn, &frame));
    }

    fn wake(&self, cx: &mut Cx<'_>) {
        if let Some(next) = self.connections.values().filter_map(|state| state.paused_until()).min() {
            cx.out.push(Effect::WakeAt(next));
        }
    }

    fn on_wake(&mut self, now: Now, cx: &mut Cx<'_>) {
        for (conn, state) in &mut self.connections {
            if state.paused_until().is_some_and(|until| until <= now.mono) {
                *state = State::Open;
                cx.out.push(Effect::Resume { conn: *conn });
            }
        }
        self.wake(cx);
    }

    fn on_turn_end(&mut self, cx: &mut Cx<'_>) {
        for (conn, state) in &mut self.connections {
            match *state {
                State::Pausing(until) => *state = State::Paused(until),
                State::Moving(to) => cx.out.push(Effect::HandOver { conn: *conn, to }),
                State::Open | State::Paused(_) => {}
            }
        }
        self.connections.retain(|_, state| !matches!(state, State::Moving(_)));
        if self.stopping && self.connections.is_empty() {
            self.stopping = false;
            cx.out.push(Effect::Halt(Halt::Clean));
        }
    }

    fn on_handed_over(&mut self, now: Now, conn: ConnId, cx: &mut Cx<'_>) {
        self.note(format!("handed over {conn:?}"));
        self.connections.insert(conn, State::Open);
        cx.out.push(answer(conn, b"moved"));
        let luggage = self.luggage.lock().unwrap().remove(&conn).unwrap_or_default();
        for frame in luggage {
            self.on_frame(now, conn, frame, cx);
        }
    }

    fn on_stop(&mut self, cx: &mut Cx<'_>) {
        self.stopping = true;
        cx.out.push(Effect::Unlisten { on: ListenerId(0) });
        for conn in self.connections.keys() {
            cx.out.push(answer(*conn, b"stopping"));
            cx.out.push(Effect::Close { conn: *conn, after_drain: true });
        }
    }
}

impl Core for Toy {
    fn handle(&mut self, now: Now, event: Event, cx: &mut Cx<'_>) {
        self.turn = if matches!(event, Event::TurnEnd) { 0 } else { self.turn + 1 };
        assert!(self.turn <= 64, "a turn has 64 events at most");
        match event {
            // A toy of one shard takes its clients on the control shard.
            Event::Start { .. } if self.shards == 1 || self.me != ShardId::CONTROL => {
                cx.out.push(Effect::Listen { on: ListenerId(0) });
            }
            Event::Accepted { conn, .. } => {
                self.note(format!("accepted {conn:?}"));
                self.connections.insert(conn, State::Open);
            }
            Event::HandedOver { conn } => self.on_handed_over(now, conn, cx),
            Event::Received { conn, frame } => self.on_frame(now, conn, frame, cx),
            // One that moves hears of it again where it goes.
            Event::HalfClosed { conn } if !matches!(self.connections.get(&conn), Some(State::Moving(_))) => {
                cx.out.push(Effect::Close { conn, after_drain: true });
            }
            Event::Drained { conn } => self.note(format!("drained {conn:?}")),
            Event::Closed { conn } => {
                self.note(format!("closed {conn:?}"));
                self.connections.remove(&conn);
            }
            Event::Wake => self.on_wake(now, cx),
            Event::Stop => self.on_stop(cx),
            Event::TurnEnd => self.on_turn_end(cx),
            _ => {}
        }
    }
}

impl State {
    fn paused_until(&self) -> Option<Instant> {
        match self {
            State::Pausing(until) | State::Paused(until) => Some(*until),
            State::Open | State::Moving(_) => None,
        }
    }
}

fn answer(conn: ConnId, body: &[u8]) -> Effect {
    let len = i32::try_from(body.len()).unwrap().to_be_bytes();
    Effect::Send { conn, parts: vec![len.to_vec().into(), body.to_vec().into()] }
}

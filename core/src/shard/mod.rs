//! The shards of a node. Each shard is driven by events and answers with effects.
//!
//! **Invariants**
//! - A shard acts only within [`Shard::handle`].
//! - A clone of a shard behaves as the original.
//! - The driver carries out the effects on one connection, one file or one other shard in their order.
//!
//! **In Kafka**: `SocketServer`, `KafkaApis`, `ReplicaManager` and `BrokerServer` share this work between threads.

mod contract;
mod control;
mod data;
mod listeners;
mod mail;
mod ops;
mod scribe;
mod session_outputs;
mod set_aside;

pub use contract::{Cx, Effect, Effects, Event, Halt, Inventory, ListenError, LogDir};
pub use data::{Data, Hosted};
pub use mail::{Checkpoint, FoundAtStart, FoundFolder, SetAside, ShardMail};

use crate::io::{Closing, CountedFiles, Env, ShardId, Trace, Work, WorkKind};
use crate::metadata::NodeConfig;
use crate::types::Now;
use control::Control;
use std::sync::Arc;

/// One shard of a node.
#[derive(Clone, Debug)]
pub struct Shard {
    role: Role,
    closing: Closing,
}

#[derive(Clone, Debug)]
enum Role {
    Control(Box<Control>),
    Data(Box<Data>),
}

impl Shard {
    /// Creates shard `me` of a node that has `config.shards` shards. The shard does nothing before [`Event::Start`].
    #[must_use]
    pub fn new(config: Arc<NodeConfig>, me: ShardId) -> Shard {
        let role = match me {
            ShardId::CONTROL => Role::Control(Box::new(Control::new(config))),
            me => Role::Data(Box::new(Data::new(config, me))),
        };
        Shard { role, closing: Closing::default() }
    }

    /// Handles one event and collects its effects. This is the only way to drive a shard.
    pub fn handle(&mut self, now: Now, event: Event, cx: &mut Cx<'_>) {
        let mut trace = Trace::new(cx.out.wanted);
        let before = cx.out.list.len();
        let is_turn_end = matches!(event, Event::TurnEnd);
        let (mut files, mut work) = (CountedFiles::new(cx.files, &mut self.closing), Work::default());
        let mut env =
            Env { now, files: &mut files, draws: cx.draws, probes: cx.probes, trace: &mut trace, work: &mut work };
        match &mut self.role {
            Role::Control(control) => control_on(control, event, &mut env, cx.out),
            Role::Data(data) => data_on(data, event, &mut env, cx.out),
        }
        files.count_into(&mut work);
        if is_turn_end {
            work.add(WorkKind::FileOps, self.closing.step(cx.files));
            if let (Role::Data(data), false) = (&mut self.role, self.closing.is_empty()) {
                data.go_on_at_once(now.mono, cx.out);
            }
        }
        cx.out.work.add_all(&work);
        if !trace.is_empty() {
            // The trace events of a call come before its other effects, so that the simulator's checks see a decision
            // before the effects that result from it.
            cx.out.list.splice(before..before, trace.drain().map(Effect::Trace));
        }
    }

    /// The data shard with its partitions, for the simulator's checks and for diagnosis. `None` for the control shard.
    #[must_use]
    pub fn data(&self) -> Option<&Data> {
        match &self.role {
            Role::Control(_) => None,
            Role::Data(data) => Some(data),
        }
    }
}

fn control_on(control: &mut Control, event: Event, env: &mut Env<'_>, out: &mut Effects) {
    match event {
        Event::Start { inventory } => control.on_start(&inventory, env, out),
        Event::Image(image) => control.on_image(image, env, out),
        Event::Mail { from, mail } => control.on_mail(from, mail, env, out),
        Event::Synced { op, result } => control.on_synced(op, result, env, out),
        Event::Wake => control.on_wake(env, out),
        Event::TurnEnd => control.on_turn_end(env, out),
        Event::Stop => control.on_stop(env, out),
        Event::Listening { .. } => {}
        Event::ListenFailed { on, why } => control.on_listen_failed(on, why, out),
        Event::Accepted { conn, listener, peer, principal } => {
            control.on_accepted(conn, listener, peer, principal, env);
        }
        Event::Received { conn, frame } => control.on_received(conn, frame, env, out),
        Event::Drained { conn } => control.on_drained(conn, env, out),
        Event::HalfClosed { conn } => control.on_half_closed(conn, env, out),
        Event::Closed { conn } => control.on_closed(conn, env, out),
        other => unreachable!("the control shard dials nobody, reads no records and takes over no session: {other:?}"),
    }
}

fn data_on(data: &mut Data, event: Event, env: &mut Env<'_>, out: &mut Effects) {
    match event {
        Event::Start { .. } => {}
        Event::Listening { on, addr } => data.on_listening(on, addr),
        Event::ListenFailed { on, why } => data.on_listen_failed(on, why, out),
        Event::Accepted { conn, listener, peer, principal } => data.on_accepted(conn, listener, peer, principal, env),
        Event::Dialed { conn } => data.on_dialed(conn, env, out),
        Event::DialFailed { conn, why } => data.on_dial_failed(conn, &why, env, out),
        Event::Received { conn, frame } => data.on_received(conn, frame, env, out),
        Event::Drained { conn } => data.on_drained(conn, env, out),
        Event::HalfClosed { conn } => data.on_half_closed(conn, env, out),
        Event::Closed { conn } => data.on_closed(conn, env, out),
        Event::HandedOver { conn } => data.on_handed_over(conn, env, out),
        Event::ReadDone { op, result } => data.on_read_done(op, result, env, out),
        Event::Synced { op, result } => data.on_synced(op, result, env, out),
        Event::Mail { from, mail } => data.on_mail(from, mail, env, out),
        Event::Wake => data.on_wake(env, out),
        Event::TurnEnd => data.on_turn_end(env, out),
        Event::Image(_) | Event::Stop => unreachable!("images and the stop go to shard 0"),
    }
}

const fn is_clone_and_send<T: Clone + Send>() {}
const _: () = is_clone_and_send::<Shard>();

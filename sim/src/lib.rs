//! The simulated world: nodes that run the core's shards, a network and disks that fail, clients, and a controller.
//!
//! A [`World`] is a discrete-event kernel: a heap of (virtual time, sequence), one thread, no globals; time jumps to
//! the next event. It is `Clone`, and a clone behaves as its original.
//!
//! Rooms by layer; a room imports only those above it in this table:
//!
//! | rooms | what |
//! |---|---|
//! | [`choices`], [`config`], [`fault`], [`history`], [`note`], [`counters`], [`hash`] | plain values |
//! | [`disk`], `network`, [`observer`], [`actor`], `queue` | what a world is made of |
//! | [`node`], `controller` | hosts of shards, and who tells them their image |
//! | [`world`] | the kernel that moves them |
//! | [`clients`], [`nemesis`], [`script`], [`checks`], [`audit`], [`ledger`], [`verdict`], [`trial`] | what is done to a world, and how it is judged |

pub mod actor;
pub mod audit;
pub mod checks;
pub mod choices;
pub mod clients;
pub mod config;
mod controller;
pub mod counters;
pub mod disk;
pub mod fault;
pub mod hash;
pub mod history;
pub mod ledger;
pub mod nemesis;
mod network;
pub mod node;
pub mod note;
pub mod observer;
mod queue;
pub mod script;
pub mod trial;
pub mod verdict;
pub mod world;

pub use actor::{Actor, ActorCx, ActorEvent, ActorId};
pub use choices::{Choices, Recording, Stream};
pub use config::WorldConfig;
pub use counters::Counters;
pub use fault::{Crash, Fault};
pub use observer::{Observer, Seen, Violation};
pub use world::{Step, Stop, World};

//! The whole logic of a Gracchus cluster, as values in and values out.
//!
//! Nothing in this crate names a clock, a thread, a socket, a file handle, a runtime or a random source of its own. A
//! host (the simulator's kernel, or the production server) calls [`shard::Shard::handle`] with an event and performs the
//! effects that come back. Whatever ships runs in the simulator, and whatever the simulator proved ships.
//!
//! Rooms by layer; a room imports only lower layers, and siblings do not know each other:
//!
//! | layer | rooms |
//! |---|---|
//! | 0 | [`types`] |
//! | 1 | [`wire`], [`record`], [`io`] |
//! | 2 | [`log`], [`machine`] |
//! | 3 | [`replica`], [`metadata`], [`quorum`] |
//! | 4 | [`group`], [`session`] |
//! | 5 | [`broker`], [`client`], `controller_apis` |
//! | 6 | [`shard`] |
//! | 7 | [`node`] |

pub mod broker;
pub mod client;
pub(crate) mod controller_apis;
pub mod group;
pub mod io;
pub mod log;
pub mod machine;
pub mod metadata;
pub mod node;
pub mod quorum;
pub mod record;
pub mod replica;
pub mod session;
pub mod shard;
pub mod types;
pub mod wire;

/// Whether this build carries the switchable known bugs that the testbed is tested with. A shipped build asserts that
/// it does not.
pub const MUTANTS: bool = cfg!(feature = "mutants");

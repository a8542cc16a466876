//! The production shell around the core: sockets, files, threads, configuration and the `gracchus` command.
//!
//! The core decides, this crate performs. It carries bytes between sockets, disks and [`gracchus_core::shard::Shard`],
//! hands in events in turns, and performs effects in order.
//!
//! | room | what it is for |
//! |---|---|
//! | [`host`] | what the shell needs of a runtime: network, clock, tasks, disk offload |
//! | [`disk`] | the core's files on the real file system, reads and syncs, directory locks |
//! | [`shell`] | a shard's driver, its connections, listeners, and a whole node |
//! | [`config`] | `server.properties`, by Kafka's keys |
//! | [`caller`] | blocking calls to brokers, for commands and tests |
//! | [`driver`] | the core's own clients on real sockets, for commands |
//! | [`perf`] | the load generator |
//! | [`cli`] | the `gracchus` command |

pub mod caller;
pub mod cli;
pub mod config;
pub mod disk;
pub mod driver;
pub mod host;
pub mod perf;
pub mod shell;

const _: () = assert!(!gracchus_core::MUTANTS, "a server never carries the testbed's planted bugs");

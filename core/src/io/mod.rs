//! What the core may ask of its host within a call: files, random choices, probes. All of it arrives as an argument.
//!
//! **Invariants**: an id is never used for two things in one incarnation of a node; a stale id is answered with
//! [`FileError::Stale`], never with another file.
//!
//! **In Kafka**: spread over `KafkaScheduler`, `Time`, `FileRecords`, `NetworkClient`.

mod closing;
mod counted;
mod draws;
mod env;
mod files;
mod id;
mod mutant;
mod repair;
mod site;
mod trace;
mod trace_text;
mod work;

pub use closing::{CLOSES_PER_TURN, Closing};
pub use counted::CountedFiles;
pub use draws::{Draws, Probes};
pub use env::Env;
pub use files::{DirId, Entry, FileError, FileId, FilePath, Files, Open, SyncWhat};
pub use id::{AskId, Asker, ConnId, Desk, ListenerId, OpId, ShardId};
pub use mutant::Mutant;
pub use repair::{Deed, Fault, OfflineCause, Offsets, Repair};
pub use site::Site;
pub use trace::{Loads, Trace, TraceEvent, TraceKind, TraceKinds};
pub use work::{Work, WorkKind};

//! What the shell needs of a runtime: network, clock, tasks, and a place for calls that block.
//!
//! **Invariants**: nothing else in the shell names a runtime, so that its tests run it on simulated TCP and time; a
//! stream is only ever polled, written through [`AsyncWrite`] and flushed, which is all that every simulator offers.
//!
//! **In Kafka**: `Selector`, `Time`, `KafkaScheduler`.

mod names;
mod sockets;
mod tokio;

pub use self::names::{look_up, unknown};
pub use self::sockets::set_up;
pub use self::tokio::Tokio;

use ::tokio::io::{AsyncRead, AsyncWrite};
use core::future::Future;
use core::task::{Context, Poll};
use core::time::Duration;
use gracchus_core::types::{Instant, Now};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

/// Work that blocks: a read or a sync of a file.
pub type DiskJob = Box<dyn FnOnce() + Send>;

/// A runtime, as the shell sees it. Clones are handles to the same one.
pub trait Host: Clone + Send + Sync + Unpin + 'static {
    /// A connection, bound to the thread that polls it.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;
    /// A connection on its way from one shard's thread to another's.
    type Parcel: Unpin + Send + 'static;
    /// A bound socket.
    type Listener: Send + Sync + 'static;
    /// One timer that can be set again and again.
    type Timer: Unpin + Send + 'static;

    /// Binds to the first address of `host` that works; an empty host means every address of this machine.
    fn bind(
        &self,
        host: Arc<str>,
        port: u16,
    ) -> impl Future<Output = io::Result<(Self::Listener, SocketAddr)>> + Send + 'static;

    /// The next connection.
    fn accept(listener: &Self::Listener) -> impl Future<Output = io::Result<(Self::Parcel, SocketAddr)>> + Send;

    /// Connects to the first address of `host` that answers.
    fn connect(&self, host: Arc<str>, port: u16) -> impl Future<Output = io::Result<Self::Stream>> + Send + 'static;

    /// Takes a connection off this thread.
    fn pack(stream: Self::Stream) -> io::Result<Self::Parcel>;

    /// Takes a connection in on this thread.
    fn unpack(parcel: Self::Parcel) -> io::Result<Self::Stream>;

    /// Both clocks.
    fn now(&self) -> Now;

    /// A timer that is not set.
    fn timer(&self) -> Self::Timer;

    /// Ready once `at` has come; until then the timer is set to it.
    fn poll_timer(&self, timer: &mut Self::Timer, at: Instant, cx: &mut Context<'_>) -> Poll<()>;

    /// Done after `time`.
    fn sleep(&self, time: Duration) -> impl Future<Output = ()> + Send + 'static;

    /// Runs a shard until it is done: on a thread of its own where there are threads.
    fn start_shard(&self, name: String, shard: impl Future<Output = ()> + Send + 'static) -> io::Result<()>;

    /// Runs a job that blocks, elsewhere if there is an elsewhere.
    fn offload(&self, job: DiskJob);

    /// The same for the control shard, whose few jobs wait behind no one else's: all changes of metadata wait for them.
    fn offload_metadata(&self, job: DiskJob);
}

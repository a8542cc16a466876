//! Production: tokio, one current-thread runtime on a thread of its own for each shard.

use super::{DiskJob, Host, set_up, unknown};
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use gracchus_core::types::{Instant, Now, Timestamp};
use std::io;
use std::net::SocketAddr;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::net::{TcpListener, TcpSocket, TcpStream, lookup_host};
use tokio::runtime::{Builder, Handle};
use tokio::time::Sleep;

/// Connections that wait to be accepted; the kernel caps it at `net.core.somaxconn`.
const BACKLOG: u32 = 1024;

/// A shard's turns end in a look at the sockets this often, in tasks run; tokio's own 61 starves them under load.
const EVENT_INTERVAL: u32 = 4;

/// The runtime of the production server.
#[derive(Clone)]
pub struct Tokio {
    origin: std::time::Instant,
    disk: Handle,
    /// The control shard's jobs, which a thread of their own runs from the first one on.
    metadata: Arc<OnceLock<Sender<DiskJob>>>,
}

impl Tokio {
    /// Runs what blocks on the threads of `disk`'s runtime.
    #[must_use]
    pub fn new(disk: Handle) -> Tokio {
        Tokio { origin: std::time::Instant::now(), disk, metadata: Arc::default() }
    }
}

impl Host for Tokio {
    type Stream = TcpStream;
    type Parcel = std::net::TcpStream;
    type Listener = TcpListener;
    type Timer = Option<Pin<Box<Sleep>>>;

    fn bind(
        &self,
        host: Arc<str>,
        port: u16,
    ) -> impl Future<Output = io::Result<(TcpListener, SocketAddr)>> + Send + 'static {
        bind_first(host, port)
    }

    async fn accept(listener: &TcpListener) -> io::Result<(std::net::TcpStream, SocketAddr)> {
        let (stream, peer) = listener.accept().await?;
        // What is wrong with this connection is no trouble of the listener's.
        set_up(&stream).map_err(|_| io::Error::from(io::ErrorKind::ConnectionAborted))?;
        Ok((stream.into_std()?, peer))
    }

    fn connect(&self, host: Arc<str>, port: u16) -> impl Future<Output = io::Result<TcpStream>> + Send + 'static {
        connect_first(host, port)
    }

    fn pack(stream: TcpStream) -> io::Result<std::net::TcpStream> {
        stream.into_std()
    }

    fn unpack(parcel: std::net::TcpStream) -> io::Result<TcpStream> {
        TcpStream::from_std(parcel)
    }

    fn now(&self) -> Now {
        let mono = u64::try_from(self.origin.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let wall = match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |ms| -ms),
        };
        Now { mono: Instant(mono), wall: Timestamp(wall) }
    }

    fn timer(&self) -> Option<Pin<Box<Sleep>>> {
        None
    }

    fn poll_timer(&self, timer: &mut Option<Pin<Box<Sleep>>>, at: Instant, cx: &mut Context<'_>) -> Poll<()> {
        let at = tokio::time::Instant::from_std(self.origin + Duration::from_nanos(at.0));
        let sleep = timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(at)));
        if sleep.deadline() != at {
            sleep.as_mut().reset(at);
        }
        sleep.as_mut().poll(cx)
    }

    fn sleep(&self, time: Duration) -> impl Future<Output = ()> + Send + 'static {
        tokio::time::sleep(time)
    }

    fn start_shard(&self, name: String, shard: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let runtime = Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .event_interval(EVENT_INTERVAL)
            .max_blocking_threads(1)
            .build()?;
        thread::Builder::new().name(name).spawn(move || {
            // As a task and not as the root future, whose wake-ups from its own thread cost a system call each.
            let shard = runtime.spawn(shard);
            if let Err(error) = runtime.block_on(shard) {
                std::panic::resume_unwind(error.into_panic());
            }
        })?;
        Ok(())
    }

    fn offload(&self, job: DiskJob) {
        self.disk.spawn_blocking(job);
    }

    fn offload_metadata(&self, job: DiskJob) {
        let lane = self.metadata.get_or_init(|| {
            let (lane, jobs) = channel::<DiskJob>();
            let run = move || jobs.into_iter().for_each(|job| job());
            thread::Builder::new().name("metadata-disk".to_owned()).spawn(run).expect("the process may have a thread");
            lane
        });
        lane.send(job).expect("the lane's thread lives as long as its sender");
    }
}

async fn bind_first(host: Arc<str>, port: u16) -> io::Result<(TcpListener, SocketAddr)> {
    let mut failure = io::Error::new(io::ErrorKind::AddrNotAvailable, "the host name has no address");
    for address in addresses_to_bind(&host, port).await? {
        match listen(address) {
            Ok(listener) => {
                let address = listener.local_addr()?;
                return Ok((listener, address));
            }
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

async fn connect_first(host: Arc<str>, port: u16) -> io::Result<TcpStream> {
    let mut failure = io::Error::new(io::ErrorKind::AddrNotAvailable, "the host name has no address");
    for address in addresses(&host, port).await? {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                set_up(&stream)?;
                return Ok(stream);
            }
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

/// Every address of the machine is both families where there are two.
async fn addresses_to_bind(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    if host.is_empty() {
        return Ok(vec![([0u16; 8], port).into(), ([0u8; 4], port).into()]);
    }
    addresses(host, port).await
}

async fn addresses(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    let found = lookup_host((host, port)).await.map_err(|error| unknown(host, &error))?;
    Ok(found.collect())
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A restart must not wait for the last incarnation's connections to leave TIME_WAIT.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;

    #[test]
    fn the_control_shards_jobs_wait_behind_no_other_job() {
        let runtime = Builder::new_current_thread().max_blocking_threads(1).build().unwrap();
        let host = Tokio::new(runtime.handle().clone());
        let held = Arc::new(Barrier::new(2));
        let at_the_disk = held.clone();
        host.offload(Box::new(move || {
            at_the_disk.wait();
        }));
        let (told, done) = channel();
        host.offload_metadata(Box::new(move || told.send(()).unwrap()));
        done.recv().expect("it is done while another job holds the only thread for disks");
        held.wait();
    }
}

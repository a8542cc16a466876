//! The shell's runtime in tests: simulated TCP and time, shards as tasks on one thread, disk work inline.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use gracchus_core::types::{Instant, Now, Timestamp};
use gracchus_server::host::{DiskJob, Host};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::time::Sleep;
use turmoil::net::{TcpListener, TcpStream};

#[derive(Clone)]
pub struct Turmoil {
    origin: tokio::time::Instant,
}

impl Turmoil {
    /// Within a simulated host.
    pub fn new() -> Turmoil {
        Turmoil { origin: tokio::time::Instant::now() }
    }
}

impl Host for Turmoil {
    type Stream = TcpStream;
    type Parcel = Box<TcpStream>;
    type Listener = TcpListener;
    type Timer = Option<Pin<Box<Sleep>>>;

    fn bind(
        &self,
        _host: Arc<str>,
        port: u16,
    ) -> impl Future<Output = io::Result<(TcpListener, SocketAddr)>> + Send + 'static {
        bind(port)
    }

    async fn accept(listener: &TcpListener) -> io::Result<(Box<TcpStream>, SocketAddr)> {
        let (stream, peer) = listener.accept().await?;
        Ok((Box::new(stream), peer))
    }

    fn connect(&self, host: Arc<str>, port: u16) -> impl Future<Output = io::Result<TcpStream>> + Send + 'static {
        connect(host, port)
    }

    fn pack(stream: TcpStream) -> io::Result<Box<TcpStream>> {
        Ok(Box::new(stream))
    }

    fn unpack(parcel: Box<TcpStream>) -> io::Result<TcpStream> {
        Ok(*parcel)
    }

    fn now(&self) -> Now {
        let mono = self.origin.elapsed().as_nanos() as u64;
        let wall = turmoil::since_epoch().map_or(0, |since| since.as_millis() as i64);
        Now { mono: Instant(mono), wall: Timestamp(wall) }
    }

    fn timer(&self) -> Option<Pin<Box<Sleep>>> {
        None
    }

    fn poll_timer(&self, timer: &mut Option<Pin<Box<Sleep>>>, at: Instant, cx: &mut Context<'_>) -> Poll<()> {
        let at = self.origin + Duration::from_nanos(at.0);
        let sleep = timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(at)));
        if sleep.deadline() != at {
            sleep.as_mut().reset(at);
        }
        sleep.as_mut().poll(cx)
    }

    fn sleep(&self, time: Duration) -> impl Future<Output = ()> + Send + 'static {
        tokio::time::sleep(time)
    }

    fn start_shard(&self, _name: String, shard: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        // Tasks of a local set die in the order of their birth, those of a runtime in one that differs between runs.
        tokio::task::spawn_local(shard);
        Ok(())
    }

    fn offload(&self, job: DiskJob) {
        job();
    }

    fn offload_metadata(&self, job: DiskJob) {
        job();
    }
}

async fn bind(port: u16) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).await?;
    let addr = listener.local_addr()?;
    Ok((listener, addr))
}

async fn connect(host: Arc<str>, port: u16) -> io::Result<TcpStream> {
    TcpStream::connect((&*host, port)).await
}

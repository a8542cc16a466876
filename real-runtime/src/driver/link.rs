//! One connection of a client's: a task that dials and writes, and one that reads whole frames.

use super::Happened;
use crate::caller::{AT_FIRST, FRAME_MAX};
use crate::host::{Host, Tokio};
use bytes::{Bytes, BytesMut};
use core::time::Duration;
use gracchus_core::client::Conn;
use std::io;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader, BufWriter};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// What is read or written at once, where frames are small.
const BUFFER: usize = 64 << 10;

/// How long the last bytes of a connection may take to leave.
const LINGER: Duration = Duration::from_secs(5);

/// What a connection tells the driver.
#[derive(Debug)]
pub(super) enum Told {
    Dialed,
    DialFailed(io::Error),
    Frame(Bytes),
    Closed(io::Error),
}

/// A connection as the driver holds it.
pub(super) struct Link {
    pub(super) address: String,
    /// Whether the dial has come to an end, and a good one.
    pub(super) is_up: bool,
    parts: mpsc::UnboundedSender<Vec<Bytes>>,
    task: JoinHandle<()>,
}

impl Link {
    /// Dials; the driver is told how that ended.
    pub(super) fn dial<E: Send + 'static>(
        conn: Conn,
        host_name: Arc<str>,
        port: u16,
        host: &Tokio,
        tell: mpsc::Sender<Happened<E>>,
    ) -> Link {
        let address = format!("{host_name}:{port}");
        let (parts, queue) = mpsc::unbounded_channel();
        let dial = host.connect(host_name, port);
        let task = tokio::spawn(async move {
            match dial.await {
                Ok(stream) => carry(conn, stream, queue, tell).await,
                Err(error) => _ = tell.send(Happened::OnLink(conn, Told::DialFailed(error))).await,
            }
        });
        Link { address, is_up: false, parts, task }
    }

    /// Sends one frame. How many wait is bounded by the client, which has few requests in flight.
    pub(super) fn send(&self, parts: Vec<Bytes>) {
        // Where the connection is over, its end is in the inbox already.
        let _ = self.parts.send(parts);
    }

    /// Ends it: what was sent before still leaves.
    pub(super) fn close(self) {
        if !self.is_up {
            self.task.abort();
        }
    }

    /// Ends it, and waits until what was sent before has left.
    pub(super) async fn finish(self) {
        let Link { is_up, parts, task, .. } = self;
        drop(parts);
        if is_up {
            let _ = timeout(LINGER, task).await;
        } else {
            task.abort();
        }
    }
}

async fn carry<E: Send + 'static>(
    conn: Conn,
    stream: TcpStream,
    mut queue: mpsc::UnboundedReceiver<Vec<Bytes>>,
    tell: mpsc::Sender<Happened<E>>,
) {
    let (read, write) = stream.into_split();
    let _ = tell.send(Happened::OnLink(conn, Told::Dialed)).await;
    let reading = tokio::spawn(read_frames(conn, read, tell.clone()));
    if let Err(error) = write_frames(write, &mut queue).await {
        let _ = tell.send(Happened::OnLink(conn, Told::Closed(error))).await;
    }
    reading.abort();
}

async fn write_frames(write: OwnedWriteHalf, queue: &mut mpsc::UnboundedReceiver<Vec<Bytes>>) -> io::Result<()> {
    let mut write = BufWriter::with_capacity(BUFFER, write);
    while let Some(parts) = queue.recv().await {
        for part in parts {
            write.write_all(&part).await?;
        }
        write.flush().await?;
    }
    write.shutdown().await
}

async fn read_frames<E>(conn: Conn, read: OwnedReadHalf, tell: mpsc::Sender<Happened<E>>) {
    let mut read = BufReader::with_capacity(BUFFER, read);
    loop {
        let told = match read_frame(&mut read).await {
            Ok(frame) => Told::Frame(frame),
            Err(error) => Told::Closed(error),
        };
        let is_last = matches!(told, Told::Closed(_));
        if tell.send(Happened::OnLink(conn, told)).await.is_err() || is_last {
            return;
        }
    }
}

async fn read_frame(read: &mut BufReader<OwnedReadHalf>) -> io::Result<Bytes> {
    let len = usize::try_from(read.read_i32().await?).ok().filter(|len| *len <= FRAME_MAX);
    let len = len.ok_or_else(|| io::Error::other("it does not speak Kafka's protocol"))?;
    // The length is the other side's claim: memory is set aside as bytes arrive.
    let mut frame = BytesMut::with_capacity(len.min(AT_FIRST));
    let mut rest = read.take(len as u64);
    while frame.len() < len {
        if rest.read_buf(&mut frame).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(frame.freeze())
}

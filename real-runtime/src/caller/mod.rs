//! Blocking calls to brokers, for commands, the load generator and tests: one connection ([`Caller`]), and all brokers of
//! a cluster ([`Brokers`]).
//!
//! **Invariants**: answers are taken in the order of the requests; a broker is asked for its versions first, and never
//! spoken to in one that it does not have; a length that the other side claims costs no memory before the bytes are there.
//!
//! **In Kafka**: `NetworkClient`, in the one-connection form that the tools use, and `KafkaAdminClient`.

mod brokers;
mod error;
mod offsets;
mod stream;

pub use brokers::{Brokers, Topics};
pub use error::{CallError, reason};
pub use offsets::{EARLIEST, FoundOffset, LATEST};

use crate::host::{look_up, set_up};
use bytes::Bytes;
use core::time::Duration;
use gracchus_core::client::{Answered, Conn, Connection, Versions};
use gracchus_core::types::Instant;
use gracchus_core::wire::{
    ApiKey, ApiVersionsRequest, ApiVersionsResponse, MetadataRequest, MetadataResponse, Request, metadata,
};
use std::io::{self, BufReader, IoSlice, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use stream::TimedStream;

/// No answer takes longer, a long poll included, where the caller sets no other time.
const PATIENCE: Duration = Duration::from_secs(60);

/// Answers are read through a buffer of this size; the large ones pass it by.
const BUFFER: usize = 64 << 10;

/// No answer is larger, in bytes: Kafka's `fetch.max.bytes` is 50 MiB, and one batch may be larger than that.
pub(crate) const FRAME_MAX: usize = 256 << 20;

/// What is set aside for an answer before its bytes are there.
pub(crate) const AT_FIRST: usize = 1 << 20;

/// An open connection; `T` is kept for each request until it is answered.
pub struct Caller<T> {
    stream: BufReader<TimedStream>,
    connection: Connection<T>,
    versions: Versions,
    /// `HOST:PORT`, as it was given.
    address: String,
    /// How long a whole call may take; none where only each read is bounded.
    patience: Option<Duration>,
}

impl<T: Default> Caller<T> {
    /// Connects, and asks for the versions that the broker has.
    pub fn connect(bootstrap: &str) -> Result<Caller<T>, CallError> {
        let mut failure = io::Error::new(io::ErrorKind::AddrNotAvailable, "the host name has no address");
        for address in addresses(bootstrap)? {
            match TcpStream::connect(address) {
                Ok(stream) => return Caller::greet(stream, bootstrap, None),
                Err(error) => failure = error,
            }
        }
        Err(failure.into())
    }

    /// As [`Caller::connect`]; connecting, and every call after it, fails when it takes longer than `patience`.
    pub fn connect_within(address: &str, patience: Duration) -> Result<Caller<T>, CallError> {
        let unreachable = |error| CallError::Unreachable(vec![(address.to_owned(), error)]);
        let mut failure = io::Error::new(io::ErrorKind::AddrNotAvailable, "the host name has no address");
        for each in addresses(address).map_err(unreachable)? {
            match TcpStream::connect_timeout(&each, patience) {
                Ok(stream) => return Caller::greet(stream, address, Some(patience)),
                Err(error) => failure = error,
            }
        }
        Err(unreachable(failure))
    }

    fn greet(stream: TcpStream, address: &str, patience: Option<Duration>) -> Result<Caller<T>, CallError> {
        set_up(&stream)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let connection = Connection::new(Conn(0), "gracchus".into());
        let mut this = Caller {
            stream: BufReader::with_capacity(BUFFER, TimedStream::new(stream)),
            connection,
            versions: Versions::default(),
            address: address.to_owned(),
            patience,
        };
        this.begin();
        // Version 0 needs no finding out.
        let body = ApiVersionsRequest::default();
        let parts = this.connection.request(&body, 0, Instant(u64::MAX), T::default());
        this.write(&parts).map_err(|error| this.failed(error))?;
        let answer: ApiVersionsResponse =
            this.receive()?.read().map_err(|error| CallError::Foreign(this.address.clone(), error.to_string()))?;
        if answer.error_code != 0 {
            return Err(CallError::Code(answer.error_code));
        }
        let keys = answer.api_keys.iter().map(|key| (key.api_key, (key.min_version, key.max_version)));
        this.connection.set_versions(keys.collect());
        Ok(this)
    }

    /// Asks, and waits for the answer. Nothing else may be unanswered.
    pub fn call<R: Request>(&mut self, body: &R) -> Result<R::Response, CallError> {
        assert_eq!(self.connection.in_flight(), 0, "a call waits for its own answer");
        self.begin();
        self.send(body, T::default())?;
        self.receive()?.read().map_err(CallError::Decode)
    }

    /// What the broker says of one topic; asking creates it where the broker does that.
    pub fn metadata(&mut self, topic: &str) -> Result<MetadataResponse, CallError> {
        let wanted = metadata::MetadataRequestTopic { name: Some(topic.into()), ..Default::default() };
        let body = MetadataRequest {
            topics: Some(vec![wanted]),
            allow_auto_topic_creation: true,
            ..MetadataRequest::default()
        };
        self.call(&body)
    }
}

/// The addresses of `HOST:PORT`, where an IPv6 address stands in brackets.
fn addresses(address: &str) -> io::Result<Vec<SocketAddr>> {
    let malformed = || io::Error::new(io::ErrorKind::InvalidInput, "it is not HOST:PORT");
    let (host, port) = address.rsplit_once(':').ok_or_else(malformed)?;
    let host = host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(host);
    look_up(host, port.parse().map_err(|_| malformed())?)
}

impl<T> Caller<T> {
    /// `HOST:PORT` of the broker, as it was given.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The version in which an API is spoken with this broker.
    pub fn version<R: Request>(&self) -> Result<i16, CallError> {
        let wanted = match R::KEY {
            ApiKey::Produce => self.versions.produce,
            ApiKey::Fetch => self.versions.fetch.min(12),
            ApiKey::Metadata => self.versions.metadata,
            ApiKey::OffsetCommit => self.versions.offset_commit,
            ApiKey::OffsetFetch => self.versions.offset_fetch,
            ApiKey::FindCoordinator => self.versions.find_coordinator,
            _ => R::VERSIONS.1,
        };
        self.connection.version(R::KEY, wanted).ok_or(CallError::NoVersion(R::KEY))
    }

    /// A call begins: from here on its time is counted.
    fn begin(&mut self) {
        let deadline = self.patience.map(|patience| std::time::Instant::now() + patience);
        self.stream.get_mut().set_deadline(deadline);
    }

    /// Sends a request whose answer is taken later.
    pub fn send<R: Request>(&mut self, body: &R, purpose: T) -> Result<(), CallError> {
        let version = self.version::<R>()?;
        let parts = self.connection.request(body, version, Instant(u64::MAX), purpose);
        self.write(&parts).map_err(|error| self.failed(error))
    }

    /// Sends a request that is never answered: Produce with `acks=0`.
    pub fn send_unanswered<R: Request>(&mut self, body: &R) -> Result<(), CallError> {
        let version = self.version::<R>()?;
        let parts = self.connection.request_unanswered(body, version);
        self.write(&parts).map_err(|error| self.failed(error))
    }

    /// Sends no more. What was asked is answered still.
    pub fn finish(&self) -> io::Result<()> {
        self.stream.get_ref().socket().shutdown(Shutdown::Write)
    }

    /// The answer to the oldest request.
    pub fn receive(&mut self) -> Result<Answered<T>, CallError> {
        let frame = self.read_frame().map_err(|error| self.failed(error))?;
        self.connection
            .on_frame(frame)
            .ok_or_else(|| CallError::Foreign(self.address.clone(), "an answer to nothing".to_owned()))
    }

    /// Requests that are not answered yet.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.connection.in_flight()
    }

    fn read_frame(&mut self) -> io::Result<Bytes> {
        let mut prefix = [0; 4];
        self.stream.read_exact(&mut prefix)?;
        let len = usize::try_from(i32::from_be_bytes(prefix)).ok().filter(|len| *len <= FRAME_MAX);
        let len = len.ok_or(io::ErrorKind::InvalidData)?;
        let mut frame = Vec::with_capacity(len.min(AT_FIRST));
        if (&mut self.stream).take(len as u64).read_to_end(&mut frame)? < len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(frame.into())
    }

    fn write(&mut self, parts: &[Bytes]) -> io::Result<()> {
        let mut slices: Vec<IoSlice<'_>> = parts.iter().map(|part| IoSlice::new(part)).collect();
        let mut left = &mut slices[..];
        IoSlice::advance_slices(&mut left, 0);
        while !left.is_empty() {
            let written = self.stream.get_mut().write_vectored(left)?;
            IoSlice::advance_slices(&mut left, written);
        }
        Ok(())
    }

    /// What a failure of the connection means.
    fn failed(&self, error: io::Error) -> CallError {
        let address = self.address.clone();
        match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
                CallError::Silent(address, self.patience.unwrap_or(PATIENCE))
            }
            io::ErrorKind::InvalidData => {
                CallError::Foreign(address, "its first bytes are no length of an answer".to_owned())
            }
            _ => CallError::Lost(address, error),
        }
    }
}

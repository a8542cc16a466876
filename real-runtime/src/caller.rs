//! A blocking connection to a broker, for commands, the load generator and tests.
//!
//! **Invariants**: answers are taken in the order of the requests; a broker is asked for its versions first, and never
//! spoken to in one that it does not have.
//!
//! **In Kafka**: `NetworkClient`, in the one-connection form that the tools use.

use bytes::Bytes;
use core::fmt;
use core::time::Duration;
use gracchus_core::client::{Answered, Conn, Connection, Versions};
use gracchus_core::types::{ErrorCode, Instant};
use gracchus_core::wire::{
    ApiKey, ApiVersionsRequest, ApiVersionsResponse, DecodeError, MetadataRequest, MetadataResponse, Request, metadata,
};
use std::io::{self, BufReader, IoSlice, Read, Write};
use std::net::{Shutdown, TcpStream, ToSocketAddrs};

/// No answer takes longer, a long poll included.
const PATIENCE: Duration = Duration::from_secs(60);

/// Answers are read through a buffer of this size; the large ones pass it by.
const BUFFER: usize = 64 << 10;

/// Why a call failed.
#[derive(Debug)]
pub enum CallError {
    /// The network did.
    Io(io::Error),
    /// The broker's bytes mean nothing.
    Decode(DecodeError),
    /// The broker has no version of an API that this client speaks.
    NoVersion(ApiKey),
    /// The broker refuses with that error code.
    Code(i16),
    /// The same, in the broker's words.
    Refused(i16, String),
}

/// An open connection; `T` is kept for each request until it is answered.
pub struct Caller<T> {
    stream: BufReader<TcpStream>,
    connection: Connection<T>,
    versions: Versions,
}

impl<T: Default> Caller<T> {
    /// Connects, and asks for the versions that the broker has.
    pub fn connect(bootstrap: &str) -> Result<Caller<T>, CallError> {
        let mut failure = io::Error::new(io::ErrorKind::AddrNotAvailable, "the host name has no address");
        for address in bootstrap.to_socket_addrs()? {
            match TcpStream::connect(address) {
                Ok(stream) => return Caller::greet(stream),
                Err(error) => failure = error,
            }
        }
        Err(failure.into())
    }

    fn greet(stream: TcpStream) -> Result<Caller<T>, CallError> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let connection = Connection::new(Conn(0), "gracchus".into());
        let mut this =
            Caller { stream: BufReader::with_capacity(BUFFER, stream), connection, versions: Versions::default() };
        // Version 0 needs no finding out.
        let body = ApiVersionsRequest::default();
        let parts = this.connection.request(&body, 0, Instant(u64::MAX), T::default());
        this.write(&parts)?;
        let answer: ApiVersionsResponse = this.receive()?.read().map_err(CallError::Decode)?;
        let keys = answer.api_keys.iter().map(|key| (key.api_key, (key.min_version, key.max_version)));
        this.connection.set_versions(keys.collect());
        Ok(this)
    }

    /// Asks, and waits for the answer. Nothing else may be unanswered.
    pub fn call<R: Request>(&mut self, body: &R) -> Result<R::Response, CallError> {
        assert_eq!(self.connection.in_flight(), 0, "a call waits for its own answer");
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

impl<T> Caller<T> {
    /// Sends a request whose answer is taken later.
    pub fn send<R: Request>(&mut self, body: &R, purpose: T) -> Result<(), CallError> {
        let version = self.version::<R>()?;
        let parts = self.connection.request(body, version, Instant(u64::MAX), purpose);
        self.write(&parts)
    }

    /// Sends a request that is never answered: Produce with `acks=0`.
    pub fn send_unanswered<R: Request>(&mut self, body: &R) -> Result<(), CallError> {
        let version = self.version::<R>()?;
        let parts = self.connection.request_unanswered(body, version);
        self.write(&parts)
    }

    /// Sends no more. What was asked is answered still.
    pub fn finish(&self) -> io::Result<()> {
        self.stream.get_ref().shutdown(Shutdown::Write)
    }

    /// The answer to the oldest request.
    pub fn receive(&mut self) -> Result<Answered<T>, CallError> {
        let frame = self.read_frame()?;
        self.connection.on_frame(frame).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData).into())
    }

    /// Requests that are not answered yet.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.connection.in_flight()
    }

    fn version<R: Request>(&self) -> Result<i16, CallError> {
        let wanted = match R::KEY {
            ApiKey::Produce => self.versions.produce,
            ApiKey::Fetch => self.versions.fetch.min(12),
            ApiKey::Metadata => self.versions.metadata,
            _ => R::VERSIONS.1,
        };
        self.connection.version(R::KEY, wanted).ok_or(CallError::NoVersion(R::KEY))
    }

    fn read_frame(&mut self) -> io::Result<Bytes> {
        let mut len = [0; 4];
        self.stream.read_exact(&mut len)?;
        let len = usize::try_from(i32::from_be_bytes(len)).map_err(|_| io::ErrorKind::InvalidData)?;
        let mut frame = Vec::with_capacity(len);
        if (&mut self.stream).take(len as u64).read_to_end(&mut frame)? < len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(frame.into())
    }

    fn write(&mut self, parts: &[Bytes]) -> Result<(), CallError> {
        let mut slices: Vec<IoSlice<'_>> = parts.iter().map(|part| IoSlice::new(part)).collect();
        let mut left = &mut slices[..];
        IoSlice::advance_slices(&mut left, 0);
        while !left.is_empty() {
            let written = self.stream.get_mut().write_vectored(left)?;
            IoSlice::advance_slices(&mut left, written);
        }
        Ok(())
    }
}

impl From<io::Error> for CallError {
    fn from(error: io::Error) -> CallError {
        CallError::Io(error)
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CallError::Io(error) => write!(f, "the connection failed: {error}"),
            CallError::Decode(error) => write!(f, "the broker's answer cannot be read: {error:?}"),
            CallError::NoVersion(key) => write!(f, "the broker has no version of {key:?} that this command speaks"),
            CallError::Code(code) => write!(f, "the broker refuses: {} ({code})", ErrorCode::from_wire(*code).name()),
            CallError::Refused(code, why) => {
                write!(f, "the broker refuses: {why} ({}, {code})", ErrorCode::from_wire(*code).name())
            }
        }
    }
}

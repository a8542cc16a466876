//! Why a call to a broker failed, in words for whoever typed the command.

use core::fmt;
use core::time::Duration;
use gracchus_core::types::ErrorCode;
use gracchus_core::wire::{ApiKey, DecodeError};
use std::io;

/// Why a call failed.
#[derive(Debug)]
pub enum CallError {
    /// No connection to any of these addresses, each with the reason.
    Unreachable(Vec<(String, io::Error)>),
    /// The connection to this address ended before the answer came.
    Lost(String, io::Error),
    /// This address takes connections and answers nothing for so long.
    Silent(String, Duration),
    /// What this address answers is not Kafka's protocol, because of this.
    Foreign(String, String),
    /// The network failed, or the operating system.
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

impl CallError {
    /// The error of an answer whose code is not nought, with the broker's own words where it has any.
    #[must_use]
    pub fn of(code: i16, message: Option<&str>) -> CallError {
        match message.filter(|message| !message.is_empty()) {
            Some(message) => CallError::Refused(code, message.to_owned()),
            None => CallError::Code(code),
        }
    }

    /// The broker's error code, where the broker answered with one.
    #[must_use]
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            CallError::Code(code) | CallError::Refused(code, _) => Some(ErrorCode::from_wire(*code)),
            _ => None,
        }
    }
}

impl From<io::Error> for CallError {
    fn from(error: io::Error) -> CallError {
        CallError::Io(error)
    }
}

/// What went wrong, without the number of the operating system's error.
#[must_use]
pub fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        io::ErrorKind::ConnectionReset => "the other side reset the connection".to_owned(),
        io::ErrorKind::UnexpectedEof => "the other side closed the connection".to_owned(),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => "timed out".to_owned(),
        _ => {
            let text = error.to_string();
            match text.split_once(" (os error ") {
                Some((words, _)) => words.to_owned(),
                None => text,
            }
        }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CallError::Unreachable(tried) => {
                let is_name = tried.iter().all(|(_, error)| error.kind() == io::ErrorKind::NotFound);
                let tried: Vec<String> =
                    tried.iter().map(|(address, error)| format!("{address}: {}", reason(error))).collect();
                let next = match is_name {
                    true => "correct it, or make it known (DNS, /etc/hosts)",
                    false => "is the broker running, and is --bootstrap the address it listens on?",
                };
                write!(f, "cannot connect to {}; {next}", tried.join("; "))
            }
            CallError::Lost(address, error) => write!(
                f,
                "the connection to {address} ended before an answer came: {}; is it a Kafka broker's address, and \
                 without TLS?",
                reason(error)
            ),
            CallError::Silent(address, waited) => write!(
                f,
                "{address} takes connections but has not answered for {} s; is it a Kafka broker's address? --timeout \
                 sets how long to wait",
                (waited.as_secs_f64() * 1e3).round() / 1e3
            ),
            CallError::Foreign(address, why) => {
                write!(f, "{address} does not speak Kafka's protocol ({why}); is it a Kafka broker's address?")
            }
            CallError::Io(error) => write!(f, "the connection failed: {}", reason(error)),
            CallError::Decode(error) => write!(f, "the broker's answer cannot be read: {error}"),
            CallError::NoVersion(key) => {
                write!(f, "the broker has no version of {} that this command speaks", key.api().name)
            }
            CallError::Code(code) => write!(f, "the broker refuses: {} ({code})", ErrorCode::from_wire(*code).name()),
            CallError::Refused(code, why) => {
                let why = why.trim_end().trim_end_matches('.');
                write!(f, "the broker refuses: {why} ({}, {code})", ErrorCode::from_wire(*code).name())
            }
        }
    }
}

//! Host names: what they stand for, and an error that has the name where nobody knows it.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, ToSocketAddrs};

/// The addresses of a host. This may wait for a name server.
pub fn look_up(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    match (host, port).to_socket_addrs() {
        Ok(addresses) => Ok(addresses.collect()),
        Err(error) => Err(unknown(host, &error)),
    }
}

/// The error of a host that cannot be looked up. Its kind is NotFound, which no connection has.
pub fn unknown(host: &str, error: &io::Error) -> io::Error {
    let text = error.to_string();
    let why = text.strip_prefix("failed to lookup address information: ").unwrap_or(&text);
    io::Error::new(ErrorKind::NotFound, format!("the host name {host} is not known: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_host_is_named() {
        let error = look_up("no.such.host.invalid", 1).unwrap_err();
        assert!(error.to_string().starts_with("the host name no.such.host.invalid is not known: "), "{error}");
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert_eq!(look_up("127.0.0.1", 1).unwrap(), ["127.0.0.1:1".parse().unwrap()]);
    }
}

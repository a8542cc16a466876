//! How every TCP connection is set up, accepted or dialed.

use rustix::net::sockopt;
use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

/// A connection that was silent for so long is looked after. The system's own default is two hours, for which a client
/// that lost its power would keep its place.
const IDLE: Duration = Duration::from_secs(120);

/// Between two looks that were not answered.
const INTERVAL: Duration = Duration::from_secs(15);

/// After so many the connection is over.
const LOOKS: u32 = 4;

/// Sets a connection up: Kafka's TCP_NODELAY and SO_KEEPALIVE, and when the latter begins.
pub fn set_up(socket: &impl AsFd) -> io::Result<()> {
    // Requests and answers are whole frames: waiting for more bytes would only add latency.
    sockopt::set_tcp_nodelay(socket, true)?;
    sockopt::set_socket_keepalive(socket, true)?;
    sockopt::set_tcp_keepidle(socket, IDLE)?;
    sockopt::set_tcp_keepintvl(socket, INTERVAL)?;
    sockopt::set_tcp_keepcnt(socket, LOOKS)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::{Host, Tokio};
    use tokio::runtime::Builder;

    #[test]
    fn accepted_and_dialed_connections_are_looked_after() {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let host = Tokio::new(runtime.handle().clone());
        runtime.block_on(async {
            let (listener, address) = host.bind("127.0.0.1".into(), 0).await.unwrap();
            let dialed = host.connect("127.0.0.1".into(), address.port()).await.unwrap();
            let (accepted, _) = Tokio::accept(&listener).await.unwrap();
            for socket in [accepted.as_fd(), dialed.as_fd()] {
                assert!(sockopt::tcp_nodelay(socket).unwrap());
                assert!(sockopt::socket_keepalive(socket).unwrap());
                assert_eq!(sockopt::tcp_keepidle(socket).unwrap(), IDLE);
            }
        });
    }
}

//! How many connections clients may have: of the whole broker, and from one address.
//!
//! **Invariants**: a connection holds a [`Permit`] from before its first byte is read until its socket is closed;
//! nobody waits for a place while one is free.
//!
//! **In Kafka**: `ConnectionQuotas` in `SocketServer`.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;

/// What the operator allows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConnectionLimits {
    /// `max.connections`, as far as the descriptors go: connections beyond it wait in the kernel's backlog.
    pub most: usize,
    /// `max.connections.per.ip`: a connection beyond it is closed.
    pub per_ip: usize,
    /// `max.connections.per.ip.overrides`.
    pub overrides: BTreeMap<IpAddr, usize>,
}

impl Default for ConnectionLimits {
    /// Kafka's.
    fn default() -> ConnectionLimits {
        ConnectionLimits { most: i32::MAX as usize, per_ip: i32::MAX as usize, overrides: BTreeMap::new() }
    }
}

/// Who has a connection.
pub struct Quotas {
    limits: ConnectionLimits,
    open: Mutex<Open>,
    /// A place came free.
    freed: Notify,
}

#[derive(Default)]
struct Open {
    total: usize,
    /// Addresses without a connection are not in it.
    by_ip: HashMap<IpAddr, usize>,
}

/// Why a connection has no place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refused {
    /// The broker has as many as it may have.
    Full,
    /// Its address has: this many.
    Address(usize),
}

/// A connection's place. It is free again when this is dropped.
pub struct Permit {
    quotas: Arc<Quotas>,
    ip: IpAddr,
}

impl Quotas {
    /// Nobody has a connection.
    #[must_use]
    pub fn new(limits: ConnectionLimits) -> Arc<Quotas> {
        Arc::new(Quotas { limits, open: Mutex::default(), freed: Notify::new() })
    }

    /// How many connections there may be.
    #[must_use]
    pub fn most(&self) -> usize {
        self.limits.most
    }

    /// Whether one more connection has a place.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.open.lock().expect("no holder of this lock panics").total < self.limits.most
    }

    /// Waits until there is a place.
    pub async fn room(&self) {
        loop {
            // A place that comes free after this line ends the wait, although nobody waits yet.
            let freed = self.freed.notified();
            if self.has_room() {
                return;
            }
            freed.await;
        }
    }

    /// Takes a place for a connection from that address.
    pub fn take(self: &Arc<Quotas>, ip: IpAddr) -> Result<Permit, Refused> {
        // A listener of both families sees IPv4 addresses in the guise of IPv6.
        let ip = ip.to_canonical();
        let mut open = self.open.lock().expect("no holder of this lock panics");
        if open.total >= self.limits.most {
            return Err(Refused::Full);
        }
        let most = self.limits.overrides.get(&ip).copied().unwrap_or(self.limits.per_ip);
        let of_ip = open.by_ip.get(&ip).copied().unwrap_or(0);
        if of_ip >= most {
            return Err(Refused::Address(most));
        }
        open.total += 1;
        open.by_ip.insert(ip, of_ip + 1);
        Ok(Permit { quotas: self.clone(), ip })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut open = self.quotas.open.lock().expect("no holder of this lock panics");
        open.total -= 1;
        if let Some(of_ip) = open.by_ip.get_mut(&self.ip) {
            *of_ip -= 1;
            if *of_ip == 0 {
                open.by_ip.remove(&self.ip);
            }
        }
        drop(open);
        self.quotas.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::pin::pin;
    use core::task::{Context, Waker};

    fn ip(last: u8) -> IpAddr {
        [10, 0, 0, last].into()
    }

    fn refused(quotas: &Arc<Quotas>, ip: IpAddr) -> Option<Refused> {
        quotas.take(ip).err()
    }

    #[test]
    fn a_place_that_comes_free_ends_the_wait() {
        let quotas = Quotas::new(ConnectionLimits { most: 2, ..ConnectionLimits::default() });
        let (first, _second) = (quotas.take(ip(1)).ok().unwrap(), quotas.take(ip(2)).ok().unwrap());
        assert_eq!(refused(&quotas, ip(3)), Some(Refused::Full));
        let mut cx = Context::from_waker(Waker::noop());
        let mut waiting = pin!(quotas.room());
        assert!(waiting.as_mut().poll(&mut cx).is_pending());
        drop(first);
        assert!(waiting.as_mut().poll(&mut cx).is_ready());
        assert_eq!(refused(&quotas, ip(3)), None);
    }

    #[test]
    fn each_address_has_its_own_limit() {
        let overrides = BTreeMap::from([(ip(9), 0), (ip(2), 3)]);
        let quotas = Quotas::new(ConnectionLimits { per_ip: 1, overrides, ..ConnectionLimits::default() });
        let first = quotas.take(ip(1)).ok().unwrap();
        assert_eq!(refused(&quotas, ip(1)), Some(Refused::Address(1)));
        let disguised = "::ffff:10.0.0.1".parse().unwrap();
        assert_eq!(refused(&quotas, disguised), Some(Refused::Address(1)));
        assert_eq!(refused(&quotas, ip(9)), Some(Refused::Address(0)));
        let three: Vec<Permit> = (0..3).map(|_| quotas.take(ip(2)).ok().unwrap()).collect();
        assert_eq!(refused(&quotas, ip(2)), Some(Refused::Address(3)));
        drop((first, three));
        assert_eq!(refused(&quotas, disguised), None);
        assert!(quotas.open.lock().unwrap().by_ip.is_empty(), "addresses that are gone take no memory");
    }
}

//! The porter opens listeners where shards ask for their connections.

use super::acceptor::Acceptor;
use super::post::{Letter, Post};
use super::quotas::Quotas;
use crate::host::Host;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use gracchus_core::io::{ListenerId, ShardId};
use gracchus_core::metadata::{ListenerConfig, NodeConfig};
use gracchus_core::shard::{Event, Halt, ListenError};
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc::UnboundedReceiver;

/// What shards want of the porter.
pub enum Order {
    /// Connections of that listener.
    Listen { on: ListenerId, shard: ShardId },
    /// No more of them.
    Unlisten { on: ListenerId, shard: ShardId },
    /// The end of the node.
    Halt(Halt),
}

/// What whoever runs the node is told.
#[derive(Debug)]
pub enum NodeNews {
    /// A listener is open.
    Listening {
        /// Which.
        on: ListenerId,
        /// Where.
        addr: SocketAddr,
    },
    /// A listener could not be opened. What follows is the core's decision.
    ListenFailed {
        /// Which.
        on: ListenerId,
        /// Why.
        error: io::Error,
    },
    /// The node is over.
    Halted(Halt),
}

/// The node's listeners.
pub struct Porter<H: Host> {
    host: H,
    config: Arc<NodeConfig>,
    posts: Arc<[Post<H>]>,
    orders: UnboundedReceiver<Order>,
    doors: BTreeMap<ListenerId, Door>,
    accepted: Arc<AtomicU64>,
    quotas: Arc<Quotas>,
    news: VecDeque<NodeNews>,
}

/// An open listener.
struct Door {
    addr: SocketAddr,
    shards: Arc<Mutex<VecDeque<ShardId>>>,
    accepting: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl<H: Host> Porter<H> {
    /// No listener is open.
    #[must_use]
    pub fn new(
        host: H,
        config: Arc<NodeConfig>,
        posts: Arc<[Post<H>]>,
        orders: UnboundedReceiver<Order>,
        quotas: Arc<Quotas>,
    ) -> Porter<H> {
        let (doors, accepted) = (BTreeMap::new(), Arc::default());
        Porter { host, config, posts, orders, doors, accepted, quotas, news: VecDeque::new() }
    }

    /// Works until there is news.
    pub async fn next(&mut self) -> NodeNews {
        loop {
            if let Some(news) = self.news.pop_front() {
                return news;
            }
            match core::future::poll_fn(|cx| self.poll_order(cx)).await {
                Order::Listen { on, shard } => self.listen(on, shard).await,
                Order::Unlisten { on, shard } => self.unlisten(on, shard),
                Order::Halt(halt) => return NodeNews::Halted(halt),
            }
        }
    }

    fn poll_order(&mut self, cx: &mut Context<'_>) -> Poll<Order> {
        for door in self.doors.values_mut() {
            let _ = door.accepting.as_mut().poll(cx);
        }
        self.orders.poll_recv(cx).map(|order| order.expect("the porter's orders end with the node"))
    }

    async fn listen(&mut self, on: ListenerId, shard: ShardId) {
        let listener = self.config.listeners.iter().find(|listener| listener.id == on);
        let ListenerConfig { name, host, port, .. } = listener.expect("a shard listens where it is configured to");
        if !self.doors.contains_key(&on) {
            match self.host.bind(host.clone(), *port).await {
                Ok((listener, addr)) => self.open(on, name.clone(), listener, addr),
                Err(error) => {
                    self.tell(shard, Event::ListenFailed { on, why: reason(&error) });
                    self.news.push_back(NodeNews::ListenFailed { on, error });
                    return;
                }
            }
        }
        let door = &self.doors[&on];
        let addr = door.addr;
        door.shards.lock().expect("no holder of this lock panics").push_back(shard);
        self.tell(shard, Event::Listening { on, addr });
    }

    fn open(&mut self, on: ListenerId, name: Arc<str>, listener: H::Listener, addr: SocketAddr) {
        let shards = Arc::new(Mutex::new(VecDeque::new()));
        let acceptor = Acceptor {
            host: self.host.clone(),
            listener,
            on,
            name,
            shards: shards.clone(),
            posts: self.posts.clone(),
            accepted: self.accepted.clone(),
            quotas: self.quotas.clone(),
        };
        self.doors.insert(on, Door { addr, shards, accepting: Box::pin(acceptor.run()) });
        self.news.push_back(NodeNews::Listening { on, addr });
    }

    fn unlisten(&mut self, on: ListenerId, shard: ShardId) {
        let Some(door) = self.doors.get(&on) else { return };
        let mut shards = door.shards.lock().expect("no holder of this lock panics");
        shards.retain(|other| *other != shard);
        let is_last = shards.is_empty();
        drop(shards);
        if is_last {
            self.doors.remove(&on);
        }
    }

    fn tell(&self, shard: ShardId, event: Event) {
        let _ = self.posts[usize::from(shard.0)].send(Letter::Event(event));
    }
}

fn reason(error: &io::Error) -> ListenError {
    match error.kind() {
        io::ErrorKind::AddrInUse => ListenError::AddressInUse,
        io::ErrorKind::AddrNotAvailable => ListenError::AddressNotAvailable,
        io::ErrorKind::PermissionDenied => ListenError::PermissionDenied,
        _ => ListenError::Other,
    }
}

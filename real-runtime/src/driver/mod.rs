//! Runs one of the core's clients on real sockets: dials, sends, waits and tells it what happens.
//!
//! **Invariants**: the driver decides nothing, the client does; what the client wants is performed in order; bytes wait in
//! a bounded inbox, so that a client that is not driven is sent no more.
//!
//! **In Kafka**: `NetworkClient.poll`, `Selector`.

mod client;
mod link;

pub use client::Client;

use crate::caller::reason;
use crate::host::{Host, Tokio};
use crate::shell::Chance;
use bytes::Bytes;
use gracchus_core::client::{Conn, Output};
use gracchus_core::io::Draws;
use gracchus_core::types::{Instant, Now};
use link::{Link, Told};
use std::collections::{BTreeMap, VecDeque};
use std::io;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// How much may have happened that the client was not told yet.
const INBOX: usize = 64;

/// What [`Driver::next`] waited for.
#[derive(Debug)]
pub enum Next<N, E> {
    /// The client says something.
    News(N),
    /// Somebody else does, through a [`Teller`].
    Event(E),
    /// The time that was asked for has come.
    Due,
}

/// Wakes a driver up with an event of its user's.
#[derive(Debug)]
pub struct Teller<E>(mpsc::Sender<Happened<E>>);

impl<E> Clone for Teller<E> {
    fn clone(&self) -> Teller<E> {
        Teller(self.0.clone())
    }
}

impl<E> Teller<E> {
    /// Tells the driver, from a thread that may block. Whether there is a driver still.
    pub fn tell(&self, event: E) -> bool {
        self.0.blocking_send(Happened::Event(event)).is_ok()
    }

    /// Tells the driver, from a task. Whether there is a driver still.
    pub async fn tell_async(&self, event: E) -> bool {
        self.0.send(Happened::Event(event)).await.is_ok()
    }
}

#[derive(Debug)]
enum Happened<E> {
    OnLink(Conn, Told),
    Event(E),
}

/// A client and its connections; `E` is what else its user waits for. It lives on a tokio runtime.
pub struct Driver<C: Client, E> {
    client: C,
    host: Tokio,
    draws: Chance,
    links: BTreeMap<Conn, Link>,
    inbox: mpsc::Receiver<Happened<E>>,
    tell: mpsc::Sender<Happened<E>>,
    wake_at: Option<Instant>,
    out: Vec<Output<C::News>>,
    news: VecDeque<C::News>,
    heard: Heard,
}

/// How it goes with the brokers.
#[derive(Clone, Debug)]
struct Heard {
    /// When a broker answered last; at first, when the driver began.
    at: Instant,
    /// What went wrong since then, the latest.
    trouble: Option<String>,
    /// Whether the user was told of it.
    is_told: bool,
}

impl<C: Client, E: Send + 'static> Driver<C, E> {
    /// Drives `client`, which has dialed nobody yet.
    pub fn new(client: C) -> io::Result<Driver<C, E>> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(io::Error::from)?;
        let (tell, inbox) = mpsc::channel(INBOX);
        let host = Tokio::new(Handle::current());
        let heard = Heard { at: host.now().mono, trouble: None, is_told: false };
        Ok(Driver {
            client,
            host,
            draws: Chance::new(seed, 0),
            links: BTreeMap::new(),
            inbox,
            tell,
            wake_at: None,
            out: Vec::new(),
            news: VecDeque::new(),
            heard,
        })
    }

    /// The client, to be looked at.
    pub fn client(&self) -> &C {
        &self.client
    }

    /// Both clocks.
    #[must_use]
    pub fn now(&self) -> Now {
        self.host.now()
    }

    /// A choice that nothing depends on.
    pub fn draws(&mut self) -> &mut dyn Draws {
        &mut self.draws
    }

    /// What wakes this driver up with an event.
    #[must_use]
    pub fn teller(&self) -> Teller<E> {
        Teller(self.tell.clone())
    }

    /// Calls the client, and performs what it wants.
    pub fn call<R>(&mut self, call: impl FnOnce(&mut C, Now, &mut dyn Draws, &mut Vec<Output<C::News>>) -> R) -> R {
        let now = self.host.now();
        let result = call(&mut self.client, now, &mut self.draws, &mut self.out);
        self.perform();
        result
    }

    /// What the client has said already, without waiting.
    pub fn take_news(&mut self) -> Option<C::News> {
        self.news.pop_front()
    }

    /// Waits for the client's next news, the next event, or for `due`. Dropping the future loses nothing.
    pub async fn next(&mut self, due: Option<Instant>) -> Next<C::News, E> {
        loop {
            if let Some(news) = self.news.pop_front() {
                return Next::News(news);
            }
            let now = self.host.now().mono;
            if self.wake_at.is_some_and(|at| at <= now) {
                self.wake_at = None;
                self.call(|client, now, draws, out| client.on_wake(now, draws, out));
                continue;
            }
            if due.is_some_and(|at| at <= now) {
                return Next::Due;
            }
            let until = due.into_iter().chain(self.wake_at).min();
            let happened = match until {
                Some(at) => timeout(at.since(now), self.inbox.recv()).await.ok(),
                None => Some(self.inbox.recv().await),
            };
            match happened {
                Some(Some(Happened::Event(event))) => return Next::Event(event),
                Some(Some(Happened::OnLink(conn, told))) => self.on_told(conn, told),
                Some(None) => unreachable!("the driver has a sender of its own"),
                None => {}
            }
        }
    }

    /// Since when no broker has answered, and what went wrong since then.
    #[must_use]
    pub fn last_heard(&self) -> (Instant, Option<&str>) {
        (self.heard.at, self.heard.trouble.as_deref())
    }

    /// What has gone wrong since a broker answered last, told once.
    pub fn take_trouble(&mut self) -> Option<String> {
        if core::mem::replace(&mut self.heard.is_told, true) {
            return None;
        }
        let trouble = self.heard.trouble.clone();
        self.heard.is_told = trouble.is_some();
        trouble
    }

    /// Counts the brokers' silence from now on: the user was busy and did not listen.
    pub fn restart_silence(&mut self) {
        self.heard.at = self.host.now().mono;
    }

    /// Lets what was sent leave, and ends the connections.
    pub async fn finish(mut self) {
        for (_, link) in core::mem::take(&mut self.links) {
            link.finish().await;
        }
    }

    fn on_told(&mut self, conn: Conn, told: Told) {
        let Some(link) = self.links.get_mut(&conn) else { return };
        match told {
            Told::Dialed => {
                link.is_up = true;
                self.call(|client, now, draws, out| client.on_dialed(conn, now, draws, out));
            }
            Told::DialFailed(error) => {
                let trouble = format!("cannot connect to {}: {}", link.address, reason(&error));
                self.heard.trouble = Some(trouble);
                self.links.remove(&conn);
                self.call(|client, now, draws, out| client.on_dial_failed(conn, now, draws, out));
            }
            Told::Frame(frame) => self.on_frame(conn, frame),
            Told::Closed(error) => {
                let trouble = format!("the connection to {} ended: {}", link.address, reason(&error));
                self.heard.trouble = Some(trouble);
                self.links.remove(&conn);
                self.call(|client, now, draws, out| client.on_closed(conn, now, draws, out));
            }
        }
    }

    fn on_frame(&mut self, conn: Conn, frame: Bytes) {
        self.heard = Heard { at: self.host.now().mono, trouble: None, is_told: false };
        self.call(|client, now, draws, out| client.on_frame(conn, frame, now, draws, out));
    }

    fn perform(&mut self) {
        for output in core::mem::take(&mut self.out) {
            match output {
                Output::Dial { conn, host, port } => {
                    let link = Link::dial(conn, host, port, &self.host, self.tell.clone());
                    self.links.insert(conn, link);
                }
                Output::Send { conn, parts } => {
                    if let Some(link) = self.links.get(&conn) {
                        link.send(parts);
                    }
                }
                Output::Close { conn } => {
                    if let Some(link) = self.links.remove(&conn) {
                        link.close();
                    }
                }
                Output::WakeAt(at) => self.wake_at = Some(at),
                Output::News(news) => self.news.push_back(news),
            }
        }
    }
}

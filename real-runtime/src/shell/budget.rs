//! How much memory half-arrived frames may take, over the whole node.
//!
//! A connection owns [`OWNED`] bytes. Beyond that it borrows, as bytes arrive. A frame up to [`SMALL`] is lent its
//! whole length at once, so that no two of them hold what the other waits for; larger ones share three quarters of the
//! budget, and the one that meets its end takes the token: it may exceed the budget until it is whole. While anybody
//! waits, the borrower that was silent longest, and for [`SILENCE`] at least, is closed.

use core::task::Waker;
use core::time::Duration;
use gracchus_core::types::Instant;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

/// What a connection may hold without asking.
pub const OWNED: usize = 16 << 10;
/// A frame up to this length is small: it borrows once.
pub const SMALL: usize = 1 << 20;
/// How long a borrower may stay silent while others wait.
pub const SILENCE: Duration = Duration::from_secs(10);

/// The node's budget. Clones are handles to the same one.
#[derive(Clone)]
pub struct FrameBudget(Arc<Mutex<Book>>);

/// What one half-arrived frame has borrowed; given back when dropped.
pub struct Loan {
    budget: FrameBudget,
    number: u64,
}

/// The answer to a borrower.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lent {
    /// It has what it asked for.
    Granted,
    /// Others are before it: its waker is woken when to ask again.
    Wait,
}

struct Book {
    capacity: usize,
    lent: usize,
    lent_to_large: usize,
    next_number: u64,
    /// The frame that may exceed the budget; what it borrowed is not counted in `lent`.
    token: Option<u64>,
    borrowers: BTreeMap<u64, Borrower>,
    waiting_small: VecDeque<u64>,
    waiting_large: VecDeque<u64>,
}

struct Borrower {
    size: Size,
    bytes: usize,
    last_heard: Instant,
    state: State,
    waker: Waker,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Size {
    Small,
    Large,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Bytes are expected from the client.
    Reading,
    /// We do not read: the silence is ours.
    Waiting,
    /// It was silent too long.
    Evicted,
}

impl FrameBudget {
    /// Lends up to `capacity` bytes.
    #[must_use]
    pub fn new(capacity: usize) -> FrameBudget {
        FrameBudget(Arc::new(Mutex::new(Book {
            capacity,
            lent: 0,
            lent_to_large: 0,
            next_number: 0,
            token: None,
            borrowers: BTreeMap::new(),
            waiting_small: VecDeque::new(),
            waiting_large: VecDeque::new(),
        })))
    }

    /// Opens a loan, of nothing yet, for a frame of `len` bytes.
    #[must_use]
    pub fn open(&self, len: usize, now: Instant, waker: &Waker) -> Loan {
        let mut book = self.book();
        let number = book.next_number;
        book.next_number += 1;
        let size = if len <= SMALL { Size::Small } else { Size::Large };
        let borrower = Borrower { size, bytes: 0, last_heard: now, state: State::Reading, waker: waker.clone() };
        book.borrowers.insert(number, borrower);
        Loan { budget: self.clone(), number }
    }

    /// Opens a loan with all that a small frame needs, if at most half of the budget is lent then: the usual case, which
    /// saves such a frame from growing on the way.
    #[must_use]
    pub fn open_whole(&self, len: usize, now: Instant, waker: &Waker) -> Option<Loan> {
        if len > SMALL || !self.book().has_half_left_beside(len) {
            return None;
        }
        let mut loan = self.open(len, now, waker);
        (loan.borrow(len - OWNED) == Lent::Granted).then_some(loan)
    }

    /// Closes the borrower that was silent longest, if others wait and it was silent for long enough. Returns when to
    /// look again, as long as anybody waits.
    pub fn evict(&self, now: Instant) -> Option<Instant> {
        let mut book = self.book();
        if book.waiting_small.is_empty() && book.waiting_large.is_empty() {
            return None;
        }
        let silent = book.borrowers.values_mut().filter(|it| it.state == State::Reading && it.bytes > 0);
        let Some(longest) = silent.min_by_key(|it| it.last_heard) else { return Some(now + SILENCE) };
        if now < longest.last_heard + SILENCE {
            return Some(longest.last_heard + SILENCE);
        }
        longest.state = State::Evicted;
        longest.waker.wake_by_ref();
        // Its bytes come back within the turn of its shard; whoever waits then asks before anybody else is closed.
        Some(now.plus_ms(100))
    }

    /// What is lent, for tests and for messages.
    #[must_use]
    pub fn lent(&self) -> usize {
        self.book().lent
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().expect("no holder of the budget's lock panics")
    }
}

impl Loan {
    /// Borrows `more` bytes, or joins those who wait.
    pub fn borrow(&mut self, more: usize) -> Lent {
        self.budget.book().borrow(self.number, more)
    }

    /// Bytes arrived.
    pub fn heard(&mut self, now: Instant) {
        if let Some(borrower) = self.budget.book().borrowers.get_mut(&self.number) {
            borrower.last_heard = borrower.last_heard.max(now);
        }
    }

    /// The connection is another shard's now.
    pub fn wake_with(&mut self, waker: &Waker) {
        if let Some(borrower) = self.budget.book().borrowers.get_mut(&self.number) {
            borrower.waker.clone_from(waker);
        }
    }

    /// Whether the connection is to be closed for its silence.
    #[must_use]
    pub fn is_evicted(&self) -> bool {
        self.budget.book().borrowers.get(&self.number).is_some_and(|it| it.state == State::Evicted)
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        self.budget.book().close(self.number);
    }
}

impl Book {
    fn borrow(&mut self, number: u64, more: usize) -> Lent {
        let size = self.borrowers[&number].size;
        let is_first = self.queue(size).front().is_none_or(|front| *front == number);
        let granted = self.token == Some(number)
            || is_first && (self.fits(size, more) || size == Size::Large && self.take_token(number));
        if !granted {
            if !self.queue(size).contains(&number) {
                self.queue(size).push_back(number);
            }
            self.borrower(number).state = State::Waiting;
            return Lent::Wait;
        }
        if self.token != Some(number) {
            self.lent += more;
            self.lent_to_large += if size == Size::Large { more } else { 0 };
        }
        let borrower = self.borrower(number);
        borrower.bytes += more;
        if borrower.state == State::Waiting {
            borrower.state = State::Reading;
            self.queue(size).pop_front();
            self.wake_first();
        }
        Lent::Granted
    }

    fn fits(&self, size: Size, more: usize) -> bool {
        self.lent + more <= self.capacity && (size == Size::Small || self.lent_to_large + more <= self.capacity / 4 * 3)
    }

    fn has_half_left_beside(&self, len: usize) -> bool {
        self.lent + len <= self.capacity / 2
    }

    fn take_token(&mut self, number: u64) -> bool {
        if self.token.is_some() {
            return false;
        }
        self.token = Some(number);
        let already = self.borrowers[&number].bytes;
        self.lent -= already;
        self.lent_to_large -= already;
        true
    }

    fn close(&mut self, number: u64) {
        let Some(gone) = self.borrowers.remove(&number) else { return };
        self.queue(gone.size).retain(|waiting| *waiting != number);
        if self.token == Some(number) {
            self.token = None;
        } else {
            self.lent -= gone.bytes;
            self.lent_to_large -= if gone.size == Size::Large { gone.bytes } else { 0 };
        }
        self.wake_first();
    }

    /// The first of each queue asks again; when it is served it wakes the next.
    fn wake_first(&self) {
        for first in [self.waiting_small.front(), self.waiting_large.front()].into_iter().flatten() {
            self.borrowers[first].waker.wake_by_ref();
        }
    }

    fn queue(&mut self, size: Size) -> &mut VecDeque<u64> {
        match size {
            Size::Small => &mut self.waiting_small,
            Size::Large => &mut self.waiting_large,
        }
    }

    fn borrower(&mut self, number: u64) -> &mut Borrower {
        self.borrowers.get_mut(&number).expect("a loan's entry lives as long as the loan")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1 << 20;

    fn at(seconds: u64) -> Instant {
        Instant(seconds * 1_000_000_000)
    }

    fn open(budget: &FrameBudget, len: usize) -> Loan {
        budget.open(len, at(0), Waker::noop())
    }

    #[test]
    fn what_was_lent_comes_back_with_the_loan() {
        let budget = FrameBudget::new(32 * MIB);
        let mut loan = open(&budget, MIB);
        assert_eq!(loan.borrow(MIB - OWNED), Lent::Granted);
        assert_eq!(budget.lent(), MIB - OWNED);
        drop(loan);
        assert_eq!(budget.lent(), 0);
    }

    #[test]
    fn large_frames_leave_a_quarter_for_small_ones() {
        let budget = FrameBudget::new(32 * MIB);
        let mut large: Vec<Loan> = (0..40).map(|_| open(&budget, 100 * MIB)).collect();
        let granted = large.iter_mut().filter_map(|loan| (loan.borrow(MIB) == Lent::Granted).then_some(())).count();
        assert_eq!(granted, 24 + 1, "three quarters, and the one with the token");
        let mut small = open(&budget, MIB);
        assert_eq!(small.borrow(MIB - OWNED), Lent::Granted);
    }

    #[test]
    fn one_frame_may_exceed_the_budget_and_the_next_follows_it() {
        let budget = FrameBudget::new(4 * MIB);
        let (mut one, mut other) = (open(&budget, 90 * MIB), open(&budget, 90 * MIB));
        assert_eq!(one.borrow(90 * MIB), Lent::Granted);
        assert_eq!(other.borrow(MIB), Lent::Granted, "the token's bytes are not the budget's");
        assert_eq!(other.borrow(89 * MIB), Lent::Wait);
        drop(one);
        assert_eq!(other.borrow(89 * MIB), Lent::Granted);
        drop(other);
        assert_eq!(budget.lent(), 0);
    }

    #[test]
    fn nobody_passes_those_who_wait() {
        let budget = FrameBudget::new(2 * MIB);
        let mut holds = open(&budget, MIB);
        assert_eq!(holds.borrow(MIB), Lent::Granted);
        let mut holds_too = open(&budget, MIB);
        assert_eq!(holds_too.borrow(MIB / 2), Lent::Granted);
        let (mut first, mut second) = (open(&budget, MIB), open(&budget, MIB));
        assert_eq!(first.borrow(MIB), Lent::Wait);
        assert_eq!(second.borrow(MIB / 4), Lent::Wait, "it would fit, but it is not its turn");
        drop(holds);
        assert_eq!(first.borrow(MIB), Lent::Granted);
        assert_eq!(second.borrow(MIB / 4), Lent::Granted);
    }

    #[test]
    fn the_longest_silent_borrower_is_closed_while_others_wait() {
        let budget = FrameBudget::new(2 * MIB);
        let (mut early, mut late) = (open(&budget, MIB), open(&budget, MIB));
        assert_eq!(early.borrow(MIB), Lent::Granted);
        assert_eq!(late.borrow(MIB), Lent::Granted);
        early.heard(at(1));
        late.heard(at(2));
        assert_eq!(budget.evict(at(60)), None, "nobody waits, so silence is no offence");
        let mut waits = open(&budget, MIB);
        assert_eq!(waits.borrow(MIB), Lent::Wait);
        assert_eq!(budget.evict(at(5)), Some(at(11)), "ten seconds after the earliest was heard");
        assert!(budget.evict(at(11)).is_some());
        assert!(early.is_evicted());
        assert!(!late.is_evicted());
        drop(early);
        assert_eq!(waits.borrow(MIB), Lent::Granted);
        assert_eq!(budget.evict(at(12)), None);
    }

    #[test]
    fn who_waits_for_us_is_not_silent() {
        let budget = FrameBudget::new(MIB);
        let mut token = open(&budget, 100 * MIB);
        assert_eq!(token.borrow(50 * MIB), Lent::Granted);
        let mut waits = open(&budget, 100 * MIB);
        assert_eq!(waits.borrow(MIB / 2), Lent::Granted);
        assert_eq!(waits.borrow(MIB), Lent::Wait);
        token.heard(at(100));
        budget.evict(at(105));
        assert!(!waits.is_evicted());
        assert!(!token.is_evicted());
    }
}

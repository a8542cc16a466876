//! How much memory half-arrived frames may take, over the whole node.
//!
//! A connection owns [`OWNED`] bytes. Beyond that it borrows, as bytes arrive. A frame up to [`SMALL`] is lent its
//! whole length at once, so that no two of them hold what the other waits for; larger ones share three quarters of the
//! budget, and the one that meets its end takes the token: it may exceed the budget until it is whole. While anybody
//! waits, every borrower keeps a pace, [`PACE`] bytes or its frame's rest in each [`PATIENCE`]: the one that is overdue
//! longest is closed. So neither silence nor a drip holds what others wait for.

use core::task::Waker;
use core::time::Duration;
use gracchus_core::types::Instant;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

/// What a connection may hold without asking.
pub const OWNED: usize = 16 << 10;
/// A frame up to this length is small: it borrows once.
pub const SMALL: usize = 1 << 20;
/// How long a borrower may take for [`PACE`] bytes while others wait.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// What a borrower has to bring in that time: 1 MiB, as slow as a line of one megabit a second.
const PACE: usize = 1 << 20;

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
    /// When it must have brought what it owes.
    due: Instant,
    /// Bytes until its time is extended.
    owes: usize,
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
    /// It was too slow.
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
        let (due, owes, state) = (now + PATIENCE, PACE, State::Reading);
        let borrower = Borrower { size, bytes: 0, due, owes, state, waker: waker.clone() };
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
        (loan.borrow(len - OWNED, now) == Lent::Granted).then_some(loan)
    }

    /// Closes the borrower that is overdue longest, if there is one and others wait. Returns when to look again, as long
    /// as anybody waits.
    pub fn evict(&self, now: Instant) -> Option<Instant> {
        let mut book = self.book();
        if book.waiting_small.is_empty() && book.waiting_large.is_empty() {
            return None;
        }
        let reading = book.borrowers.values_mut().filter(|it| it.state == State::Reading && it.bytes > 0);
        let Some(longest) = reading.min_by_key(|it| it.due) else { return Some(now + PATIENCE) };
        if now < longest.due {
            return Some(longest.due);
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
    pub fn borrow(&mut self, more: usize, now: Instant) -> Lent {
        self.budget.book().borrow(self.number, more, now)
    }

    /// Bytes arrived.
    pub fn heard(&mut self, bytes: usize, now: Instant) {
        if let Some(borrower) = self.budget.book().borrowers.get_mut(&self.number) {
            borrower.owes = borrower.owes.saturating_sub(bytes);
            if borrower.owes == 0 {
                borrower.extend(now);
            }
        }
    }

    /// The connection is another shard's now.
    pub fn wake_with(&mut self, waker: &Waker) {
        if let Some(borrower) = self.budget.book().borrowers.get_mut(&self.number) {
            borrower.waker.clone_from(waker);
        }
    }

    /// Whether the connection is to be closed for being too slow.
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

impl Borrower {
    /// Its time begins anew.
    fn extend(&mut self, now: Instant) {
        self.due = now + PATIENCE;
        self.owes = PACE;
    }
}

impl Book {
    fn borrow(&mut self, number: u64, more: usize, now: Instant) -> Lent {
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
            borrower.extend(now);
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
        assert_eq!(loan.borrow(MIB - OWNED, at(0)), Lent::Granted);
        assert_eq!(budget.lent(), MIB - OWNED);
        drop(loan);
        assert_eq!(budget.lent(), 0);
    }

    #[test]
    fn large_frames_leave_a_quarter_for_small_ones() {
        let budget = FrameBudget::new(32 * MIB);
        let mut large: Vec<Loan> = (0..40).map(|_| open(&budget, 100 * MIB)).collect();
        let granted =
            large.iter_mut().filter_map(|loan| (loan.borrow(MIB, at(0)) == Lent::Granted).then_some(())).count();
        assert_eq!(granted, 24 + 1, "three quarters, and the one with the token");
        let mut small = open(&budget, MIB);
        assert_eq!(small.borrow(MIB - OWNED, at(0)), Lent::Granted);
    }

    #[test]
    fn one_frame_may_exceed_the_budget_and_the_next_follows_it() {
        let budget = FrameBudget::new(4 * MIB);
        let (mut one, mut other) = (open(&budget, 90 * MIB), open(&budget, 90 * MIB));
        assert_eq!(one.borrow(90 * MIB, at(0)), Lent::Granted);
        assert_eq!(other.borrow(MIB, at(0)), Lent::Granted, "the token's bytes are not the budget's");
        assert_eq!(other.borrow(89 * MIB, at(0)), Lent::Wait);
        drop(one);
        assert_eq!(other.borrow(89 * MIB, at(0)), Lent::Granted);
        drop(other);
        assert_eq!(budget.lent(), 0);
    }

    #[test]
    fn nobody_passes_those_who_wait() {
        let budget = FrameBudget::new(2 * MIB);
        let mut holds = open(&budget, MIB);
        assert_eq!(holds.borrow(MIB, at(0)), Lent::Granted);
        let mut holds_too = open(&budget, MIB);
        assert_eq!(holds_too.borrow(MIB / 2, at(0)), Lent::Granted);
        let (mut first, mut second) = (open(&budget, MIB), open(&budget, MIB));
        assert_eq!(first.borrow(MIB, at(0)), Lent::Wait);
        assert_eq!(second.borrow(MIB / 4, at(0)), Lent::Wait, "it would fit, but it is not its turn");
        drop(holds);
        assert_eq!(first.borrow(MIB, at(0)), Lent::Granted);
        assert_eq!(second.borrow(MIB / 4, at(0)), Lent::Granted);
    }

    #[test]
    fn the_longest_silent_borrower_is_closed_while_others_wait() {
        let budget = FrameBudget::new(2 * MIB);
        let (mut early, mut late) = (open(&budget, MIB), open(&budget, MIB));
        assert_eq!(early.borrow(MIB, at(0)), Lent::Granted);
        assert_eq!(late.borrow(MIB, at(0)), Lent::Granted);
        early.heard(PACE, at(1));
        late.heard(PACE, at(2));
        assert_eq!(budget.evict(at(60)), None, "nobody waits, so silence is no offence");
        let mut waits = open(&budget, MIB);
        assert_eq!(waits.borrow(MIB, at(0)), Lent::Wait);
        assert_eq!(budget.evict(at(5)), Some(at(11)), "ten seconds after the earliest was heard");
        assert!(budget.evict(at(11)).is_some());
        assert!(early.is_evicted());
        assert!(!late.is_evicted());
        drop(early);
        assert_eq!(waits.borrow(MIB, at(12)), Lent::Granted);
        assert_eq!(budget.evict(at(12)), None);
    }

    #[test]
    fn a_drip_holds_the_token_no_longer_than_silence_does() {
        let budget = FrameBudget::new(MIB);
        let (mut drips, mut steady) = (open(&budget, 100 * MIB), open(&budget, 100 * MIB));
        assert_eq!(drips.borrow(100 * MIB, at(0)), Lent::Granted);
        assert_eq!(steady.borrow(MIB / 2, at(0)), Lent::Granted);
        let mut waits = open(&budget, MIB);
        assert_eq!(waits.borrow(MIB, at(0)), Lent::Wait);
        for second in 1..10 {
            drips.heard(100, at(second));
            steady.heard(PACE / 5, at(second));
        }
        assert!(budget.evict(at(10)).is_some());
        assert!(drips.is_evicted(), "bytes came all the time, but too few");
        assert!(!steady.is_evicted(), "as slow as a borrower may be");
    }

    #[test]
    fn who_waits_for_us_is_not_silent() {
        let budget = FrameBudget::new(MIB);
        let mut token = open(&budget, 100 * MIB);
        assert_eq!(token.borrow(50 * MIB, at(0)), Lent::Granted);
        let mut waits = open(&budget, 100 * MIB);
        assert_eq!(waits.borrow(MIB / 2, at(0)), Lent::Granted);
        assert_eq!(waits.borrow(MIB, at(0)), Lent::Wait);
        token.heard(PACE, at(100));
        budget.evict(at(105));
        assert!(!waits.is_evicted());
        assert!(!token.is_evicted());
        drop(token);
        assert_eq!(waits.borrow(MIB, at(106)), Lent::Granted);
        let mut other = open(&budget, 100 * MIB);
        assert_eq!(other.borrow(MIB, at(106)), Lent::Wait);
        assert_eq!(budget.evict(at(107)), Some(at(116)), "its time begins when we read again");
    }
}

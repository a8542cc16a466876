//! Frames out of a stream of bytes: a length of four bytes, then as many.
//!
//! Each frame gets an allocation of its own length, because whoever keeps a slice of it keeps it whole. What arrives
//! beyond a frame's end is read into a buffer that all connections of the shard share, so that an idle one holds nothing.

use super::budget::{FrameBudget, Lent, Loan, OWNED, SMALL};
use bytes::{BufMut, Bytes};
use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use gracchus_core::types::Instant;
use std::collections::VecDeque;
use std::io;
use tokio::io::AsyncRead;
use tokio_util::io::poll_read_buf;

/// The shared buffer's size. No more than a connection owns, so that what is left over always fits.
pub const SCRATCH: usize = OWNED;

/// With less than this missing, a frame is read through the shared buffer, along with what follows it.
const TAIL: usize = 4 << 10;

/// A connection's incoming bytes.
pub struct Frames {
    most: usize,
    whole: VecDeque<Bytes>,
    stage: Stage,
    // Reported once the whole frames before it were.
    ending: Option<Ending>,
}

enum Stage {
    Length { bytes: [u8; 4], have: usize },
    Body { bytes: Vec<u8>, len: usize, loan: Option<Loan> },
}

/// Why no more frames come.
#[derive(Debug)]
pub enum Ending {
    /// The peer sends no more, between two frames.
    Gone,
    /// The peer sends no more, in the midst of a frame.
    Torn,
    /// The connection broke.
    Broken(io::Error),
    /// A frame announced a length that none may have.
    Length(i32),
    /// A half-arrived frame came too slowly while others waited for its memory.
    Slow,
}

/// What reading takes.
pub struct Lender<'a> {
    pub budget: &'a FrameBudget,
    pub scratch: &'a mut Vec<u8>,
    pub now: Instant,
}

impl Frames {
    /// Frames of at most `most` bytes.
    #[must_use]
    pub fn new(most: usize) -> Frames {
        Frames { most, whole: VecDeque::new(), stage: Stage::NEXT, ending: None }
    }

    /// The next frame. Pending while bytes or the budget are missing.
    pub fn poll_next<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
        lender: &mut Lender<'_>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Bytes, Ending>> {
        loop {
            if let Some(frame) = self.whole.pop_front() {
                return Poll::Ready(Ok(frame));
            }
            if let Some(ending) = self.ending.take() {
                return Poll::Ready(Err(ending));
            }
            let read = match &mut self.stage {
                Stage::Body { bytes, len, loan } if bytes.capacity() < *len || *len - bytes.len() >= TAIL => {
                    ready!(poll_body(stream, bytes, *len, loan, lender, cx))
                }
                _ => {
                    lender.scratch.clear();
                    let mut space = (&mut *lender.scratch).limit(SCRATCH);
                    ready!(poll_read_buf(Pin::new(stream), cx, &mut space)).map_err(Ending::Broken)
                }
            };
            match read {
                Ok(0) => self.ending = Some(self.stage.end()),
                Ok(_) => self.take_in(lender, cx),
                Err(ending) => self.ending = Some(ending),
            }
        }
    }

    /// Whether a frame waits for memory that others have borrowed.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        matches!(&self.stage, Stage::Body { bytes, len, loan: Some(_) } if bytes.len() == bytes.capacity() && bytes.len() < *len)
    }

    /// The connection moved: who is to be woken when memory is there.
    pub fn wake_with(&mut self, cx: &mut Context<'_>) {
        if let Stage::Body { loan: Some(loan), .. } = &mut self.stage {
            loan.wake_with(cx.waker());
        }
    }

    /// Cuts what was read into frames.
    fn take_in(&mut self, lender: &mut Lender<'_>, cx: &mut Context<'_>) {
        let mut input = &lender.scratch[..];
        loop {
            match &mut self.stage {
                Stage::Length { bytes, have } => {
                    let taken = input.len().min(4 - *have);
                    bytes[*have..*have + taken].copy_from_slice(&input[..taken]);
                    *have += taken;
                    input = &input[taken..];
                    if *have < 4 {
                        break;
                    }
                    let announced = i32::from_be_bytes(*bytes);
                    match usize::try_from(announced) {
                        Ok(len) if len <= self.most => {
                            self.stage = Stage::body(len, lender.budget, lender.now, cx);
                        }
                        _ => {
                            self.ending = Some(Ending::Length(announced));
                            break;
                        }
                    }
                }
                Stage::Body { bytes, len, loan } => {
                    let taken = input.len().min(*len - bytes.len());
                    bytes.extend_from_slice(&input[..taken]);
                    input = &input[taken..];
                    if let Some(loan) = loan {
                        loan.heard(taken, lender.now);
                    }
                    if bytes.len() < *len {
                        break;
                    }
                    self.whole.push_back(std::mem::take(bytes).into());
                    self.stage = Stage::NEXT;
                }
            }
        }
        lender.scratch.clear();
    }
}

impl Ending {
    /// Whether the peer may still read what it is owed.
    pub fn leaves_answers(&self) -> bool {
        matches!(self, Ending::Gone | Ending::Torn)
    }
}

impl Stage {
    const NEXT: Stage = Stage::Length { bytes: [0; 4], have: 0 };

    fn body(len: usize, budget: &FrameBudget, now: Instant, cx: &Context<'_>) -> Stage {
        if len <= OWNED {
            return Stage::Body { bytes: Vec::with_capacity(len), len, loan: None };
        }
        match budget.open_whole(len, now, cx.waker()) {
            Some(loan) => Stage::Body { bytes: Vec::with_capacity(len), len, loan: Some(loan) },
            None => Stage::Body { bytes: Vec::with_capacity(OWNED), len, loan: None },
        }
    }

    fn end(&self) -> Ending {
        match self {
            Stage::Length { have: 0, .. } => Ending::Gone,
            _ => Ending::Torn,
        }
    }
}

/// Reads straight into the frame, as far as it may grow.
fn poll_body<S: AsyncRead + Unpin>(
    stream: &mut S,
    bytes: &mut Vec<u8>,
    len: usize,
    loan: &mut Option<Loan>,
    lender: &mut Lender<'_>,
    cx: &mut Context<'_>,
) -> Poll<Result<usize, Ending>> {
    if loan.as_ref().is_some_and(Loan::is_evicted) {
        return Poll::Ready(Err(Ending::Slow));
    }
    if bytes.len() == bytes.capacity() {
        let loan = loan.get_or_insert_with(|| lender.budget.open(len, lender.now, cx.waker()));
        // A large frame doubles: what it holds stays in proportion to what arrived.
        let next = if len <= SMALL { len } else { (bytes.capacity() * 2).clamp(SMALL, len) };
        if loan.borrow(next - bytes.capacity(), lender.now) == Lent::Wait {
            return Poll::Pending;
        }
        bytes.reserve_exact(next - bytes.len());
    }
    let room = bytes.capacity().min(len) - bytes.len();
    let read = ready!(poll_read_buf(Pin::new(stream), cx, &mut bytes.limit(room)));
    if let (Some(loan), Ok(read)) = (loan, &read) {
        loan.heard(*read, lender.now);
    }
    Poll::Ready(read.map_err(Ending::Broken))
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ending::Gone => f.write_str("the client closed the connection"),
            Ending::Torn => f.write_str("the client closed the connection in the midst of a request"),
            Ending::Broken(error) => write!(f, "the connection broke: {error}"),
            Ending::Length(len) => write!(f, "a request of {len} bytes is announced, beyond socket.request.max.bytes"),
            Ending::Slow => {
                f.write_str("half a request arrived and the rest too slowly, while others waited for its memory")
            }
        }
    }
}

//! Which connections have news: their wakers put them on a list that the driver takes.

use core::task::Waker;
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Wake;

/// A connection's place in its driver's table; slots are reused, generations are not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Token {
    pub slot: u32,
    pub generation: u32,
}

/// The connections of one driver that were woken.
#[derive(Default)]
pub struct ReadyList(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    woken: Vec<Arc<Bell>>,
    driver: Option<Waker>,
}

/// One connection's waker.
struct Bell {
    token: Token,
    on_list: AtomicBool,
    list: Arc<ReadyList>,
}

impl ReadyList {
    /// Wakes this driver from now on.
    pub fn attach(&self, driver: &Waker) {
        let mut inner = self.0.lock().expect("no holder of a ready list's lock panics");
        if inner.driver.as_ref().is_none_or(|known| !known.will_wake(driver)) {
            inner.driver = Some(driver.clone());
        }
    }

    /// A waker that puts `token` on the list.
    #[must_use]
    pub fn bell(self: &Arc<Self>, token: Token) -> Waker {
        Waker::from(Arc::new(Bell { token, on_list: AtomicBool::new(false), list: self.clone() }))
    }

    /// Takes the list. A connection that is woken from now on is on the next one.
    pub fn take(&self, into: &mut Vec<Token>) {
        let woken = mem::take(&mut self.0.lock().expect("no holder of a ready list's lock panics").woken);
        for bell in &woken {
            bell.on_list.store(false, Ordering::Release);
            into.push(bell.token);
        }
        // The vector goes back, so that a busy shard does not allocate one each turn.
        let mut inner = self.0.lock().expect("no holder of a ready list's lock panics");
        if inner.woken.is_empty() {
            let mut woken = woken;
            woken.clear();
            inner.woken = woken;
        }
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        if self.on_list.swap(true, Ordering::AcqRel) {
            return;
        }
        let list = self.list.clone();
        let driver = {
            let mut inner = list.0.lock().expect("no holder of a ready list's lock panics");
            inner.woken.push(self);
            // Longer lists were announced already.
            if inner.woken.len() == 1 { inner.driver.clone() } else { None }
        };
        if let Some(driver) = driver {
            driver.wake();
        }
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.clone().wake();
    }
}

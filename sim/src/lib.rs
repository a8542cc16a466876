//! The simulated world.

pub mod checks;
pub mod clients;
pub mod history;
pub mod ledger;
pub mod nemesis;
pub mod trial;
pub mod verdict;

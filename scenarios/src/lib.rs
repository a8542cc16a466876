//! Scenarios: files that say what is run, campaigns over many seeds, failure files and their replay.

pub mod build;
pub mod exit;
pub mod failure_file;
pub mod run;
pub mod scenario;
#[cfg(test)]
mod testing;

//! Scenarios: files that say what is run, campaigns over many seeds, failure files and their replay.

pub mod build;
pub mod campaign;
pub mod command;
pub mod exit;
pub mod failure_file;
pub mod run;
pub mod scenario;
pub mod score;
#[cfg(test)]
mod testing;

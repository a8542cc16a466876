//! `gracchus topic`.

mod alter;
mod create;
mod delete;
mod delete_records;
mod describe;
mod list;

use super::failure::Failure;

/// What to do with topics.
#[derive(clap::Subcommand)]
pub enum Action {
    /// Creates a topic
    Create(create::Arguments),
    /// Lists all topics
    List(list::Arguments),
    /// Shows partitions, leaders, replicas, and the configuration that is set
    Describe(describe::Arguments),
    /// Adds partitions, and sets or deletes keys of the configuration
    Alter(alter::Arguments),
    /// Deletes topics with all their records
    Delete(delete::Arguments),
    /// Deletes the oldest records of partitions
    DeleteRecords(delete_records::Arguments),
}

/// Does it.
pub fn run(action: Action) -> Result<(), Failure> {
    match action {
        Action::Create(arguments) => create::run(&arguments),
        Action::List(arguments) => list::run(&arguments),
        Action::Describe(arguments) => describe::run(&arguments),
        Action::Alter(arguments) => alter::run(&arguments),
        Action::Delete(arguments) => delete::run(&arguments),
        Action::DeleteRecords(arguments) => delete_records::run(&arguments),
    }
}

//! `gracchus group`.

mod delete;
mod describe;
mod known;
mod list;
mod offsets;
mod reset;

use super::failure::Failure;

/// What to do with consumer groups.
#[derive(clap::Subcommand)]
pub enum Action {
    /// Lists all groups
    List(list::Arguments),
    /// Shows members, what they are assigned, and how far behind the group is
    Describe(describe::Arguments),
    /// Shows or deletes committed offsets
    Offsets(offsets::Arguments),
    /// Moves committed offsets
    Reset(reset::Arguments),
    /// Deletes groups with all their committed offsets
    Delete(delete::Arguments),
}

/// Does it.
pub fn run(action: Action) -> Result<(), Failure> {
    match action {
        Action::List(arguments) => list::run(&arguments),
        Action::Describe(arguments) => describe::run(&arguments),
        Action::Offsets(arguments) => offsets::run(&arguments),
        Action::Reset(arguments) => reset::run(&arguments),
        Action::Delete(arguments) => delete::run(&arguments),
    }
}

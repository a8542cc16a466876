//! `gracchus group delete`.

use super::known;
use crate::cli::failure::Failure;
use crate::cli::target::Target;
use crate::cli::{json, out};
use gracchus_core::types::ErrorCode;
use gracchus_core::wire::DeleteGroupsRequest;
use serde::Serialize;

const EXAMPLES: &str = "\
Examples:
  gracchus group delete readers
  gracchus group delete readers writers --if-exists

The group must have no members. Its committed offsets are gone with it.";

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The groups
    #[arg(required = true)]
    names: Vec<String>,
    /// Ends well where a group does not exist
    #[arg(long)]
    if_exists: bool,
    #[command(flatten)]
    target: Target,
}

#[derive(Serialize)]
struct Deleted<'a> {
    group: &'a str,
    deleted: bool,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut brokers = arguments.target.connect()?;
    let (mut deleted, mut failure) = (Vec::new(), None);
    for name in &arguments.names {
        let body = DeleteGroupsRequest { groups_names: vec![name.as_str().into()] };
        let answer =
            brokers.ask_coordinator(name, &body, |answer| answer.results.first().map_or(-1, |row| row.error_code))?;
        let row = answer.results.first();
        let code = row.map_or(-1, |row| row.error_code);
        let message = row.and_then(|row| row.error_message.as_deref());
        match ErrorCode::from_wire(code) {
            ErrorCode::None => deleted.push(Deleted { group: name, deleted: true }),
            ErrorCode::GroupIdNotFound if arguments.if_exists => deleted.push(Deleted { group: name, deleted: false }),
            ErrorCode::GroupIdNotFound => failure = Some(known::unknown_group(&mut brokers, name)),
            ErrorCode::NonEmptyGroup => {
                let next = format!("stop them first; `gracchus group describe {name}` names them");
                let refused = Failure::refused(format!("group {name} is not deleted"), code, None);
                failure = Some(refused.with_next(next));
            }
            _ => failure = Some(Failure::refused(format!("group {name} is not deleted"), code, message)),
        }
    }
    if arguments.target.json {
        json::print(&deleted);
    } else {
        for Deleted { group, deleted } in deleted {
            let text = if deleted { format!("deleted group {group}") } else { format!("group {group} does not exist") };
            out::line(text);
        }
    }
    failure.map_or(Ok(()), Err)
}

//! `gracchus group list`.

use super::known;
use crate::cli::failure::Failure;
use crate::cli::json;
use crate::cli::table::Table;
use crate::cli::target::Target;

const EXAMPLES: &str = "\
Examples:
  gracchus group list
  gracchus group list --json | jq -r '.[] | select(.state == \"Empty\").group'";

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    #[command(flatten)]
    target: Target,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let groups = known::list(&mut arguments.target.connect()?)?;
    if arguments.target.json {
        json::print(&groups);
        return Ok(());
    }
    let mut table = Table::new(["GROUP", "STATE", "PROTOCOL", "COORDINATOR"]);
    for it in groups {
        let protocol = if it.protocol_type.is_empty() { "-".to_owned() } else { it.protocol_type };
        table.row([it.group, it.state, protocol, it.coordinator.to_string()]);
    }
    table.print();
    Ok(())
}

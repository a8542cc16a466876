//! `gracchus config show`.

use super::Of;
use super::describe::{Described, describe};
use crate::cli::failure::Failure;
use crate::cli::table::Table;
use crate::cli::target::Target;
use crate::cli::{json, out};

const EXAMPLES: &str = "\
Examples:
  gracchus config show topic orders               what is set
  gracchus config show broker 1 --all             every key with its default and what it means
  gracchus config show topic orders --json | jq -r '.[] | select(.name == \"retention.ms\").value'";

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    #[command(flatten)]
    of: Of,
    /// Shows defaults too, and what each key means
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    target: Target,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut brokers = arguments.target.connect()?;
    let resource = arguments.of.resource(&mut brokers)?;
    let described = describe(&mut brokers, core::slice::from_ref(&resource), arguments.all)?;
    let mut keys: Vec<Described> = described.into_iter().flatten().collect();
    keys.retain(|key| arguments.all || !key.is_default());
    if arguments.target.json {
        json::print(&keys);
        return Ok(());
    }
    if keys.is_empty() {
        out::line(format!("{resource}: nothing is set, all keys have their defaults; --all shows them"));
        return Ok(());
    }
    let mut table = Table::new(["KEY", "VALUE", "SOURCE"]);
    for key in &keys {
        table.row([key.name.clone(), key.shown().to_owned(), key.source.to_owned()]);
    }
    if !arguments.all {
        table.print();
        return Ok(());
    }
    for key in &keys {
        let read_only = if key.read_only { ", read-only" } else { "" };
        out::line(format!("{}={}  ({}{read_only})", key.name, key.shown(), key.source));
        if let Some(text) = key.documentation.as_deref().filter(|text| !text.is_empty()) {
            out::line(format!("    {}", without_tags(text)));
        }
    }
    Ok(())
}

/// Kafka writes what its keys mean in HTML.
fn without_tags(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('<') {
        plain.push_str(before);
        match behind.split_once('>').filter(|_| behind.starts_with(|it: char| it.is_ascii_alphabetic() || it == '/')) {
            Some((tag, behind)) => {
                // A break or a paragraph stands between words.
                plain.push_str(if matches!(tag, "br" | "br/" | "p" | "li") { " " } else { "" });
                rest = behind;
            }
            None => {
                plain.push('<');
                rest = behind;
            }
        }
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_taken_out_and_nothing_else() {
        assert_eq!(
            without_tags("The <i>minimum</i>, see <code>acks</code>.<br>Or not."),
            "The minimum, see acks. Or not."
        );
        assert_eq!(without_tags("if 1 < 2 and 3 > 2, a <b"), "if 1 < 2 and 3 > 2, a <b");
    }
}

//! What binds the generated files together: the list of modules, and the table of APIs.

use super::File;
use super::table::{Kind, Message};
use std::fmt::Write;

/// `generated/mod.rs`.
pub fn modules(files: &[File], table: &[Message]) -> String {
    let mut text = String::from(
        "//! Kafka's messages, one file for each API, for each type of record, and for each message that is neither.\n\
         //\n// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.\n\n",
    );
    text.push_str("mod api_key;\n");
    for file in files {
        writeln!(text, "pub mod {};", file.module).unwrap();
    }
    text.push_str("\npub use api_key::{API_KEYS, ApiKey};\n");
    for file in files {
        writeln!(text, "pub use {}::{{{}}};", file.module, file.messages.join(", ")).unwrap();
    }
    text.push_str("\n/// Calls a test's macro with every generated message.\n#[cfg(test)]\n");
    text.push_str("macro_rules! for_each_message {\n    ($do:ident) => {\n");
    for name in files.iter().flat_map(|file| file.messages) {
        writeln!(text, "        $do!({name});").unwrap();
    }
    text.push_str("    };\n}\n#[cfg(test)]\npub(crate) use for_each_message;\n");
    metadata_records(files, table, &mut text);
    text
}

/// The list of the metadata records, from which the room of the metadata makes its own enum.
fn metadata_records(files: &[File], table: &[Message], text: &mut String) {
    text.push_str(
        "\n/// Calls a macro with the metadata records, in the order of their types: each one's name without `Record`,\n\
         /// and its message.\n\
         macro_rules! with_metadata_records {\n    ($do:ident) => {\n        $do! {\n",
    );
    for name in files.iter().flat_map(|file| file.messages) {
        let message = find(table, name);
        if message.kind == Kind::MetadataRecord {
            writeln!(text, "            {}: {name};", name.trim_end_matches("Record")).unwrap();
        }
    }
    text.push_str("        }\n    };\n}\npub(crate) use with_metadata_records;\n");
}

fn find<'a>(table: &'a [Message], name: &str) -> &'a Message {
    table.iter().find(|it| it.name == name).expect("found before")
}

/// `generated/api_key.rs`.
pub fn api_keys(files: &[File], table: &[Message]) -> String {
    let mut rows = Vec::new();
    for file in files {
        for name in file.messages {
            let message = find(table, name);
            if let (Kind::Request, Some(key)) = (message.kind, message.key) {
                rows.push((key, message, file.advertised_min));
            }
        }
    }
    rows.sort_by_key(|(key, ..)| *key);
    let mut text = String::from(
        "//! The APIs that this build has messages for.\n\
         //\n// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.\n\n\
         use crate::wire::Api;\n\n\
         /// An API, by Kafka's name and key (`ApiKeys.java`).\n\
         #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]\n#[repr(i16)]\npub enum ApiKey {\n",
    );
    let api = |message: &Message| message.name.trim_end_matches("Request").to_owned();
    for (key, message, _) in &rows {
        writeln!(text, "    /// Key {key}.\n    {} = {key},", api(message)).unwrap();
    }
    text.push_str("}\n");
    lookups(&rows.iter().map(|(key, message, _)| (*key, api(message))).collect::<Vec<_>>(), &mut text);
    text.push_str("\n/// Every API, by key.\n");
    writeln!(text, "pub static API_KEYS: [Api; {}] = [", rows.len()).unwrap();
    for (_, message, advertised_min) in &rows {
        let (name, min) = (api(message), message.valid.min);
        // An unstable version is one that Kafka itself does not offer unless it is told to.
        let max = message.valid.max - i16::from(message.is_last_unstable);
        let flexible =
            if message.flexible.is_empty() { "i16::MAX".to_owned() } else { message.flexible.min.to_string() };
        let advertised = advertised_min.unwrap_or(min);
        writeln!(text, "    Api {{").unwrap();
        writeln!(text, "        key: ApiKey::{name},\n        name: \"{name}\",").unwrap();
        writeln!(text, "        min: {min},\n        max: {max},").unwrap();
        writeln!(text, "        advertised_min: {advertised},\n        flexible_from: {flexible},\n    }},").unwrap();
    }
    text.push_str("];\n");
    text
}

/// From the key to the API, and from the API to its row.
fn lookups(apis: &[(i16, String)], text: &mut String) {
    text.push_str(
        "\nimpl ApiKey {\n    /// The API of that key, where this build has messages for it.\n    #[must_use]\n",
    );
    text.push_str("    pub fn from_wire(key: i16) -> Option<ApiKey> {\n        Some(match key {\n");
    for (key, api) in apis {
        writeln!(text, "            {key} => ApiKey::{api},").unwrap();
    }
    text.push_str("            _ => return None,\n        })\n    }\n\n");
    text.push_str("    /// Its row of the protocol table.\n    #[must_use]\n");
    text.push_str("    pub fn api(self) -> &'static Api {\n        &API_KEYS[match self {\n");
    for (at, (_, api)) in apis.iter().enumerate() {
        writeln!(text, "            ApiKey::{api} => {at},").unwrap();
    }
    text.push_str("        }]\n    }\n}\n");
}

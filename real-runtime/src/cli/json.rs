//! JSON as the commands print it.

use super::out;
use serde::Serialize;

/// Prints one value on a line of its own.
pub fn print(value: &impl Serialize) {
    out::line(to_line(value));
}

/// One value without its line's end.
pub fn to_line(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("what the commands print has names for keys and no numbers beyond JSON's")
}

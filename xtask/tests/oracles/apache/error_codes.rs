//! Error codes by number and name.

use super::{java, missing_before_4_4};
use gracchus_core::types::ErrorCode;

/// The error codes of Kafka 4.4 that Kafka 4.3 has not.
const NEWER_CODES: &[i16] = &[134, 135, 136];

#[test]
#[ignore = "needs Maven and Java: run `cargo xtask apache-records`"]
fn apaches_error_codes_are_ours() {
    let mut theirs: Vec<(i16, String)> = Vec::new();
    for line in java(&["errors"], String::new()) {
        let (code, name) = line.split_once(' ').expect("a code and a name");
        theirs.push((code.parse().expect("a number"), name.to_owned()));
    }
    theirs.sort();
    let newer = missing_before_4_4(NEWER_CODES);
    let is_known = |code: &i16| ErrorCode::from_wire(*code).to_wire() == *code && !newer.contains(code);
    let ours: Vec<_> = (-1..1000).filter(is_known).map(|it| (it, ErrorCode::from_wire(it).name().to_owned())).collect();
    assert_eq!(ours, theirs);
}

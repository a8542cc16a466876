//! The `gracchus` command.

//! Each check against histories that it must pass and histories that it must not.

mod clean;
mod deletions;
mod failed_disk;
mod groups;
mod inside;
mod log_start;
mod outside;
mod stage;
mod topics;

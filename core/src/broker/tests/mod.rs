//! Behaviour of the broker, through frames: what a client sends, what it is answered, and what is asked in between.

mod admin;
mod changes;
mod fetch;
mod hostile;
mod metadata;
mod produce;
mod sessions;
mod stand;

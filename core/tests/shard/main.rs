//! Shards seen from outside, as a driver sees them: events in, effects out.

mod control;
mod decisions;
mod deep_frames;
mod denials;
mod disk;
mod failed_dirs;
mod listeners;
mod lone;
mod made_anew;
mod removals;
mod scale;
mod scripts;

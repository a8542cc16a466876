//! A replica alone, rule by rule, and quorums under faults.

mod model_log;
mod rules;
mod simulation;
mod stand;
mod world;

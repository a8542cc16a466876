//! Reports: what a run or a campaign came to, as text, JSON, JUnit and a page to look at.

mod campaign;

pub use campaign::{Campaign, FailedRun, LossTally, ScenarioResult, Tally};

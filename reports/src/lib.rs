//! Reports: what a run or a campaign came to, as text, JSON, JUnit and a page to look at.

mod campaign;
mod html;
mod junit;
pub mod text;
mod words;

pub use campaign::{Campaign, FailedRun, LossTally, ScenarioResult, Tally};
pub use html::{page, run_page};
pub use junit::junit;
pub use words::{count, moment, ratio, seconds, several, time};

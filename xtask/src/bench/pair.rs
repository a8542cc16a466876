//! The brokers that are measured side by side.

use super::Bench;
use super::broker::{Broker, Running};
use super::ground::Kind;
use std::fs;
use std::path::PathBuf;

/// Each broker on a fresh folder of its own; they go with it.
pub struct Pair {
    sides: Vec<Side>,
}

/// One of them.
pub struct Side {
    pub broker: Broker,
    pub running: Running,
    folder: PathBuf,
}

impl Pair {
    /// Starts them.
    pub fn start(bench: &Bench, kind: Kind) -> Result<Pair, String> {
        let mut sides = Vec::new();
        for &broker in bench.options.brokers() {
            let folder = bench.ground.folder(kind, &broker.name().to_lowercase());
            let running = broker.start(&folder, &[], "info")?;
            sides.push(Side { broker, running, folder });
        }
        Ok(Pair { sides })
    }

    /// Gracchus first.
    pub fn sides(&self) -> &[Side] {
        &self.sides
    }

    /// Stops them, and returns what Gracchus logged.
    pub fn stop(self) -> String {
        let mut said = String::new();
        for side in self.sides {
            let log = side.running.stop();
            if side.broker == Broker::Gracchus {
                said = log;
            }
            let _ = fs::remove_dir_all(&side.folder);
        }
        said
    }
}

//! One producer, in batches small, usual and large.

use super::{Bounds, in_turn, note_records};
use crate::bench::Bench;
use crate::bench::ground::Kind;
use crate::bench::load::{create_topic, perf};
use crate::bench::pair::{Pair, Side};
use crate::bench::sheet::Aim;

/// Records of a batch.
const BATCHES: [u64; 3] = [150, 1200, 9000];

/// One connection, five requests in flight.
pub fn produce(bench: &mut Bench) -> Result<(), String> {
    for batch in BATCHES {
        let row = format!("produce, batches of {batch}");
        let pair = Pair::start(bench, Kind::Cpu)?;
        for side in pair.sides() {
            create_topic(&side.running, "produce", 1, &[])?;
        }
        let run = |side: &Side, Bounds { seconds, records }: Bounds| {
            let arguments = format!("--batch-records {batch} --records {records} --in-flight 5 --seconds {seconds}");
            perf(&side.running, "produce", "produce", &arguments)
        };
        in_turn(bench, &pair, &row, run, |bench, side, run| note_records(bench, side, &row, run))?;
        bench.sheet.aim(&row, "CPU s per million records", Aim::RatioAtMost(0.4));
        pair.stop();
    }
    Ok(())
}

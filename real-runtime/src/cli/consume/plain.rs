//! Reading partitions by hand, without a group.

use super::render::Renderer;
use super::{Arguments, LOOK, look, note_position};
use crate::caller::Brokers;
use crate::cli::failure::Failure;
use crate::cli::place::{Place, offsets_at};
use crate::cli::progress::Progress;
use crate::cli::{out, runtime};
use crate::driver::{Driver, Next};
use core::convert::Infallible;
use core::time::Duration;
use gracchus_core::client::{Consumer, ConsumerNews, StartAt};
use gracchus_core::types::Offset;
use std::collections::BTreeMap;

type Partition = (String, i32);

pub fn run(arguments: &Arguments, mut brokers: Brokers, partitions: Vec<Partition>) -> Result<(), Failure> {
    let starts = offsets_at(&mut brokers, &partitions, arguments.from)?;
    let ends = match arguments.until_end {
        true => Some(offsets_at(&mut brokers, &partitions, Place::End)?),
        false => None,
    };
    drop(brokers);
    let runtime = runtime()?;
    let ended = runtime.block_on(async {
        let driver = Driver::new(Consumer::new(arguments.config(partitions.len())));
        let driver = driver.map_err(crate::caller::CallError::Io)?;
        let renderer = Renderer::new(arguments.form(), arguments.count);
        let mut reader = Reader { driver, renderer, ends, patience: arguments.target.timeout() };
        reader.begin(&starts);
        let progress = Progress::of_output();
        let ended = reader.run(&progress).await;
        progress.end();
        ended
    });
    runtime.shutdown_background();
    ended
}

struct Reader {
    driver: Driver<Consumer, Infallible>,
    renderer: Renderer,
    /// Where partitions that are still read are to end; none where they are read for ever.
    ends: Option<BTreeMap<Partition, i64>>,
    patience: Duration,
}

impl Reader {
    fn begin(&mut self, starts: &BTreeMap<Partition, i64>) {
        if let Some(ends) = &mut self.ends {
            ends.retain(|partition, end| starts[partition] < *end);
        }
        for (partition, start) in starts {
            if self.ends.as_ref().is_some_and(|ends| !ends.contains_key(partition)) {
                continue;
            }
            let (topic, partition) = partition;
            let start = StartAt::Offset(Offset(*start));
            self.driver.call(|consumer, now, draws, out| consumer.assign(topic, *partition, start, now, draws, out));
        }
    }

    fn is_done(&self) -> bool {
        self.renderer.is_full() || self.ends.as_ref().is_some_and(BTreeMap::is_empty)
    }

    async fn run(&mut self, progress: &Progress) -> Result<(), Failure> {
        let mut text = Vec::new();
        while !self.is_done() {
            let look_at = self.driver.now().mono + LOOK;
            match self.driver.next(Some(look_at)).await {
                Next::News(news) => self.on_news(news, &mut text)?,
                Next::Due => look(&mut self.driver, self.patience)?,
                Next::Event(never) => match never {},
            }
            progress.set(self.renderer.rendered());
        }
        Ok(())
    }

    fn on_news(&mut self, news: ConsumerNews, text: &mut Vec<u8>) -> Result<(), Failure> {
        match news {
            ConsumerNews::Fetched(fetched) => {
                let partition = (fetched.topic.to_string(), fetched.partition);
                let end = self.ends.as_ref().map(|ends| ends.get(&partition).copied().unwrap_or(i64::MIN));
                text.clear();
                // What could be read is printed before what is said of the rest.
                let rendered = self.renderer.render(&fetched, end, text);
                out::bytes(text);
                self.driver.restart_silence();
                rendered?;
                if end.is_some_and(|end| fetched.next.0 >= end) {
                    self.end(&partition);
                }
            }
            ConsumerNews::Positioned { ref topic, partition, to, .. } => {
                let partition = (topic.to_string(), partition);
                note_position(&news)?;
                if self.ends.as_ref().and_then(|ends| ends.get(&partition)).is_some_and(|end| to.0 >= *end) {
                    self.end(&partition);
                }
            }
            ConsumerNews::Truncated { .. } | ConsumerNews::Refused { .. } => note_position(&news)?,
        }
        Ok(())
    }

    fn end(&mut self, partition: &Partition) {
        if let Some(ends) = &mut self.ends
            && ends.remove(partition).is_some()
        {
            self.driver.call(|consumer, _, _, _| consumer.unassign(&partition.0, partition.1));
        }
    }
}

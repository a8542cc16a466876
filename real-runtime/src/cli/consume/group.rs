//! Reading as a member of a consumer group.
//!
//! **Invariants**: what is committed was printed; the member is polled only when all that it handed out is printed, and
//! its heartbeats go on meanwhile.

use super::printer::Printer;
use super::render::Renderer;
use super::{Arguments, LOOK, look, note_position};
use crate::caller::{Brokers, CallError};
use crate::cli::failure::{Failure, explained};
use crate::cli::place::{Place, offsets_at};
use crate::cli::progress::Progress;
use crate::cli::{complain, out, runtime, signals};
use crate::driver::{Driver, Next, Teller};
use core::time::Duration;
use gracchus_core::client::{
    Commit, CommitMode, CommitOffset, CommitStep, Fetched, GroupConsumer, GroupConsumerConfig, GroupNews, PartitionName,
};
use gracchus_core::types::{ErrorCode, Instant, LeaderEpoch, Offset};
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use tokio::signal::unix::signal;

/// How often what was printed is committed.
const COMMIT_EVERY: Duration = Duration::from_secs(1);

/// Members hear of a rebalance with a heartbeat: at a terminal somebody waits for it, so that Kafka's three seconds are long.
const HEARTBEAT_MS: i64 = 1_000;

/// `max.poll.records`: what is printed at once. Fewer would only be more turns.
const POLL_RECORDS: usize = 20_000;

/// How long a reader that takes nothing is waited for at the end.
const PRINT_LAST: Duration = Duration::from_secs(1);

/// How long a rebalance is waited for at the end, so that what was printed can be committed.
const COMMIT_LAST: Duration = Duration::from_secs(10);

/// How long leaving the group may take, in milliseconds.
const CLOSE_MS_MAX: i64 = 10_000;

enum Event {
    Printed(io::Result<()>),
    /// SIGINT, SIGTERM or SIGHUP.
    Interrupted,
}

/// The offset after the last record that was printed of a partition, and the leader epoch of that record.
type Done = BTreeMap<PartitionName, (Offset, Option<LeaderEpoch>)>;

pub fn run(
    arguments: &Arguments,
    group: &str,
    mut brokers: Brokers,
    partitions: &[(String, i32)],
) -> Result<(), Failure> {
    let failed = |error: CallError| match error.code() {
        Some(code) => Failure::refused(format!("group {group} cannot be joined"), code.to_wire(), None),
        None => error.into(),
    };
    brokers.coordinator(group).map_err(failed)?;
    let ends = match arguments.until_end {
        true => Some(offsets_at(&mut brokers, partitions, Place::End)?),
        false => None,
    };
    drop(brokers);
    let config = GroupConsumerConfig {
        consumer: arguments.config(partitions.len()),
        group_id: Arc::from(group),
        assignors: arguments.assignor.clone(),
        auto_commit: false,
        heartbeat_interval_ms: HEARTBEAT_MS,
        max_poll_records: POLL_RECORDS,
        close_timeout_ms: arguments.timeout_ms().min(CLOSE_MS_MAX),
        ..GroupConsumerConfig::default()
    };
    let runtime = runtime()?;
    let ended = runtime.block_on(async {
        let driver = Driver::new(GroupConsumer::new(config)).map_err(CallError::Io)?;
        watch_signals(&driver.teller())?;
        let printer = Printer::start(driver.teller(), Event::Printed);
        let mut member = Member {
            group: group.to_owned(),
            next_commit: driver.now().mono,
            driver,
            printer,
            renderer: Renderer::new(arguments.form(), arguments.count),
            ends,
            patience: arguments.target.timeout(),
            text: Vec::new(),
            handed_out: Done::new(),
            is_printing: false,
            printed: Done::new(),
            is_assigned: false,
            is_committing: false,
            is_refused: false,
            end: None,
        };
        member.run(&arguments.topics).await
    });
    // The printing thread may hang at a reader that takes nothing, and is not waited for.
    runtime.shutdown_background();
    ended
}

/// The first signal brings the member to its end in good order, the second ends the process at once.
fn watch_signals(teller: &Teller<Event>) -> Result<(), Failure> {
    for (kind, _) in signals::endings() {
        let mut signals = signal(kind).map_err(CallError::Io)?;
        let teller = teller.clone();
        tokio::spawn(async move {
            signals.recv().await;
            teller.tell_async(Event::Interrupted).await;
            signals.recv().await;
            std::process::exit(128 + kind.as_raw_value());
        });
    }
    Ok(())
}

/// Why the member ends.
enum End {
    /// All that was wanted is printed, or the user has had enough.
    Well,
    /// What is printed is read by nobody.
    Unprintable(io::Error),
    Failed(Failure),
}

struct Member {
    group: String,
    driver: Driver<GroupConsumer, Event>,
    printer: Printer,
    renderer: Renderer,
    /// Where each partition ended when the command began, with `--until-end`.
    ends: Option<BTreeMap<(String, i32), i64>>,
    patience: Duration,
    /// What was handed out and is not given to the printer yet.
    text: Vec<u8>,
    /// How far partitions are once all that was handed out is printed.
    handed_out: Done,
    is_printing: bool,
    /// How far they are printed and not committed.
    printed: Done,
    /// Whether the member has its share of the present generation.
    is_assigned: bool,
    is_committing: bool,
    /// Whether the last commit was refused for a reason that does not pass with a rebalance, of which the user was told.
    is_refused: bool,
    next_commit: Instant,
    end: Option<End>,
}

impl Member {
    async fn run(&mut self, topics: &[String]) -> Result<(), Failure> {
        let names = topics.iter().map(String::as_str);
        self.driver.call(|member, now, draws, out| member.subscribe(names, now, draws, out));
        let progress = Progress::of_output();
        while self.end.is_none() {
            self.turn().await;
            progress.set(self.renderer.rendered());
        }
        progress.end();
        self.close().await;
        match self.end.take() {
            Some(End::Failed(failure)) => Err(failure),
            Some(End::Unprintable(error)) => match out::ended(&error) {
                0 => Ok(()),
                code => Err(Failure::new(code, "the group was left in good order all the same")),
            },
            Some(End::Well) | None => Ok(()),
        }
    }

    /// Does what can be done now, and waits for what happens next.
    async fn turn(&mut self) {
        while let Some(news) = self.driver.take_news() {
            self.on_news(news);
        }
        self.print();
        if self.is_done() {
            self.end.get_or_insert(End::Well);
        }
        if self.end.is_some() {
            return;
        }
        let now = self.driver.now().mono;
        if !self.is_printing && self.driver.client().wants_poll(now) {
            return self.poll();
        }
        self.commit_where_due(now);
        match self.driver.next(Some(now + LOOK)).await {
            Next::News(news) => self.on_news(news),
            Next::Event(event) => self.on_event(event),
            Next::Due => self.on_quiet(),
        }
    }

    /// Nothing has happened for a while.
    fn on_quiet(&mut self) {
        if let Err(failure) = look(&mut self.driver, self.patience) {
            self.end = Some(End::Failed(failure));
        } else if !self.is_printing {
            // Whoever does not poll at all is taken to be stuck (`max.poll.interval.ms`).
            self.poll();
        }
    }

    fn poll(&mut self) {
        self.driver.call(|member, now, draws, out| member.poll(now, draws, out));
    }

    fn on_event(&mut self, event: Event) {
        match event {
            Event::Interrupted => _ = self.end.get_or_insert(End::Well),
            Event::Printed(Ok(())) => {
                self.is_printing = false;
                self.printed.append(&mut self.handed_out);
            }
            Event::Printed(Err(error)) => {
                self.is_printing = false;
                self.handed_out.clear();
                self.end.get_or_insert(End::Unprintable(error));
            }
        }
    }

    fn print(&mut self) {
        if self.is_printing {
            return;
        }
        if self.text.is_empty() {
            // Offsets without a record are done with as they are.
            self.printed.append(&mut self.handed_out);
        } else {
            self.is_printing = true;
            self.printer.print(core::mem::take(&mut self.text));
        }
    }

    fn is_done(&self) -> bool {
        if self.is_printing {
            return false;
        }
        let member = self.driver.client();
        let is_at_end = |ends: &BTreeMap<(String, i32), i64>| {
            member.assignment().iter().all(|it| {
                let end = ends.get(&(it.topic.to_string(), it.partition)).copied().unwrap_or(0);
                member.position(&it.topic, it.partition).is_some_and(|position| position.0 >= end)
            })
        };
        self.renderer.is_full() || (self.is_assigned && self.ends.as_ref().is_some_and(is_at_end))
    }

    fn on_news(&mut self, news: GroupNews) {
        match news {
            GroupNews::Polled(fetched) => self.on_polled(&fetched),
            GroupNews::Assigned(_) => self.is_assigned = true,
            GroupNews::Revoking(leaving) => self.commit(&leaving.partitions),
            GroupNews::Revoked(gone) => self.on_gone(&gone.partitions),
            GroupNews::Lost(gone) => {
                self.on_gone(&gone.partitions);
                let what = "was out of the group for a while; records may be printed again, here or by another member";
                complain(format_args!("group {}: this member {what}", self.group));
            }
            GroupNews::Commit(commit) => self.on_commit(&commit),
            GroupNews::Position(news) => {
                if let Err(failure) = note_position(&news) {
                    self.end.get_or_insert(End::Failed(failure));
                }
            }
            GroupNews::PollIntervalExceeded => {
                let what = "has left the group, as what it prints was not read for five minutes; it joins again";
                complain(format_args!("group {}: this member {what}", self.group));
            }
            GroupNews::Failed(error) => {
                let why = explained(error.to_wire());
                let failure = Failure::new(1, format!("group {}: {why}", self.group));
                self.end.get_or_insert(End::Failed(failure));
            }
            GroupNews::Joined(_) | GroupNews::NoOffset(_) | GroupNews::Closed => {}
        }
    }

    fn on_polled(&mut self, fetched: &Fetched) {
        if self.end.is_some() || self.renderer.is_full() {
            return;
        }
        match self.renderer.render(fetched, None, &mut self.text) {
            Ok(next) => {
                let epoch = fetched.batches.last().and_then(|batch| batch.header().leader_epoch);
                let name = PartitionName::new(fetched.topic.clone(), fetched.partition);
                self.handed_out.insert(name, (Offset(next), epoch));
            }
            Err(failure) => self.end = Some(End::Failed(failure)),
        }
    }

    fn on_gone(&mut self, partitions: &[PartitionName]) {
        self.is_assigned = false;
        for partition in partitions {
            self.printed.remove(partition);
            self.handed_out.remove(partition);
        }
    }

    fn on_commit(&mut self, commit: &Commit) {
        match &commit.step {
            CommitStep::Sent => {}
            CommitStep::Done => {
                (self.is_committing, self.is_refused) = (false, false);
                for done in commit.offsets.iter() {
                    // More may have been printed meanwhile.
                    if self.printed.get(&done.partition).is_some_and(|(offset, _)| *offset == done.offset) {
                        self.printed.remove(&done.partition);
                    }
                }
            }
            CommitStep::Failed { error, .. } => {
                self.is_committing = false;
                // A member that has to join again reads on from what was committed before.
                let is_passing = matches!(
                    error,
                    ErrorCode::RebalanceInProgress | ErrorCode::UnknownMemberId | ErrorCode::IllegalGeneration
                );
                if !is_passing && !core::mem::replace(&mut self.is_refused, true) {
                    let why = explained(error.to_wire());
                    complain(format_args!("group {}: offsets could not be committed: {why}", self.group));
                }
            }
        }
    }

    fn commit_where_due(&mut self, now: Instant) {
        if now < self.next_commit || self.is_committing || self.printed.is_empty() {
            return;
        }
        self.next_commit = now + COMMIT_EVERY;
        self.commit_printed();
    }

    fn commit_printed(&mut self) {
        self.commit(&self.printed.keys().cloned().collect::<Vec<_>>());
    }

    /// Commits how far these partitions are printed.
    fn commit(&mut self, partitions: &[PartitionName]) {
        let offset = |partition: &PartitionName| {
            let (offset, leader_epoch) = *self.printed.get(partition)?;
            Some(CommitOffset { partition: partition.clone(), offset, leader_epoch, metadata: "".into() })
        };
        let offsets: Vec<CommitOffset> = partitions.iter().filter_map(offset).collect();
        if offsets.is_empty() {
            return;
        }
        self.is_committing = true;
        self.driver.call(|member, now, draws, out| member.commit(Some(offsets), CommitMode::Sync, now, draws, out));
    }

    /// Waits for what is being printed, commits, and leaves the group.
    async fn close(&mut self) {
        let until = self.driver.now().mono + PRINT_LAST;
        self.print();
        while self.is_printing {
            match self.driver.next(Some(until)).await {
                Next::News(news) => self.on_news(news),
                Next::Event(event) => self.on_event(event),
                Next::Due => break,
            }
        }
        self.commit_last().await;
        self.driver.call(|member, now, draws, out| member.close(now, draws, out));
        loop {
            match self.driver.next(None).await {
                Next::News(GroupNews::Closed) => return,
                Next::News(news) => self.on_news(news),
                Next::Event(event) => self.on_event(event),
                Next::Due => {}
            }
        }
    }

    /// Commits all that was printed. While the group rebalances nothing can be committed: then it is waited for.
    async fn commit_last(&mut self) {
        let until = self.driver.now().mono + COMMIT_LAST;
        while !self.printed.is_empty() && !self.is_refused {
            let now = self.driver.now().mono;
            if now >= until {
                return;
            }
            if !self.is_committing {
                self.commit_printed();
            }
            // A poll takes the member's next share in. Records that come with it are for the next member.
            if self.driver.client().wants_poll(now) {
                self.poll();
            }
            match self.driver.next(Some(now + LOOK)).await {
                Next::News(news) => self.on_news(news),
                Next::Event(event) => self.on_event(event),
                Next::Due => {}
            }
        }
    }
}

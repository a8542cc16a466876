//! Loading a log in bounded steps, after a clean stop or after a crash.

use super::{LoadHints, Log, LogConfig, LogError, ReadAsk};
use crate::io::{Env, FileError, FilePath};
use crate::types::TopicPartition;
use bytes::Bytes;

/// A log on its way into use.
#[derive(Clone, Debug)]
pub struct Loading {
    partition: TopicPartition,
}

/// What to do next.
#[derive(Clone, Debug)]
pub enum Step {
    /// Call [`Loading::step`] again, in this turn or a later one.
    Again,
    /// Read, then [`Loading::on_read`], then [`Loading::step`].
    Read(ReadAsk),
    /// The log is ready. Take it: the loading is spent.
    Done(Box<Log>),
}

impl Log {
    /// Begins to load the log in `folder`. A folder that does not exist is an error; see [`Log::create`].
    pub fn load(
        folder: FilePath,
        partition: TopicPartition,
        config: LogConfig,
        hints: LoadHints,
        env: &mut Env<'_>,
    ) -> Result<Loading, LogError> {
        let _ = (folder, config, hints, env);
        Ok(Loading { partition })
    }
}

impl Loading {
    /// A bounded piece of work.
    pub fn step(&mut self, env: &mut Env<'_>) -> Result<Step, LogError> {
        let _ = (env, self.partition);
        todo!()
    }

    /// What the last [`Step::Read`] brought.
    pub fn on_read(&mut self, result: Result<Bytes, FileError>, env: &mut Env<'_>) -> Result<(), LogError> {
        let _ = (result, env);
        todo!()
    }
}

//! Every operation on a file may be denied, on a full disk or at a limit of the process. Whichever operation it is, the
//! log is then as it was, or it must be loaded again and has lost nothing; and the same call succeeds once nothing is
//! denied any more.

use super::*;

const DENIALS: [FileError; 4] =
    [FileError::NoSpace, FileError::TooManyOpenFiles, FileError::PermissionDenied, FileError::WrongPath];

/// How a call ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum End {
    Done,
    /// The call was denied and changed nothing.
    Denied,
    /// The call was denied in the middle: the log must be loaded again.
    Reload,
}

type Call = fn(&mut Host, &mut Log) -> End;

fn of_append<T>(result: Result<T, AppendError>) -> End {
    match result {
        Ok(_) => End::Done,
        Err(AppendError::Denied(_)) => End::Denied,
        Err(AppendError::Failed(why)) if !why.is_of_device() => End::Reload,
        Err(other) => panic!("{other:?}"),
    }
}

fn of_log<T>(result: Result<T, LogError>) -> End {
    match result {
        Ok(_) => End::Done,
        Err(LogError::Denied(_)) => End::Reload,
        Err(other) => panic!("{other:?}"),
    }
}

fn append(host: &mut Host, log: &mut Log) -> End {
    of_append(host.append(log, 3, &batch(1, 50)))
}

fn append_of_a_new_epoch(host: &mut Host, log: &mut Log) -> End {
    of_append(host.append(log, 4, &batch(1, 50)))
}

fn append_that_rolls(host: &mut Host, log: &mut Log) -> End {
    of_append(host.append(log, 3, &batch(1, 900)))
}

fn follow(host: &mut Host, log: &mut Log) -> End {
    let mut stored = Vec::new();
    for base in [log.end(), log.end().plus(1)] {
        stored.extend_from_slice(&batch(1, 900).stamped(base, LeaderEpoch(3)).concat());
    }
    of_append(host.follow(log, &stored.into()))
}

fn truncate(host: &mut Host, log: &mut Log, to: i64) -> End {
    match host.with(|env| log.truncate_to(Offset(to), env)) {
        Ok(Truncated::Done) => End::Done,
        Ok(Truncated::Reload(loading)) => match host.finish(*loading) {
            Ok(loaded) => {
                *log = loaded;
                End::Done
            }
            Err(error) => of_log::<()>(Err(error)),
        },
        Err(error) => of_log::<()>(Err(error)),
    }
}

fn truncate_a_little(host: &mut Host, log: &mut Log) -> End {
    truncate(host, log, 9)
}

fn truncate_far(host: &mut Host, log: &mut Log) -> End {
    // The cut lies before the batches that are kept in memory.
    log.trim_cache(0);
    truncate(host, log, 4)
}

fn begin_anew(host: &mut Host, log: &mut Log) -> End {
    of_log(host.with(|env| log.restart_at(Offset(20), env)))
}

fn flush(host: &mut Host, log: &mut Log) -> End {
    let Some(flush) = log.next_flush(FlushUpTo::End) else { return End::Done };
    let results: Vec<_> = flush.what.iter().map(|what| host.disk.sync(what)).collect();
    let result = results.into_iter().collect::<Result<(), _>>();
    match host.with(|env| log.on_flushed(flush.ticket, result, Offset(i64::MAX), env)) {
        Ok(()) => End::Done,
        Err(LogError::Denied(_)) => End::Denied,
        Err(other) => panic!("{other:?}"),
    }
}

fn stop(host: &mut Host, log: &mut Log) -> End {
    let (mut stopping, mut after) = (log.clone(), End::Done);
    match host.with(|env| stopping.stop(env)) {
        Ok(()) => {}
        Err(error) => after = of_log::<()>(Err(error)),
    }
    if after == End::Done { flush(host, &mut stopping) } else { after }
}

fn load(host: &mut Host, log: &mut Log) -> End {
    host.disk.kill();
    match host.load(LoadHints { recovery_point: log.recovery_point(), high_watermark: log.recovery_point(), ..HINTS }) {
        Ok(loaded) => {
            *log = loaded;
            End::Done
        }
        Err(error) => of_log::<()>(Err(error)),
    }
}

const CALLS: [(&str, Call); 10] = [
    ("append", append),
    ("append of a new epoch", append_of_a_new_epoch),
    ("append that rolls", append_that_rolls),
    ("follow", follow),
    ("truncate a little", truncate_a_little),
    ("truncate far", truncate_far),
    ("begin anew", begin_anew),
    ("flush", flush),
    ("stop", stop),
    ("load", load),
];

/// A log of several segments and two epochs, of which the first half is durable.
fn prepared() -> (Host, Log) {
    let mut host = Host::new();
    let mut log = host.create();
    for number in 0..10 {
        host.append(&mut log, if number < 5 { 2 } else { 3 }, &batch(1, 300)).unwrap();
        if number == 4 {
            host.flush(&mut log);
        }
    }
    (host, log)
}

fn contents(host: &mut Host, log: &mut Log) -> (Offset, Offset, Bytes) {
    (log.start(), log.end(), host.read_all(log, log.start()).unwrap())
}

#[test]
fn whichever_operation_is_denied_nothing_is_lost_and_the_call_succeeds_later() {
    for (name, call) in CALLS {
        let (mut host, mut log) = prepared();
        let before = contents(&mut host, &mut log);
        assert_eq!(call(&mut host, &mut log), End::Done, "{name}");
        let after = contents(&mut host, &mut log);
        for why in DENIALS {
            let mut at = 0;
            while denied_at(at, why, name, call, &before, &after) {
                at += 1;
            }
            assert!(at > 0, "{name} uses no file");
        }
    }
}

type Contents = (Offset, Offset, Bytes);

/// Denies operation number `at` of a call. Returns whether the call has so many.
fn denied_at(at: usize, why: FileError, name: &str, call: Call, before: &Contents, after: &Contents) -> bool {
    let (mut host, mut log) = prepared();
    host.disk.deny = Some((at, why));
    let end = call(&mut host, &mut log);
    let was_denied = host.disk.deny.take().is_none();
    if end == End::Reload {
        let point = log.recovery_point().min(before.1);
        let closed = log.clone();
        host.with(|env| closed.close(env));
        assert_eq!(host.disk.open_files(), 0, "{name}, {why} at {at}: files of a closed log are open");
        let hints = LoadHints { recovery_point: point, high_watermark: point, log_start: log.start(), ..HINTS };
        log = host.load(hints).unwrap_or_else(|error| panic!("{name}, {why} at {at}: {error:?}"));
    }
    let found = contents(&mut host, &mut log);
    let is_between = found.2.starts_with(&before.2) || before.2.starts_with(&found.2);
    let is_as_was = found == *before;
    match end {
        End::Done => assert!(found == *after, "{name}, {why} at {at}: {}", found.1),
        // Of several batches for different segments, the first ones may be in the log.
        End::Denied => assert!(is_as_was || (name == "follow" && is_between), "{name}, {why} at {at}: {}", found.1),
        End::Reload => assert!(found == *after || is_as_was || is_between, "{name}, {why} at {at}: {}", found.1),
    }
    if end != End::Done {
        assert_eq!(call(&mut host, &mut log), End::Done, "{name}, {why} at {at}: it succeeds when nothing is denied");
    }
    // What a flush calls durable now is durable, whatever was denied before.
    let expected = contents(&mut host, &mut log);
    assert_eq!(flush(&mut host, &mut log), End::Done, "{name}, {why} at {at}");
    let (point, log_start) = (log.recovery_point(), log.start());
    host.disk.crash(&mut |_| 1);
    let hints = LoadHints { recovery_point: point, high_watermark: point, log_start, ..HINTS };
    let mut loaded = host.load(hints).unwrap_or_else(|error| panic!("{name}, {why} at {at}: {error:?}"));
    let found = contents(&mut host, &mut loaded);
    assert!(found == expected, "{name}, {why} at {at}: after a power loss the log ends at {}", found.1);
    was_denied
}

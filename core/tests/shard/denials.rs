//! What the control shard does when the disk is full, a limit of the process is reached, or a path cannot be used: it
//! tries again, and only a stop gives up.

use crate::control::{Control, DIR, checkpoint, create};
use crate::disk::Disk;
use gracchus_core::broker::{ControlOutcome, ControlQuestion, MorePartitions, Refusal};
use gracchus_core::io::{FileError, FilePath, Files};
use gracchus_core::metadata::NodeConfig;
use gracchus_core::shard::{Halt, SetAside, ShardMail};
use gracchus_core::types::{ErrorCode, NodeId};

const DENIALS: [FileError; 3] = [FileError::NoSpace, FileError::TooManyOpenFiles, FileError::PermissionDenied];

fn serving() -> Control {
    let mut control = Control::start(Disk::default(), 1);
    control.sync();
    control.taken();
    control
}

fn has(control: &mut Control, name: &str, line: &str) -> bool {
    control.text(name).is_some_and(|text| text.lines().any(|it| it == line))
}

#[test]
fn a_checkpoint_that_cannot_be_written_is_written_when_it_can() {
    for why in DENIALS {
        let mut control = serving();
        control.mail(checkpoint(7));
        control.disk.denied = Some(why);
        control.pass_ms(60_000);
        for _ in 0..10 {
            control.pass_ms(1_000);
            control.sync();
        }
        assert_eq!(control.halt, None, "{why}");
        // What has changed meanwhile is written too.
        control.mail(checkpoint(9));
        control.disk.denied = None;
        control.pass_ms(1_000);
        control.sync();
        assert!(has(&mut control, "recovery-point-offset-checkpoint", "orders 0 7"), "{why}");
        control.pass_ms(60_000);
        control.sync();
        assert!(has(&mut control, "recovery-point-offset-checkpoint", "orders 0 9"), "{why}");
    }
}

#[test]
fn a_new_topic_is_answered_when_the_image_can_be_written() {
    for why in DENIALS {
        let mut control = serving();
        control.disk.denied = Some(why);
        control.ask(create("orders"));
        control.ask(create("payments"));
        control.pass_ms(1_000);
        control.sync();
        assert!(control.taken().is_empty() && control.halt.is_none(), "{why}: nobody is told of what is not on disk");
        control.disk.denied = None;
        control.pass_ms(1_000);
        control.sync();
        let answers = control.answers();
        assert!(matches!(&answers[..], [ControlOutcome::TopicsCreated(_), ControlOutcome::TopicsCreated(_)]), "{why}");
    }
}

#[test]
fn a_sync_that_could_not_begin_is_tried_again_and_one_that_failed_is_not() {
    let mut control = serving();
    control.ask(create("orders"));
    control.deny_syncs(FileError::TooManyOpenFiles);
    control.sync();
    assert!(control.answers().is_empty() && control.halt.is_none());
    control.pass_ms(1_000);
    control.sync();
    assert_eq!(control.answers().len(), 1);
    control.ask(create("payments"));
    control.sync_but(&[DIR]);
    assert!(matches!(&control.halt, Some(Halt::Storage(_))));
}

#[test]
fn a_start_waits_until_its_syncs_can_begin() {
    let mut control = Control::start(Disk::default(), 1);
    control.deny_syncs(FileError::TooManyOpenFiles);
    assert!(control.taken().is_empty() && control.halt.is_none(), "nothing is served before the start is durable");
    control.pass_ms(1_000);
    control.sync();
    assert!(matches!(control.taken().as_slice(), [ShardMail::Load { .. }, ShardMail::Image(_)]));
}

#[test]
fn a_start_that_may_not_read_names_the_cause_and_the_next_step() {
    let disk = Control::start(Disk::default(), 1).disk;
    for (why, step) in [(FileError::TooManyOpenFiles, "ulimit -n"), (FileError::PermissionDenied, "the rights")] {
        let mut disk = disk.clone();
        disk.denied = Some(why);
        let Some(Halt::Storage(text)) = Control::start(disk, 1).halt else { panic!("{why} did not end the start") };
        assert!(text.contains(why.cause()) && text.contains(step), "{text}");
    }
}

#[test]
fn a_stop_waits_for_a_while_and_then_ends_without_its_marker() {
    for (waits, is_clean) in [(3, true), (10, false)] {
        let mut control = serving();
        control.disk.denied = Some(FileError::NoSpace);
        let mut control = control.stop(true);
        for _ in 0..waits {
            control.sync();
            control.pass_ms(1_000);
        }
        control.disk.denied = None;
        control.pass_ms(1_000);
        control.sync();
        let marker = control.text(".kafka_cleanshutdown");
        match &control.halt {
            Some(Halt::Clean) => assert!(is_clean && marker.is_some()),
            Some(Halt::Unclean(text)) => {
                assert!(!is_clean && marker.is_none());
                assert!(text.contains("the disk is full") && text.contains("checks every log"), "{text}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn files_of_a_deleted_topic_are_removed_when_they_can_be() {
    let mut control = serving();
    let folder = FilePath::new(DIR, "orders-0.8e9ad4fbd67d45bfa6bf5ff2c18f3cf2-delete");
    control.disk.create_dir(&folder).unwrap();
    for name in ["1.log", "2.log"] {
        control.disk.replace(&folder.join(name), b"x").unwrap();
    }
    control.ask(create("orders"));
    control.sync();
    let aside = SetAside { folder: folder.clone(), topic: "orders".into(), partition: 0, delay_ms: 10 };
    let id = topic_id(&mut control);
    control.ask(ControlQuestion::DeleteTopics(vec![id]));
    control.sync();
    control.mail(ShardMail::SetAside(vec![aside]));
    control.sync();
    control.disk.denied = Some(FileError::PermissionDenied);
    for _ in 0..5 {
        control.pass_ms(1_000);
    }
    assert!(control.halt.is_none() && control.disk.names_in(&folder.path).len() == 2);
    control.disk.denied = None;
    control.pass_ms(1_000);
    control.pass_ms(1_000);
    assert_eq!(control.disk.list(&folder), Err(FileError::NotFound));
}

fn topic_id(control: &mut Control) -> gracchus_core::types::TopicId {
    let images = control.taken().into_iter().filter_map(|mail| match mail {
        ShardMail::Image(image) => image.topic_named("orders").map(|topic| topic.id),
        _ => None,
    });
    images.last().expect("it was published")
}

#[test]
fn partitions_that_the_limit_on_open_files_does_not_carry_are_refused_with_the_reason() {
    let config = NodeConfig { node_id: NodeId(1), most_partitions: Some(3), ..NodeConfig::default() };
    let mut control = Control::start_with(Disk::default(), config, &[DIR]);
    control.sync();
    control.taken();
    let mut ask = |what| {
        control.ask(what);
        control.sync();
        control.answers().pop().expect("it is answered")
    };
    // Each has two partitions.
    assert!(matches!(ask(create("orders")), ControlOutcome::TopicsCreated(rows) if rows[0].is_ok()));
    let ControlOutcome::TopicsCreated(rows) = ask(create("payments")) else { panic!("it asked for a topic") };
    let Err(Refusal { error, message: Some(message) }) = &rows[0] else { panic!("it was not refused") };
    assert_eq!(*error, ErrorCode::PolicyViolation);
    assert!(message.contains("carries 3 partitions, and 2 exist") && message.contains("ulimit -n"), "{message}");
    let more = |count| {
        let topics = vec![MorePartitions { name: "orders".into(), count, assigned: None }];
        ControlQuestion::CreatePartitions { topics, validate_only: false }
    };
    assert!(matches!(ask(more(4)), ControlOutcome::Judged(rows) if rows[0].is_err()));
    assert!(matches!(ask(more(3)), ControlOutcome::Judged(rows) if rows[0].is_ok()));
}

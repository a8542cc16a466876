//! Topics that are deleted and made anew: what the control shard does with names, folders and checkpoints.

use crate::control::{Control, DIR, checkpoint, create};
use crate::disk::Disk;
use gracchus_core::broker::{ControlOutcome, ControlQuestion};
use gracchus_core::io::{FilePath, Files};
use gracchus_core::metadata::MetadataImage;
use gracchus_core::shard::{SetAside, ShardMail};
use gracchus_core::types::{ErrorCode, TopicId, Uuid};
use std::sync::Arc;

/// The images that were published since the last look.
fn images(control: &mut Control) -> Vec<Arc<MetadataImage>> {
    let images = control.taken().into_iter().filter_map(|mail| match mail {
        ShardMail::Image(image) => Some(image),
        _ => None,
    });
    images.collect()
}

fn serving(disk: Disk) -> Control {
    let mut control = Control::start(disk, 1);
    control.sync();
    control
}

/// Creates `orders` and returns its id, as published.
fn with_orders(control: &mut Control) -> TopicId {
    control.ask(create("orders"));
    control.sync();
    images(control).last().expect("published").topic_named("orders").expect("created").id
}

/// What a data shard says when it has set the folder of `orders-0` aside.
fn set_aside(control: &mut Control) -> FilePath {
    let folder = FilePath::new(DIR, "orders-0.0123-delete");
    control.disk.create_dir(&folder).expect("a folder");
    control.disk.replace(&folder.join("00000000000000000000.log"), b"x").expect("a file");
    let mail = SetAside { folder: folder.clone(), topic: "orders".into(), partition: 0, delay_ms: 60_000 };
    control.mail(ShardMail::SetAside(vec![mail]));
    folder
}

#[test]
fn a_topic_made_anew_waits_until_the_old_folders_are_set_aside_and_no_checkpoint_names_them() {
    let mut control = serving(Disk::default());
    let old = with_orders(&mut control);
    control.mail(checkpoint(500));
    control.ask(ControlQuestion::DeleteTopics(vec![old]));
    control.sync();
    assert!(images(&mut control).last().expect("published").topic_named("orders").is_none());

    control.ask(create("orders"));
    control.sync();
    assert_eq!(images(&mut control).len(), 0, "the data shard has the old folder open");
    set_aside(&mut control);
    assert_eq!(images(&mut control).len(), 0, "a checkpoint on disk may name the old partition");
    control.sync();
    let image = images(&mut control).pop().expect("published");
    assert_ne!(image.topic_named("orders").expect("made anew").id, old);
    let recovery = control.text("recovery-point-offset-checkpoint").expect("written");
    assert_eq!(recovery, "0\n0\n");
}

#[test]
fn a_change_that_is_decided_while_a_name_is_waited_for_keeps_the_topic_that_waits() {
    let mut control = serving(Disk::default());
    let old = with_orders(&mut control);
    control.ask(ControlQuestion::DeleteTopics(vec![old]));
    control.ask(create("orders"));
    control.sync();
    control.ask(create("payments"));
    control.ask(create("orders"));
    control.sync();
    let is_refused = |answer: &ControlOutcome| match answer {
        ControlOutcome::TopicsCreated(rows) => {
            rows[0].as_ref().is_err_and(|refusal| refusal.error == ErrorCode::TopicAlreadyExists)
        }
        _ => false,
    };
    assert!(control.answers().iter().any(is_refused), "the topic that waits is there");
    set_aside(&mut control);
    control.sync();
    let image = images(&mut control).pop().expect("published");
    assert!(image.topic_named("orders").is_some(), "it was created, and nobody deleted it");
    assert!(image.topic_named("payments").is_some());
}

#[test]
fn a_deletion_that_is_decided_and_not_written_makes_no_folder_a_deleted_topics() {
    let mut control = serving(Disk::default());
    let old = with_orders(&mut control);
    control.ask(create("payments"));
    control.sync();
    let payments = images(&mut control).pop().expect("published").topic_named("payments").expect("created").id;
    control.ask(ControlQuestion::DeleteTopics(vec![old]));
    control.ask(create("orders"));
    control.sync();
    // The names are recorded while an image without the deletion is being written.
    set_aside(&mut control);
    control.ask(create("invoices"));
    control.ask(ControlQuestion::DeleteTopics(vec![payments]));
    while control.sync_oldest() {
        let text = control.text("gracchus.image").expect("written");
        let (stands, is_gone) = (text.contains("topic payments "), text.contains("removed payments "));
        assert!(stands != is_gone, "a start would set the folders of a topic aside that stands: {text}");
    }
    assert!(control.text("gracchus.image").expect("written").contains("removed payments "));
}

#[test]
fn another_name_waits_for_nobody() {
    let mut control = serving(Disk::default());
    let old = with_orders(&mut control);
    control.ask(ControlQuestion::DeleteTopics(vec![old]));
    control.ask(create("payments"));
    control.sync();
    assert!(images(&mut control).last().expect("published").topic_named("payments").is_some());
}

#[test]
fn files_of_a_deleted_topic_go_after_the_delay_and_a_few_in_a_turn() {
    let mut control = serving(Disk::default());
    let old = with_orders(&mut control);
    control.ask(ControlQuestion::DeleteTopics(vec![old]));
    control.sync();
    let folder = set_aside(&mut control);
    for number in 0..100 {
        control.disk.replace(&folder.join(&format!("{number:020}.index")), b"").expect("a file");
    }
    control.sync();
    control.pass_ms(59_999);
    assert_eq!(control.disk.list(&folder).expect("is there").len(), 101);
    control.pass_ms(1);
    let left = control.disk.list(&folder).expect("is there").len();
    assert!((60..101).contains(&left), "a turn removes a bounded number: {left} are left");
    for _ in 0..10 {
        control.pass_ms(0);
    }
    assert!(control.disk.list(&folder).is_err(), "the folder is gone");
}

#[test]
fn a_start_removes_what_the_life_before_set_aside() {
    let mut disk = Disk::default();
    let folder = FilePath::new(DIR, "orders-0.0123-delete");
    let mut control = serving(std::mem::take(&mut disk));
    control.disk.create_dir(&folder).expect("a folder");
    control.disk.replace(&folder.join("partition.metadata"), b"").expect("a file");
    let mut control = serving(control.disk);
    for _ in 0..4 {
        control.pass_ms(60_000);
    }
    assert!(control.disk.list(&folder).is_err());
}

#[test]
fn a_folder_that_a_crash_kept_from_being_set_aside_is_known_by_its_topic_id() {
    let mut control = serving(Disk::default());
    let old = with_orders(&mut control);
    for (name, id) in [("orders-0", old), ("orders-1", TopicId(Uuid([7; 16])))] {
        let folder = FilePath::new(DIR, name);
        control.disk.create_dir(&folder).expect("a folder");
        let text = format!("version: 0\ntopic_id: {id}");
        control.disk.replace(&folder.join("partition.metadata"), text.as_bytes()).expect("a file");
    }
    control.ask(ControlQuestion::DeleteTopics(vec![old]));
    control.sync();
    // The image without the topic is on disk; the crash comes before any shard hears of it.
    let log_starts = FilePath::new(DIR, "log-start-offset-checkpoint");
    control.disk.replace(&log_starts, b"0\n2\norders 0 48\norders 1 9\n").expect("a file");
    let mut again = serving(control.disk);
    let left = again.text("log-start-offset-checkpoint").expect("written anew");
    assert_eq!(left, "0\n1\norders 1 9\n", "a topic made anew under the name begins at 0");
    let names = |control: &mut Control| -> Vec<String> {
        let entries = control.disk.list(&FilePath::new(DIR, "")).expect("a directory");
        entries.iter().filter(|entry| entry.is_dir).map(|entry| entry.name.to_string()).collect()
    };
    let found = names(&mut again);
    assert!(found[0].starts_with("orders-0.") && found[0].ends_with("-delete"), "{found:?}");
    assert_eq!(found[1], "orders-1", "a folder of another topic id is left alone");
    let Some(ShardMail::Load { load, .. }) = again.taken().into_iter().next() else { panic!("loads first") };
    let partitions: Vec<_> = load.found.keys().map(|(_, partition)| *partition).collect();
    assert_eq!(partitions, [1]);
    // The third start has nothing left to set aside, and still removes the files.
    let mut third = serving(again.disk);
    for _ in 0..4 {
        third.pass_ms(60_000);
    }
    assert_eq!(names(&mut third), ["orders-1"]);
}

#[test]
fn a_folder_that_lost_its_topic_id_is_not_handed_to_a_topic_made_anew() {
    let mut control = serving(Disk::default());
    let old = with_orders(&mut control);
    control.ask(ControlQuestion::DeleteTopics(vec![old]));
    control.ask(create("orders"));
    control.sync();
    // The image has the new topic. The power fails before any shard hears of it, and takes `partition.metadata` along.
    let folder = FilePath::new(DIR, "orders-0");
    control.disk.create_dir(&folder).expect("a folder");
    control.disk.replace(&folder.join("00000000000000000000.log"), b"x").expect("a file");
    let mut again = serving(control.disk);
    let Some(ShardMail::Load { load, .. }) = again.taken().into_iter().next() else { panic!("loads first") };
    assert!(load.found.is_empty(), "records of the old topic");
    assert!(again.disk.list(&folder).is_err());
}

#[test]
fn a_folder_without_a_topic_id_is_the_new_topics_once_a_shard_has_opened_it() {
    let mut control = serving(Disk::default());
    let old = with_orders(&mut control);
    control.ask(ControlQuestion::DeleteTopics(vec![old]));
    control.ask(create("orders"));
    control.sync();
    set_aside(&mut control);
    control.sync();
    assert!(images(&mut control).last().expect("published").topic_named("orders").is_some());
    assert!(!control.text("gracchus.image").expect("written").contains("removed"));
    let folder = FilePath::new(DIR, "orders-0");
    control.disk.create_dir(&folder).expect("a folder");
    let mut again = serving(control.disk);
    let Some(ShardMail::Load { load, .. }) = again.taken().into_iter().next() else { panic!("loads first") };
    assert_eq!(load.found.len(), 1);
}

#[test]
fn checkpoints_that_name_an_absent_folder_are_written_anew_before_anybody_serves() {
    let mut control = serving(Disk::default());
    control
        .disk
        .replace(&FilePath::new(DIR, "recovery-point-offset-checkpoint"), b"0\n1\norders 0 500\n")
        .expect("file");
    let mut again = Control::start(control.disk, 1);
    assert!(again.taken().is_empty());
    again.sync();
    assert_eq!(again.text("recovery-point-offset-checkpoint").as_deref(), Some("0\n0\n"));
}

#[test]
fn a_topic_that_is_not_there_is_refused_row_by_row() {
    let mut control = serving(Disk::default());
    let known = with_orders(&mut control);
    control.ask(ControlQuestion::DeleteTopics(vec![TopicId(Uuid([1; 16])), known]));
    control.sync();
    let answers = control.answers();
    let [ControlOutcome::Judged(rows)] = &answers[..] else { panic!("{answers:?}") };
    assert_eq!(rows[0].as_ref().map_err(|refusal| refusal.error), Err(ErrorCode::UnknownTopicId));
    assert_eq!(rows[1], Ok(()));
}

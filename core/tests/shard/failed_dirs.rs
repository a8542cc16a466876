//! Log directories that fail: what the control shard hands out, and that it goes on without them.

use crate::control::{Control, DIR, create};
use crate::disk::Disk;
use gracchus_core::broker::ControlQuestion;
use gracchus_core::io::DirId;
use gracchus_core::shard::{Halt, ShardMail};

const OTHER: DirId = DirId(1);

type Sync = fn(&mut Control, &[DirId]);

/// The failing syncs in their turn, and as the last of all.
const ORDERS: [Sync; 2] = [Control::sync_but, Control::sync_and_fail_last];

/// The directories that the data shards may use.
fn handed_out(control: &mut Control) -> Vec<DirId> {
    let load = control.taken().into_iter().find_map(|mail| match mail {
        ShardMail::Load { dirs, .. } => Some(dirs.to_vec()),
        _ => None,
    });
    load.expect("the node serves")
}

#[test]
fn a_directory_that_fails_while_the_node_starts_is_not_handed_out() {
    for sync in ORDERS {
        let mut control = Control::start_on(Disk::default(), 1, &[DIR, OTHER]);
        sync(&mut control, &[OTHER]);
        assert_eq!(handed_out(&mut control), [DIR]);
    }
    let mut disk = Disk::default();
    disk.failing.push(OTHER);
    let mut control = Control::start_on(disk, 1, &[DIR, OTHER]);
    control.sync();
    assert_eq!(handed_out(&mut control), [DIR]);
}

#[test]
fn the_directory_whose_clean_marker_cannot_be_removed_for_good_is_the_one_that_failed() {
    for sync in ORDERS {
        let mut control = Control::start_on(Disk::default(), 1, &[DIR, OTHER]);
        control.sync();
        let mut control = control.stop(true);
        control.sync();
        assert_eq!(control.halt, Some(Halt::Clean));
        let mut next = Control::start_on(control.disk, 1, &[DIR, OTHER]);
        sync(&mut next, &[OTHER]);
        assert_eq!(next.halt, None, "the metadata directory is sound");
        assert_eq!(handed_out(&mut next), [DIR]);
    }
}

#[test]
fn a_stop_does_not_wait_for_a_directory_that_fails_meanwhile() {
    for sync in ORDERS {
        let mut control = Control::start_on(Disk::default(), 1, &[DIR, OTHER]);
        control.sync();
        let mut control = control.stop(true);
        sync(&mut control, &[OTHER]);
        assert_eq!(control.halt, Some(Halt::Clean));
        assert!(control.text(".kafka_cleanshutdown").is_some(), "the other directory is whole");
    }
}

#[test]
fn a_directory_that_fails_as_checkpoints_are_written_holds_no_name_back() {
    let mut control = Control::start_on(Disk::default(), 1, &[DIR, OTHER]);
    control.sync();
    control.ask(create("orders"));
    control.sync();
    let ids = control.taken().into_iter().filter_map(|mail| match mail {
        ShardMail::Image(image) => image.topic_named("orders").map(|topic| topic.id),
        _ => None,
    });
    let old = ids.last().expect("it was published");
    control.ask(ControlQuestion::DeleteTopics(vec![old]));
    control.ask(create("orders"));
    control.sync();
    control.taken();
    control.disk.failing.push(OTHER);
    control.mail(ShardMail::SetAside(Vec::new()));
    control.sync();
    let is_made = |mail: &ShardMail| matches!(mail, ShardMail::Image(image) if image.topic_named("orders").is_some());
    assert!(control.taken().iter().any(is_made));
}

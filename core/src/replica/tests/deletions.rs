//! Log start offsets that change, by a client's request, by the leader or by a truncation; and what is on disk at which
//! time.

use super::bench::{Node, batch, batch_of, catch_up, fetch, settings};
use crate::io::{FilePath, TraceEvent};
use crate::replica::{Acks, LiveBroker, Opening, PartitionAnswer, PartitionAsk, Role, TopicSettings};
use crate::types::{BrokerEpoch, ErrorCode, NodeId, Offset, StartCause};
use std::sync::Arc;

fn live(node: &mut Node, brokers: &[i32]) {
    let live: Arc<[LiveBroker]> =
        brokers.iter().map(|node| LiveBroker { node: NodeId(*node), epoch: BrokerEpoch(1) }).collect();
    node.call(|it, env, out| it.on_live(&live, env, out));
}

fn delete(node: &mut Node, number: u64, to: Option<i64>) {
    let deadline = node.host.now.mono.plus_ms(1000);
    node.ask(number, PartitionAsk::DeleteRecords { to: to.map(Offset), deadline });
}

fn deleted(node: &mut Node, number: u64) -> Result<i64, ErrorCode> {
    match node.answer(number) {
        PartitionAnswer::RecordsDeleted(answer) => answer.map(|low| low.0),
        other => panic!("{other:?} answers no deletion"),
    }
}

fn retain(node: &mut Node) -> bool {
    let mut more = false;
    node.call(|it, env, out| more = it.retain(env, out));
    more
}

fn start(node: &Node) -> i64 {
    node.ends().start.0
}

/// A leader and a follower, which both have ten records, one in each batch.
fn pair(settings: TopicSettings) -> (Node, Node) {
    let (mut one, mut two) = (Node::new(1, settings), Node::new(2, settings));
    for node in [&mut one, &mut two] {
        node.assign(1, 1, 1, &[1, 2], &[1, 2]);
        live(node, &[1, 2]);
    }
    for _ in 0..10 {
        one.produce(7, Acks::Leader, &["a"]);
        one.produced(7).expect("taken");
    }
    catch_up(&mut two, &mut one);
    assert_eq!((two.end(), one.high_watermark(), two.high_watermark()), (10, 10, 10));
    (one, two)
}

#[test]
fn a_start_is_seen_when_it_is_on_disk_and_not_before() {
    let mut one = Node::new(1, settings());
    one.assign(1, 1, 1, &[1], &[1]);
    one.produce(1, Acks::All, &["a", "b", "c"]);
    one.produced(1).expect("taken");
    delete(&mut one, 2, Some(2));
    assert_eq!((start(&one), one.is_silent()), (0, true));
    assert!(!one.consume(0).is_empty(), "readers have it still");
    assert_eq!(one.ends().saved_start, Offset(2), "no checkpoint says less any more");
    one.told();
    one.saved();
    assert_eq!((start(&one), deleted(&mut one, 2)), (2, Ok(2)));
    let moved =
        |event: &TraceEvent| matches!(event, TraceEvent::LogStart { to: Offset(2), cause: StartCause::Request, .. });
    assert!(one.told().iter().any(moved));
    assert_eq!(one.consume(1).error, ErrorCode::OffsetOutOfRange);
    assert!(!one.consume(2).is_empty());
    assert_eq!(one.consume(2).log_start, Some(Offset(2)));
    let one = one.restart(settings(), false);
    assert_eq!((start(&one), one.end()), (2, 3));
}

#[test]
fn what_cannot_be_deleted_is_refused() {
    let mut one = Node::new(1, settings());
    one.assign(1, 1, 1, &[1, 2], &[1, 2]);
    one.produce(1, Acks::Leader, &["a", "b"]);
    one.produced(1).expect("taken");
    delete(&mut one, 2, Some(1));
    assert_eq!(deleted(&mut one, 2), Err(ErrorCode::OffsetOutOfRange), "above the high watermark");
    delete(&mut one, 3, None);
    assert_eq!(deleted(&mut one, 3), Ok(0), "the high watermark is where the log begins");
    one.call(|it, env, out| it.on_settings(TopicSettings { deletes: false, ..settings() }, env, out));
    delete(&mut one, 4, Some(0));
    assert_eq!(deleted(&mut one, 4), Err(ErrorCode::PolicyViolation));
    one.assign(2, 2, 2, &[1, 2], &[1, 2]);
    delete(&mut one, 5, Some(0));
    assert_eq!(deleted(&mut one, 5), Err(ErrorCode::NotLeaderOrFollower));
    assert!(one.saves.is_empty());
}

#[test]
fn a_deletion_waits_for_the_live_followers_and_for_no_others() {
    let (mut one, mut two) = pair(settings());
    delete(&mut one, 1, Some(4));
    one.saved();
    assert_eq!((start(&one), one.is_silent()), (4, true));
    // The next answer names the leader's log start offset, and the follower's next fetch names the follower's own.
    fetch(&mut two, &mut one);
    assert_eq!((start(&two), two.position.expect("it fetches on").log_start), (0, Offset(0)));
    fetch(&mut two, &mut one);
    assert!(one.is_silent(), "the follower's start is not on disk");
    two.saved();
    assert_eq!((start(&two), two.position.expect("it fetches on").log_start), (4, Offset(4)));
    fetch(&mut two, &mut one);
    assert_eq!(deleted(&mut one, 1), Ok(4));
    // A follower that is not alive holds no deletion back.
    delete(&mut one, 2, None);
    one.saved();
    assert!(one.is_silent());
    live(&mut one, &[1]);
    assert_eq!((start(&one), deleted(&mut one, 2)), (10, Ok(10)));
    // A follower that comes back does hold it back.
    live(&mut one, &[1, 2]);
    delete(&mut one, 3, Some(5));
    assert!(one.is_silent());
    one.host.pass_ms(999);
    one.call(|it, env, out| it.on_wake(env, out));
    assert!(one.is_silent());
    one.host.pass_ms(1);
    assert!(one.partition.next_wake().is_some_and(|at| at <= one.host.now.mono));
    one.call(|it, env, out| it.on_wake(env, out));
    assert_eq!(deleted(&mut one, 3), Err(ErrorCode::RequestTimedOut));
}

#[test]
fn a_deletion_ends_with_the_leadership_and_its_start_with_the_log() {
    let (mut one, _) = pair(settings());
    delete(&mut one, 1, Some(4));
    one.assign(2, 2, 2, &[1, 2], &[1, 2]);
    assert_eq!(deleted(&mut one, 1), Err(ErrorCode::NotLeaderOrFollower));
    one.saved();
    assert_eq!(start(&one), 4, "it was committed, and stays");
}

#[test]
fn starts_that_are_asked_for_meanwhile_are_one_write() {
    let (mut one, _) = pair(settings());
    live(&mut one, &[1]);
    for (number, to) in [(1, 2), (2, 5), (3, 3)] {
        delete(&mut one, number, Some(to));
    }
    assert_eq!(one.saves, [Offset(2)]);
    one.saved();
    assert_eq!((start(&one), one.saves.clone()), (0, [Offset(5)].into()), "2 is not where the log is to begin");
    one.saved();
    // In the order of the offsets that they wait for.
    for number in [1, 3, 2] {
        assert_eq!(deleted(&mut one, number), Ok(5));
    }
    assert_eq!((start(&one), one.saves.len()), (5, 0));
}

#[test]
fn a_follower_below_the_leaders_start_goes_on_there_once_that_is_on_disk() {
    let (mut one, mut two) = pair(settings());
    live(&mut one, &[1]);
    for _ in 0..2 {
        one.produce_batch(1, Acks::Leader, batch(&["b", "c", "d"]));
        one.produced(1).expect("taken");
    }
    one.assign(1, 1, 2, &[1, 2], &[1]);
    // Offset 14 lies within the batch with offsets 13 to 15.
    delete(&mut one, 2, Some(14));
    one.saved();
    assert_eq!(deleted(&mut one, 2), Ok(14));
    fetch(&mut two, &mut one);
    // A power loss could keep the removal of some segments and undo others, so that no segment is removed before the
    // log start offset is saved.
    assert_eq!((start(&two), two.end(), two.position), (0, 10, None), "it drops nothing until that is saved");
    assert!(two.contents().len() == 10 && two.ends().saved_start == Offset(14));
    two.saved();
    assert_eq!((start(&two), two.end(), two.high_watermark()), (14, 14, 14));
    assert_eq!(two.position.expect("it fetches on").log_start, Offset(14));
    catch_up(&mut two, &mut one);
    assert_eq!((start(&two), two.end(), two.high_watermark()), (14, 16, 16));
    assert_eq!(two.stored().concat(), one.consume(14).records.concat());
    let two = two.restart(settings(), false);
    assert_eq!((start(&two), two.end(), two.partition.role()), (14, 16, Role::Unassigned));
}

#[test]
fn a_follower_that_is_elected_before_it_went_on_at_its_leaders_start_keeps_what_it_has() {
    let (mut one, mut two) = pair(settings());
    live(&mut one, &[1]);
    one.produce(1, Acks::Leader, &["b"]);
    one.produced(1).expect("taken");
    one.assign(1, 1, 2, &[1, 2], &[1]);
    delete(&mut one, 2, None);
    one.saved();
    fetch(&mut two, &mut one);
    assert_eq!(two.saves, [Offset(11)]);
    // An election outside the in-sync set. The checkpoint file may say 11, and then a power loss would drop everything
    // below.
    two.assign(2, 2, 3, &[1, 2], &[2]);
    two.produce(1, Acks::All, &["x"]);
    two.saved();
    assert_eq!((start(&two), two.end(), two.is_silent(), two.saves.clone()), (0, 11, true, [Offset(0)].into()));
    two.saved();
    assert_eq!((two.produced(1).expect("taken").base.0, two.high_watermark()), (10, 11));
}

/// A follower with a batch of its own, of an epoch that the leader does not have, and a leader whose log begins at the
/// same offsets within a later batch.
fn parted(leaders_start: i64) -> (Node, Node) {
    let (mut one, mut two) = (Node::new(1, settings()), Node::new(2, settings()));
    two.assign(2, 1, 1, &[1, 2], &[2]);
    two.produce_batch(1, Acks::Leader, batch(&["x"; 8]));
    two.produced(1).expect("taken");
    one.assign(1, 2, 2, &[1, 2], &[1]);
    for values in [&["a"; 3], &["b"; 3], &["c"; 3]] {
        one.produce_batch(1, Acks::Leader, batch(values));
        one.produced(1).expect("taken");
    }
    delete(&mut one, 2, Some(leaders_start));
    one.saved();
    assert_eq!(deleted(&mut one, 2), Ok(leaders_start));
    two.assign(1, 2, 2, &[1, 2], &[1]);
    (one, two)
}

#[test]
fn a_follower_counts_when_it_has_nothing_below_the_leaders_start() {
    // KIP-101: the leader's epochs begin where its log does, and what the follower has below was compared with nothing.
    let (mut one, mut two) = parted(6);
    // The truncation is below what the follower had committed alone, so that it is recorded first.
    for _ in 0..3 {
        fetch(&mut two, &mut one);
        two.sync_all();
    }
    one.told();
    one.assign(1, 2, 3, &[1, 2], &[1, 2]);
    fetch(&mut two, &mut one);
    one.produce(9, Acks::All, &["d"]);
    assert!(one.is_silent());
    catch_up(&mut two, &mut one);
    assert_eq!((start(&two), two.end()), (6, 10));
    assert!(one.produced(9).is_ok());
    let at = |event: &TraceEvent| matches!(event, TraceEvent::FollowerAt { end, .. } if end.0 < 6);
    assert!(!one.told().iter().any(at));
}

#[test]
fn a_follower_that_is_cut_where_the_leader_begins_within_a_batch_takes_that_batch_whole() {
    let (mut one, mut two) = parted(4);
    for _ in 0..3 {
        catch_up(&mut two, &mut one);
    }
    assert_eq!((start(&two), two.end()), (4, 9));
    assert_eq!(two.stored().concat(), one.consume(4).records.concat());
}

#[test]
fn a_follower_that_restarted_behind_what_its_next_leader_has_goes_back_to_that_leaders_start() {
    let (mut one, _) = pair(settings());
    live(&mut one, &[1]);
    delete(&mut one, 1, None);
    one.saved();
    // A new replica begins at 10, and has no record by which another leader could tell where their logs diverge.
    let mut two = Node::new(2, settings());
    two.assign(1, 1, 1, &[1, 2], &[1]);
    fetch(&mut two, &mut one);
    two.saved();
    assert_eq!((start(&two), two.end()), (10, 10));
    let mut three = Node::new(3, settings());
    three.assign(3, 2, 2, &[2, 3], &[3]);
    three.produce(1, Acks::Leader, &["x"]);
    three.produced(1).expect("taken");
    two.assign(3, 2, 2, &[2, 3], &[3]);
    for _ in 0..3 {
        catch_up(&mut two, &mut three);
    }
    assert_eq!((start(&two), two.end()), (0, 1));
}

#[test]
fn a_follower_that_is_cut_below_its_start_says_so_on_disk_before_it_fetches() {
    let (mut one, mut two) = pair(settings());
    delete(&mut one, 1, Some(8));
    one.saved();
    fetch(&mut two, &mut one);
    two.saved();
    assert_eq!(start(&two), 8);
    // An election outside the in-sync set: this leader has five records of its own, and none of the others.
    let mut three = Node::new(3, settings());
    three.assign(3, 2, 2, &[2, 3], &[3]);
    for _ in 0..5 {
        three.produce(1, Acks::Leader, &["x"]);
        three.produced(1).expect("taken");
    }
    two.assign(3, 2, 2, &[2, 3], &[3]);
    for _ in 0..4 {
        fetch(&mut two, &mut three);
        // The truncation below the high watermark is recorded first.
        two.sync_all();
    }
    assert_eq!((start(&two), two.end(), two.position), (0, 0, None));
    assert_eq!(two.saves, [Offset(0)], "a start would drop what is fetched now: the file says 8");
    assert_eq!(two.ends().saved_start, Offset(0));
    two.saved();
    catch_up(&mut two, &mut three);
    assert_eq!((start(&two), two.end()), (0, 5));
}

#[test]
fn a_leader_whose_file_may_say_more_commits_nothing_until_it_does_not() {
    let (mut one, mut two) = pair(settings());
    delete(&mut one, 1, Some(8));
    one.saved();
    fetch(&mut two, &mut one);
    two.saved();
    let mut three = Node::new(3, settings());
    three.assign(3, 2, 2, &[2, 3], &[3]);
    three.produce(1, Acks::Leader, &["x"]);
    three.produced(1).expect("taken");
    two.assign(3, 2, 2, &[2, 3], &[3]);
    for _ in 0..4 {
        fetch(&mut two, &mut three);
        two.sync_all();
    }
    // The replica is elected while the checkpoint file may still say 8.
    two.assign(2, 3, 3, &[2], &[2]);
    two.produce(1, Acks::All, &["y"]);
    two.produce(2, Acks::Leader, &["z"]);
    assert!(two.is_silent() && two.high_watermark() == 0);
    two.saved();
    let bases: Vec<i64> = [1, 2].map(|number| two.produced(number).expect("taken").base.0).into();
    assert_eq!((bases, two.high_watermark()), (vec![0, 1], 2));
}

#[test]
fn retention_goes_in_steps_and_names_the_files_that_go() {
    let settings = TopicSettings { segment_bytes: 100, retention_bytes: 0, ..settings() };
    let (mut one, _) = pair(settings);
    assert!(!retain(&mut one), "it waits for the file");
    assert_eq!((one.saves.clone(), start(&one)), ([Offset(10)].into(), 0));
    assert!(!retain(&mut one) && one.saves.len() == 1, "and asks once");
    one.saved();
    one.sync_all();
    assert_eq!(start(&one), 10);
    while retain(&mut one) {}
    assert_eq!(one.discarded.len(), 30);
    assert!(one.discarded.iter().map(FilePath::name).all(|name| name.ends_with(".deleted")));
    assert_eq!(one.partition.log().expect("loaded").bytes(), 0);
    assert!(!retain(&mut one) && one.saves.is_empty(), "nothing is left to go");
}

#[test]
fn retention_by_size_waits_for_no_check_once_a_closed_segment_is_too_much() {
    // Each batch has 69 bytes, and a segment of its own.
    for (batches, looks) in [(2, 0), (3, 1)] {
        let mut one = Node::new(1, TopicSettings { segment_bytes: 100, retention_bytes: 2 * 69, ..settings() });
        one.assign(1, 1, 1, &[1], &[1]);
        for _ in 0..batches {
            one.produce(7, Acks::Leader, &["a"]);
            one.produced(7).expect("taken");
        }
        assert_eq!(one.retains, 0, "the turn has not ended");
        one.turn_end();
        assert_eq!(one.retains, looks, "{batches} batches");
        if looks > 0 {
            retain(&mut one);
            one.turn_end();
            assert_eq!((one.saves.len(), one.retains), (1, looks), "the start is on its way");
        }
    }
}

#[test]
fn retention_by_size_closes_no_segment_but_at_a_check() {
    let mut one = Node::new(1, TopicSettings { retention_bytes: 0, ..settings() });
    one.assign(1, 1, 1, &[1], &[1]);
    one.produce(7, Acks::Leader, &["a"]);
    one.produced(7).expect("taken");
    one.turn_end();
    assert_eq!(one.retains, 0, "each batch would have a segment of its own");
    retain(&mut one);
    assert_eq!(one.saves.len(), 1);
}

#[test]
fn a_new_folder_begins_where_its_checkpoint_says() {
    // A crash after a follower's new log start offset was written and before its log begins there leaves a log and a
    // checkpoint that disagree.
    let opening =
        Opening::Existing { clean: false, recovery_point: Offset(3), log_start: Offset(9), high_watermark: Offset(3) };
    let mut one = Node::new(1, settings());
    one.assign(1, 1, 1, &[1], &[1]);
    one.produce(1, Acks::All, &["a", "b", "c", "d"]);
    one.produced(1).expect("taken");
    let mut one = Node::open(1, settings(), opening, one.host);
    one.load();
    assert_eq!((start(&one), one.end(), one.high_watermark()), (9, 9, 9));
}

/// A replica that leads again. It had led before, when a producer appended two records at 10 and 11 with the in-sync
/// set `isr`, and then followed a leader whose log begins behind them. `shared` says whether the other leader had these
/// two records, or two of its own where this replica has three.
fn overtaken(isr: &[i32], shared: bool) -> Node {
    let (mut one, mut two) = pair(settings());
    two.assign(2, 2, 2, &[1, 2], isr);
    two.produce_batch(1, Acks::Leader, batch_of(5, 0, &["x", "y"]));
    two.produced(1).expect("taken");
    if shared {
        one.assign(2, 2, 2, &[1, 2], isr);
        catch_up(&mut one, &mut two);
    }
    one.assign(1, 3, 3, &[1, 2], &[1]);
    live(&mut one, &[1]);
    if !shared {
        two.produce(2, Acks::Leader, &["z"]);
        two.produced(2).expect("taken");
        one.produce(2, Acks::Leader, &["a", "b"]);
        one.produced(2).expect("taken");
    }
    delete(&mut one, 3, None);
    one.saved();
    assert_eq!((deleted(&mut one, 3), start(&one)), (Ok(12), 12));
    two.assign(1, 3, 3, &[1, 2], &[1]);
    catch_up(&mut two, &mut one);
    assert_eq!((start(&two), two.end()), (12, 12));
    two.assign(2, 4, 4, &[1, 2], &[2]);
    two
}

/// Sends the two records of [`overtaken`] again, and returns the offset that the leader answers.
fn sent_again(mut leader: Node) -> i64 {
    leader.produce_batch(1, Acks::Leader, batch_of(5, 0, &["x", "y"]));
    leader.produced(1).expect("taken").base.0
}

#[test]
fn a_producer_is_known_by_no_batch_that_the_leader_never_had_though_the_leader_begins_behind_it() {
    assert_eq!(sent_again(overtaken(&[1, 2], false)), 12, "it was not committed");
    assert_eq!(sent_again(overtaken(&[2], false)), 12, "it was, and an election outside the in-sync set undid that");
}

#[test]
fn a_producer_is_known_by_a_committed_batch_that_the_leader_has_let_go_of() {
    assert_eq!(sent_again(overtaken(&[1, 2], true)), 10);
}

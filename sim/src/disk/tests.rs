//! What survives: the rules that everything above the disk counts on.

use super::*;
use bytes::Bytes;

struct Bench {
    disk: Disk,
    choices: Choices,
    counters: Counters,
}

impl Bench {
    fn new(seed: u64) -> Bench {
        Bench { disk: Disk::new(None), choices: Choices::from_seed(seed), counters: Counters::default() }
    }

    /// A durable, empty file.
    fn file(&mut self, path: &str) -> Ino {
        let ino = self.disk.create(path).unwrap();
        self.sync_dir("");
        ino
    }

    fn append(&mut self, ino: Ino, fill: u8, count: usize) {
        assert!(self.disk.append(ino, &Bytes::from(vec![fill; count])));
    }

    fn sync(&mut self, ino: Ino) {
        let ticket = self.disk.begin_sync(ino);
        self.disk.end_sync(ticket, true);
    }

    fn sync_dir(&mut self, path: &str) {
        let ticket = self.disk.begin_dir_sync(path).unwrap();
        self.disk.end_sync(ticket, true);
    }

    fn lose_power(&mut self, unsynced: Unsynced) -> Vec<AlteredFile> {
        self.disk.on_power_loss(unsynced, &mut self.choices, &mut self.counters)
    }

    fn bytes(&self, path: &str) -> Option<Vec<u8>> {
        let ino = self.disk.find_file(path).ok()?;
        Some(self.disk.read(ino, 0, u64::MAX).to_vec())
    }
}

#[test]
fn what_was_synced_survives_every_power_loss() {
    for seed in gracchus_cases::seeds(200) {
        let mut bench = Bench::new(seed);
        let log = bench.file("log");
        bench.append(log, 1, 5_000);
        bench.sync(log);
        bench.append(log, 2, 20_000);
        let lost = bench.lose_power(Unsynced::Drawn);
        let left = bench.bytes("log").unwrap();
        assert_eq!(left[..5_000], [1; 5_000]);
        match &lost[..] {
            [] => assert_eq!(left[5_000..], [2; 20_000]),
            [lost] => {
                assert_eq!((&*lost.path, lost.to), ("log", 25_000));
                assert!(lost.from >= 5_000);
                assert!(left[5_000..lost.from as usize].iter().all(|byte| *byte == 2));
                assert!(left.get(lost.from as usize) != Some(&2));
            }
            more => panic!("{more:?}"),
        }
    }
}

#[test]
fn unsynced_pages_are_kept_dropped_and_torn_in_any_order() {
    let mut counters = Counters::default();
    let (mut holes, mut shorter) = (0, 0);
    for seed in gracchus_cases::seeds(200) {
        let mut bench = Bench::new(seed);
        let log = bench.file("log");
        bench.append(log, 2, 20_000);
        bench.lose_power(Unsynced::Drawn);
        let left = bench.bytes("log").unwrap();
        let first_gap = left.iter().position(|byte| *byte != 2);
        holes += u32::from(first_gap.is_some_and(|gap| left[gap..].contains(&2)));
        shorter += u32::from(left.len() < 20_000);
        counters.add(&bench.counters);
    }
    assert!(counters.kept_pages > 50 && counters.dropped_pages > 50 && counters.torn_pages > 50, "{counters:?}");
    assert!(holes > 20, "a later page survives an earlier one");
    assert!(shorter > 20, "the length is lost too");
}

#[test]
fn a_torn_page_is_torn_between_sectors() {
    let mut torn = 0;
    for seed in gracchus_cases::seeds(100) {
        let mut bench = Bench::new(seed);
        let log = bench.file("log");
        bench.append(log, 2, 4_096);
        bench.lose_power(Unsynced::Drawn);
        let left = bench.bytes("log").unwrap();
        let sectors: Vec<_> = left.chunks(512).collect();
        if left.len() == 4_096 {
            assert!(sectors.iter().all(|sector| sector.iter().all(|byte| *byte == sector[0])));
            torn += u32::from(left.contains(&2) && left.contains(&0));
        }
    }
    assert!(torn > 10);
}

#[test]
fn a_sync_covers_what_was_there_when_it_began_and_nothing_more() {
    let mut bench = Bench::new(1);
    let log = bench.file("log");
    bench.append(log, 1, 100);
    let ticket = bench.disk.begin_sync(log);
    bench.append(log, 2, 100);
    bench.disk.end_sync(ticket, true);
    assert_eq!(bench.disk.durable_len(log), 100);
    bench.lose_power(Unsynced::Dropped);
    assert_eq!(bench.bytes("log").unwrap(), [1; 100]);
}

#[test]
fn a_cut_during_a_sync_is_not_undone_by_it() {
    let mut bench = Bench::new(1);
    let log = bench.file("log");
    bench.append(log, 1, 100);
    let ticket = bench.disk.begin_sync(log);
    bench.disk.truncate(log, 40);
    bench.append(log, 2, 60);
    bench.disk.end_sync(ticket, true);
    assert_eq!(bench.disk.durable_len(log), 40);
}

#[test]
fn an_unsynced_cut_may_come_back() {
    let mut bench = Bench::new(1);
    let log = bench.file("log");
    bench.append(log, 1, 100);
    bench.sync(log);
    bench.disk.truncate(log, 40);
    bench.append(log, 2, 10);
    bench.lose_power(Unsynced::Dropped);
    assert_eq!(bench.bytes("log").unwrap(), [1; 100]);
    let log = bench.disk.find("log").unwrap();
    bench.disk.truncate(log, 40);
    bench.append(log, 2, 10);
    bench.sync(log);
    bench.lose_power(Unsynced::Dropped);
    assert_eq!(bench.bytes("log").unwrap(), [vec![1; 40], vec![2; 10]].concat());
}

#[test]
fn a_failed_sync_leaves_pages_that_read_well_and_are_gone_after_the_power_loss() {
    let mut bench = Bench::new(1);
    let log = bench.file("log");
    bench.append(log, 1, 8_192);
    bench.sync(log);
    bench.append(log, 2, 8_192);
    let ticket = bench.disk.begin_sync(log);
    bench.disk.end_sync(ticket, false);
    assert_eq!(bench.disk.durable_len(log), 8_192);
    bench.append(log, 3, 8_192);
    bench.sync(log);
    assert_eq!(bench.disk.read(log, 8_192, 1)[0], 2, "the cache still shows it");
    let lost = bench.lose_power(Unsynced::Kept);
    assert_eq!((lost[0].from, lost[0].to), (8_192, 24_576));
    let left = bench.bytes("log").unwrap();
    assert_eq!(left, [vec![1; 8_192], vec![0; 8_192], vec![3; 8_192]].concat(), "a later good sync wrote only its own");
}

#[test]
fn a_page_that_is_written_again_after_a_failed_sync_reaches_the_platter_whole() {
    let mut bench = Bench::new(1);
    let log = bench.file("log");
    bench.append(log, 2, 100);
    let ticket = bench.disk.begin_sync(log);
    bench.disk.end_sync(ticket, false);
    bench.append(log, 3, 100);
    bench.sync(log);
    bench.lose_power(Unsynced::Dropped);
    assert_eq!(bench.bytes("log").unwrap(), [vec![2; 100], vec![3; 100]].concat());
}

#[test]
fn a_name_is_durable_after_a_sync_of_its_folder_only() {
    let mut bench = Bench::new(1);
    bench.disk.create_dir("orders-0").unwrap();
    let log = bench.disk.create("orders-0/log").unwrap();
    bench.append(log, 1, 10);
    bench.sync(log);
    bench.sync_dir("orders-0");
    let lost = bench.lose_power(Unsynced::Dropped);
    assert_eq!(
        lost,
        [AlteredFile { path: "orders-0/log".into(), from: 0, to: 10 }],
        "the folder's own name was not synced"
    );
    assert_eq!(bench.disk.files(), []);
    assert_eq!(bench.counters.dropped_names, 1);
}

#[test]
fn what_a_power_loss_brings_back_is_told() {
    let mut bench = Bench::new(1);
    let log = bench.file("log");
    bench.append(log, 1, 100);
    bench.sync(log);
    bench.disk.truncate(log, 40);
    let altered = bench.lose_power(Unsynced::Dropped);
    assert_eq!(altered, [AlteredFile { path: "log".into(), from: 40, to: 40 }]);
    assert_eq!(bench.bytes("log").unwrap(), [1; 100]);
    bench.disk.remove("log").unwrap();
    let altered = bench.lose_power(Unsynced::Dropped);
    assert_eq!(altered, [AlteredFile { path: "log".into(), from: 0, to: 0 }]);
    assert_eq!(bench.lose_power(Unsynced::Dropped), []);
}

#[test]
fn a_rename_happens_or_does_not() {
    let mut outcomes = BTreeSet::new();
    for seed in gracchus_cases::seeds(50) {
        let mut bench = Bench::new(seed);
        let old = bench.file("checkpoint");
        bench.append(old, 1, 1);
        bench.sync(old);
        let new = bench.file("checkpoint.tmp");
        bench.append(new, 2, 1);
        bench.sync(new);
        bench.disk.rename("checkpoint.tmp", "checkpoint").unwrap();
        bench.lose_power(Unsynced::Drawn);
        outcomes.insert((bench.bytes("checkpoint").unwrap(), bench.bytes("checkpoint.tmp")));
    }
    assert_eq!(outcomes, BTreeSet::from([(vec![1], Some(vec![2])), (vec![2], None)]));
}

#[test]
fn a_killed_process_loses_nothing() {
    let mut bench = Bench::new(1);
    let log = bench.disk.create("log").unwrap();
    bench.disk.hold(log);
    bench.append(log, 1, 100);
    bench.disk.on_kill();
    assert_eq!(bench.bytes("log").unwrap(), [1; 100]);
}

#[test]
fn a_full_disk_takes_what_fits_and_has_room_again_after_a_cut() {
    let mut bench = Bench::new(1);
    let log = bench.file("log");
    bench.disk.apply(&DiskFault::Capacity(Some(100)), &mut bench.choices);
    assert!(!bench.disk.append(log, &Bytes::from(vec![1; 150])));
    assert_eq!((bench.disk.len(log), bench.disk.room()), (100, 0));
    bench.disk.truncate(log, 30);
    assert_eq!(bench.disk.room(), 70);
    bench.disk.remove("log").unwrap();
    assert_eq!(bench.disk.room(), 100);
}

#[test]
fn rot_changes_one_durable_bit_and_nobody_elses_bytes() {
    let mut bench = Bench::new(1);
    let log = bench.file("log");
    let shared = Bytes::from(vec![7; 1_000]);
    bench.disk.append(log, &shared);
    bench.sync(log);
    bench.append(log, 9, 1_000);
    let rotted = bench.disk.apply(&DiskFault::Rot { bits: 1, on: OnFiles::Ending("log".into()) }, &mut bench.choices);
    let [(_, at)] = rotted[..] else { panic!("{rotted:?}") };
    assert!(at < 1_000, "only what is durable rots");
    assert_eq!((bench.bytes("log").unwrap()[at as usize] ^ 7).count_ones(), 1);
    assert!(shared.iter().all(|byte| *byte == 7));
}

#[test]
fn a_disk_that_is_replaced_has_the_files_that_are_kept_and_has_them_durably() {
    let mut bench = Bench::new(1);
    for folder in ["kept-0", "kept-0x"] {
        bench.disk.create_dir(folder).unwrap();
    }
    let (kept, other) = (bench.file("kept-0/log"), bench.file("kept-0x/log"));
    bench.append(kept, 1, 10);
    bench.append(other, 2, 10);
    let kept = OnFiles::Containing("kept-0/".into());
    bench.disk.apply(&DiskFault::WipeBut(vec![kept]), &mut bench.choices);
    bench.lose_power(Unsynced::Dropped);
    assert_eq!((bench.bytes("kept-0/log"), bench.bytes("kept-0x/log")), (Some(vec![1; 10]), None));
    bench.disk.apply(&DiskFault::Wipe, &mut bench.choices);
    assert_eq!(bench.bytes("kept-0/log"), None);
}

#[test]
fn a_clone_goes_its_own_way() {
    let mut bench = Bench::new(1);
    let log = bench.file("log");
    bench.append(log, 1, 10);
    let fork = bench.disk.clone();
    bench.append(log, 2, 10);
    assert_eq!((fork.len(log), bench.disk.len(log)), (10, 20));
}

#[test]
fn planned_failures_strike_the_files_they_name_and_no_more_often() {
    let mut faults = DiskFaults::default();
    faults.take(&DiskFault::FailSyncs { count: 2, on: OnFiles::Ending(".log".into()) });
    assert!(!faults.strikes(Operation::Sync, "orders-0/0.index"));
    assert!(!faults.strikes(Operation::Write, "orders-0/0.log"));
    assert!(faults.strikes(Operation::Sync, "orders-0/0.log"));
    assert!(faults.strikes(Operation::Sync, "orders-0/0.log"));
    assert!(!faults.strikes(Operation::Sync, "orders-0/0.log"));
}

/// A file of which a failed sync was to make the last three pages durable.
fn after_a_failed_sync() -> (Bench, Ino) {
    let mut bench = Bench::new(1);
    let log = bench.file("log");
    bench.append(log, 1, 4_096);
    let ticket = bench.disk.begin_sync(log);
    bench.disk.end_sync(ticket, true);
    bench.append(log, 2, 3 * 4_096);
    let ticket = bench.disk.begin_sync(log);
    bench.disk.end_sync(ticket, false);
    (bench, log)
}

#[test]
fn what_a_failed_sync_left_clean_a_later_one_does_not_write() {
    let (mut bench, log) = after_a_failed_sync();
    let ticket = bench.disk.begin_sync(log);
    bench.disk.end_sync(ticket, true);
    bench.lose_power(Unsynced::Kept);
    let left = bench.bytes("log").unwrap();
    assert!(left[..4_096].iter().all(|byte| *byte == 1) && left[4_096..].iter().all(|byte| *byte == 0));
}

#[test]
fn what_is_written_once_more_is_dirty_until_a_sync() {
    let (mut bench, log) = after_a_failed_sync();
    let again = bench.disk.read(log, 4_096, 2 * 4_096);
    bench.disk.rewrite(log, 4_096, &again);
    assert_eq!(bench.disk.durable_len(log), 4_096);
    let ticket = bench.disk.begin_sync(log);
    let mut unsynced = bench.disk.clone();
    bench.disk.end_sync(ticket, true);
    assert_eq!(bench.disk.durable_len(log), 3 * 4_096, "the last page was not written again");
    bench.lose_power(Unsynced::Dropped);
    let left = bench.bytes("log").unwrap();
    assert!(left[4_096..3 * 4_096].iter().all(|byte| *byte == 2) && left[3 * 4_096..].iter().all(|byte| *byte == 0));
    unsynced.on_power_loss(Unsynced::Dropped, &mut bench.choices, &mut bench.counters);
    assert_eq!(unsynced.read(log, 4_096, 1)[0], 0);
}

//! Files with arbitrary or changed bytes.

use super::*;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::default())]

    #[test]
    fn a_folder_of_random_files_is_a_log_or_an_error(
        log in proptest::collection::vec(any::<u8>(), 0..300),
        index in proptest::collection::vec(any::<u8>(), 0..40),
        times in proptest::collection::vec(any::<u8>(), 0..40),
        snapshot in proptest::collection::vec(any::<u8>(), 0..80),
        epochs in "[0-9\n -]{0,20}",
        base in 0..3_i64,
        clean in any::<bool>(),
        point in 0..4_i64,
    ) {
        let mut host = Host::new();
        for (suffix, bytes) in [("log", &log), ("index", &index), ("timeindex", &times), ("snapshot", &snapshot)] {
            host.disk.put(&folder().join(&format!("{base:020}.{suffix}")), bytes);
        }
        host.disk.put(&folder().join("leader-epoch-checkpoint"), epochs.as_bytes());
        let (recovery_point, high_watermark) = (Offset(point), Offset(point));
        if let Ok(mut log) = host.load(LoadHints { clean, recovery_point, high_watermark, log_start: Offset(0) }) {
            let start = log.start();
            let _ = host.read_all(&mut log, start);
            prop_assert!(host.append(&mut log, 9, &batch(1, 10)).is_ok());
        }
    }

    #[test]
    fn a_good_folder_with_changed_bytes_is_a_log_or_an_error(
        changes in proptest::collection::vec((any::<u16>(), any::<u16>(), any::<u8>()), 1..6),
        clean in any::<bool>(),
    ) {
        let mut host = Host::new();
        let mut log = host.create();
        for at in 0..12 {
            host.append(&mut log, at / 3, &batch_of(Some((1, 0, at)), 1, 150, i64::from(at))).unwrap();
        }
        host.with(|env| log.stop(env)).unwrap();
        host.flush(&mut log);
        let recovery_point = log.recovery_point();
        let all = host.read_all(&mut log, Offset(0)).unwrap();
        drop(log);
        host.disk.crash(&mut |_| 0);
        // Only the checkpoint shows that a batch's epoch has changed, so that the checkpoint itself is not changed
        // here.
        let names: Vec<_> = host.disk.names().into_iter().filter(|it| !it.contains("epoch")).collect();
        for (file, at, value) in changes {
            let bytes = host.disk.bytes_mut(&names[file as usize % names.len()]);
            if !bytes.is_empty() {
                let at = at as usize % bytes.len();
                bytes[at] = value;
            }
        }
        let hints = LoadHints { clean, recovery_point, high_watermark: recovery_point, log_start: Offset(0) };
        if let Ok(mut log) = host.load(hints) {
            // Every batch that is served was once written, at that offset.
            for from in 0..log.end().0 {
                if let Ok(read) = host.read(&mut log, Offset(from), Offset(12), 1) {
                    prop_assert!(read.is_empty() || all.windows(read.len()).any(|it| it == &read[..]));
                }
            }
        }
    }
}

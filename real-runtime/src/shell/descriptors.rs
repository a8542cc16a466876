//! How many file descriptors this process may have, and how they are shared out.
//!
//! **In Kafka**: nothing; its documentation asks the operator for a limit of 100,000 and more.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What the process needs beside connections and data files: standard streams, locks, listeners, and the runtimes of
/// the shards; a quarter of a limit that is smaller than four times that.
const OWN: u64 = 64;

/// So many connections there may be at least.
const FEW: u64 = 8;

/// Partitions for each descriptor of data files. A log whose files hold no descriptor is opened again at its next use, so
/// that the files of more partitions than there are descriptors take turns; with many more, every write would first sync
/// and close the file of another partition.
const PARTITIONS_EACH: usize = 8;

/// The shares. Whoever opens data files keeps to `files`, the listeners keep to `connections`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Descriptors {
    /// The process's soft limit (RLIMIT_NOFILE).
    pub limit: u64,
    /// Connections of clients.
    pub connections: usize,
    /// Data files that are open at a time.
    pub files: usize,
}

impl Descriptors {
    /// Raises the soft limit to the hard one, as far as the system lets it, and shares out what that gives. `wanted` is
    /// what the operator wants for connections (`max.connections`).
    #[must_use]
    pub fn raise(wanted: Option<usize>) -> Descriptors {
        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        if current != maximum {
            // Where the system refuses, the limit stays what it was.
            let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
        }
        Descriptors::share(getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX), wanted)
    }

    /// The most partitions that the node may have.
    #[must_use]
    pub fn partitions(&self) -> usize {
        self.files.saturating_mul(PARTITIONS_EACH)
    }

    /// Shares a limit out: half of it is for connections where the operator wants nothing else, and data files always
    /// have a quarter.
    #[must_use]
    pub fn share(limit: u64, wanted: Option<usize>) -> Descriptors {
        let own = OWN.min(limit / 4);
        let connections = match wanted {
            Some(wanted) => (wanted as u64).min(limit - own - limit / 4),
            None => (limit / 2).max(FEW),
        };
        // Kafka counts connections in 32 bits.
        let connections = connections.min(i32::MAX as u64);
        let files = limit.saturating_sub(connections + own);
        let number = |share: u64| usize::try_from(share).unwrap_or(usize::MAX);
        Descriptors { limit, connections: number(connections), files: number(files) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_limit_is_for_connections() {
        assert_eq!(Descriptors::share(1024, None), Descriptors { limit: 1024, connections: 512, files: 448 });
        assert_eq!(Descriptors::share(64, None), Descriptors { limit: 64, connections: 32, files: 16 });
        assert_eq!(Descriptors::share(u64::MAX, None).connections, i32::MAX as usize);
    }

    #[test]
    fn the_operators_wish_counts_as_far_as_it_leaves_files_a_quarter() {
        assert_eq!(Descriptors::share(1024, Some(100)), Descriptors { limit: 1024, connections: 100, files: 860 });
        assert_eq!(Descriptors::share(1024, Some(700)), Descriptors { limit: 1024, connections: 700, files: 260 });
        assert_eq!(
            Descriptors::share(1024, Some(usize::MAX)),
            Descriptors { limit: 1024, connections: 704, files: 256 }
        );
        assert_eq!(Descriptors::share(1024, Some(0)).connections, 0);
        for limit in 0..100 {
            let shared = Descriptors::share(limit, Some(50));
            assert!(shared.connections as u64 + shared.files as u64 <= limit, "{shared:?}");
        }
    }

    #[test]
    fn the_soft_limit_is_raised_to_the_hard_one() {
        let Descriptors { limit, .. } = Descriptors::raise(None);
        assert_eq!(Some(limit), getrlimit(Resource::Nofile).maximum.or(Some(u64::MAX)));
    }
}

//! How a command ends.

use gracchus_world::verdict::Verdict;

/// A command's end, and its exit code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    /// Everything passed.
    Passed,
    /// A check did not hold.
    Violation,
    /// Nothing moved on after healing.
    Stuck,
    /// The core panicked, or a node ended itself.
    Crash,
    /// Two runs of one seed differed.
    NotDeterministic,
    /// Something that must have been checked or reached never was.
    NeverChecked,
    /// The command could not be understood or could not be done.
    Usage,
}

impl Exit {
    /// The process' exit code.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Exit::Passed => 0,
            Exit::Violation => 1,
            Exit::Stuck => 2,
            Exit::Crash => 3,
            Exit::NotDeterministic => 4,
            Exit::NeverChecked => 5,
            Exit::Usage => 64,
        }
    }

    /// How a command ends that saw this verdict and no other.
    #[must_use]
    pub fn of(verdict: &Verdict) -> Exit {
        match verdict {
            Verdict::Passed => Exit::Passed,
            Verdict::Violation(_) => Exit::Violation,
            Verdict::Stuck(_) => Exit::Stuck,
            Verdict::Crash(_) => Exit::Crash,
            Verdict::NotDeterministic(_) => Exit::NotDeterministic,
        }
    }

    /// Of several, what weighs most: a run that cannot be repeated says nothing, a crash hides what would have followed,
    /// a violation is worth more than a standstill.
    #[must_use]
    pub fn worst(several: impl IntoIterator<Item = Exit>) -> Exit {
        several.into_iter().max_by_key(|exit| exit.weight()).unwrap_or(Exit::Passed)
    }

    fn weight(self) -> u8 {
        match self {
            Exit::Passed => 0,
            Exit::NeverChecked => 1,
            Exit::Stuck => 2,
            Exit::Violation => 3,
            Exit::Crash => 4,
            Exit::NotDeterministic => 5,
            Exit::Usage => 6,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn of_several_ends_the_heaviest_is_told() {
        let order =
            [Exit::NotDeterministic, Exit::Crash, Exit::Violation, Exit::Stuck, Exit::NeverChecked, Exit::Passed];
        for (heavier, exit) in order.iter().enumerate() {
            for lighter in &order[heavier..] {
                assert_eq!(Exit::worst([*lighter, *exit]), *exit);
                assert_eq!(Exit::worst([*exit, *lighter]), *exit);
            }
        }
        assert_eq!(Exit::worst([]), Exit::Passed);
    }

    #[test]
    fn codes_are_those_of_the_manual() {
        let codes =
            [Exit::Passed, Exit::Violation, Exit::Stuck, Exit::Crash, Exit::NotDeterministic, Exit::NeverChecked];
        assert_eq!(codes.map(Exit::code), [0, 1, 2, 3, 4, 5]);
        assert_eq!(Exit::Usage.code(), 64);
    }
}

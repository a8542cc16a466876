//! Known bugs of this field, which the testbed is measured by. Each is one condition in the code that has it.

macro_rules! mutants {
    ($($variant:ident $id:literal $title:literal)*) => {
        /// A known bug, by the number it has in the project's list.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Mutant {
            $(#[doc = $title] $variant,)*
        }

        impl Mutant {
            /// Every mutant of this build's list.
            pub const ALL: &[Mutant] = &[$(Mutant::$variant,)*];

            /// Its number: `M01`.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self { $(Mutant::$variant => $id,)* }
            }

            /// What it does wrong, in a sentence.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Mutant::$variant => $title,)* }
            }
        }
    };
}

mutants! {
    M01 "M01" "acks=all is answered at the leader's append, without waiting for the high watermark"
    M02 "M02" "min.insync.replicas is ignored, before the append and at the high watermark"
    M03 "M03" "a consumer's fetch is bounded by the log end offset"
    M05 "M05" "a retried batch is not recognised as a duplicate"
    M18 "M18" "a follower truncates to its own high watermark instead of asking for the leader's epoch"
    M19 "M19" "a leader that is asked for an epoch it never had answers that it does not know"
    M20 "M20" "a follower skips truncation when the leader's id is the same though epochs were missed"
    M33 "M33" "recovery does not check the checksums of the active segment"
    M38 "M38" "retention lets records go that lie above the high watermark"
    M35 "M35" "an append is accepted after a failed sync, which counts as done"
    M09 "M09" "an OffsetCommit is answered at the local append, before its records are committed"
    M10 "M10" "an OffsetCommit is taken from a member of an older generation"
    M89 "M89" "a coordinator refuses to load a log with a tombstone of a group or an offset that it does not know"
    M93 "M93" "a static member whose instance id is used by another member id is not fenced"
    M94 "M94" "SyncGroup is answered when the assignments are appended, before their record is committed"
    M96 "M96" "a log start offset counts before log-start-offset-checkpoint has it"
    M97 "M97" "a topic that is made anew does not wait until the deleted one's folders are set aside"
    M95 "M95" "a group coordinator serves before the high watermark has passed where its leadership began"
}

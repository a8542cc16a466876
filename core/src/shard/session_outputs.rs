//! What a session wants done with its connection, as effects for the driver.

use super::{Effect, Effects, ShardMail};
use crate::session::Output;
use crate::types::ImageVersion;

/// Carries out what a session wants done with its connection, on a shard that has the image `have`.
pub(super) fn carry_out(output: Output, have: ImageVersion, out: &mut Effects) {
    match output {
        Output::Send { conn, parts } => out.push(Effect::Send { conn, parts }),
        Output::Close { conn, after_drain } => out.push(Effect::Close { conn, after_drain }),
        Output::Pause { conn } => out.push(Effect::Pause { conn }),
        Output::Resume { conn } => out.push(Effect::Resume { conn }),
        Output::HandOver { conn, to, session } => {
            out.push(Effect::Mail { to, mail: ShardMail::Session { session, image: have } });
            out.push(Effect::HandOver { conn, to });
        }
    }
}

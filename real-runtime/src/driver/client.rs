//! What the core's clients have in common.

use bytes::Bytes;
use gracchus_core::client::{Conn, Consumer, ConsumerNews, GroupConsumer, GroupNews, Output, Producer, ProducerNews};
use gracchus_core::io::Draws;
use gracchus_core::types::Now;

/// A client that is told what happens and says what it wants done.
pub trait Client {
    /// What it tells its user.
    type News;

    /// A dialed connection stands.
    fn on_dialed(&mut self, conn: Conn, now: Now, draws: &mut dyn Draws, out: &mut Vec<Output<Self::News>>);
    /// It does not.
    fn on_dial_failed(&mut self, conn: Conn, now: Now, draws: &mut dyn Draws, out: &mut Vec<Output<Self::News>>);
    /// A whole frame arrived, its length prefix taken off.
    fn on_frame(
        &mut self,
        conn: Conn,
        frame: Bytes,
        now: Now,
        draws: &mut dyn Draws,
        out: &mut Vec<Output<Self::News>>,
    );
    /// A connection is over.
    fn on_closed(&mut self, conn: Conn, now: Now, draws: &mut dyn Draws, out: &mut Vec<Output<Self::News>>);
    /// The time asked for has come.
    fn on_wake(&mut self, now: Now, draws: &mut dyn Draws, out: &mut Vec<Output<Self::News>>);
}

macro_rules! client {
    ($client:ty, $news:ty) => {
        impl Client for $client {
            type News = $news;

            fn on_dialed(&mut self, conn: Conn, now: Now, draws: &mut dyn Draws, out: &mut Vec<Output<$news>>) {
                self.on_dialed(conn, now, draws, out);
            }

            fn on_dial_failed(&mut self, conn: Conn, now: Now, draws: &mut dyn Draws, out: &mut Vec<Output<$news>>) {
                self.on_dial_failed(conn, now, draws, out);
            }

            fn on_frame(
                &mut self,
                conn: Conn,
                frame: Bytes,
                now: Now,
                draws: &mut dyn Draws,
                out: &mut Vec<Output<$news>>,
            ) {
                self.on_frame(conn, frame, now, draws, out);
            }

            fn on_closed(&mut self, conn: Conn, now: Now, draws: &mut dyn Draws, out: &mut Vec<Output<$news>>) {
                self.on_closed(conn, now, draws, out);
            }

            fn on_wake(&mut self, now: Now, draws: &mut dyn Draws, out: &mut Vec<Output<$news>>) {
                self.on_wake(now, draws, out);
            }
        }
    };
}

client!(Producer, ProducerNews);
client!(Consumer, ConsumerNews);
client!(GroupConsumer, GroupNews);

//! The image as the fold of records: sequences of records that controllers could have written, images, what images write,
//! and what changes cost.

mod cost;
mod draw;
mod images;
mod properties;
mod sequence;

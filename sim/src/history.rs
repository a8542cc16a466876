//! What clients did and saw.

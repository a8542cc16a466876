//! Behaviour of the broker, through frames.

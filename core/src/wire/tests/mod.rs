//! What holds for every message.

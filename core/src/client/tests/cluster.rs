//! How a client finds brokers.

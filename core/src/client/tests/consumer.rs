//! What the consumer does about every kind of answer.

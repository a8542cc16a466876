//! The part of the developer's commands that tests use too: the schema table and what is made of it.

pub mod codegen;

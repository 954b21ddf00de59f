//! `insert_all`: columns on their way in. And folders of Parquet files.

mod data;
pub mod element;
pub mod find;
pub mod finished;
pub mod foreign;
pub mod incoming;
pub mod insert;
pub mod keys;
pub mod missing;
pub mod numpy;
mod objects;
pub mod parquet;
pub mod records;
pub mod table;
pub mod target;
pub mod update;

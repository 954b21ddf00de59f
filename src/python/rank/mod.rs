//! What links say, asked from Python: rankings, pairs that share, graphs of two sides.

pub mod also;
pub mod answered;
pub mod bipartite;
pub mod choosing;
pub mod evaluate;
pub mod projection;
pub mod question;
pub mod ranking;
pub mod rankings;
pub mod recommend;
pub mod select;
pub mod similar;
pub mod top;
pub mod tune;
pub mod waiting;

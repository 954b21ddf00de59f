//! What links say, asked from Python: rankings, pairs that share, graphs of two sides.

pub mod bipartite;
pub mod choosing;
pub mod evaluate;
pub mod methods;
pub mod projection;
pub mod question;
pub mod ranking;
pub mod rankings;
pub mod select;
pub mod tune;
pub mod waiting;

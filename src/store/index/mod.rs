//! What is derived from the columns: the inverses of references, unique keys, and orders.

pub mod deal;
pub mod ends;
pub mod inverse;
pub mod marks;
pub mod ordered;
pub mod orders;
pub mod pool;
pub mod unique;

//! What is derived from the columns: the inverses of references, and unique keys.

pub mod deal;
pub mod ends;
pub mod inverse;
pub mod marks;
pub mod pool;
pub mod unique;

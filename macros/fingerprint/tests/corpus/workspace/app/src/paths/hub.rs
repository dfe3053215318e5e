pub use super::far::deep::relay as forward;
pub use super::far::deep::trench::*;

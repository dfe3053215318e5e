//! Functions to cache, each of which shows one way of reaching code.

#[macro_use]
mod early;

pub mod bodies;
pub mod calls;
pub mod conditions;
pub mod corners;
pub mod deeper;
pub mod derives;
pub mod forms;
pub mod generated;
pub mod impls;
pub mod inputs;
pub mod macros;
pub mod methods;
#[path = "elsewhere/odd_name.rs"]
pub mod moved;
pub mod opened;
pub mod brought;
pub mod chosen;
pub mod outside;
pub mod paths;
pub mod shapes;
pub mod subtle;
pub mod tokens;
pub mod traits;
pub mod values;

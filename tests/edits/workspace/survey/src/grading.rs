//! Results of types of their own. Neither fields nor variants are stored with their names.

use larder::cache;
use serde::{Deserialize, Serialize};

type Metres = u32;

#[derive(Debug, Serialize, Deserialize)]
pub struct Measurement {
    length: Metres,
    width: u32,
}

#[derive(Debug, Serialize, Deserialize)]
pub enum Grade {
    Low,
    High,
}

#[cache]
pub fn measure(n: u64) -> Measurement {
    Measurement { length: n as Metres, width: 2 }
}

#[cache]
pub fn classify(n: u64) -> Grade {
    if n > 100 { Grade::High } else { Grade::Low }
}

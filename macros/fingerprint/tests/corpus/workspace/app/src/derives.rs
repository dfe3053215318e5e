//! Derives, serde's attributes and impls by hand.

use larder::cache;
use serde::{Deserialize, Serialize, Serializer};

#[derive(Serialize, Deserialize)]
pub struct Record {
    #[serde(rename = "n")]
    pub number: u64,
    #[serde(serialize_with = "as_text")]
    pub text: u64,
    #[serde(default = "fallback")]
    pub extra: u64,
}

fn as_text<S: Serializer>(x: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(*x + 601)
}

fn fallback() -> u64 {
    602
}

#[cache]
pub fn records(x: u64) -> Record {
    Record { number: x, text: x, extra: x }
}

#[derive(Serialize, Deserialize)]
pub struct Digits {
    #[serde(with = "hex")]
    pub value: u64,
}

pub mod hex {
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(x: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(*x + 603)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        Ok(u64::deserialize(deserializer)? - 603)
    }
}

#[cache]
pub fn digits(x: u64) -> Digits {
    Digits { value: x }
}

pub struct Stamp(pub u64);

impl Serialize for Stamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0 + 604)
    }
}

#[cache]
pub fn stamps(x: u64) -> Stamp {
    Stamp(x)
}

#[derive(Serialize)]
pub struct Elsewhere {
    #[serde(rename = "e")]
    pub number: u64,
}

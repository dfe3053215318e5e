//! Values as far as they can be shown: `MessagePack` describes itself, bincode does not, so of that
//! the bytes are all that can be said without the type.

use crate::output::{FAINT, Output, clean_json};
use larder::Encoding;
use rmpv::Value as Packed;
use serde_json::{Map, Number, Value, json};
use std::io::{self, Write};

/// Bytes in a line.
const LINE: usize = 16;

pub(crate) fn write(encoding: Encoding, payload: &[u8], output: &mut Output) -> io::Result<()> {
    match readable(encoding, payload) {
        Some(value) => writeln!(output, "{}", clean_json(&format!("{value:#}"))),
        None => hex(payload, output),
    }
}

/// A value as JSON where it describes itself, else its bytes in hex.
pub(crate) fn document(encoding: Encoding, payload: &[u8]) -> Value {
    match readable(encoding, payload) {
        Some(value) => json!({ "json": value }),
        None => {
            json!({ "hex": digits(payload, "") })
        }
    }
}

fn readable(encoding: Encoding, mut payload: &[u8]) -> Option<Value> {
    if encoding != Encoding::MessagePack {
        return None;
    }
    let value = rmpv::decode::read_value(&mut payload).ok()?;
    payload.is_empty().then(|| json_of(value))
}

/// The nearest that JSON has. What it has not: keys that are no texts, which are shown as such, and
/// numbers without a value.
fn json_of(value: Packed) -> Value {
    match value {
        Packed::Nil => Value::Null,
        Packed::Boolean(value) => Value::Bool(value),
        Packed::Integer(value) => match (value.as_u64(), value.as_i64()) {
            (Some(value), _) => json!(value),
            (_, value) => json!(value),
        },
        Packed::F32(value) => float(value.into()),
        Packed::F64(value) => float(value),
        Packed::String(text) => json!(String::from_utf8_lossy(text.as_bytes())),
        Packed::Binary(bytes) | Packed::Ext(_, bytes) => {
            json!(digits(&bytes, ""))
        }
        Packed::Array(values) => values.into_iter().map(json_of).collect(),
        Packed::Map(pairs) => {
            let pairs = pairs.into_iter().map(|(key, value)| {
                let key = match json_of(key) {
                    Value::String(text) => text,
                    other => other.to_string(),
                };
                (key, json_of(value))
            });
            Value::Object(pairs.collect::<Map<_, _>>())
        }
    }
}

fn float(value: f64) -> Value {
    Number::from_f64(value).map_or_else(|| json!(value.to_string()), Value::Number)
}

/// Bytes as two digits each.
fn digits(bytes: &[u8], between: &str) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(between)
}

/// As `hexdump -C` and others show bytes.
fn hex(bytes: &[u8], output: &mut Output) -> io::Result<()> {
    for (number, line) in bytes.chunks(LINE).enumerate() {
        let shown = digits(line, " ");
        let text = line.iter().map(|byte| {
            if byte.is_ascii_graphic() || *byte == b' ' { char::from(*byte) } else { '.' }
        });
        let text: String = text.collect();
        writeln!(
            output,
            "{FAINT}{:08x}{FAINT:#}  {shown:<48} {FAINT}|{FAINT:#}{text}{FAINT}|{FAINT:#}",
            number * LINE
        )?;
    }
    Ok(())
}

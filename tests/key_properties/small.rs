//! Values that are easily mistaken for each other: all that can be made of a few leaves.

use std::collections::BTreeMap;

use crate::model::Value;

/// Every compound of up to three of the leaves, and every compound of up to two compounds of up
/// to two of the first leaves, each once.
pub(crate) fn small_values() -> Vec<Value> {
    let leaves = [
        Value::U8(1),
        Value::Str("a".into()),
        Value::U8(2),
        Value::U32(1),
        Value::U64(1),
        Value::I64(1),
        Value::I128(1),
        Value::F32(1.0),
        Value::F64(0.0),
        Value::F64(-0.0),
        Value::F64(f64::NAN),
        Value::Bool(true),
        Value::Char('\u{1}'),
        Value::Str(String::new()),
        Value::Str("b".into()),
        Value::Str("ab".into()),
        Value::Bytes(b"a".into()),
        Value::Unit,
        Value::UnitStruct,
        Value::None,
        Value::UnitVariant("a"),
        Value::UnitVariant("b"),
    ];
    let mut inside = compounds(&leaves[..2]);
    inside.extend(leaves[..2].to_vec());
    let mut all = leaves.to_vec();
    all.extend(compounds(&leaves));
    all.extend(compounds(&inside));
    for (a, b, c) in leaves.iter().flat_map(|a| pairs(&leaves).map(move |(b, c)| (a, b, c))) {
        all.push(Value::Seq(vec![a.clone(), b.clone(), c.clone()]));
        all.push(Value::Tuple(vec![a.clone(), b.clone(), c.clone()]));
    }
    let by_text: BTreeMap<String, Value> =
        all.into_iter().map(|value| (format!("{value:?}"), value)).collect();
    by_text.into_values().collect()
}

fn pairs(values: &[Value]) -> impl Iterator<Item = (&Value, &Value)> {
    values.iter().flat_map(move |a| values.iter().map(move |b| (a, b)))
}

fn compounds(values: &[Value]) -> Vec<Value> {
    let mut lists = vec![vec![]];
    lists.extend(values.iter().map(|value| vec![value.clone()]));
    lists.extend(pairs(values).map(|(a, b)| vec![a.clone(), b.clone()]));
    let mut all = vec![
        Value::HashSet(vec![]),
        Value::HashMap(vec![]),
        Value::Map(vec![]),
        Value::Struct(vec![]),
        Value::StructVariant("a", vec![]),
    ];
    for list in lists {
        all.push(Value::Seq(list.clone()));
        all.push(Value::Tuple(list.clone()));
        all.push(Value::TupleStruct(list.clone()));
        all.push(Value::TupleVariant("a", list.clone()));
        all.push(Value::TupleVariant("b", list));
    }
    for (at, value) in values.iter().enumerate() {
        let boxed = || Box::new(value.clone());
        all.push(Value::Some(boxed()));
        all.push(Value::Newtype(boxed()));
        all.push(Value::NewtypeVariant("a", boxed()));
        all.push(Value::NewtypeVariant("b", boxed()));
        for name in ["", "a", "b", "ab"] {
            all.push(Value::Struct(vec![(name, value.clone())]));
            all.push(Value::StructVariant("a", vec![(name, value.clone())]));
        }
        all.push(Value::HashSet(vec![value.clone()]));
        // Each pair in one order only: a set has no other.
        for other in &values[at..] {
            all.push(Value::HashSet(vec![value.clone(), other.clone()]));
        }
    }
    for (a, b) in pairs(values) {
        all.push(Value::Map(vec![(a.clone(), b.clone())]));
        all.push(Value::HashMap(vec![(a.clone(), b.clone())]));
        all.push(Value::Struct(vec![("a", a.clone()), ("b", b.clone())]));
        all.push(Value::StructVariant("a", vec![("a", a.clone()), ("b", b.clone())]));
    }
    all
}

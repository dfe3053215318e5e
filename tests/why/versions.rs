//! Versions of one function, as the attribute would state them in programs that were built one after
//! the other.

use larder::__private::{Ask, Control, Explain, Inputs, Instances, Invocation, Spec, Value, here};
use larder::__private::{map, probe};
use larder::Why;

pub(crate) const SPEC: Spec = Spec {
    package: Some("app"),
    name: None,
    version: 0,
    expires_ns: 0,
    fingerprint: "0",
    parts: b"",
    cfgs: &[],
};

/// What the attribute writes for a kind, a path, a digest and a detail; each is reached through
/// the first.
pub(crate) fn parts(parts: &[(u8, &str, u32, &str)]) -> &'static [u8] {
    let mut bytes = vec![1, u8::try_from(parts.len()).unwrap()];
    for (index, (kind, path, digest, detail)) in parts.iter().enumerate() {
        // None shares its beginning with the one before, which is as good as sharing it.
        bytes.extend_from_slice(&[*kind, 0, u8::try_from(path.len()).unwrap()]);
        bytes.extend_from_slice(path.as_bytes());
        bytes.extend_from_slice(&digest.to_le_bytes());
        bytes.push(u8::try_from(detail.len()).unwrap());
        bytes.extend_from_slice(detail.as_bytes());
        bytes.push(u8::from(index > 0));
    }
    bytes.leak()
}

/// A version of the function `app::clean`.
pub(crate) fn version(spec: Spec) -> &'static Instances {
    Box::leak(Box::new(Instances::new(spec)))
}

macro_rules! invocation {
    ($instances:expr, $text:expr) => {{
        use probe::AsPlain as _;
        let function = $instances.get("app::clean", "", "", String::new, None);
        let outcome = (&&probe::Probe::<usize>::new()).larder_outcome();
        let compute = |(text,): (String,)| text.len();
        Invocation::new(function, None, ($text,), visit, compute, outcome, |_: &usize| true)
    }};
}

pub(crate) fn visit((text,): &(String,), inputs: &mut Inputs) {
    use probe::BySerde as _;
    inputs.input("text", (&&probe::Arg::<_, ()>::new(text)).larder_input());
}

pub(crate) fn call(instances: &'static Instances, text: &str) -> usize {
    Value::reply(invocation!(instances, text.to_owned()), here)
}

pub(crate) fn why(instances: &'static Instances, text: &str) -> Why {
    Explain::ask(invocation!(instances, text.to_owned()))
}

pub(crate) fn batch(instances: &'static Instances, texts: &[&str]) -> Vec<usize> {
    use probe::AsPlain as _;
    let function = instances.get("app::clean", "", "", String::new, None);
    let outcome = (&&probe::Probe::<usize>::new()).larder_outcome();
    let inputs = texts.iter().map(|text| ((*text).to_owned(),));
    map(function, None, inputs, visit, |(text,)| text.len(), outcome, |_: &usize| true)
}

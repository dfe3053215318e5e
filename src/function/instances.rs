//! The function behind a `#[cache]`, once for each list of type arguments it is called with.

use crate::cache::{Cache, Code, CodeSpec, Definition, Identity, Validate, Validity, current};
use crate::error::Result;
use std::sync::OnceLock;

/// What the attribute knows of a function when it expands.
#[derive(Debug)]
pub struct Spec {
    /// The package it is in; `None` where cargo does not build it.
    pub package: Option<&'static str>,
    /// The name that the user gave it in place of its path.
    pub name: Option<&'static str>,
    /// The version that the user gave it.
    pub version: u64,
    /// For how many nanoseconds its results are used; zero for ever.
    pub expires_ns: u64,
    /// The digest of its code, as text; it does not cover the values of `cfgs`.
    pub fingerprint: &'static str,
    /// What its code consists of, encoded.
    pub parts: &'static [u8],
    /// The conditions of `cfg` in its code, and whether they hold.
    pub cfgs: &'static [(&'static str, bool)],
}

/// One function with its type arguments.
#[derive(Debug)]
pub struct Function {
    pub(crate) identity: Identity,
}

impl Function {
    /// Removes its results from `cache`, or from the current one.
    ///
    /// # Errors
    ///
    /// As [`Cache::clear`].
    pub fn clear(&'static self, cache: Option<Cache>) -> Result<()> {
        cache.unwrap_or_else(current).clear_folder(Some(&self.identity.folder))
    }

    /// What its code consists of, as far as that is known.
    pub fn code(&self) -> Code {
        Code::of(&self.identity)
    }
}

/// All instances of one function, in a static that the attribute writes: a list that only grows, so
/// finding one takes no lock, and a function that is not generic is always the first.
pub struct Instances {
    spec: Spec,
    first: Link,
}

type Link = OnceLock<Box<Instance>>;

struct Instance {
    key: &'static str,
    function: Function,
    next: Link,
}

impl Instances {
    /// None yet.
    pub const fn new(spec: Spec) -> Self {
        Self { spec, first: OnceLock::new() }
    }

    /// The instance for the type arguments that `key` tells apart, made at the first call.
    ///
    /// `path` leads to the function, or to the type whose `method` it is; `method` is empty for a
    /// function. `arguments` are the type arguments for people, `validate` says which results count.
    #[inline]
    pub fn get(
        &'static self,
        path: &str,
        method: &str,
        key: &'static str,
        arguments: impl Fn() -> String,
        validate: Option<Validate>,
    ) -> &'static Function {
        let mut link = &self.first;
        loop {
            let instance = link.get_or_init(|| {
                let function = self.spec.function(path, method, &arguments(), validate);
                Box::new(Instance { key, function, next: OnceLock::new() })
            });
            // Most functions have no type arguments. Comparing no bytes would be left to a routine that
            // takes 50 ns where it looks at them under an empty mask.
            let equal = instance.key.len() == key.len();
            if equal && (key.is_empty() || instance.key == key) {
                return &instance.function;
            }
            link = &instance.next;
        }
    }
}

impl Spec {
    #[cold]
    fn function(
        &self,
        path: &str,
        method: &str,
        arguments: &str,
        validate: Option<Validate>,
    ) -> Function {
        let path = match (self.name, method) {
            (Some(name), _) => name.to_owned(),
            (None, "") => visible(path),
            (None, method) => format!("{}::{method}", visible(path)),
        };
        let mut identity = Identity::new(&Definition {
            package: self.package.unwrap_or_default(),
            path: &path,
            arguments,
            code: CodeSpec {
                version: self.version,
                fingerprint: self.fingerprint,
                parts: self.parts,
                cfgs: self.cfgs,
            },
        });
        identity.validity = Validity { expires_ns: self.expires_ns, validate };
        Function { identity }
    }
}

/// The path without what the attribute writes, which users do not know: its modules, the names that it
/// gives to bodies, and the `impl` blocks in which the bodies of functions stand.
fn visible(path: &str) -> String {
    let segments: Vec<&str> = path.split("::").collect();
    let following = segments.iter().skip(1).map(Some).chain([None]);
    let segments = segments.iter().zip(following).filter_map(|(segment, next)| {
        let Some(own) = segment.strip_prefix("__larder_") else { return Some(*segment) };
        // The body of a method, unless it is the module of a function with such a name.
        own.strip_prefix("body_").filter(|_| next.is_none_or(|next| !next.starts_with(own)))
    });
    without_blocks(&segments.collect::<Vec<_>>().join("::"))
}

/// `p::f::g` for `p::<impl p::f>::g`, of what is defined in the body of a cached function.
fn without_blocks(path: &str) -> String {
    const BLOCK: &str = "::<impl ";
    let inner = || {
        let (module, rest) = path.split_once(BLOCK)?;
        let mut depth = 1;
        let end = rest.find(|character| {
            match character {
                '<' => depth += 1,
                '>' => depth -= 1,
                _ => {}
            }
            depth == 0
        })?;
        let function = without_blocks(&rest[..end]);
        let is_in_module = function.strip_prefix(module)?.starts_with("::");
        is_in_module.then(|| without_blocks(&format!("{function}{}", &rest[end + 1..])))
    };
    inner().unwrap_or_else(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: Spec = Spec {
        package: Some("p"),
        name: None,
        version: 0,
        expires_ns: 0,
        fingerprint: "f",
        parts: b"",
        cfgs: &[],
    };

    #[test]
    fn each_list_of_type_arguments_has_an_instance_of_its_own() {
        static INSTANCES: Instances = Instances::new(SPEC);
        let get = |arguments: &'static str| {
            INSTANCES.get("p::mean", "", arguments, || arguments.to_owned(), None)
        };
        let (first, second) = (get("f32"), get("f64"));
        assert_eq!(first.identity.name, "p::mean<f32>");
        assert_ne!(first.identity.folder, second.identity.folder);
        assert!(std::ptr::eq(first, get("f32")));
        assert!(std::ptr::eq(second, get("f64")));
    }

    #[test]
    fn the_name_of_a_method_follows_its_type() {
        static INSTANCES: Instances = Instances::new(SPEC);
        let function = INSTANCES.get("p::Model", "predict", "", String::new, None);
        assert_eq!(function.identity.name, "p::Model::predict");
    }

    #[test]
    fn a_name_that_was_given_takes_the_place_of_the_path() {
        static INSTANCES: Instances = Instances::new(Spec { name: Some("train"), ..SPEC });
        let function = INSTANCES.get("p::models::fit", "", "", String::new, None);
        assert_eq!(function.identity.name, "train");
    }

    #[test]
    fn modules_that_the_attribute_writes_are_no_part_of_the_name() {
        assert_eq!(visible("p::m::__larder_fit::fit"), "p::m::fit");
        assert_eq!(visible("p::Boxed<p::__larder_fit::fit>"), "p::Boxed<p::fit>");
    }

    /// They were shown as `p::m::<impl p::m::fit>::step`, and without the method: two of one name in two
    /// methods of a type were taken for one.
    #[test]
    fn what_stands_in_the_body_of_a_cached_function_has_a_path_through_it() {
        for (path, expected) in [
            (
                "p::m::<impl p::m::__larder_fit::fit>::__larder_body::__larder_step::step",
                "p::m::fit::step",
            ),
            (
                "p::<impl p::__larder_a::a>::__larder_body::<impl p::<impl p::__larder_a::a>::__larder_body\
                 ::__larder_b::b>::__larder_body::__larder_c::c",
                "p::a::b::c",
            ),
            ("p::Model::__larder_body_fit::__larder_step::step", "p::Model::fit::step"),
            (
                "p::Model::__larder_body_fit::{{closure}}::__larder_step::step",
                "p::Model::fit::{{closure}}::step",
            ),
            ("p::__larder_body_of::body_of", "p::body_of"),
            ("p::Boxed<p::__larder_body_of::body_of>", "p::Boxed<p::body_of>"),
            // A block of the user's.
            ("p::m::<impl p::Model>::fit::__larder_step::step", "p::m::<impl p::Model>::fit::step"),
        ] {
            assert_eq!(visible(path), expected);
        }
    }
}

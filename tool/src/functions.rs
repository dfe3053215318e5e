//! The functions that a person names.

use crate::failure::Failure;
use crate::output::clean;
use larder::{Inventory, StoredFunction};

/// How alike a misspelt name has to be to be what was meant.
const ALIKE: f64 = 0.75;

/// Whether a function may be called so: by its path, the end of that, with type arguments or
/// without, or by the name of its folder.
pub(crate) fn is_called(function: &StoredFunction, name: &str) -> bool {
    let full = &*function.name;
    function.folder == name || ends_in(full, name) || ends_in(path(full), name)
}

fn ends_in(path: &str, name: &str) -> bool {
    path.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with("::"))
}

/// A name without its type arguments.
fn path(name: &str) -> &str {
    name.split('<').next().unwrap_or(name)
}

/// The functions of this name.
pub(crate) fn named<'a>(
    inventory: &'a Inventory,
    name: &str,
) -> Result<Vec<&'a StoredFunction>, Failure> {
    let found: Vec<_> =
        inventory.functions.iter().filter(|function| is_called(function, name)).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let alike = |function: &StoredFunction| {
        let last = path(&function.name).rsplit("::").next().unwrap_or_default();
        let alike = [path(&function.name), last].map(|one| strsim::jaro_winkler(one, name));
        alike.into_iter().fold(0.0, f64::max)
    };
    let functions = inventory.functions.iter();
    let nearest = functions
        .map(|function| (alike(function), function))
        .filter(|(alike, _)| *alike >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let next = match nearest {
        Some((_, function)) => format!("did you mean `{}`?", clean(&function.name)),
        None => "`larder stats` lists those that there are".to_owned(),
    };
    Err(Failure::usage(format_args!("no function is called `{}`: {next}", clean(name))))
}

/// The same for what is to be removed: several functions of one name are not meant at once, unless
/// they differ in their type arguments alone.
pub(crate) fn one_named<'a>(
    inventory: &'a Inventory,
    name: &str,
) -> Result<Vec<&'a StoredFunction>, Failure> {
    let found = named(inventory, name)?;
    let of =
        |function: &StoredFunction| (path(&function.name).to_owned(), function.package.clone());
    if found.iter().all(|function| of(function) == of(found[0])) {
        return Ok(found);
    }
    let candidates = found
        .iter()
        .map(|function| format!("{} ({})", clean(&function.name), clean(&function.folder)));
    let candidates: Vec<_> = candidates.collect();
    let message =
        format!("`{}` may be any of these; name one in full, or by its folder:", clean(name));
    Err(Failure::usage(message).with(candidates))
}

//! What a library is called in the code that is compiled.

use std::path::Path;

use crate::compilation::Compilation;
use crate::manifest::Manifest;

impl Compilation {
    /// The name by which the crate that is compiled knows the library of `package`, where it has
    /// given it another one. The library's own name is that of the package.
    pub fn other_name_of(&self, package: &str) -> Option<String> {
        let is_its = |artefact: &Path| {
            let file = artefact.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
            let name = file.strip_prefix("lib").unwrap_or(file);
            // `larder-0123456789abcdef`, or the name alone where cargo does not build.
            name.strip_prefix(package).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        };
        let given: Vec<_> = self.externs().collect();
        if given.iter().any(|(name, _)| *name == package) {
            return None;
        }
        let found = given.iter().find(|(_, artefact)| artefact.is_some_and(is_its));
        if let Some((name, _)) = found {
            return Some((*name).to_owned());
        }
        // An editor does not say what the compiler would be given.
        let manifest = Manifest::read(Path::new(self.variable("CARGO_MANIFEST_DIR")?))?;
        let dependency = manifest.dependencies.into_iter().find(|one| one.package == package)?;
        dependency.is_renamed.then_some(dependency.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(arguments: &str, expected: Option<&str>) {
        let arguments = arguments.split_whitespace().map(str::to_owned).collect();
        let compilation = Compilation { arguments, ..Compilation::default() };
        assert_eq!(compilation.other_name_of("larder").as_deref(), expected);
    }

    #[test]
    fn a_library_goes_by_the_name_that_the_compiler_is_given() {
        check("a.rs --extern larder=/t/liblarder-00.rlib", None);
        check("a.rs --extern store=/t/liblarder-00.rlib --extern b=/t/libb-00.rlib", Some("store"));
        check("a.rs --extern larder_macros=/t/liblarder_macros-00.so", None);
        check("a.rs", None);
    }
}

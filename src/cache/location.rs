//! Where the default cache lives.

use crate::store;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// The name of the directory that is looked for, and made where none is found.
const NAME: &str = "cachedir";

/// The directory of the default cache, for a process with this `LARDER_DIR` (empty counts as unset)
/// and this working directory.
///
/// Without the variable it is the nearest directory of ours named `cachedir`, from the working
/// directory upwards to the root of the enclosing workspace or repository; if there is none, the
/// one in the working directory.
pub(crate) fn locate(variable: Option<OsString>, working: &Path) -> PathBuf {
    if let Some(directory) = variable.filter(|directory| !directory.is_empty()) {
        return working.join(directory);
    }
    let ours = |directory: &&Path| store::is_larder(&directory.join(NAME));
    let depth = working.ancestors().position(is_root).map_or(1, |depth| depth + 1);
    working.ancestors().take(depth).find(ours).unwrap_or(working).join(NAME)
}

/// Whether a project ends here: nothing above belongs to it.
fn is_root(directory: &Path) -> bool {
    let workspace =
        |manifest: String| manifest.lines().any(|line| line.trim_start().starts_with("[workspace"));
    directory.join(".git").exists()
        || fs::read_to_string(directory.join("Cargo.toml")).is_ok_and(workspace)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Access, Store};
    use tempfile::TempDir;

    struct Tree(TempDir);

    impl Tree {
        fn new(folders: &[&str]) -> Self {
            let dir = TempDir::new().unwrap();
            for folder in folders {
                fs::create_dir_all(dir.path().join(folder)).unwrap();
            }
            Self(dir)
        }

        fn cache(self, path: &str) -> Self {
            Store::open(&self.0.path().join(path), Access::default()).unwrap();
            self
        }

        fn file(self, path: &str, text: &str) -> Self {
            fs::write(self.0.path().join(path), text).unwrap();
            self
        }

        fn check(&self, working: &str, expected: &str) {
            let root = self.0.path();
            assert_eq!(locate(None, &root.join(working)), root.join(expected));
        }
    }

    #[test]
    fn the_variable_comes_first_and_is_relative_to_the_working_directory() {
        let working = Path::new("/work");
        assert_eq!(locate(Some("/elsewhere".into()), working), Path::new("/elsewhere"));
        assert_eq!(locate(Some("results".into()), working), Path::new("/work/results"));
        assert_eq!(locate(Some("".into()), working), Path::new("/work/cachedir"));
    }

    #[test]
    fn the_nearest_directory_of_ours_is_taken_up_to_the_root_of_the_repository() {
        let tree = Tree::new(&["a/.git", "a/b/c"]).cache("cachedir").cache("a/cachedir");
        tree.check("a/b/c", "a/cachedir");
        tree.check("a", "a/cachedir");
        let tree = tree.cache("a/b/cachedir");
        tree.check("a/b/c", "a/b/cachedir");
    }

    #[test]
    fn a_directory_above_the_project_is_not_taken() {
        let tree = Tree::new(&["a/.git", "a/b"]).cache("cachedir");
        tree.check("a/b", "a/b/cachedir");
        let tree = Tree::new(&["w/p"]).cache("cachedir").file("w/Cargo.toml", "[workspace]\n");
        tree.check("w/p", "w/p/cachedir");
        let tree = Tree::new(&["p/q"]).cache("p/cachedir");
        tree.check("p/q", "p/q/cachedir");
    }

    #[test]
    fn a_member_of_a_workspace_shares_the_directory_of_the_workspace() {
        let tree = Tree::new(&["w/p"])
            .file("w/Cargo.toml", "[workspace]\nmembers = ['p']\n")
            .file("w/p/Cargo.toml", "[package]\n")
            .cache("w/cachedir");
        tree.check("w/p", "w/cachedir");
    }

    #[test]
    fn a_directory_of_that_name_that_is_not_ours_is_passed_over() {
        let tree = Tree::new(&["a/.git", "a/b/cachedir"]).cache("a/cachedir");
        tree.check("a/b", "a/cachedir");
    }
}

//! The page "Coming from Python" has a row for each public name of the modules that it is about, and each row
//! has code.

use std::collections::BTreeSet;

const PAGE: &str = include_str!("../src/coming_from_python.md");

/// `__all__` of each module, as of Python 3.11 and joblib 1.6.
const MODULES: [(&str, &[&str]); 4] = [
    (
        "threading",
        &[
            "get_ident",
            "active_count",
            "Condition",
            "current_thread",
            "enumerate",
            "main_thread",
            "TIMEOUT_MAX",
            "Event",
            "Lock",
            "RLock",
            "Semaphore",
            "BoundedSemaphore",
            "Thread",
            "Barrier",
            "BrokenBarrierError",
            "Timer",
            "ThreadError",
            "setprofile",
            "settrace",
            "local",
            "stack_size",
            "excepthook",
            "ExceptHookArgs",
            "gettrace",
            "getprofile",
            "get_native_id",
        ],
    ),
    (
        "multiprocessing",
        &[
            "Array",
            "AuthenticationError",
            "Barrier",
            "BoundedSemaphore",
            "BufferTooShort",
            "Condition",
            "Event",
            "JoinableQueue",
            "Lock",
            "Manager",
            "Pipe",
            "Pool",
            "Process",
            "ProcessError",
            "Queue",
            "RLock",
            "RawArray",
            "RawValue",
            "Semaphore",
            "SimpleQueue",
            "TimeoutError",
            "Value",
            "active_children",
            "allow_connection_pickling",
            "cpu_count",
            "current_process",
            "freeze_support",
            "get_all_start_methods",
            "get_context",
            "get_logger",
            "get_start_method",
            "log_to_stderr",
            "parent_process",
            "reducer",
            "set_executable",
            "set_forkserver_preload",
            "set_start_method",
        ],
    ),
    (
        "concurrent.futures",
        &[
            "FIRST_COMPLETED",
            "FIRST_EXCEPTION",
            "ALL_COMPLETED",
            "CancelledError",
            "TimeoutError",
            "BrokenExecutor",
            "Future",
            "Executor",
            "wait",
            "as_completed",
            "ProcessPoolExecutor",
            "ThreadPoolExecutor",
        ],
    ),
    (
        "joblib",
        &[
            "Memory",
            "MemorizedResult",
            "expires_after",
            "Parallel",
            "delayed",
            "cpu_count",
            "effective_n_jobs",
            "wrap_non_picklable_objects",
            "parallel_config",
            "parallel_backend",
            "ParallelBackendBase",
            "StoreBackendBase",
            "register_compressor",
            "register_parallel_backend",
            "register_store_backend",
            "PrintTime",
            "Logger",
            "hash",
            "dump",
            "load",
        ],
    ),
];

/// A row of one section: a comment with the code below it, or a row of a table.
#[derive(Default)]
struct Row {
    names: String,
    /// Lines of code, or the second cell.
    means: String,
    is_code: bool,
}

/// The rows of one section. Comments behind code belong to that.
fn rows(page: &str, module: &str) -> Vec<Row> {
    let heading = format!("# `{module}`");
    let lines = page.lines().skip_while(|line| *line != heading).skip(1);
    let (mut code, mut rows) = (false, Vec::<Row>::new());
    for line in lines.take_while(|line| !line.starts_with("# `")) {
        if line.starts_with("```") {
            code = !code;
        } else if !code {
            let mut cells = line.split('|').skip(1);
            if let (Some(names), Some(means)) = (cells.next(), cells.next()) {
                let (names, means) = (names.to_owned(), means.to_owned());
                rows.push(Row { names, means, is_code: false });
            }
        } else if let Some(comment) = line.trim_start().strip_prefix("// ") {
            // One that follows another goes on with it.
            match rows.last_mut().filter(|row| row.is_code && row.means.is_empty()) {
                Some(row) => row.names.extend([" ", comment]),
                None => {
                    rows.push(Row { names: comment.to_owned(), is_code: true, ..Row::default() });
                }
            }
        } else if let Some(row) = rows.last_mut().filter(|row| row.is_code) {
            // Blank lines end a row; what rustdoc hides is no line of code.
            let is_hidden = line == "#" || line.starts_with("# ");
            row.means += if line.is_empty() {
                "\n\n"
            } else if is_hidden {
                ""
            } else {
                line
            };
        }
    }
    rows
}

/// The words in the rows of one section.
fn words_of_rows(page: &str, module: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let rows = rows(page, module);
    rows.iter().flat_map(|row| row.names.split(|c| !is_part(c))).map(str::to_owned).collect()
}

/// The rows without a line of code that do not say that there is nothing, or need be nothing.
fn empty(page: &str, module: &str) -> Vec<String> {
    let says = |row: &Row| ["not yet", "not needed"].iter().any(|no| row.means.contains(no));
    let is_head = |row: &Row| row.names.trim() == "name" || row.names.trim().starts_with("---");
    let is_empty = |row: &Row| {
        if row.is_code { row.means.starts_with('\n') || row.means.is_empty() } else { !says(row) }
    };
    let rows = rows(page, module).into_iter().filter(|row| !is_head(row));
    rows.filter(is_empty).map(|row| row.names).collect()
}

/// The names of a module that have no row.
fn missing(page: &str, module: &str, names: &[&'static str]) -> Vec<&'static str> {
    let words = words_of_rows(page, module);
    names.iter().copied().filter(|name| !words.contains(*name)).collect()
}

#[test]
fn every_public_name_has_a_row() {
    for (module, names) in MODULES {
        let missing = missing(PAGE, module, names);
        assert!(missing.is_empty(), "no rows in `{module}` for {missing:?}");
    }
}

#[test]
fn every_row_has_a_line_of_code_or_says_that_there_is_nothing() {
    for (module, _) in MODULES {
        assert!(rows(PAGE, module).len() > 5, "{module}");
        assert_eq!(empty(PAGE, module), [""; 0], "{module}");
    }
}

#[test]
fn a_row_without_code_is_found() {
    let page = "# `x`\n```rust\n// a:\n// of two lines\nlet a = 1; // and more\n\n// b\n\nlet c = 2;\n\
                // d\n# let d = 3;\n// e\n```\n\n| name | here |\n|---|---|\n| `f` | not yet |\n\
                | `g` | some |\n# `y`\n| `h` | none |";
    assert_eq!(empty(page, "x"), ["b", "d e", " `g` "]);
}

#[test]
fn a_name_without_a_row_is_found() {
    let page = PAGE.replace("// local()", "// local_values()").replace("`reducer`", "`reducers`");
    let of = |module: &str| {
        let (_, names) = MODULES.iter().find(|(name, _)| *name == module).expect("a module");
        missing(&page, module, names)
    };
    assert_eq!(of("threading"), ["local"]);
    assert_eq!(of("multiprocessing"), ["reducer"]);
    // A name in a text, or in another section, is no row.
    assert_eq!(
        missing("# `joblib`\nParallel\n# `x`\n| `hash` | |", "joblib", &["Parallel", "hash"]).len(),
        2
    );
}

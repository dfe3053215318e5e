//! The page "Coming from Python" has a row for each public name of the modules that it is about.

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

/// The words in the rows of one section: comments in code, and the first cells of tables.
fn words_of_rows(page: &str, module: &str) -> BTreeSet<String> {
    let heading = format!("# `{module}`");
    let mut lines = page.lines().skip_while(|line| *line != heading).skip(1);
    let (mut code, mut words) = (false, BTreeSet::new());
    for line in lines.by_ref().take_while(|line| !line.starts_with("# `")) {
        if line.starts_with("```") {
            code = !code;
        }
        let row = match (code, line.split_once("// "), line.split('|').nth(1)) {
            (true, Some((before, row)), _) if before.trim().is_empty() => row,
            (false, _, Some(cell)) => cell,
            _ => continue,
        };
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        words.extend(row.split(|c| !is_part(c)).map(str::to_owned));
    }
    words
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

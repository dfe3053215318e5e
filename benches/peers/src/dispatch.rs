//! What a task costs beyond its work: many that do nothing, with rayon, with larder, and with what
//! Python people use.

use crate::Result;
use crate::python::Python;
use crate::rounds::{Series, Work, rounds};
use crate::table::{Table, Target};
use larder::Parallel;
use larder::executor::{Executor, ThreadPoolExecutor};
use rayon::prelude::*;
use serde_json::json;
use std::cell::RefCell;
use std::hint::black_box;
use std::time::Instant;

const TASKS: u64 = 1_000_000;
/// The ones that Python is asked for: enough for its pools to be warm, few enough for many rounds.
const PYTHON_TASKS: u64 = 5_000;

pub(crate) fn dispatch(table: &mut Table, count: usize) -> Result<()> {
    let executor = ThreadPoolExecutor::new(rayon::current_num_threads())?;
    let jobs = rayon::current_num_threads().to_string();
    let python = Python::start::<Vec<String>>("dispatch.py", &[&jobs])?;
    let (python, names) =
        python.map_or((None, Vec::new()), |(python, names)| (Some(RefCell::new(python)), names));
    let mut contenders: Vec<Work<'_>> = vec![
        work(|| Ok((0..TASKS).into_par_iter().map(task).collect())),
        work(|| Ok((0..TASKS).collect::<Vec<_>>().into_par_iter().map(task).collect())),
        work(|| Ok(Parallel::new().map(0..TASKS, task)?)),
        work(|| Ok(Parallel::new().map((0..TASKS).collect::<Vec<_>>(), task)?)),
        work(|| {
            Ok(Parallel::new().stream(0..TASKS, task).collect::<std::result::Result<_, _>>()?)
        }),
        work(|| {
            let handles: std::result::Result<Vec<_>, _> =
                (0..TASKS).map(|x| executor.submit(move || task(x))).collect();
            handles?.into_iter().map(|handle| Ok(handle.result()?)).collect()
        }),
    ];
    for name in &names {
        let python = python.as_ref().ok_or("there are names where there is Python")?;
        contenders.push(Box::new(move |_| {
            let took = python.borrow_mut().time(&json!({ "peer": name, "count": PYTHON_TASKS }))?;
            Ok(took.as_secs_f64() / f64::from(u32::try_from(PYTHON_TASKS)?))
        }));
    }
    let series = rounds(count, contenders)?;
    let [rayon_range, rayon_vec, range, vec, stream, submit, others @ ..] = &series[..] else {
        return Err("there are six of ours".into());
    };
    let of_range = ("rayon's `into_par_iter().map().collect()`", rayon_range);
    table.target("a task of `Parallel::map` over a range", range, of_range, Target::AtMost(1.3));
    let of_vec = ("the same of rayon", rayon_vec);
    table.target("a task of `Parallel::map` over a `Vec`", vec, of_vec, Target::AtMost(1.3));
    for (what, series, most) in
        [("a task of a stream", stream, 0.5), ("a task of `submit`", submit, 2.0)]
    {
        table.figure(what, (series.median() * 1e6, "us"), "", Target::AtMost(most));
    }
    for (name, its) in names.iter().zip(others) {
        peer(table, submit, name, its);
    }
    Ok(())
}

fn peer(table: &mut Table, submit: &Series, name: &str, its: &Series) {
    table.peer("a task of `submit`", submit, (name, its));
}

fn task(x: u64) -> u64 {
    black_box(x) + 1
}

/// The seconds that one of the tasks took.
fn work<'a>(mut run: impl FnMut() -> Result<Vec<u64>> + 'a) -> Work<'a> {
    Box::new(move |_| {
        let start = Instant::now();
        let results = run()?;
        let took = start.elapsed();
        assert!(black_box(results).into_iter().eq(1..=TASKS), "all results, in order");
        Ok(took.as_secs_f64() / f64::from(u32::try_from(TASKS)?))
    })
}

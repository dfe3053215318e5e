//! Four processes that want the same results, beside processes that each compute a part of them and
//! know nothing of each other.
//!
//! The latter are as many and have as many threads, so that on a machine with other work both get
//! the same share of it.

use crate::child::{BODY, Process};
use crate::{Extent, median, show};
use std::time::{Duration, Instant};

/// What some processes came to.
struct Round {
    passed: Duration,
    cpu: Duration,
    computed: u64,
    given_up: u64,
}

/// What is measured: how, whether each process wants all keys or its part, and how many there are.
struct Form {
    name: &'static str,
    task: &'static str,
    processes: u32,
    divided: bool,
    /// The form that its time is compared with.
    beside: usize,
}

const FORMS: [Form; 6] = [
    Form { name: "map: divided, no cache", task: "bare", processes: 4, divided: true, beside: 0 },
    Form { name: "map: 1 process, no cache", task: "bare", processes: 1, divided: true, beside: 0 },
    Form { name: "map: 1 process", task: "map", processes: 1, divided: false, beside: 0 },
    Form { name: "map: 4 processes", task: "map", processes: 4, divided: false, beside: 0 },
    Form { name: "loop: 1, no cache", task: "bare-loop", processes: 1, divided: true, beside: 4 },
    Form { name: "loop: 4 processes", task: "loop", processes: 4, divided: false, beside: 4 },
];

/// Shows what they take.
pub(crate) fn measure(extent: Extent) {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let cores = u32::try_from(cores).expect("not that many");
    let (keys, body) = (extent.keys, BODY.as_millis());
    let ideal = BODY.as_secs_f64() * 1e3 * f64::from(keys) / f64::from(cores);
    show(&format!(
        "\n{keys} keys of {body} ms of computing; on {cores} idle cores this is {ideal:.0} ms"
    ));
    let mut rounds: Vec<[Round; FORMS.len()]> = Vec::new();
    for _ in 0..extent.rounds {
        rounds.push(FORMS.each_ref().map(|form| round(form, keys)));
    }
    show("form                        time  fastest    ratio   cpu/work   duplicates   given up");
    for (index, form) in FORMS.iter().enumerate() {
        let of = |number: &dyn Fn(&[Round; FORMS.len()]) -> f64| {
            median(rounds.iter().map(number).collect())
        };
        let passed = of(&|round| round[index].passed.as_secs_f64() * 1e3);
        let fastest = rounds.iter().map(|round| round[index].passed).min().unwrap_or_default();
        let fastest = fastest.as_secs_f64() * 1e3;
        let ratio = of(&|round| {
            round[index].passed.as_secs_f64() / round[form.beside].passed.as_secs_f64()
        });
        let work = BODY.as_secs_f64() * f64::from(keys);
        let cpu = of(&|round| round[index].cpu.as_secs_f64() / work);
        let sum = |number: &dyn Fn(&Round) -> u64| -> u64 {
            rounds.iter().map(|round| number(&round[index])).sum()
        };
        let duplicates = sum(&|round| round.computed.saturating_sub(keys.into()));
        let given_up = sum(&|round| round.given_up);
        let name = form.name;
        show(&format!(
            "{name:24} {passed:5.0} ms {fastest:5.0} ms   {ratio:6.3}   {cpu:8.3}   {duplicates:10}   \
             {given_up:8}"
        ));
    }
    let count = extent.rounds;
    show(&format!("medians of {count} rounds; duplicates and given up in all of them"));
}

fn round(form: &Form, keys: u32) -> Round {
    let directory = tempfile::tempdir().expect("a directory");
    let cache = directory.path().join("cache");
    let part = |index: u32| {
        if form.divided {
            (keys * index / form.processes, keys * (index + 1) / form.processes)
        } else {
            (0, keys)
        }
    };
    let start = |index| {
        let (from, to) = part(index);
        Process::start(&format!("{} {from} {to}", form.task), &cache)
    };
    let mut processes: Vec<_> = (0..form.processes).map(start).collect();
    let started = Instant::now();
    processes.iter_mut().for_each(Process::go);
    let outcomes: Vec<_> = processes.iter_mut().map(Process::outcome).collect();
    let passed = started.elapsed();
    let sum = |name: &str| outcomes.iter().map(|outcome| outcome[name]).sum::<u64>();
    let (computed, given_up) = (sum("computed"), sum("given_up"));
    Round { passed, cpu: Duration::from_micros(sum("cpu_us")), computed, given_up }
}

//! What fingerprints cost where they are made: in the compiler.
//!
//! Packages are generated and built as a user builds them, unoptimised, once with `code = "none"`
//! and once with `code = "deps"`, in turns, so that what else the machine does hits both. The
//! difference is what finding everything that functions reach takes.
//!
//! `cargo bench --bench compile` measures for some minutes; with `-- --test` a small package is built
//! once, to see that it works.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

mod package;
mod source;

use std::path::Path;
use std::time::Duration;

use package::Package;
use source::{Graph, Source};

/// A kind of package, and how much longer its builds may take.
struct Case {
    name: &'static str,
    source: Source,
    rounds: usize,
    clean: Duration,
    incremental: Duration,
}

fn main() {
    let small = std::env::args().any(|argument| argument == "--test");
    let cases = if small { vec![trial()] } else { cases() };
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compile");
    println!("{:44} {:>8} {:>8} {:>11} {:>8}", "", "none", "deps", "difference", "target");
    for case in cases {
        case.measure(&target);
    }
}

fn cases() -> Vec<Case> {
    let case = |name, lines, graph, rounds, [clean, incremental]: [u64; 2]| Case {
        name,
        source: Source { lines, cached: 200, graph },
        rounds,
        clean: Duration::from_millis(clean),
        incremental: Duration::from_millis(incremental),
    };
    vec![
        case("20,000 lines", 20_000, Graph::Sparse, 7, [250, 120]),
        case("100,000 lines", 100_000, Graph::Sparse, 5, [700, 400]),
        case("20,000 lines, each reaching half", 20_000, Graph::Dense, 7, [500, 500]),
    ]
}

fn trial() -> Case {
    let limit = Duration::from_secs(1);
    let source = Source { lines: 800, cached: 4, graph: Graph::Dense };
    Case { name: "800 lines", source, rounds: 1, clean: limit, incremental: limit }
}

impl Case {
    fn measure(&self, target: &Path) {
        let directory = tempfile::TempDir::new().expect("a directory");
        let mut packages = ["none", "deps"].map(|code| {
            let package = Package::new(&directory.path().join(code), target, code, &self.source);
            // Builds what it depends on, which is not what is measured.
            package.build();
            package
        });
        let clean = Rounds::run(self.rounds, &mut packages, |package, _| package.clean());
        // From here on the compiler has something to start from.
        let edited = Rounds::run(self.rounds, &mut packages, Package::edit);
        clean.print(&format!("{}, clean", self.name), self.clean);
        edited.print(&format!("{}, incremental", self.name), self.incremental);
    }
}

/// How long builds took, without fingerprints and with them, in turns.
struct Rounds(Vec<[Duration; 2]>);

impl Rounds {
    fn run(
        count: usize,
        packages: &mut [Package; 2],
        before: impl Fn(&mut Package, usize),
    ) -> Self {
        let round = |number| {
            let mut took = [Duration::ZERO; 2];
            // Whoever comes second may gain from the first.
            for turn in 0..2 {
                let which = (number + turn) % 2;
                before(&mut packages[which], number);
                took[which] = packages[which].build();
            }
            took
        };
        Self((0..count).map(round).collect())
    }

    fn print(&self, name: &str, target: Duration) {
        let [none, deps] =
            [0, 1].map(|which| median(self.0.iter().map(|took| took[which].as_secs_f64())));
        let pairs = self.0.iter().map(|[none, deps]| deps.as_secs_f64() - none.as_secs_f64());
        let difference = median(pairs);
        let target = target.as_secs_f64();
        let verdict = if difference > target { "missed" } else { "" };
        println!("{name:44} {none:7.2}s {deps:7.2}s {difference:10.3}s {target:7.2}s {verdict}");
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

//! Sources that look like those of a real package to whoever reads them for what functions reach:
//! types with methods, traits, constants, and functions that call each other across modules.

use std::fmt::Write;

/// How many lines one [`section`] has.
const SECTION: usize = 63;

/// How many sections are in a module: real modules have some hundreds of lines.
const SECTIONS: usize = 8;

/// What a package is to look like.
pub(crate) struct Source {
    pub(crate) lines: usize,
    pub(crate) cached: usize,
    pub(crate) graph: Graph,
}

/// Who calls whom.
#[derive(Clone, Copy)]
pub(crate) enum Graph {
    /// A function reaches a few others.
    Sparse,
    /// A function reaches half of the package.
    Dense,
}

impl Source {
    /// The module in which a function is edited.
    pub(crate) const EDITED: &str = "module_1.rs";

    /// What stands in the line of it that is edited.
    pub(crate) const MARK: &str = "edited";

    /// The files below `src`, by name.
    pub(crate) fn files(&self, code: &str) -> Vec<(String, String)> {
        let sections = self.lines / SECTION;
        let modules = sections.div_ceil(SECTIONS);
        let mut root = "//! Generated.\n\nmod measure;\n\npub use measure::Measure;\n\n".to_owned();
        let mut files = vec![("measure.rs".to_owned(), MEASURE.to_owned())];
        for module in 0..modules {
            add(&mut root, format_args!("pub mod module_{module};\n"));
            let mut text =
                "//! Generated.\n\nuse larder::cache;\n\nuse crate::measure::Measure;\n".to_owned();
            let first = module * SECTIONS;
            for number in first..sections.min(first + SECTIONS) {
                text.push_str(&section(number, self.callee(number, sections)));
                // Evenly over the package, whatever its size.
                let due = |number| number * self.cached / sections;
                for cached in due(number)..due(number + 1) {
                    text.push_str(&function(cached, number, code));
                }
            }
            files.push((format!("module_{module}.rs"), text));
        }
        files.push(("lib.rs".to_owned(), root));
        files
    }

    /// The section whose functions those of another one call.
    fn callee(&self, number: usize, sections: usize) -> Option<usize> {
        match self.graph {
            // Groups of six, the last of which calls nobody.
            Graph::Sparse => (number % 6 < 5 && number + 1 < sections).then_some(number + 1),
            // Two rings, one of the even sections and one of the odd ones.
            Graph::Dense => Some((number + 2) % (sections - sections % 2)),
        }
    }
}

/// A cached function that uses one section.
///
/// It is generic, and nobody calls it, so the compiler makes no code of what larder puts around it:
/// for 200 functions that takes it ten times as long as all else, and what fingerprints take would be
/// lost in the noise.
fn function(cached: usize, section: usize, code: &str) -> String {
    format!(
        "
#[cache(code = \"{code}\")]
pub fn cached_{cached}<T>(seed: u64, steps: u64) -> u64 {{
    let station = Station{section}::new(seed, steps);
    (0..steps).map(|step| advance_{section}(&station, step)).sum()
}}
"
    )
}

/// A type, what it can do, and functions about it, which call those of another section.
fn section(number: usize, callee: Option<usize>) -> String {
    let salt = number * 37 % 101 + 2;
    let mark = if number == SECTIONS { Source::MARK } else { "shift" };
    let call = callee.map_or_else(
        || format!("station.offset + {salt}"),
        |callee| {
            let path = format!("crate::module_{}", callee / SECTIONS);
            format!("{path}::advance_{callee}(&{path}::Station{callee}::new(step, 3), step)")
        },
    );
    format!(
        "
/// The most that station {number} reads.
pub const LIMIT_{number}: u64 = {salt}_000;

/// What station {number} has read.
#[derive(Clone)]
pub struct Station{number} {{
    pub readings: Vec<u64>,
    pub offset: u64,
    name: String,
}}

impl Station{number} {{
    /// A station with readings that follow from a seed.
    pub fn new(seed: u64, count: u64) -> Self {{
        let mut readings = Vec::new();
        for index in 0..count {{
            readings.push((seed ^ index) % LIMIT_{number});
        }}
        Self {{ readings, offset: seed % {salt}, name: String::from(\"station {number}\") }}
    }}

    /// The sum of what is not above the limit.
    pub fn total(&self) -> u64 {{
        let mut sum = self.offset;
        for reading in &self.readings {{
            if *reading < LIMIT_{number} {{
                sum += reading;
            }}
        }}
        sum
    }}
}}

impl Measure for Station{number} {{
    fn measure(&self) -> u64 {{
        // Longer names weigh more.
        self.total() + self.name.len() as u64
    }}
}}

/// Moves a station by some steps.
pub fn advance_{number}(station: &Station{number}, step: u64) -> u64 {{
    let {mark} = {salt};
    match step % 3 {{
        0 => station.measure().wrapping_mul(step + {mark}),
        1 if station.offset > LIMIT_{number} => smooth_{number}(&station.readings, {mark}),
        _ => {call},
    }}
}}

fn smooth_{number}(readings: &[u64], width: u64) -> u64 {{
    let mut smooth = LIMIT_{number} / 2;
    for reading in readings {{
        let distance = reading.abs_diff(smooth);
        smooth = if distance > width {{ smooth + distance / {salt} }} else {{ *reading }};
    }}
    smooth
}}
"
    )
}

fn add(text: &mut String, more: std::fmt::Arguments<'_>) {
    text.write_fmt(more).expect("a string takes everything");
}

const MEASURE: &str = "\
//! Generated.

/// What can be measured.
pub trait Measure {
    fn measure(&self) -> u64;

    /// Twice as much.
    fn doubled(&self) -> u64 {
        2 * self.measure()
    }
}
";

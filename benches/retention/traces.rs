//! What is asked of a cache, call by call: recorded from the examples, and made up from a seed.
//!
//! These were fixed before there was a policy to try on them.

use std::time::Duration;

/// A result that may be kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Item {
    pub(crate) function: u32,
    /// Which state of the function's code computes it; each function has numbers of its own.
    pub(crate) code: u32,
    pub(crate) size: u64,
    pub(crate) cost: Duration,
}

/// A call: when, since the trace began, and which item it asks for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call {
    pub(crate) at: Duration,
    pub(crate) item: usize,
}

pub(crate) struct Trace {
    pub(crate) name: &'static str,
    pub(crate) items: Vec<Item>,
    pub(crate) calls: Vec<Call>,
}

impl Trace {
    /// Bytes of all that is ever asked for.
    pub(crate) fn bytes(&self) -> u64 {
        self.items.iter().map(|item| item.size).sum()
    }
}

/// All traces; `scale` divides the length of those that are made up.
pub(crate) fn all(scale: usize) -> Vec<Trace> {
    let mut traces = vec![
        zipf("zipf", scale, 1),
        zipf("shift", scale, 5),
        scan(scale),
        cycle(scale),
        edits(scale),
    ];
    traces.extend([
        recorded("quickstart", include_str!("recorded/quickstart.txt")),
        recorded("sweep", include_str!("recorded/sweep.txt")),
        recorded("near_duplicates", include_str!("recorded/near_duplicates.txt")),
    ]);
    traces
}

/// Between a run of a program that is being edited, and the next.
const BETWEEN_RUNS: Duration = Duration::from_mins(20);

/// Reads what `record.sh` wrote.
fn recorded(name: &'static str, text: &str) -> Trace {
    let (mut items, mut calls, mut now) = (Vec::new(), Vec::new(), Duration::ZERO);
    for line in text.lines() {
        let (kind, rest) = line.split_once(' ').unwrap_or((line, ""));
        let number = |word: &str| word.parse::<u32>().expect("a number");
        match kind {
            "key" => {
                let words: Vec<u32> = rest.split(' ').map(number).collect();
                let [function, code, size, micros] = words[..] else { panic!("{line}") };
                let cost = Duration::from_micros(micros.into());
                items.push(Item { function, code, size: size.into(), cost });
            }
            "run" => {
                now += BETWEEN_RUNS;
                for range in rest.split_whitespace() {
                    let (first, last) = range.split_once('-').unwrap_or((range, range));
                    for item in number(first)..=number(last) {
                        let item = item as usize;
                        now += items[item].cost;
                        calls.push(Call { at: now, item });
                    }
                }
            }
            _ => panic!("{line}"),
        }
    }
    Trace { name, items, calls }
}

/// Numbers that look random and are always the same (splitmix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).expect("below a usize")
    }

    /// In [0, 1).
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Sizes over three decades and costs over four, independent of each other: 1 KB to 1 MB, 1 ms to
    /// 10 s.
    fn item(&mut self, function: u32, code: u32) -> Item {
        let size = (1e3 * 10_f64.powf(3.0 * self.unit())) as u64;
        let cost = Duration::from_secs_f64(1e-3 * 10_f64.powf(4.0 * self.unit()));
        Item { function, code, size, cost }
    }

    fn shuffle<T>(&mut self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            list.swap(at, self.below(at + 1));
        }
    }
}

/// A week of calls.
fn spread(items: &[usize]) -> Vec<Call> {
    let pause = Duration::from_hours(7 * 24) / u32::try_from(items.len()).expect("few calls");
    let mut at = Duration::ZERO;
    let call = |&item: &usize| {
        at += pause;
        Call { at, item }
    };
    items.iter().map(call).collect()
}

/// The ranks of a Zipf distribution of exponent 0.9.
struct Zipf(Vec<f64>);

impl Zipf {
    fn new(count: usize) -> Self {
        let mut sum = 0.0;
        let weights = (1..=count).map(|rank| {
            sum += (rank as f64).powf(-0.9);
            sum
        });
        Self(weights.collect())
    }

    fn draw(&self, random: &mut Random) -> usize {
        let total = self.0.last().copied().unwrap_or_default();
        let drawn = random.unit() * total;
        self.0.partition_point(|sum| *sum <= drawn).min(self.0.len() - 1)
    }
}

/// A few results are asked for often, most hardly ever; which ones those are changes `phases - 1`
/// times.
fn zipf(name: &'static str, scale: usize, phases: usize) -> Trace {
    const KEYS: usize = 2000;
    let mut random = Random(phases as u64);
    let items = (0..KEYS).map(|_| random.item(0, 0)).collect();
    let (zipf, calls) = (Zipf::new(KEYS), 30_000 / scale / phases);
    let mut asked = Vec::new();
    let mut order: Vec<usize> = (0..KEYS).collect();
    for _ in 0..phases {
        random.shuffle(&mut order);
        asked.extend((0..calls).map(|_| order[zipf.draw(&mut random)]));
    }
    Trace { name, items, calls: spread(&asked) }
}

/// As `zipf`, but now and then 500 results are asked for that nobody ever wants again.
fn scan(scale: usize) -> Trace {
    const KEYS: usize = 2000;
    let mut random = Random(77);
    let mut items: Vec<Item> = (0..KEYS).map(|_| random.item(0, 0)).collect();
    let zipf = Zipf::new(KEYS);
    let mut order: Vec<usize> = (0..KEYS).collect();
    random.shuffle(&mut order);
    let mut asked = Vec::new();
    for _ in 0..12 {
        asked.extend((0..2000 / scale).map(|_| order[zipf.draw(&mut random)]));
        for _ in 0..500 / scale {
            asked.push(items.len());
            items.push(random.item(1, 0));
        }
    }
    Trace { name: "scan", items, calls: spread(&asked) }
}

/// The same 1,000 results in the same order, again and again.
fn cycle(scale: usize) -> Trace {
    let mut random = Random(5);
    let count = 1000 / scale.min(10);
    let items = (0..count).map(|_| random.item(0, 0)).collect();
    let asked: Vec<usize> = (0..20).flat_map(|_| 0..count).collect();
    Trace { name: "loop", items, calls: spread(&asked) }
}

/// Four functions of 250 inputs each, called for all of them every hour. Half of the times one of them
/// was edited before, and a fifth of these edits take the last one back.
fn edits(scale: usize) -> Trace {
    const FUNCTIONS: usize = 4;
    let inputs = 250 / scale.min(10);
    let mut random = Random(9);
    let mut items = Vec::new();
    // The items of each state of each function's code, the latest last.
    let mut states: Vec<Vec<usize>> = vec![Vec::new(); FUNCTIONS];
    let mut codes = [0_u32; FUNCTIONS];
    let mut edit = |function: usize, states: &mut Vec<usize>, random: &mut Random| {
        states.push(items.len());
        let number = u32::try_from(function).expect("a few");
        items.extend((0..inputs).map(|_| random.item(number, codes[function])));
        codes[function] += 1;
    };
    for (function, states) in states.iter_mut().enumerate() {
        edit(function, states, &mut random);
    }
    let (mut calls, mut at) = (Vec::new(), Duration::ZERO);
    for _ in 0..40 {
        if random.unit() < 0.5 {
            let function = random.below(FUNCTIONS);
            let states = &mut states[function];
            if random.unit() < 0.2 && states.len() > 1 {
                let before = states.len() - 2;
                states.swap(before, before + 1);
            } else {
                edit(function, states, &mut random);
            }
        }
        at += Duration::from_hours(1);
        for state in &states {
            let first = *state.last().expect("at least one");
            for item in first..first + inputs {
                at += Duration::from_millis(100);
                calls.push(Call { at, item });
            }
        }
    }
    Trace { name: "edits", items, calls }
}

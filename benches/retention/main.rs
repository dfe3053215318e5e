//! What is removed first, judged by replaying what programs asked for.
//!
//! ```text
//! cargo bench --bench retention             the table: found / computing time saved, in percent
//! benches/retention/record.sh               records the examples anew
//! ```

mod own;
mod policies;
mod replay;
mod traces;

use own::Own;
use policies::{Fifo, Gdsf, Lfu, Lru};
use replay::{Trim, replay};

/// Rooms, in percent of the bytes of all that is ever asked for.
const ROOMS: [u64; 4] = [5, 10, 25, 50];

fn main() {
    let quick = std::env::args().any(|argument| argument == "--test");
    table(if quick { 50 } else { 1 });
}

fn table(scale: usize) {
    println!("found / computing time saved, in percent\n");
    println!("| trace, room | larder | by the hour | GDSF | LRU | LFU | FIFO |");
    println!("|---|---|---|---|---|---|---|");
    for trace in traces::all(scale) {
        for percent in ROOMS {
            let room = trace.bytes() * percent / 100;
            let mut row = format!("| {} {percent} % |", trace.name);
            let policies: [Box<dyn Trim>; 6] = [
                Box::new(Own { hours: false }),
                Box::new(Own { hours: true }),
                Box::new(Gdsf::default()),
                Box::new(Lru),
                Box::new(Lfu),
                Box::new(Fifo),
            ];
            for mut policy in policies {
                let score = replay(&trace, room, &mut *policy);
                row += &format!(" {:.1} / {:.1} |", 100.0 * score.found, 100.0 * score.saved);
            }
            println!("{row}");
        }
    }
}

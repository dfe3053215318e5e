//! What is removed first, judged by replaying what programs asked for.
//!
//! ```text
//! cargo bench --bench retention             a plan over 1,000,000 entries, hits beside a trim of 100,000
//!                                           files, and the table: found / computing time saved, in percent
//! cargo bench --bench retention -- 1000000  with so many results on disk
//! benches/retention/record.sh               records the examples anew
//! ```

#![expect(clippy::print_stdout, reason = "numbers are what it is for")]
#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "sizes and shares far from any edge"
)]

mod beside;
mod own;
mod policies;
mod replay;
mod speed;
mod traces;

use own::Own;
use policies::{Fifo, Gdsf, Lfu, Lru};
use replay::{Trim, replay};

/// Rooms, in percent of the bytes of all that is ever asked for.
const ROOMS: [u64; 4] = [5, 10, 25, 50];

fn main() {
    let counted = std::env::args().find_map(|argument| argument.parse().ok());
    let quick = std::env::args().any(|argument| argument == "--test");
    speed::plans(if quick { 1_000 } else { 1_000_000 });
    speed::on_disk(if quick { 200 } else { counted.unwrap_or(100_000) });
    beside::beside(if quick { 5_000 } else { 100_000 });
    table(if quick { 50 } else { 1 });
}

fn table(scale: usize) {
    println!("\nfound / computing time saved, in percent\n");
    println!("| trace, room | larder | by the hour | GDSF | LRU | LFU | FIFO |");
    println!("|---|---|---|---|---|---|---|");
    for trace in traces::all(scale) {
        for percent in ROOMS {
            let room = trace.bytes() * percent / 100;
            print!("| {} {percent} % |", trace.name);
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
                print!(" {:.1} / {:.1} |", 100.0 * score.found, 100.0 * score.saved);
            }
            println!();
        }
    }
}

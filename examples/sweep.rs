//! How long a swing of a pendulum takes, for many lengths and starting angles. The first run
//! simulates, later ones look up; add a length to the sweep, and only its row is simulated.

#![expect(clippy::print_stdout, reason = "a table is what this program is for")]

use larder::cache;

const LENGTHS_M: [f64; 4] = [0.5, 1.0, 2.0, 4.0];
const ANGLES_DEGREES: [f64; 5] = [5.0, 30.0, 60.0, 120.0, 170.0];

/// The period in seconds, by following the pendulum from where it is let go to its lowest point: a
/// quarter of the way. Small angles come close to 2 pi sqrt(length / g), large ones take longer.
#[cache]
fn period(length_m: f64, angle_degrees: f64) -> f64 {
    const STEP_S: f64 = 1e-7;
    const GRAVITY: f64 = 9.81;
    let (mut angle, mut speed, mut time) = (angle_degrees.to_radians(), 0.0, 0.0);
    while angle > 0.0 {
        // The new speed, not the old one, moves the angle: so no energy is gained or lost over time.
        speed -= GRAVITY / length_m * f64::sin(angle) * STEP_S;
        angle += speed * STEP_S;
        time += STEP_S;
    }
    4.0 * time
}

fn main() {
    let sweep = LENGTHS_M.iter().flat_map(|&length| ANGLES_DEGREES.map(|angle| (length, angle)));
    // All calls at once, so that those that are missing run in parallel; in order, so that the rows
    // of the table are runs of the results.
    let periods = period::map(sweep);

    print!("length");
    for angle in ANGLES_DEGREES {
        print!("{:>9}", format!("{angle} deg"));
    }
    println!();
    for (length, row) in LENGTHS_M.iter().zip(periods.chunks(ANGLES_DEGREES.len())) {
        print!("{:>6}", format!("{length} m"));
        for seconds in row {
            print!("{:>9}", format!("{seconds:.3} s"));
        }
        println!();
    }
    println!("\n{}", larder::stats());
}

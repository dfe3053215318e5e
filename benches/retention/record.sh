#!/usr/bin/env bash
# Records what each example calls over ten edits of its sources, as `recorded/<example>.txt`: builds and
# runs it after each edit with an empty cache, and lists what was computed. Takes some minutes.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
larder=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir -p "$work/src/bin" "$work/tree"
cp "$larder"/examples/*.rs "$work/src/bin/"
cp -r "$larder/examples/near_duplicates" "$work/src/bin/"
cp -r "$larder/src" "$larder/macros" "$work/tree/"
rm -rf "$work/tree/macros/target"
cat > "$work/Cargo.toml" <<TOML
[package]
name = "recorded"
version = "0.1.0"
edition = "2024"
[dependencies]
larder = { path = "$larder" }
serde = { version = "1", features = ["derive"] }
[profile.release]
incremental = true
[workspace]
TOML
cp "$larder/Cargo.lock" "$work/"
cat > "$work/src/bin/list.rs" <<'RUST'
fn main() {
    let directory = std::env::args().nth(1).unwrap();
    let cache = larder::Cache::open(directory).unwrap();
    let mut entries: Vec<_> = cache.entries().unwrap().collect();
    entries.sort_by_key(|entry| entry.created);
    for entry in entries {
        println!("{} {} {}", entry.key, entry.size, entry.own_time.as_micros());
    }
}
RUST
cd "$work"
export CARGO_TARGET_DIR="$work/target"
cargo build --offline --quiet --release --bin list

# Builds and runs one example, and adds what it computed to the list of its runs.
run() {
    cargo build --offline --quiet --release --bin "$1"
    LARDER_DIR="$work/cache" "$work/target/release/$1" "${@:2}" > /dev/null
    echo "run"
    "$work/target/release/list" "$work/cache"
    rm -rf "$work/cache"
}

# Gives each key a number, in the order of their first use: then one line for each key (function, code,
# bytes, microseconds), and one for each run with the numbers of its calls.
numbered() {
    awk '
        BEGIN { keys = 0; known = 0; coded = 0 }
        $1 == "run" { runs++; next }
        !($1 in number) {
            number[$1] = keys
            split($1, part, /[\/-]/)
            function_ = part[1]
            code = part[4]
            if (!(function_ in functions)) functions[function_] = known++
            if (!(code in codes)) codes[code] = coded++
            line[keys++] = functions[function_] " " codes[code] " " $2 " " $3
        }
        {
            at = number[$1]
            if (runs == last_run && at == last + 1) { open = at }
            else {
                flush()
                first = open = at
            }
            last = at; last_run = runs
        }
        function flush() {
            if (last_run) calls[last_run] = calls[last_run] " " first (open > first ? "-" open : "")
        }
        END {
            flush()
            for (at = 0; at < keys; at++) print "key " line[at]
            for (at = 1; at <= runs; at++) print "run" calls[at]
        }'
}

edit() { sed -i "$2" "$work/src/bin/$1"; }

{
    file=quickstart.rs
    run quickstart
    edit $file 's/1\.\.=4/1..=6/'; run quickstart
    edit $file 's/x \* x/x * x * x/'; run quickstart
    edit $file 's/x \* x \* x/x * x/'; run quickstart
    edit $file 's/1\.\.=6/1..=8/'; run quickstart
    edit $file 's/^fn slow/\/\/ Squares.\nfn slow/'; run quickstart
    edit $file 's/from_secs(1)/from_millis(1500)/'; run quickstart
    edit $file 's/from_millis(1500)/from_secs(1)/'; run quickstart
    edit $file 's/1\.\.=8/3..=8/'; run quickstart
    edit $file 's/3\.\.=8/1..=3/'; run quickstart
    edit $file 's/1\.\.=3/1..=8/'; run quickstart
} | numbered > "$here/recorded/quickstart.txt"

{
    file=sweep.rs
    run sweep
    edit $file 's/f64; 4\] = \[0.5, /f64; 5] = [0.25, 0.5, /'; run sweep
    edit $file 's/f64; 5\] = \[5.0, 30.0, /f64; 6] = [5.0, 15.0, 30.0, /'; run sweep
    edit $file 's/1e-7/1e-6/'; run sweep
    edit $file 's/9\.81/9.80665/'; run sweep
    edit $file 's/1e-6/1e-7/'; run sweep
    edit $file 's/9\.80665/9.81/'; run sweep
    edit $file 's/f64; 5\] = \[0.25, /f64; 4] = [/'; run sweep
    edit $file 's/4\.0 \* time/time * 4.0/'; run sweep
    edit $file 's/f64; 4\] = \[0.5, /f64; 5] = [0.25, 0.5, /'; run sweep
    edit $file 's/time \* 4\.0/4.0 * time/'; run sweep
} | numbered > "$here/recorded/sweep.txt"

{
    near() { run near_duplicates "$work/tree"; }
    tree="$work/tree/src"
    near
    sed -i 's/^\/\/! .*/\/\/! Edited./' "$tree/entry.rs"; near
    sed -i 's/32 \* count/count * 32/' "$tree/entry.rs"; near
    sed 's/fn /fn another_/' "$tree/cache/stats.rs" > "$tree/cache/stats_too.rs"; near
    edit near_duplicates/main.rs 's/LEAST_PERCENT: usize = 70/LEAST_PERCENT: usize = 60/'; near
    edit near_duplicates/main.rs 's/FEWEST_TOKENS: usize = 100/FEWEST_TOKENS: usize = 200/'; near
    edit near_duplicates/text.rs 's/^const \([A-Z_]*\): usize = \([0-9]*\);/const \1: usize = \2 + 1;/'; near
    edit near_duplicates/text.rs 's/ + 1;/;/'; near
    rm "$tree/cache/stats_too.rs"; near
    cp "$tree/store.rs" "$work/store.rs"; sed -i 's/fn /fn other_/' "$tree/store.rs"; near
    cp "$work/store.rs" "$tree/store.rs"; near
} | numbered > "$here/recorded/near_duplicates.txt"

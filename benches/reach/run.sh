#!/bin/sh
# Judges what the fingerprint engine reaches, on published packages, against the call graph of the
# compiler, and prints a Markdown table. It fails if a function that is called is not reached, or if
# far more is reached than is called; a package without a limit is a hard case, which fails only by what
# is missed.
#
#   benches/reach/run.sh                      all packages; some minutes the first time
#   benches/reach/run.sh regex-syntax         only the packages of these names
#   benches/reach/run.sh --blame 20 hyperfine also the steps by which too much is reached
#   benches/reach/run.sh --explain hyperfine ROOT CALLEE
#                                             how the engine and the compiler get from one function
#                                             to another; both are given by the end of their paths
#
# The packages are fetched by cargo and built in target/reach, with their unit tests, so that generic
# functions are used with some types. What a function calls is read from the LLVM IR of that build,
# unoptimised: every mention of another function, also by way of constants and vtables. The engine is
# asked for what is not a test.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
exec python3 -B "$here/reach.py" "$@"

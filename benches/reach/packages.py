"""The packages on which the engine is judged: which, where from, and how they are compiled."""

import dataclasses
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
WORK = REPOSITORY / "target" / "reach"

# One object file without optimisation or inlining, everything in it that is not generic, and names
# from which instances can be told apart.
CODEGEN = (
    "-Cdebuginfo=2 -Copt-level=0 -Ccodegen-units=1 -Csymbol-mangling-version=v0 "
    "-Clink-dead-code -Cno-prepopulate-passes"
).split()

# The compiler's control-flow integrity marks every method and every call through a pointer with the
# type by which it is called, which tells what a call of a trait object can lead to. It cannot unwind
# yet, so drops that only happen in a panic are not in the graph.
TYPES = (
    "-Zsanitizer=kcfi -Cunsafe-allow-abi-mismatch=sanitizer -Cpanic=abort -Zpanic-abort-tests"
).split()


@dataclasses.dataclass(frozen=True)
class Package:
    name: str
    version: str
    # What cargo is told to build: the library, or one of the programs.
    target: tuple
    # How many times more functions may be reached than are called, on average. A hard case has no
    # limit: nothing of it may be missed, but how much too much is reached is only printed.
    limit: float | None

    @property
    def crate(self):
        return (self.name if self.target == ("--lib",) else self.target[-1]).replace("-", "_")


PACKAGES = [
    Package("regex-syntax", "0.8.12", ("--lib",), 8),
    Package("pulldown-cmark", "0.13.6", ("--lib",), 8),
    # A hard case: its types hold each other (values hold objects, which reach the state, the
    # environment and the loader), so that nearly every block is live, and `insert` and `get` are
    # called on variables whose types are nowhere declared, so that their names have to do.
    Package("minijinja", "3.1.0", ("--lib",), None),
    # A hard case: almost half of it are impls of serde's traits, which come from elsewhere and so
    # count whole with their types; a root among them reaches 15 times what it calls, others 5 times.
    Package("csv", "1.4.0", ("--lib",), None),
    Package("aho-corasick", "1.1.4", ("--lib",), 8),
    Package("hyperfine", "1.20.0", ("--bin", "hyperfine"), 3),
    Package("fd-find", "10.3.0", ("--bin", "fd"), 3),
]


@dataclasses.dataclass
class Compiled:
    """How the compiler was run for a package, and what it wrote."""

    arguments: list
    variables: dict
    directory: str
    llvm_ir: str


def fetch(package):
    """A copy of the package's sources that is a workspace of its own."""
    sources = WORK / "sources" / f"{package.name}-{package.version}"
    if sources.exists():
        return sources
    asking = WORK / "fetch" / package.name
    (asking / "src").mkdir(parents=True, exist_ok=True)
    (asking / "src" / "lib.rs").write_text("")
    (asking / "Cargo.toml").write_text(
        '[package]\nname = "fetch"\nversion = "0.0.0"\nedition = "2024"\n[workspace]\n'
        f'[dependencies]\n{package.name} = "={package.version}"\n'
    )
    subprocess.run(["cargo", "fetch", "--quiet"], cwd=asking, check=True)
    home = pathlib.Path(os.environ.get("CARGO_HOME") or pathlib.Path.home() / ".cargo")
    # A program's package is no dependency that cargo would tell the place of, so we look for it.
    unpacked = next(home.glob(f"registry/src/*/{package.name}-{package.version}"))
    half_made = sources.with_suffix(".new")
    shutil.rmtree(half_made, ignore_errors=True)
    shutil.copytree(unpacked, half_made)
    with open(half_made / "Cargo.toml", "a") as manifest:
        manifest.write("\n[workspace]\n")
    half_made.rename(sources)
    return sources


def compile(package):
    """Compiles the package's own crate to LLVM IR, unless that was done before."""
    sources = fetch(package)
    version = subprocess.run(["rustc", "-V"], check=True, capture_output=True, text=True).stdout
    base = WORK / f"{package.name}-{package.version}-{version.split()[1]}"
    record, llvm_ir = base.with_name(base.name + ".json"), base.with_name(base.name + ".ll")
    if not record.exists():
        target_directory = ("--target-dir", str(WORK / "target"))
        # Cargo tells how it runs the compiler only for a package that it has not built.
        clean = ["cargo", "clean", "--quiet", "--package", package.name, *target_directory]
        subprocess.run(clean, cwd=sources, check=True)
        build = ["cargo", "rustc", "-vv", "--profile", "test", *package.target, *target_directory]
        log = run(build, sources, {"CARGO_INCREMENTAL": "0"})
        arguments, variables = own_run(log, package.crate)
        again = [one for one in arguments if not one.startswith("--emit=")]
        again = ["rustc", *again, f"--emit=llvm-ir={llvm_ir}", *CODEGEN, *TYPES]
        # The marks are not stable, and only this one crate is compiled with them.
        run(again, sources, variables | {"RUSTC_BOOTSTRAP": "1"})
        found = Compiled(arguments, variables, str(sources), str(llvm_ir))
        record.write_text(json.dumps(dataclasses.asdict(found)))
    return Compiled(**json.loads(record.read_text()))


def run(command, directory, variables):
    """Runs a command, and gives what it says about itself."""
    environment = os.environ | variables
    done = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"in {directory}: {' '.join(command)}\n{done.stderr[-4000:]}")
    return done.stderr


def own_run(log, crate):
    """The compiler's arguments and variables, out of what cargo says that it runs."""
    # A variable's value can go over several lines.
    for command in re.findall(r"^ +Running `(.*?)`$", log, re.MULTILINE | re.DOTALL):
        if f" --crate-name {crate} " in command and " --test " in command:
            words = shlex.split(command)
            program = next(at for at, word in enumerate(words) if "=" not in word)
            variables = dict(word.split("=", 1) for word in words[:program])
            return words[program + 1 :], variables
    raise SystemExit(f"cargo did not say how it compiles {crate}")

"""Calls that the engine cannot see, and that are documented as such: what is missed for one of these
reasons is counted apart."""

import dataclasses
import re

# What a class is called, and why it is none of the engine's business.
HANDED_IN = "functions of callers"
TYPE_ARGUMENTS = "type arguments of callers"
CLASSES = {
    HANDED_IN: "a closure or function that is handed in is an input, not the function's own code",
    TYPE_ARGUMENTS: "a type that only a caller names, inside of a type from another crate",
}


@dataclasses.dataclass(frozen=True)
class Excepted:
    """Calls from the one function to the other, in a package; both patterns match whole paths."""

    package: str
    caller: str
    callee: str
    # The name of a class.
    reason: str


EXCEPTED = [
    # It takes any iterator, and its one caller passes a channel's, flattened.
    Excepted(
        "fd-find",
        "fd::exec::CommandSet::execute_batch",
        "fd::walk::<Batch as IntoIterator>::into_iter",
        TYPE_ARGUMENTS,
    ),
]


def class_of(package, caller, callee):
    """The class of a call that the engine does not see, if it is a documented one."""
    for one in EXCEPTED:
        here = one.package == package.name
        if here and re.fullmatch(one.caller, caller) and re.fullmatch(one.callee, callee):
            return one.reason
    return None

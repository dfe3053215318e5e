"""Calls that the engine cannot see, and that are documented as such: what is missed for one of these
reasons is counted apart."""

import dataclasses
import re

# What a class is called, and why it is none of the engine's business.
HANDED_IN = "functions of callers"
CLASSES = {
    HANDED_IN: "what is handed in by whoever calls the function is an input, not its code",
}


@dataclasses.dataclass(frozen=True)
class Excepted:
    """Calls from the one function to the other, in a package; both patterns match whole paths."""

    package: str
    caller: str
    callee: str
    # The name of a class.
    reason: str


EXCEPTED = []


def class_of(package, caller, callee):
    """The class of a call that the engine does not see, if it is a documented one."""
    for one in EXCEPTED:
        here = one.package == package.name
        if here and re.fullmatch(one.caller, caller) and re.fullmatch(one.callee, callee):
            return one.reason
    return None

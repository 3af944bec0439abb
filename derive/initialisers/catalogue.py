"""The initialisers of libraries by name: what is drawn, with which numbers. Not trusted.

The files declare; nothing in them is a result.  What a sample is made of is a name in the
library and its arguments, which only the shipped files can say.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from derive.errors import Undeclared

HERE = Path(__file__).parent
FILES = ("pytorch", "keras", "jax")


@dataclass(frozen=True)
class Library:
    """A library at one version, and how it is had."""

    name: str
    version: str
    package: str
    install: str


@dataclass(frozen=True)
class Initialiser:
    """One initialiser with its declarations.

    ``below`` and ``above`` are the numbers of units that a weight's layer reads and makes, as
    formulas, "" where the weight is in no sum; ``sample`` says how the library draws one, and
    at which sizes.
    """

    library: Library
    names: tuple[str, ...]
    about: str
    code: str
    where: str
    declare: str
    below: str
    above: str
    sample: Mapping[str, Any]

    @property
    def name(self) -> str:
        return self.names[0]


@cache
def catalogue() -> tuple[Initialiser, ...]:
    """Every initialiser, in the order of the files."""
    found = []
    for file in FILES:
        said = tomllib.loads((HERE / f"{file}.toml").read_text(encoding="utf-8"))
        library = Library(said["library"], said["version"], said["package"], said["install"])
        for entry in said["initialiser"]:
            found.append(Initialiser(
                library, tuple(entry["names"]), entry["about"], entry["code"], entry["where"],
                entry["declare"], entry.get("below", ""), entry.get("above", ""), entry["sample"],
            ))  # fmt: skip
    return tuple(found)


def initialiser(name: str) -> Initialiser:
    """The initialiser of a name, the whole of it or its end; raises Undeclared with the nearest."""
    known = _by_name()
    found = known.get(_plain(name), ())
    if len(found) > 1:
        which = ", ".join(i.name for i in found)
        raise Undeclared(f"{name} is the name of several initialisers: {which}")
    if found:
        return found[0]
    wanted = _plain(name)
    near = get_close_matches(wanted, known, 1, 0.5)
    hint = f"nearest: {_full(near[0])}" if near else "`derive explain` lists them"
    raise Undeclared(f"no initialiser {name} is known; {hint}")


def _plain(name: str) -> str:
    return name.strip().lower().removesuffix("()").replace("tf.keras.", "keras.")


@cache
def _by_name() -> dict[str, tuple[Initialiser, ...]]:
    """By every name and by every end of one."""
    found: dict[str, list[Initialiser]] = {}
    for each in catalogue():
        for name in each.names:
            parts = _plain(name).split(".")
            for n in range(len(parts)):
                end = ".".join(parts[n:])
                if each not in found.setdefault(end, []):
                    found[end].append(each)
    exact = {_plain(n): each for each in catalogue() for n in each.names if "." in n}
    return {end: (exact[end],) if end in exact else tuple(all_) for end, all_ in found.items()}


def _full(plain: str) -> str:
    """The longest name that ends so."""
    names = [n for each in _by_name()[plain] for n in each.names if _plain(n).endswith(plain)]
    return max(names, key=len)

"""Laws by the names that people give them, as tokens and as what they mean. Trusted for meaning.

Whether the second parameter of N is a variance or a standard deviation is written with it
(``N(0, std s)``), or declared (``read N by variance``), and never guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from sympy import Expr

from derive.densities import Law
from derive.errors import Undeclared
from derive.read.names import Names
from derive.read.tokens import Source, Token
from derive.read.words import OPENERS, depth

Run: TypeAlias = list[Token]
LAWS = {
    "N": "normal", "Normal": "normal", "Gaussian": "normal", "U": "uniform", "Uniform": "uniform",
    "Unif": "uniform", "Bernoulli": "bernoulli", "Bern": "bernoulli", "Ber": "bernoulli",
    "Rademacher": "rademacher", "Laplace": "laplace", "Cauchy": "cauchy",
    "points": "points", "density": "density",
    "bernoulli": "bernoulli", "rademacher": "rademacher", "laplace": "laplace",
    "uniform": "uniform", "normal": "normal",
}  # fmt: skip
DRESSED = frozenset({r"\mathcal", r"\mathrm", r"\text", r"\operatorname", r"\mathscr", r"\mathbf"})
BELL = ("normal", "truncated-normal")
VARIANCE, DEVIATION = "variance", "standard deviation"
MEANS = {
    "variance": VARIANCE, "var": VARIANCE, "std": DEVIATION, "sd": DEVIATION,
    "stddev": DEVIATION, "scale": "scale", "mean": "mean",
}  # fmt: skip
HEAVY = {
    "cauchy": "has no mean and no finite variance: ∫ x²/(π(1 + x²)) dx has no value",
    "pareto": "has a finite variance for some parameters only, and is not known here",
}


class Written(NamedTuple):
    """A law as it stands in a text: the tokens of its parameters, and what is said of each."""

    name: str
    parameters: tuple[Run, ...]
    words: tuple[str, ...]
    first: Token
    last: Token


def is_law(items: Sequence[Token], names: Names) -> bool:
    """Whether a law begins here, without what is distributed."""
    return bool(_name(list(items[:9]), names)[0])


def law_ends(items: Sequence[Token], names: Names) -> int:
    """How many tokens a law takes that begins here; 0 if none does or it does not end."""
    name, opened = _name(list(items[:9]), names)
    level = 0
    for n, t in enumerate(items[opened:] if name else (), start=opened):
        level += depth(t)
        if level <= 0:
            return n + 1 if n > opened else opened
    return 0


def parsed(source: Source, items: Run, names: Names) -> Written | None:
    """The law that these tokens are; None if they begin with none, raises Unreadable."""
    items = [t for t in items if t.kind != "end"]
    truncated = len(items) > 1 and items[0].text == "truncated"
    name, opened = _name(items[truncated:], names)
    if not name:
        return None
    items = items[truncated:]
    if opened == len(items) or depth(items[opened]) != 1:
        if name != "rademacher":
            raise source.error(items[-1].at, f"expected parameters of the {name} law")
        if opened < len(items):
            raise source.error(items[opened].at, "expected nothing after the law")
        return Written(name, (), (), items[0], items[-1])
    closed, parameters = _parameters(source, items, opened)
    last = items[closed]
    rest = items[closed + 1 :]
    if truncated:
        if name != "normal" or not rest or rest[0].text != "at" or not rest[1:]:
            raise source.error(last.at, "expected 'truncated N(…) at' and how many deviations")
        name, parameters, last = "truncated-normal", [*parameters, rest[1:]], rest[-1]
    elif rest:
        raise source.error(rest[0].at, f"expected nothing after the law, not {rest[0].text}")
    said = [_word(p, names) for p in parameters]
    words = [w for w, _ in said]
    bare = [p[length:] for p, (_, length) in zip(parameters, said, strict=True)]
    if not all(bare):
        raise source.error(items[opened].at, "expected parameters between the commas")
    return Written(name, tuple(bare), tuple(words), items[0], last)


def _name(items: Run, names: Names) -> tuple[str, int]:
    """The name of the law that begins here, and where its parameters open."""
    if not items:
        return "", 0
    if [t.text for t in items[:3]] == ["two", "-", "point"]:
        return "two-point", 3
    if items[0].text in LAWS and items[0].kind == "word" and items[0].text not in names.all():
        word, after = items[0].text, 1
    elif items[0].text in DRESSED and len(items) > 3 and items[1].text == "{":
        word, after = items[2].text, 4
    elif items[0].text in DRESSED and len(items) > 1:
        word, after = items[1].text, 2
    else:
        return "", 0
    law = LAWS.get(word, "")
    opens = after < len(items) and items[after].text in ("(", "[")
    return (law, after) if opens or law == "rademacher" else ("", 0)


def _parameters(source: Source, items: Run, opened: int) -> tuple[int, list[Run]]:
    """Where the bracket closes, and what stands between the commas in it."""
    parameters: list[Run] = [[]]
    level = 0
    for n, t in enumerate(items[opened:], start=opened):
        level += depth(t)
        if t.text in (",", ":") and level == 1:
            parameters.append([])
        elif level > 1 or (level == 1 and depth(t) != 1) or (level == 1 and n > opened):
            parameters[-1].append(t)
        if level <= 0:
            break
    if level > 0:
        raise source.error(
            items[opened].at, f"expected {OPENERS[items[opened].text]} to close this"
        )
    if not all(parameters):
        raise source.error(items[opened].at, "expected parameters between the commas")
    return n, parameters


def _word(items: Run, names: Names) -> tuple[str, int]:
    """What a parameter is said to be, a variance or a standard deviation, and by how many tokens.

    The word may stand in a command of its own, as in ``\\mathrm{std}``.
    """
    dressed = items[0].text in DRESSED and [t.text for t in items[1:4:2]] == ["{", "}"]
    word, length = (items[2], 4) if dressed else (items[0], 1)
    first = word.text.strip()
    known = word.kind in ("word", "text") and first not in names.all() and len(items) > length
    meaning = MEANS.get(first, "") if known else ""
    return meaning, length if meaning else 0


def meant(
    name: str, parameters: tuple[Expr, ...], words: tuple[str, ...], normal: str = ""
) -> dict[str, Law]:
    """The law, by how N is read; two of them where that is not said and makes a difference.

    ``normal`` is how N is read if nothing is said with it.  Raises Undeclared for a wrong
    number of parameters, or a word that does not fit.
    """
    if name in HEAVY:
        raise Undeclared(f"the {name.capitalize()} law {HEAVY[name]}")
    said = next((w for n, w in enumerate(words) if w and n == 1), normal)
    allowed = {1: (VARIANCE, DEVIATION) if name in BELL else ("scale",), 0: ("mean",)}
    odd = [w for n, w in enumerate(words) if w and w not in allowed.get(n, ())]
    if odd:
        raise Undeclared(f"no {odd[0]} is expected there in the {name} law")
    if name not in BELL or len(parameters) < 2:
        law = Law(name, parameters)
        law.check()
        return {"": law}
    mean, second, *rest = parameters
    readings = {w: Law(name, (mean, v, *rest))
                for w, v in ((VARIANCE, second), (DEVIATION, second**2))}  # fmt: skip
    if second == second**2:
        said = VARIANCE
    readings[said or VARIANCE].check()
    return {"": readings[said]} if said else readings

r"""A function in pieces: ``f(s) = \max(0, s)``, ``f'(s) = \mathbb{1}[s > 0]``. Trusted for meaning.

The one letter after the function stands for any number.
"""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Dummy, Expr, Symbol

from derive.errors import Refused, Unreadable
from derive.piecewise import Pieces, piecewise
from derive.read.lexing import Tokens
from derive.read.names import Names
from derive.read.tokens import Source, Token
from derive.read.words import Words
from derive.terms import Entry

SWITCHES = frozenset(
    {r"\max", r"\min", "max", "min", "|", r"\lvert", r"\vert", r"\begin", r"\left|", r"\mathds"}
    | {r"\mathbbm"}
)
CASES = frozenset({"cases", "dcases"})
EDGES = {"begin": 1, "end-of": -1}
ONES = {
    r"\mathbb": ("1", "{1", "I", "{I"), r"\mathbf": ("1", "{1"), r"\boldsymbol": ("1", "{1"),
}  # fmt: skip
PLUS = frozenset({"+", "{+"})
DECLARED = (
    r"cannot read {} here: in a formula \max(0, s), [s]_+ and \mathbb{{1}}[s > 0] are read, s one"
    r" quantity; the rest has a name: 'given f(s)', and 'assume' says what it is, as in f(s) = |s|"
)
LONE = "at {} = {} this is {}, and not what it tends to there: a value at one place is not read"


def switches(items: Sequence[Token]) -> Token | None:
    """The first token of what only functions in pieces are written with."""
    texts = [t.text for t in items] + [""] * 2
    for n, t in enumerate(items):
        after = texts[n + 1] + texts[n + 2] * (texts[n + 1] == "{")
        below = t.text == "1" and after == "_"
        one = below or after in ONES.get(t.text, ())
        part = t.text in ("_", "^") and after in PLUS
        if t.text in SWITCHES or t.kind == "cases" or one or part:
            return t
    return None


def collapsed(source: Source, items: Tokens) -> Tokens:
    """The tokens with each ``cases`` as one of its own kind, which ends where it does."""
    found, at = Tokens(), 0
    found.ends = items.ends
    for n, t in enumerate(items):
        if n < at:
            continue
        at, level = n + 1, 0
        if t.kind == "begin" and t.text in CASES:
            edges = ((m, u.kind) for m, u in enumerate(items[n:], n) if u.kind in EDGES)
            for m, kind in edges:
                level += EDGES[kind]
                if level == 0:
                    at = m + 1
                    break
            else:
                raise source.error(t.at, rf"expected \end{{{t.text}}}")
            last = items[at - 1]
            found.add("cases", rf"\begin{{{t.text}}}", t.at, items.ends[last.at])
        else:
            found.append(t)
    return found


def head(source: Source, items: Sequence[Token], names: Names) -> tuple[str, int, str] | None:
    """The function, how often it is derived, and the letter of ``f'(s)``; None for all else."""
    if len(items) < 4 or items[-1].text != ")":
        return None
    f = Words(source, [*items, Token("end", "", items[-1].at)], names)
    try:
        name = f.name() if f.names_here() else None
        letter = f.name(indexing=True).text if f.accept("(") and f.names_here() else ""
    except Unreadable:
        return None
    closed = f.accept(")") and f.here.kind == "end" and len(letter) == 1
    function = name is not None and closed and name.text in names.model.functions
    return (name.text, name.primes, letter) if function and name else None


def pieced(source: Source, start: int, end: int, name: str, letter: str, names: Names) -> Pieces:
    """What the text between two places says of the function; raises Unreadable."""
    from derive.activations.pieces import lone_value, pieces
    from derive.activations.reading import VARIABLE, Reader

    model = names.model
    fixed = [f.name for f in model.families.values() if f.kind == "given" and not f.ranges]
    numbers: dict[str, Expr] = {
        n: (Dummy if n == VARIABLE.name else Symbol)(n, real=True) for n in fixed if n != letter
    }
    reader = Reader(source, {}, numbers, letter, start, end)
    formula, at = reader.closed(reader.whole()), Symbol(letter)
    changes = {VARIABLE: at} | {symbol: Entry(n) for n, symbol in numbers.items()}
    try:
        found = [(p.lo, p.hi, p.formula.xreplace(changes)) for p in pieces(formula)]
        made = Pieces(name, at, tuple(found))
        piecewise(made, 0)
        lone = lone_value(formula)
    except Refused as no:
        raise source.error(start, str(no)) from None
    if lone is not None:
        raise source.error(start, LONE.format(letter, *lone))
    return made

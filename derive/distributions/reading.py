"""Laws and numbers from the command line: letters stand for positive numbers. Trusted for meaning.

>>> read_law("N(0, std s)")
Law(name='normal', parameters=(0, s**2))
"""

from __future__ import annotations

from sympy import Expr

from derive.densities import Law
from derive.distributions import law, moments
from derive.errors import Refused, Undeclared, Unreadable
from derive.model import Model
from derive.read.formula import Formula
from derive.read.laws import meant, parsed
from derive.read.names import Names
from derive.read.tokens import Source, Token, tokens
from derive.read.values import Mismatch
from derive.writing.formula import write
from derive.writing.spelling import TEXT, Spelling


def read_number(text: str) -> Expr:
    """A number in letters; raises Unreadable."""
    source = Source(text)
    return _number(source, tokens(source))


def read_law(text: str) -> Law:
    """A law with its parameters; raises Unreadable and Undeclared."""
    source = Source(text)
    names = Names(Model("law"))
    written = parsed(source, tokens(source), names)
    if written is None:
        head = text.partition("(")[0].partition("[")[0].strip()
        _ = law(head)
        raise Unreadable("expected a law with its parameters, such as U[-a, a]", 1, 1)
    end = Token("end", "", len(text))
    parameters = tuple(_number(source, [*p, end]) for p in written.parameters)
    found = meant(written.name, parameters, written.words)
    if len(found) > 1:
        both = "; ".join(
            f"as {how}: Var = {write(moments(made).variance, None, TEXT)}"
            for how, made in found.items()
        )
        raise Undeclared(
            f"{text}: is the second parameter a variance or a standard deviation? ({both})"
            " write N(m, variance v) or N(m, std s)"
        )
    (made,) = found.values()
    return made


def _number(source: Source, items: list[Token]) -> Expr:
    f = Formula(source, items, Names(Model("law")))
    try:
        value = f.expr()
        f.done()
    except Mismatch as no:
        raise Unreadable(str(no), 1, 1) from None
    return value.term


def moments_of(text: str, form: Spelling) -> tuple[str, str]:
    """Mean and variance of a law, in words."""
    found = moments(read_law(text))
    return write(found.mean, None, form), write(found.variance, None, form)


def said(no: Refused | Undeclared) -> str:
    """Why a law was refused, in words."""
    if isinstance(no, Undeclared):
        return str(no)
    return no.reason.say(lambda e: write(e, None, TEXT) if isinstance(e, Expr) else str(e))

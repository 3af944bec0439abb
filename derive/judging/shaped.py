"""Claims about what a function is in pieces: ``f'(s) = \\mathbb{1}[s > 0]``. Not trusted to prove.

Both functions are cut at all their breaks.  On each interval their polynomials are compared
coefficient by coefficient, and at numbers inside where these differ; of the values at the breaks
nothing is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise

from sympy import Expr, Integer, Rational, Symbol, oo

from derive.errors import Refused, Undeclared
from derive.judging.choices import CHOICE
from derive.judging.equality import Equality, said
from derive.judging.facts import Candidate
from derive.judging.judge import Judge, Judgement
from derive.judging.lawful import LawJudgement
from derive.model import Assumption, Statement
from derive.piecewise import Pieces, Polynomial, piecewise, written
from derive.powers import Outside
from derive.read.links import Shape
from derive.rivals import formula_of
from derive.substitution import put
from derive.terms import Apply, Entry
from derive.writing.formula import TEXT, write

BY = ("pieces",)


def judged(
    shape: Shape, judge: Judge, decide: Callable[[Statement], Judgement], doubt: str = ""
) -> LawJudgement:
    """The verdict on what a function is said to be; ``decide`` judges the numbers in it.

    Nothing is said to fail if there is a ``doubt``.
    """
    compared = _Compared(shape, judge, decide)
    known = [
        (a.name, f) for a in judge.model.assumptions for f in map(formula_of, a.facts)
        if f is not None and f[0] == shape.function
    ]  # fmt: skip
    if not known:
        return compared.unknown()
    name, (function, parts) = known[0]
    try:
        found = compared.against(Pieces(function, Symbol("x"), parts), name)
    except (Refused, Undeclared, Outside) as why:
        return compared.open(
            said(why.reason, judge.model) if isinstance(why, Refused) else str(why)
        )
    return compared.open(doubt) if doubt and found.verdict == "fails" else found


class _Compared:
    """One claim, held against what is declared."""

    def __init__(
        self, shape: Shape, judge: Judge, decide: Callable[[Statement], Judgement]
    ) -> None:
        self.shape = shape
        self.judge = judge
        self.decide = decide
        whole = Statement(shape.left.term, shape.right.term)
        self.none = Equality(whole, judge.model, "undecided")

    def _said(self, verdict: str, equality: Equality, **more: object) -> LawJudgement:
        fact = self.shape.says
        return LawJudgement(verdict, equality.statement, equality, fact=fact, **more)  # type: ignore[arg-type]

    def open(self, why: str) -> LawJudgement:
        """Undecided, for a reason."""
        return self._said("undecided", replace(self.none, why=why))

    def unknown(self) -> LawJudgement:
        """The verdict if nothing is declared of the function."""
        if self.shape.order:
            return self.open(f"it is not declared what {self.shape.function} is")
        says = f"{self.shape.left.text} = {self.shape.right.text}"
        fact = Candidate("pieces", says, Assumption(says, (self.shape.says,), says))
        return self._said("needs", self.none, needs=(fact,), note=CHOICE)

    def against(self, fact: Pieces, name: str) -> LawJudgement:
        """The verdict if an assumption says what the function is."""
        mine, new = piecewise(fact, self.shape.order), piecewise(self.shape.says, 0)
        uses = {name}
        for lo, hi in pairwise([-oo, *sorted({*mine.breaks, *new.breaks}), oo]):
            inside = next(_inside(lo, hi))
            p, q = mine.at(inside), new.at(inside)
            alike = [
                self.decide(Statement(p.get(n, Integer(0)), q.get(n, Integer(0))))
                for n in {*p, *q} if p.get(n) != q.get(n)
            ]  # fmt: skip
            uses |= {u for j in alike for u in j.uses}
            if any(j.verdict != "holds" for j in alike):
                return self._other(lo, hi, written(p, self.shape.says.at), q)
        done = replace(self.none, verdict="holds")
        return self._said("holds", done, by=BY, uses=self.judge.in_order(uses))

    def _other(self, lo: Expr, hi: Expr, mine: Expr, new: Polynomial) -> LawJudgement:
        """The verdict where the polynomials of an interval were not shown to be the same."""
        s, model = self.shape, self.judge.model
        where = self._where(lo, hi)
        is_ = write(put(mine, s.says.at, Entry(str(s.says.at))), model, TEXT)
        note = f"{where}{write(s.left.term, model, TEXT)} is {is_}"
        for _, v in zip(range(len(new) + 3), _inside(lo, hi), strict=False):
            there = Statement(put(mine, s.says.at, v), written(new, v))
            found = self.decide(there).equality
            if found.verdict == "fails" and found.example is not None:
                if s.bound:
                    return self.open(f"{note}, but which values {s.says.at} takes is not known")
                numbers = replace(found.example, at={s.says.at: v, **found.example.at})
                at = Statement(Apply(s.function, s.order, v), there.right)
                equality = Equality(at, model, "fails", example=numbers)
                return self._said("fails", equality, note=note)
        return self.open(f"{note}, not shown to be the same")

    def _where(self, lo: Expr, hi: Expr) -> str:
        at = self.shape.says.at
        if -oo < lo and hi < oo:
            return f"for {lo} < {at} < {hi}, "
        return f"for {at} > {lo}, " if lo > -oo else f"for {at} < {hi}, " if hi < oo else ""


def _inside(lo: Expr, hi: Expr) -> Iterator[Rational]:
    """Different numbers between two ends, without an end."""
    n = 0
    while True:
        n += 1
        if lo > -oo and hi < oo:
            yield lo + (hi - lo) * Rational(1, n + 1)
        else:
            yield lo + n if lo > -oo else hi - n if hi < oo else Integer(n)

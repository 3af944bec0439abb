"""Terms as strings with places to break and marks of emphasis. Not trusted: computes nothing."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sympy import Add, Expr, Integer, Mul, S, erf, exp, oo, pi
from sympy.core.numbers import Exp1

from derive.model import Model
from derive.terms import (
    BINDERS,
    HEADS,
    Apply,
    Cov,
    Delta,
    E,
    Entry,
    Integral,
    Partial,
    Product,
    Range,
    Sum,
    Var,
)
from derive.writing import breaking
from derive.writing.breaking import SIDE, SIGN, TERM
from derive.writing.layout import layout, within
from derive.writing.reading import ReadingOrder
from derive.writing.spelling import SOURCE, TEXT, Spelling, script

ONE, HALF = S.One, S.Half


class Writer:
    """Writes terms; ``depth`` counts brackets; None stands for indices: no spaces, no breaks."""

    def __init__(self, model: Model | None, form: Spelling, marks: Collection[Expr] = ()) -> None:
        self.form = form
        self.marks = frozenset(marks)
        self.order = ReadingOrder(model)

    # -- indices

    def range(self, r: Range) -> str:
        low, high = self.index(r.lo), self.index(r.hi)
        return f"{self.letter(r.index)} = {low}{self.form.to}{high}{self.but(r)}"

    def but(self, r: Range) -> str:
        return "".join(f", {self.letter(r.index)}{self.form.unequal}{self.index(b)}" for b in r.but)

    def letter(self, name: object) -> str:
        return self.form.letter(str(name))

    def index(self, e: Expr) -> str:
        if e.is_Symbol:
            return self.form.letter(e.name)
        return str(int(e)) if e.is_Integer else self.term(e, None)

    # -- sums

    def term(self, e: Any, depth: int | None = 0) -> str:
        """Anything, with its sign; what is around it must not bind more tightly than a sum."""
        if not e.is_Add:
            negative, written = self.signed(e, depth)
            return f"-{written}" if negative else written
        hot = self.hot(e, Add)
        found = []
        for a in e.args:
            negative, written = self.signed(a, depth)
            if a in hot:
                written = breaking.emphasised(written)
            found.append((*self.tied(self.order.summand(a), written), negative, written))
        found.sort(key=lambda entry: entry[:2])
        gap = "" if depth is None else " "
        brk = self.place(depth, TERM)
        text = ""
        for _, _, negative, written in found:
            if text:
                text += f"{brk}{gap}{'-' if negative else '+'}{gap}{written}"
            else:
                text = f"-{written}" if negative else written
        return self.marked(e, text)

    def signed(self, e: Any, depth: int | None) -> tuple[bool, str]:
        """One term of a sum, without its sign, and whether that is minus."""
        number = e if e.is_Number else e.args[0] if e.is_Mul else ONE
        if e.is_Add:
            return False, self.enclosed(e, depth)
        return bool(number.is_Number and number.is_negative), self.marked(e, self.product(e, depth))

    # -- products and quotients

    def product(self, e: Any, depth: int | None) -> str:
        """Factors and divisors, without the sign of the number among them."""
        number, above, below = ONE, [], []
        for a in Mul.make_args(e):
            if a.is_Rational:
                number = abs(a)
            elif _divides(a):
                below.append((a, a.base, -a.exp))
            elif a.is_Pow:
                above.append((a, a.base, a.exp))
            else:
                above.append((a, a, ONE))
        hot = self.hot(e, Mul) if e.is_Mul else ()
        if self.form is not SOURCE:
            number, above, below = _gathered(number, above, below)
        if self.form.tex:
            return self.tex_quotient(number, above, below, depth, hot)
        over, under = Integer(number.p), Integer(number.q)
        if under is not ONE:
            below.append((under, under, ONE))
        if over is not ONE or not above:
            above.append((over, over, ONE))
        if not below:
            return self.factors(above, depth, hot)
        quotient = self.factors(above, depth, hot, closed=True)
        divisor = self.factors(below, self.deeper(depth), hot, closed=True)
        if len(below) > 1:
            divisor = self.form.parentheses(divisor)
        simple = all(len(xs) == 1 and self.simple(*xs[0][1:]) for xs in (above, below))
        gap = "" if simple or depth is None else " "
        return f"{quotient}{self.place(depth, SIGN) if gap else ''}{gap}/{gap}{divisor}"

    def tex_quotient(
        self, number: Any, above: Any, below: Any, depth: int | None, hot: Collection[Expr]
    ) -> str:
        over, under = Integer(number.p), Integer(number.q)
        if below:
            above += [(over, over, ONE)] * (over is not ONE or not above)
            below += [(under, under, ONE)] * (under is not ONE)
            over, under = (self.grouped(xs, self.deeper(depth), hot) for xs in (above, below))
            return rf"\frac{{{over}}}{{{under}}}"
        if under is ONE:
            above += [(over, over, ONE)] * (over is not ONE or not above)
            return self.factors(above, depth, hot)
        fraction = rf"\frac{{{over}}}{{{under}}}"
        return f"{fraction} {self.factors(above, depth, hot)}" if above else fraction

    def grouped(self, items: Any, depth: int | None, hot: Collection[Expr]) -> str:
        """Factors between braces, which need no parentheses around a sum that stands alone."""
        e, base, exponent = items[0]
        if len(items) == 1 and exponent is ONE and base.is_Add:
            written = self.term(base, depth)
            return breaking.emphasised(written) if e in hot else self.marked(e, written)
        return self.factors(items, depth, hot)

    def factors(
        self, items: Any, depth: int | None, hot: Collection[Expr] = (), closed: bool = False
    ) -> str:
        """Factors side by side in reading order; ``closed`` if something may follow them."""
        sides = self.order.sides(base for _, base, _ in items) if len(items) > 1 else {}
        found = []
        for e, base, exponent in items:
            written = self.power(base, exponent, depth)
            written = breaking.emphasised(written) if e in hot else self.marked(e, written)
            rank, *rest = self.order.factor(base)
            key = (rank, sides.get(base, 0), *rest)
            found.append((*self.tied(key, written), base, exponent, written))
        found.sort(key=lambda entry: entry[:2])
        text, before = "", ONE
        for at, (_, _, base, exponent, written) in enumerate(found, 1):
            if exponent is ONE and self.open(base, closed or at < len(found), closed):
                written = self.form.parentheses(written)
            text += (self.between(before, base, depth) if text else "") + written
            before = base
        return text

    def open(self, base: Any, followed: bool, closed: bool) -> bool:
        """Whether it would not be visible where a factor ends."""
        if isinstance(base, Product):
            return closed or (followed and self.form.enclosing)
        if isinstance(base, Integral):
            return followed and self.form.enclosing
        if isinstance(base, Partial):
            return closed and not self.form.tex
        return followed and isinstance(base, Sum)

    def between(self, a: Any, b: Any, depth: int | None) -> str:
        """What stands between two factors."""
        digits = a.is_Number and b.is_Number
        if depth is None:
            return "" if a.is_Number and not digits else " "
        quotients = isinstance(a, Partial) or isinstance(b, Partial)
        ended = isinstance(a, Product) and not self.form.enclosing
        if (quotients and not self.form.tex) or digits or ended:
            return f"{self.place(depth, SIGN)} {self.form.dot} "
        if isinstance(b, (*BINDERS, Integral)):
            return f"{self.place(depth, SIGN)} "
        return f"{self.place(depth, SIDE)} "

    # -- powers

    def power(self, base: Any, exponent: Any, depth: int | None, alone: bool = False) -> str:
        if exponent is ONE:
            if base.is_Add or base.is_Mul or (base.is_Number and base.is_negative):
                return self.enclosed(base, depth)
            return self.atom(base, depth, alone)
        if exponent is HALF:
            return self.root(base, depth)
        below = self.atom(base, depth, alone) if self.tight(base) else ""
        if not below or ("^" in below and isinstance(base, Entry)):
            below = self.enclosed(base, depth, alone)
        return below + self.form.power(self.index(exponent))

    def root(self, base: Any, depth: int | None) -> str:
        inner = self.term(base, self.deeper(depth))
        if self.form.tex:
            return f"{self.form.root}{{{inner}}}"
        plain = base.is_Integer or base.is_Symbol or base == pi
        if self.form is TEXT and (plain or (isinstance(base, Entry) and not base.indices)):
            return self.form.root + inner
        return f"{self.form.root}({inner})"

    def tight(self, base: Any) -> bool:
        """Whether an exponent can follow without parentheses."""
        if base.is_Number:
            return bool(base.is_Integer and not base.is_negative)
        plain = base.is_Symbol or base == pi or isinstance(base, Exp1)
        return bool(plain or isinstance(base, (Entry, Apply, E, Var, Cov, Delta, erf)))

    def simple(self, base: Any, exponent: Any) -> bool:
        """Whether a quotient of such things is written without spaces."""
        small = base.is_Symbol or base.is_Integer or isinstance(base, Entry)
        return bool(small and exponent.is_Integer)

    # -- single things

    def enclosed(self, e: Any, depth: int | None, alone: bool = False) -> str:
        inner = self.deeper(depth)
        written = self.atom(e, inner, alone) if alone else self.term(e, inner)
        return self.form.parentheses(written)

    def atom(self, e: Any, depth: int | None, alone: bool = False) -> str:
        """What is neither a sum nor a product; ``alone`` if it is all that stands in a head."""
        return self.marked(e, self.plain(e, depth, alone))

    def plain(self, e: Any, depth: int | None, alone: bool) -> str:
        form = self.form
        if isinstance(e, Entry):
            return self.entry(e, alone)
        if e.is_Symbol:
            return form.letter(e.name)
        if e.is_Integer and not e.is_negative:
            return str(int(e))
        if isinstance(e, BINDERS):
            return self.binder(e, depth)
        if isinstance(e, Integral):
            return self.integral(e, depth)
        if isinstance(e, (exp, erf, Exp1)):
            return self.function(e, depth)
        if e in (oo, -oo):
            return f"{'-' * (e == -oo)}{form.infinity}"
        if isinstance(e, E):
            return self.head(form.mean, e, depth)
        if isinstance(e, Var):
            return self.head(form.variance, e, depth)
        if isinstance(e, Cov):
            return self.covariance(e, depth)
        if isinstance(e, Apply):
            return self.apply(e, depth)
        if isinstance(e, Partial):
            return self.partial(e, depth, alone)
        if isinstance(e, Delta):
            return form.delta.format(*map(self.index, e.args))
        if e.is_Pow or e.is_Mul or e.is_Add or e.is_Rational:
            return self.term(e, depth)
        return form.letter(str(e))

    def entry(self, e: Entry, alone: bool = False) -> str:
        name = self.form.letter(e.name)
        if not e.indices:
            return name
        family = self.order.families.get(e.name)
        marks = layout(family, len(e.indices))
        places: dict[str, list[str]] = {"^": [], "_": [], "[": []}
        for mark, i in zip(marks, e.indices, strict=True):
            places[mark].append(self.index(i))
        if alone and self.form.short and self.representative(e, marks):
            places[within(marks)] = []
        above, below, inside = (",".join(places[mark]) for mark in "^_[")
        name += f"^{script(above)}" if above else ""
        name += f"_{script(below)}" if below else ""
        return name + (f"[{inside}]" if inside else "")

    def representative(self, e: Entry, marks: str) -> bool:
        family = self.order.families.get(e.name)
        if family is None or family.kind not in ("random", "defined"):
            return False
        own = zip(marks, e.indices, family.ranges, strict=True)
        return all(i is ONE and r.lo is ONE for mark, i, r in own if mark == within(marks))

    def head(self, name: str, e: Any, depth: int | None) -> str:
        inner = e.args[0]
        base, exponent = (inner.base, inner.exp) if inner.is_Pow else (inner, ONE)
        depth = self.deeper(depth)
        if isinstance(base, (Entry, Partial)) and exponent.is_Integer and exponent.is_positive:
            written = self.power(base, exponent, depth, alone=True)
            if inner is not base:
                written = self.marked(inner, written)
        else:
            written = self.term(inner, depth)
        return name + self.form.brackets(written)

    def covariance(self, e: Cov, depth: int | None) -> str:
        depth = self.deeper(depth)
        terms = ((a, self.term(a, depth)) for a in e.args)
        both = sorted((*self.tied(self.order.summand(a), written), written) for a, written in terms)
        comma = f",{self.place(depth, TERM)} "
        inner = comma.join(written for *_, written in both)
        return self.form.covariance + self.form.brackets(inner)

    def apply(self, e: Apply, depth: int | None) -> str:
        if "·" in e.name and not e.order:
            return self.form.unnamed(e.name).replace("·", self.term(e.at, self.deeper(depth)))
        order = "'" * e.order if e.order <= 3 else f"^{{({e.order})}}"
        return self.letter(e.name) + order + self.enclosed(e.at, depth)

    def partial(self, e: Partial, depth: int | None, alone: bool) -> str:
        by = self.entry(e.by, alone) if isinstance(e.by, Entry) else self.enclosed(e.by, depth)
        of = self.entry(e.of) if isinstance(e.of, Entry) else self.enclosed(e.of, depth)
        sign = self.form.partial
        return rf"\frac{{{sign}{of}}}{{{sign}{by}}}" if self.form.tex else f"{sign}{of}/{sign}{by}"

    def binder(self, e: Any, depth: int | None) -> str:
        r = e.range
        sign = self.form.sum if isinstance(e, Sum) else self.form.product
        limits = f"{self.letter(r.index)}={self.index(r.lo)}{self.but(r)}"
        loose = isinstance(e, Sum) and isinstance(e.body, HEADS)
        gap = self.place(self.deeper(depth), TERM) if loose else ""
        return f"{sign}_{{{limits}}}^{{{self.index(r.hi)}}}{gap} {self.body(e, depth)}"

    def integral(self, e: Integral, depth: int | None) -> str:
        x, (lo, hi) = self.letter(e.variable), (self.term(limit, None) for limit in e.limits)
        if self.form is SOURCE:
            return f"{self.form.integral}_{{{x}={lo}}}^{{{hi}}} {self.enclosed(e.body, None)}"
        inner = self.deeper(depth)
        body = self.enclosed(e.body, inner) if e.body.is_Add else self.term(e.body, inner)
        sign = f"{self.form.integral}_{script(lo)}^{script(hi)}"
        thin = r"\," if self.form.tex else ""
        return f"{sign} {thin}d{x}" if e.body is ONE else f"{sign} {body} {thin}d{x}"

    def function(self, e: Any, depth: int | None) -> str:
        name, at = ("erf", e.args[0]) if isinstance(e, erf) else ("exp", e.as_base_exp()[1])
        written = (
            rf"\{name}" if self.form.tex and name == "exp" else self.form.function.format(name)
        )
        return written + self.enclosed(at, depth)

    def body(self, e: Any, depth: int | None) -> str:
        inner = self.deeper(depth)
        negative, written = self.signed(e.body, inner)
        divided = not self.form.tex and any(
            _divides(a) or (a.is_Rational and a.q != 1) for a in Mul.make_args(e.body)
        )
        ended = isinstance(e, Product) and any(
            isinstance(a, (Partial, Product)) or a.is_Number or (a.is_Pow and a.base.is_Number)
            for a in (Mul.make_args(e.body) if e.body.is_Mul else ())
        )
        # Read without parentheses, a sum that does not depend on the index would stand outside.
        apart = e.body.is_Mul and any(
            isinstance(a, BINDERS) and e.range.index not in a.free_symbols for a in e.body.args
        )
        if negative or ((divided or ended or apart) and not e.body.is_Add):
            return self.enclosed(e.body, inner)
        return written

    # -- marks, places, ties

    def deeper(self, depth: int | None) -> int | None:
        return None if depth is None else depth + 1

    def place(self, depth: int | None, kind: int) -> str:
        if depth is None or (depth and self.form.tex):
            return ""
        return breaking.place(depth, kind)

    def marked(self, e: Any, written: str) -> str:
        if self.marks and e in self.marks:
            return breaking.emphasised(written)
        return written

    def hot(self, e: Any, kind: Any) -> Collection[Expr]:
        """The arguments that a mark on only some of them covers."""
        found: set[Expr] = set()
        for m in self.marks:
            if isinstance(m, kind) and m != e and set(m.args) < set(e.args):
                found.update(m.args)
        return found

    def tied(self, key: Any, written: str) -> tuple[Any, tuple[int, str]]:
        bare = breaking.plain(written)
        return key, (len(bare), bare)


def _divides(a: Any) -> bool:
    return bool(a.is_Pow and a.exp.is_Rational and a.exp.is_negative)


Factors = list[tuple[Any, Any, Any]]


def _gathered(number: Any, above: Factors, below: Factors) -> tuple[Any, Factors, Factors]:
    """Square roots side by side under one root sign; √2/2 is written 1/√2."""
    for item in [x for x in above if x[2] is HALF and x[1].is_Integer]:
        if number.q % item[1] == 0:
            number *= item[1]
            above = [x for x in above if x is not item]
            below = [*below, item]
    return number, _one_root(above), _one_root(below)


def _one_root(items: Factors) -> Factors:
    roots = [x for x in items if x[2] is HALF]
    if len(roots) < 2:
        return items
    whole = Mul(*(base for _, base, _ in roots))
    return [*(x for x in items if x[2] is not HALF), (Mul(*(e for e, _, _ in roots)), whole, HALF)]

"""Laws with a density or with points: expectations as integrals and sums. Trusted.

Glossary: e the left side, at its place, X an entry that has a law, p its density, x the
variable of an integral from a to b, h what stands inside, H a function with H' = h.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from math import prod
from typing import Any, NamedTuple

from sympy import Add, Expr, Integer, Mul, Pow, Symbol, erf, exp, oo, pi, sqrt

from derive.claims import Uses
from derive.densities import Density, Law, Points
from derive.errors import Refused, Words
from derive.meaning import check_term
from derive.model import Distributed
from derive.order import ZERO
from derive.positive import positive
from derive.rules.bends import at_numbers, between_breaks
from derive.rules.citing import equation, instance
from derive.rules.law import Outcome, head, need, rule
from derive.rules.roots import equal
from derive.scope import Scope
from derive.substitution import put, same
from derive.terms import HEADS, WHOLE, E, Entry, Integral

INFINITE, ONE = (oo, -oo), Integer(1)


def laws_of(x: Entry, scope: Scope) -> list[tuple[Law, Uses]]:
    """The laws that were declared for an entry, under one name or under several; raises Refused."""
    found = []
    for assumption in scope.model.assumptions:
        for fact in assumption.facts:
            if isinstance(fact, Distributed):
                at = scope.instance_of(fact.entry, fact.ranges, x)
                if at is not None:
                    found.append((fact.law.at(at), frozenset({assumption.name})))
    if not found:
        raise Refused("no law of {} was declared", x, needs=Words("a law of {}", x))
    return found


def _of_one(e: Expr, x: Entry, scope: Scope, value: Expr) -> Expr:
    """What stands in an expectation, at a value of the one random entry in it."""
    body = head(e, E).args[0]
    need(_outside(body, x), "{} stands within another moment or a derivative", x)
    there = put(body, x, value)
    need(not scope.is_random(there), "{} is not a function of {} alone", body, x)
    return there


def _outside(e: Expr, x: Entry) -> bool:
    """Whether an entry stands nowhere inside of a moment, an integral or a derivative."""
    if isinstance(e, (*HEADS, *WHOLE)):
        return not e.has(x)
    return all(_outside(a, x) for a in e.args if isinstance(a, Expr))


@rule(
    "expectation by density",
    "E[g(X)] = ∫ g(x) p(x) dx",
    "X has the density p: p ≥ 0 and ∫ p(x) dx = 1; what is in pieces in g is split at its breaks",
)
def by_density(e: Expr, scope: Scope, args: tuple[Any, ...]) -> Outcome:
    """The mean of a function of X weighs its values by the density of X; a break is one point."""
    x, value, lemma, at = args
    laws = laws_of(head(x, Entry), scope)
    dense = [(law.form, uses) for law, uses in laws if isinstance(law.form, Density)]
    if not dense:
        raise Refused("the law {} of {} has no density", laws[0][0].name, x)
    unused = type(value) is Symbol and value not in scope.names | e.free_symbols
    need(unused, "{} has a meaning here, so it cannot name a value of {}", value, x)
    proved, more = equation(scope, "lemma", lemma)
    mass, one, again, _ = instance(proved, dict(at), {}, scope)
    fitting = [(form, uses) for form, uses in dense if same(mass, Add(*form.pieces))]
    need(
        one == 1 and bool(fitting),
        "{} does not say that the density of {} has the mass 1",
        lemma,
        x,
    )
    form, uses = fitting[0]
    g = _of_one(e, x, scope, value)
    parts = []
    for n, piece in enumerate(form.pieces):
        lo, hi = piece.limits
        p = put(piece.body, piece.variable, value)
        need(value not in lo.free_symbols | hi.free_symbols, "{} is in the limits", value)
        need(n == 0 or form.pieces[n - 1].limits[1] == lo, "the pieces of the density do not meet")
        _check_order(lo, hi, scope)
        _check_sign(p, value, lo, hi, scope)
        inside, known = between_breaks(g, value, lo, hi, scope)
        parts += [Integral(h * p, (value, start, end)) for start, end, h in inside if h != 0]
        uses |= known
    return Outcome(Add(*parts), uses | more | again)


def _check_order(lo: Expr, hi: Expr, scope: Scope) -> None:
    ordered = lo == -oo or hi == oo or (hi not in INFINITE and positive(hi - lo, scope))
    need(ordered and lo != oo and hi != -oo, "{} < {} was not shown", lo, hi)


def _check_sign(p: Expr, x: Symbol, lo: Expr, hi: Expr, scope: Scope) -> None:
    """A density is not negative: no factor is, in the piece."""
    for f in Mul.make_args(p):
        whole = isinstance(f, Pow) and f.exp.is_Integer and f.exp > 0
        base, power = (f.base, f.exp) if whole else (f, ONE)
        if x not in f.free_symbols:
            fine = positive(f, scope)
        else:
            fine = power % 2 == 0 or isinstance(f, exp) or _not_below(base, x, lo, hi, scope)
        need(fine, "{} was not shown to be positive, so {} may be no density", f, p)


def _not_below(f: Expr, x: Symbol, lo: Expr, hi: Expr, scope: Scope) -> bool:
    """Whether a function a + b x is shown not to be negative from one end to the other."""
    degrees = _degrees(f, x)
    if max(degrees) > 1:
        return False
    slope = degrees.get(1, ZERO)
    ends = [slope if hi == oo else put(f, x, hi), -slope if lo == -oo else put(f, x, lo)]
    return all(equal(e, ZERO, scope) or positive(e, scope) for e in ends)


@rule(
    "expectation by counting",
    "E[g(X)] = Σ_v g(v) P[X = v]",
    "X has the values v with probabilities that are not negative and add up to 1",
)
def by_counting(e: Expr, scope: Scope, args: tuple[Any, ...]) -> Outcome:
    """The mean of a function of X weighs its values by their probabilities."""
    x = head(args[0], Entry)
    laws = laws_of(x, scope)
    pointed = [(law.form, uses) for law, uses in laws if isinstance(law.form, Points)]
    if not pointed:
        raise Refused("the law {} of {} is not given by points", laws[0][0].name, x)
    form, uses = pointed[0]
    for v, p in form.pairs:
        check_term(v, scope)
        check_term(p, scope)
        need(not scope.is_random(v) and not scope.is_random(p), "{} has something random in it", v)
        need(p == 0 or positive(p, scope), "the probability {} was not shown to be positive", p)
    total = Add(*(p for _, p in form.pairs))
    need(equal(total, Integer(1), scope), "the probabilities add up to {}, not to 1", total)
    found = [(p, *at_numbers(_of_one(e, x, scope, v), scope)) for v, p in form.pairs]
    return Outcome(Add(*(p * g for p, g, _ in found)), uses.union(*(u for *_, u in found)))


@rule(
    "fundamental theorem",
    "∫_a^b h(x) dx = H(b) - H(a)",
    "H' = h on the whole line; H tends to a limit where an end is infinite",
)
def fundamental(e: Expr, scope: Scope, args: tuple[Any, ...]) -> Outcome:
    """An integral is the change of an antiderivative, which is checked by differentiating it.

    The change may be given as an argument: then it is checked to be the same number.
    """
    h = head(e, Integral)
    named, given, *change = args
    x = h.variable
    need(type(named) is Symbol, "{} is no name of a variable", named)
    need(named == x or x not in given.free_symbols, "{} has a meaning in {}", x, given)
    H = put(given, named, x)
    check_term(h, scope)
    check_term(Integral(H, (x, *h.limits)), scope)
    slope = _slope(H, x)
    need(
        equal_functions(slope, h.body, x, scope),
        "{} has the derivative {}, not {}",
        H,
        slope,
        h.body,
    )
    lo, hi = (at_end(H, x, end, scope) for end in h.limits)
    for value in change:
        check_term(value, scope)
        need(equal(value, hi - lo, scope), "{} is not {}, the change of {}", value, hi - lo, H)
    return Outcome(change[0] if change else hi - lo)


def equal_functions(f: Expr, g: Expr, x: Symbol, scope: Scope) -> bool:
    """Whether two functions of x are one, for every value of x."""
    value = Entry("value of the variable")
    there = Scope(scope.model, scope.ranges, scope.proved, {*scope.over, value.name})
    return equal(put(f, x, value), put(g, x, value), there)


@lru_cache(maxsize=4096)
def _slope(e: Expr, x: Symbol) -> Expr:
    if x not in e.free_symbols:
        return ZERO
    if e == x:
        return Integer(1)
    if isinstance(e, Add):
        return Add(*(_slope(a, x) for a in e.args))
    if isinstance(e, Mul):
        moving = [a for a in e.args if x in a.free_symbols]
        rest = [Mul(*(b for b in e.args if b is not a)) for a in moving]
        return Add(*(r * _slope(a, x) for r, a in zip(rest, moving, strict=True)))
    if isinstance(e, Pow) and e.exp.is_Integer and e.exp > 0:
        return e.exp * e.base ** (e.exp - 1) * _slope(e.base, x)
    if isinstance(e, exp):
        return e * _slope(e.args[0], x)
    if isinstance(e, erf):
        u = e.args[0]
        return 2 / sqrt(pi) * exp(-(u**2)) * _slope(u, x)
    raise Refused("no law for the derivative of {}", e)


# -- the value at an end


class Term(NamedTuple):
    """``fixed · x^power · exp(exponent) · erf(u) …``"""

    fixed: Expr = Integer(1)
    power: int = 0
    exponent: Expr = ZERO
    erfs: tuple[Expr, ...] = ()

    def times(self, t: Term) -> Term:
        return Term(
            self.fixed * t.fixed,
            self.power + t.power,
            self.exponent + t.exponent,
            (*self.erfs, *t.erfs),
        )


@lru_cache(maxsize=4096)
def _terms(e: Expr, x: Symbol) -> tuple[Term, ...]:
    """A function of x multiplied out, and nothing else of it changed."""
    if x not in e.free_symbols:
        return (Term(e),)
    if e == x:
        return (Term(power=1),)
    if isinstance(e, exp):
        return (Term(exponent=e.args[0]),)
    if isinstance(e, erf):
        return (Term(erfs=(e.args[0],)),)
    if isinstance(e, Add):
        return tuple(t for a in e.args for t in _terms(a, x))
    if isinstance(e, Mul):
        parts = [_terms(a, x) for a in e.args]
    elif isinstance(e, Pow) and e.exp.is_Integer and e.exp > 0:
        parts = [_terms(e.base, x)] * int(e.exp)
    else:
        raise Refused("{} is not made of {} by sums, products, exp and erf", e, x)
    found: tuple[Term, ...] = (Term(),)
    for part in parts:
        found = tuple(s.times(t) for s in found for t in part)
    return found


def at_end(H: Expr, x: Symbol, end: Expr, scope: Scope) -> Expr:
    """The value at an end, or the limit where it is infinite; raises Refused."""
    if end not in INFINITE:
        return put(H, x, end)
    side = 1 if end == oo else -1
    return Add(*(_limit(t, x, side, scope) for t in _terms(H, x)))


def _limit(t: Term, x: Symbol, side: int, scope: Scope) -> Expr:
    """Where a term goes: exponentials of what goes to -∞ are stronger than any power."""
    degree, goes = _direction(t.exponent, x, side, scope)
    if degree and goes < 0:
        return ZERO
    need(
        not degree and not t.power and x not in t.exponent.free_symbols,
        "{} has no limit where {} goes to {}: the integral has no value",
        x**t.power * exp(t.exponent),
        x,
        "∞" if side > 0 else "-∞",
    )
    ends = [_direction(u, x, side, scope) for u in t.erfs]
    for u, (rises, _) in zip(t.erfs, ends, strict=True):
        need(rises > 0, "{} does not go to infinity with {}", u, x)
    return t.fixed * exp(t.exponent) * prod(goes for _, goes in ends)


def _direction(q: Expr, x: Symbol, side: int, scope: Scope) -> tuple[int, int]:
    """The degree of a polynomial in x, and 1 if it goes to ∞ at that end, -1 if to -∞."""
    degrees = _degrees(q, x)
    top = max(n for n in degrees if n == 0 or degrees[n] != 0)
    if not top:
        return 0, 0
    turn = side if top % 2 else 1
    for sign in (1, -1):
        if positive(sign * degrees[top], scope):
            return top, sign * turn
    raise Refused("whether {} is positive was not shown", degrees[top])


@lru_cache(maxsize=4096)
def _degrees(q: Expr, x: Symbol) -> Mapping[int, Expr]:
    """The coefficients of a polynomial in x; that of 1 is always there."""
    degrees: dict[int, Expr] = {0: ZERO}
    for t in _terms(q, x):
        need(t.exponent == 0 and not t.erfs, "{} is no polynomial in {}", q, x)
        degrees[t.power] = degrees.get(t.power, ZERO) + t.fixed
    return degrees

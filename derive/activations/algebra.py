r"""Whether a formula is 0 everywhere, shown by algebra. Not trusted to find it: True is a proof.

Hyperbolic functions become exponentials, exponentials of one another become powers, logarithms
lose the exponentials that are factors inside them, cos² becomes 1 - sin².  Then 0 is a fraction
whose numerator expands to nothing.
"""

from __future__ import annotations

from sympy import (
    Dummy,
    Expr,
    Integer,
    Mul,
    Poly,
    cos,
    cosh,
    exp,
    expand,
    fraction,
    ilcm,
    log,
    sin,
    sinh,
    tanh,
    together,
)

LONG = 600


def shown_zero(e: Expr) -> bool:
    """Whether algebra shows that a smooth formula of a real variable is 0 wherever it exists."""
    e = exponential(e)
    if e.count_ops() > LONG or any(part.args[0].has(exp) for part in e.atoms(exp)):
        return False
    powers = Powers(e)
    above, below = fraction(together(powers.rewritten))
    if expand(below) == 0:
        return False
    return bool(expand(powers.back(_squares(expand(above)))) == 0)


def exponential(e: Expr) -> Expr:
    """tanh, sinh and cosh by exp."""
    if not e.args:
        return e
    e = e.func(*map(exponential, e.args))
    if isinstance(e, tanh):
        twice = exp(expand(2 * e.args[0]))
        return (twice - 1) / (twice + 1)
    if isinstance(e, sinh | cosh):
        up, down = exp(expand(e.args[0])), exp(expand(-e.args[0]))
        return (up - down if isinstance(e, sinh) else up + down) / 2
    return e


class Powers:
    """Exponentials as powers of a few letters: ``exp(3 s/2)`` is ``T³`` with ``T = exp(s/2)``."""

    def __init__(self, e: Expr) -> None:
        roots: dict[Expr, int] = {}
        for part in e.atoms(exp):
            for number, rest in _summands(part.args[0]):
                roots[rest] = ilcm(roots.get(rest, 1), number.q)
        self._roots = roots
        self._letters = {rest: Dummy("T", positive=True) for rest in roots}
        self.rewritten = self._rewrite(e)

    def _rewrite(self, e: Expr) -> Expr:
        if isinstance(e, exp):
            powers = (self._letters[r] ** (n * self._roots[r]) for n, r in _summands(e.args[0]))
            return Mul(*powers)
        if not e.args:
            return e
        e = e.func(*map(self._rewrite, e.args))
        return self._log(e) if isinstance(e, log) else e

    def _log(self, e: Expr) -> Expr:
        """``log(T^k (…))`` as ``k log T`` and the rest."""
        inner, outside = together(e.args[0]), Integer(0)
        for rest, letter in self._letters.items():
            above, below = fraction(inner)
            if not (above.is_polynomial(letter) and below.is_polynomial(letter)):
                continue
            least = _least(above, letter) - _least(below, letter)
            inner = together(expand(above / letter**least) / below)
            outside += least * rest / self._roots[rest]
        above, below = fraction(inner)
        return outside + log(expand(above) / expand(below))

    def back(self, e: Expr) -> Expr:
        """With the exponentials of numbers as numbers again, so that they combine."""
        return e.xreplace({letter: exp(r / self._roots[r]) for r, letter in self._letters.items()})


def _summands(exponent: Expr) -> list[tuple[Expr, Expr]]:
    """The terms of an exponent: a rational number each, and the rest."""
    found = []
    for term in expand(exponent).as_ordered_terms():
        number, rest = term.as_coeff_Mul(rational=True)
        found.append((number, rest))
    return found


def _least(e: Expr, letter: Expr) -> int:
    return min((m[0] for m in Poly(e, letter).monoms()), default=0)


def _squares(e: Expr) -> Expr:
    """cos² as 1 - sin²."""
    for c in e.atoms(cos):
        other = 1 - sin(c.args[0]) ** 2
        found = Integer(0)
        for (n,), coefficient in Poly(e, c).terms() if e.is_polynomial(c) else ():
            found += coefficient * other ** (n // 2) * c ** (n % 2)
        e = expand(found)
    return e

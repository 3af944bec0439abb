"""Whether two terms are equal in a model, decided by the normal forms. Not trusted: they decide.

Both sides are first rewritten by what is declared of moments and by results that were derived,
each step of it checked by the kernel; then telescoping products are compared, then moments.

    >>> from derive.terms import Entry, Var
    >>> from derive.model import Independent, Model, Unit
    >>> model = Model("two")
    >>> x, y = model.random("x")[()], model.random("y")[()]
    >>> model.assume("apart", Independent((Unit(("x",)), Unit(("y",)))), text="x independent of y")
    >>> print(check_equal(Var(x + y), Var(x) + Var(y), model))
    holds  Var[x + y] = Var[x] + Var[y]
    by moments; used: apart

Different normal forms prove nothing by themselves: `fails` comes with numbers that what is
declared allows, anything else is `undecided` and comes with what is left over.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from typing import Any

from sympy import Expr

from derive import products
from derive.claims import NOTHING, Proved, Uses
from derive.counting.counterexample import counterexample
from derive.counting.witness import Witness, witness
from derive.differences import difference
from derive.errors import Refused, Undeclared, Words
from derive.forms import Undecided
from derive.judging.clearing import Sides, cleared, identical, over
from derive.judging.quotient import quotient
from derive.judging.rewriting import expanded, gathered, of_square, rewritten
from derive.judging.roots import squared
from derive.judging.unfolding import by_definitions, numbered
from derive.meaning import recursive
from derive.model import Model, Statement, ranges
from derive.order import ZERO
from derive.positive import positive
from derive.powers import Outside
from derive.proving.closed import by_induction
from derive.proving.guessed import closed_forms
from derive.read.ranges import entries, ranges_of
from derive.read.values import Mismatch
from derive.result import Derived
from derive.scope import Scope
from derive.substitution import same
from derive.subterms import occurrences
from derive.terms import HEADS, Entry, Product, Range, term
from derive.writing.formula import TEXT, lines, write
from derive.writing.formula import ranges as write_ranges

WIDTH = 78
ZERO_BELOW = "{} {} 0, and nothing is divided by 0"


@dataclass(frozen=True)
class Equality:
    """What was found out about ``left = right``; true as a condition only if it holds.

    ``verdict`` is ``holds``, ``fails`` (then ``example`` has numbers) or ``undecided``;
    ``remainder`` is left - right in normal form, ``ratio`` left / right as numerator and
    denominator, each where it could be computed; ``why`` says what could not be.  ``nowhere``
    marks a claim about something that was not shown to exist; the powers of ``premises`` are
    what left / right was found to be a product of.
    """

    statement: Statement
    model: Model
    verdict: str
    by: str = ""
    uses: tuple[str, ...] = ()
    remainder: Expr | None = None
    ratio: tuple[Expr, Expr] | None = None
    example: Witness | None = None
    why: str = ""
    nowhere: bool = False
    premises: tuple[tuple[Statement, Fraction], ...] = ()

    def __bool__(self) -> bool:
        return self.verdict == "holds"

    def __str__(self) -> str:
        said = write(self.statement, self.model, TEXT)
        over = write_ranges(self.statement.ranges, self.model, TEXT)
        used = f"used: {', '.join(self.uses) or 'no assumption'}"
        first = f"{self.verdict}  {said}" + (f"   for {over}" if over else "")
        last = f"by {self.by}; {used}" if self.by else used
        return "\n".join((first, *evidence(self), last))


def evidence(found: Equality) -> Iterable[str]:
    """What speaks against an equality, a line each: what is left over, numbers, what is missing."""
    model = found.model
    if found.remainder is not None:
        yield from _broken("left - right = ", found.remainder, model)
    elif found.ratio is not None:
        above, below = found.ratio
        yield from _broken("left / right = ", above / below, model)
    if found.example is not None:
        w = found.example
        values = [*w.at.items(), *w.moments.items()]
        at = ", ".join(f"{write(e, model, TEXT)} = {value}" for e, value in values)
        yield f"left = {w.left}, right = {w.right}" + (f"  at {at}" if at else "")
    if found.why:
        yield found.why


def _broken(label: str, e: Expr, model: Model) -> Iterable[str]:
    written = lines(e, model, TEXT, width=WIDTH, first=WIDTH - len(label), indent=4)
    for n, line in enumerate(written):
        yield ("" if n else label) + "".join(text for text, _ in line)


def check_equal(
    left: Any,
    right: Any,
    model: Model,
    *over: tuple[Any, ...],
    using: Iterable[Derived] = (),
) -> Equality:
    """Whether ``left = right`` for every index value in the ranges ``(index, lo, hi)``.

    Without ranges, the claim is about every index value at which all its entries exist.
    Derivations in ``using`` are replayed against the model, and what they show is put in.
    Raises Undeclared for a name or an index that the model gives no meaning, Refused for a
    derivation that the model does not support.
    """
    a, b = term(left), term(right)
    _declared((a, b), model)
    claim = Statement(a, b, _ranges((a, b), model, ranges(*over)))
    proved = tuple(_lemma(n, d, model) for n, d in enumerate(using, start=1))
    scope = Scope(model, claim.ranges, proved)
    try:
        _exist((a, b), scope)
    except Refused as why:
        return Equality(claim, model, "undecided", why=said(why.reason, model))
    return decided(claim, scope)


# -- what is compared


def _declared(sides: Iterable[Expr], model: Model) -> None:
    """Raises Undeclared for an entry of no family, or with too many or too few indices."""
    for entry in (x for side in sides for x in side.atoms(Entry)):
        if entry.name not in model.costs:
            model.family(entry)[entry.indices]


def _ranges(sides: Sequence[Expr], model: Model, given: tuple[Range, ...]) -> tuple[Range, ...]:
    """The ranges given, and for other free indices all values at which the entries exist."""
    known = {s for s in model.sizes if isinstance(s, Expr)} | {r.index for r in given}
    names = [r.index for r in given]
    twice = {n for n in names if names.count(n) > 1 or n in model.sizes}
    if twice:
        raise Undeclared(f"{', '.join(sorted(map(str, twice)))} has two meanings in the ranges")
    stray = {s for r in given for e in (r.lo, r.hi, *r.but) for s in e.free_symbols} - known
    if stray:
        raise Undeclared(f"{', '.join(sorted(map(str, stray)))} has no meaning in the ranges")
    try:
        return ranges_of(sides, model, given)
    except Mismatch as why:
        raise Undeclared(str(why)) from why


def _exist(sides: Iterable[Expr], scope: Scope) -> None:
    """Raises Refused for an entry that was not shown to exist for all indices in range."""
    for entry, above in (found for side in sides for found in entries(side, scope.model)):
        declared = scope.model.family(entry).ranges
        at = {r.index: i for r, i in zip(declared, entry.indices, strict=True)}
        beyond = scope.within(above).in_ranges(declared, at)
        if beyond is not None:
            raise Refused("{} may not exist: {} was not shown", entry, beyond)


def _lemma(number: int, d: Derived, model: Model) -> Proved:
    shown = d.replay(model).replayed.proved[-1]
    return Proved(f"{d.story.chain} ({number})", shown.claim, shown.uses)


# -- deciding


@dataclass(frozen=True)
class Attempt:
    """What came of the normal forms; ``left`` and ``right`` is what they made of a claim."""

    found: Equality
    left: Expr
    right: Expr


def decided(claim: Statement, scope: Scope) -> Equality:
    """Whether a claim is shown by its normal forms, refuted by numbers, or neither."""
    return refuted(attempted(claim, scope), scope)


def attempted(claim: Statement, scope: Scope) -> Attempt:
    """What comes of a claim as it stands, or where nothing is divided by moments."""
    found = _attempted(claim, scope)
    without = None if found.found else cleared(claim.left, claim.right)
    return found if without is None else _cleared(claim, *without, scope)


def _attempted(claim: Statement, scope: Scope) -> Attempt:
    """By products as the claim stands, by products after rewriting, by moments: what fits first."""
    model = scope.model
    left, right = claim.left, claim.right

    def shown(by: str, uses: Uses = NOTHING) -> Attempt:
        return Attempt(Equality(claim, model, "holds", by, _names(uses, model)), left, right)

    if agree(left, right, scope):
        return shown("telescoping products")
    (left, used_left), (right, used_right) = (rewritten(side, scope) for side in (left, right))
    used = used_left | used_right
    if agree(left, right, scope):
        return shown("telescoping products", used)
    if same(left, right):
        return shown("moments", used)
    if identical(claim.left, claim.right):
        return shown("algebra")
    remainder, why = None, ""
    try:
        form = difference(claim.left, claim.right, scope)
    except (Undecided, Refused) as no:
        why = _empty_ranges(left, right, scope) or said(no.reason, model)
    else:
        if form.is_zero:
            return shown("moments", form.uses)
        used, remainder = used | form.uses, form.expression()
        divided = cleared(remainder, ZERO) is not None
        second = any(map(of_square, scope.proved))
        vanishing = None
        if second or divided:
            with suppress(Undecided, Refused):
                vanishing = gathered(claim, scope, second)
        if vanishing is not None:
            return shown("moments, telescoping products", vanishing)
    both = [expanded(side, scope) for side in (claim.left, claim.right)]
    if both != [(claim.left, NOTHING), (claim.right, NOTHING)]:
        (left, more), (right, rest) = both
        used = used | more | rest
        if agree(left, right, scope):
            return shown("moments, telescoping products", used)
    by_layers = by_definitions(claim, scope)
    if by_layers is not None:
        return shown("definitions, moments", by_layers)
    induction = by_induction(claim, scope)
    if induction is not None:
        return shown("induction", induction.uses)
    in_closed_form = _in_closed_form(claim, scope, remainder)
    if in_closed_form is not None:
        return shown("induction", in_closed_form)
    squares = squared(claim, scope)
    if squares is not None:
        met = attempted(squares, scope).found
        if met:
            return shown("squares", frozenset(met.uses))
    names = _names(used, model)
    found = Equality(claim, model, "undecided", "", names, remainder, why=why)
    return Attempt(found, left, right)


def _in_closed_form(claim: Statement, scope: Scope, rest: Expr | None) -> Uses | None:
    """What it takes to show a claim with the closed forms of its moments put in, if that does.

    ``rest`` is left - right in normal form, if there is one.  Whether a moment is 0 is left to an
    induction of that itself.
    """
    if claim.right == 0 and isinstance(claim.left, HEADS):
        return None
    sides = (claim.left, claim.right, *([] if rest is None else [rest]))
    names = {e.name for side in sides for e, _ in occurrences(side, Entry)}
    if not any(recursive(name, scope) for name in names):
        return None
    with suppress(Refused):
        down, uses = numbered(claim, scope)
        more = closed_forms(down, rest if down == claim else None, scope)
        if more or down != claim:
            met = _attempted(down, Scope(scope.model, claim.ranges, (*scope.proved, *more))).found
            return uses | frozenset(met.uses) if met else None
    return None


def _cleared(claim: Statement, sides: Sides, by: Expr, scope: Scope) -> Attempt:
    """What comes of the claim with both sides multiplied by something, if that is not 0."""
    model = scope.model
    divisor, _ = expanded(by, scope)
    if divisor == 0:
        why = said(Words(ZERO_BELOW, by, "is"), model)
        return Attempt(Equality(claim, model, "undecided", why=why), claim.left, claim.right)
    whole = _attempted(Statement(*sides, claim.ranges), scope)
    rest = whole.found.remainder
    shown = None if rest is None or divisor.has(Product) else over(rest, divisor)
    found = replace(whole.found, statement=claim, remainder=shown)
    return Attempt(found, whole.left / divisor, whole.right / divisor)


def refuted(attempt: Attempt, scope: Scope) -> Equality:
    """The ratio of the sides of a claim that was not shown, and numbers against it if there are."""
    found, left, right = attempt.found, attempt.left, attempt.right
    if found:
        return found
    claim, model = found.statement, scope.model
    ratio = _ratio(left, right, scope)
    example = witness(left, right, claim.ranges, model) or counterexample(
        claim.left, claim.right, claim.ranges, model
    )
    if example is None:
        return replace(found, ratio=ratio)
    return replace(found, verdict="fails", ratio=ratio, example=example, why="")


def agree(left: Expr, right: Expr, scope: Scope) -> bool:
    """Whether two terms are product formulas that are shown to be equal."""
    try:
        return products.agree(left, right, scope.order, partial(positive, scope=scope))
    except Outside:
        return False


def _empty_ranges(left: Expr, right: Expr, scope: Scope) -> str:
    """Which ranges of two products that agree are not shown to be ranges."""
    try:
        if not (products.normal(left) - products.normal(right)).is_one:
            return ""
        needed = products.unshown(products.conditions(left, right), scope.order)
    except Outside:
        return ""
    parts = (Words("{} ≤ {}", lo, hi + 1) for lo, hi in needed)
    return "needs " + ", ".join(said(words, scope.model) for words in parts)


def _ratio(left: Expr, right: Expr, scope: Scope) -> tuple[Expr, Expr] | None:
    """left / right as numerator and denominator, where that is shorter than the two sides."""
    try:
        above, below = quotient(left, right, scope.order)
    except Outside:
        return None
    sums = any(e.is_Add and e.has(*HEADS) for e in (left, right))
    plain = above == below or (sums and above / below == left / right)
    return None if plain else (above, below)


def said(reason: Words, model: Model) -> str:
    return reason.say(lambda e: write(e, model, TEXT) if isinstance(e, Expr) else str(e))


def _names(uses: Uses, model: Model) -> tuple[str, ...]:
    return tuple(a.name for a in model.assumptions if a.name in uses)

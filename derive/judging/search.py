"""A short derivation between the two sides of a claim. Not trusted: what it finds is checked.

Both sides are rewritten by the laws towards sums of variances and means, and joined by algebra
where that makes them one.  The normal form has decided the claim before; this is for readers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import lru_cache, partial

from sympy import Add, Expr, Mul

from derive.claims import Proved
from derive.errors import Refused, Undeclared
from derive.kernel import check_part
from derive.meaning import recursive
from derive.model import Model, Statement
from derive.polynomials import multiplied_out
from derive.proofs import Chain, Part, Step
from derive.proving.derivation import Line
from derive.proving.laws import variance_of_a_product, variance_of_a_sum, variance_of_two
from derive.proving.strategies import everywhere, repeat, separate, unfold, use_moments
from derive.scope import Scope
from derive.substitution import canonical, put
from derive.subterms import names_in
from derive.terms import HEADS, Cov, E, Entry, Sum, Var

LONGEST = 30
NUMBERED = re.compile(r" \(\d+\)$")


def steps(part: Part) -> tuple[Step, ...]:
    """The steps of a chain, from both sides."""
    return (*part.proof.steps, *part.proof.right) if isinstance(part.proof, Chain) else ()


def cited(part: Part) -> tuple[str, ...]:
    """What the steps go by, as a reader knows it; assumptions are said elsewhere."""
    found = [name for step in steps(part) for name in _law(step)]
    if isinstance(part.proof, Chain) and part.proof.products:
        found.append("telescoping products")
    return tuple(dict.fromkeys(found))


def _law(step: Step) -> tuple[str, ...]:
    if step.rule in ("definition", "lemma"):
        return (NUMBERED.sub("", str(step.args[0])),)
    zeros = isinstance(step.old, Sum) and step.old.body == 0
    return () if zeros or step.rule in ("assumption", "algebra") else (step.rule,)


def short_derivation(
    claim: Statement, model: Model, proved: Iterable[Proved], *, layers: bool = False
) -> Part | None:
    """Steps from the left side to the right side, checked by the kernel; None if none are found.

    ``layers``: a recursion may be gone down by one layer.
    """
    known = (*proved, *_laws(model))
    scope = Scope(model, claim.ranges, known)
    names = [p.name for p in proved if isinstance(p.claim, Statement) and not p.claim.over]
    for one, other, results in _starts(claim, scope, layers, names):
        with suppress(Refused, Undeclared, RecursionError):
            proof = _met(one(Line(claim.left, scope)), other(Line(claim.right, scope)), results)
            part = Part("derivation", claim, proof)
            check_part(part, model, known)
            return part
    return None


Start = Callable[[Line], Line]


def _starts(
    claim: Statement, scope: Scope, layers: bool, results: Sequence[str]
) -> Iterator[tuple[Start, Start, Sequence[str]]]:
    """How to begin on both sides, and what was shown that may be cited.

    Definitions are put in, of a recursion those of one layer.
    """
    yield _definitions, _definitions, results
    if results:
        yield _definitions, _definitions, ()
    families = scope.model.families
    sides = (claim.left, claim.right) if layers else ()
    names = sorted(n for n in names_in(*sides) if n in families)
    for name in (n for n in names if families[n].kind == "defined"):
        if recursive(name, scope):
            layer = partial(unfold, keep=name)
            for one, other in ((layer, _definitions), (_definitions, layer), (layer, layer)):
                yield one, other, results


def _met(left: Line, right: Line, names: Sequence[str]) -> Chain:
    """The steps from both lines to where they meet; Refused if they are too many."""
    met = _joined(left, right) or _joined(_reduced(left, names), _reduced(right, names))
    products = not (met or _joined(_apart(left), _apart(right)))
    here, there = _cut(left, right)
    if len(here) + len(there) > LONGEST:
        raise Refused("more than {} steps", LONGEST)
    return Chain(here, there, products=products)


def _cut(left: Line, right: Line) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """The steps up to where the two sides are first the same, if they ever are."""
    ways = [[line.start, *(step.after for step in line.steps)] for line in (left, right)]
    there = {e: n for n, e in reversed([*enumerate(ways[1])])}
    meetings = [(n, there[e]) for n, e in enumerate(ways[0]) if e in there]
    ends = min(meetings, key=sum, default=(len(left.steps), len(right.steps)))
    return tuple(left.steps[: ends[0]]), tuple(right.steps[: ends[1]])


def _joined(left: Line, right: Line) -> bool:
    """Whether the lines end alike, or can be made to by algebra, which is done."""
    if left.now != right.now:
        if multiplied_out(canonical(left.now)) != multiplied_out(canonical(right.now)):
            return False
        left.next().algebra(left.now, right.now)
    return True


def _apart(line: Line) -> Line:
    """The line with covariances as means."""
    return everywhere(line.next(), "covariance", Cov)


def laws(model: Model) -> tuple[Part, ...]:
    """The laws of the variance with their proofs, in the model's own schematic names."""
    return variance_of_two(model), variance_of_a_sum(model), variance_of_a_product(model)


def _laws(model: Model) -> tuple[Proved, ...]:
    """The laws of the variance, checked once for each of the names.

    They are proved where nothing is declared, so they hold in every model.
    """
    return tuple(_checked(law, model.moments) for law in laws(model))


@lru_cache(maxsize=64)
def _checked(law: Part, moments: int) -> Proved:
    return check_part(law, Model("laws", moments), ())[0]


def _reduced(line: Line, names: Sequence[str]) -> Line:
    """The line with every head taken apart as far as the laws go."""
    everywhere(line.next(), "second moment", _of_squared_sum)
    _written_out(line.next())
    repeat(line.next(), _of_a_multiple)
    for law in ("variance of a sum", "variance of a sum of two"):
        _cite_where(line.next(), law, Var)
    repeat(line.next(), _taken_apart)
    everywhere(line, "bilinearity of covariance", Cov)
    _as_variances(line)
    repeat(line.next(), _vanishing_covariance)
    _without_zeros(line)
    _cite_where(line.next(), "variance of a product of independent variables", Var)
    everywhere(line.next(), "linearity of expectation", E)
    repeat(line, separate)
    _without_zeros(use_moments(line.next(), names))
    everywhere(line.next(), "second moment", _is_square)
    repeat(line, _to_first_entry)
    _without_zeros(use_moments(line, names))
    everywhere(line.next(), "sum of equal terms", Sum)
    return line


def _without_zeros(line: Line) -> None:
    """The line without its sums of zeros."""
    everywhere(line, "sum of equal terms", lambda e: isinstance(e, Sum) and e.body == 0)


def _to_first_entry(line: Line) -> bool:
    """A moment of one entry becomes that of the first, where the entries have one law."""
    model = line.scope.model
    for old in line.where((E, Var)):
        base = old.args[0].as_base_exp()[0]
        if isinstance(base, Entry) and base.name in model.families:
            ranges = model.family(base).ranges
            at = {r.index: i for r, i in zip(ranges, base.indices, strict=True)}
            for n, r in enumerate(ranges):
                indices = list(base.indices)
                indices[n] = put(r.lo, at)
                first = Entry(base.name, *indices)
                if first != base:
                    with suppress(Refused):
                        line.apply("one law for all entries", old, base, first)
                        return True
    return False


def _written_out(line: Line) -> None:
    """Powers and products of sums under a mean, multiplied out."""
    for old in line.where(E):
        inside = old.args[0]
        whole = multiplied_out(inside)
        if whole != inside:
            line.algebra(old, E(whole))


def _of_squared_sum(e: Expr) -> bool:
    powers = [a.as_base_exp() for a in Mul.make_args(e.args[0])] if isinstance(e, E) else []
    return all(n.is_even for _, n in powers) and any(isinstance(b, Sum) for b, _ in powers)


def _is_square(e: Expr) -> bool:
    return isinstance(e, E) and all(a.as_base_exp()[1] == 2 for a in Mul.make_args(e.args[0]))


def _definitions(line: Line) -> Line:
    """Definitions put in that do not come back to themselves."""
    model = line.scope.model

    def once(line: Line) -> bool:
        for old in line.where(HEADS):
            for entry in old.atoms(Entry):
                if entry.name not in model.families or model.family(entry).kind != "defined":
                    continue
                if recursive(entry.name, line.scope):
                    continue
                for d in model.definitions:
                    with suppress(Refused):
                        line.cite("definition", d.name, entry)
                        return True
        return False

    return repeat(line, once, at_most=6)


def _cite_where(line: Line, law: str, kind: type) -> None:
    def once(line: Line) -> bool:
        for old in line.where(kind):
            with suppress(Refused):
                line.cite("lemma", law, old)
                return True
        return False

    repeat(line, once)


def _taken_apart(line: Line) -> bool:
    """One variance of fixed factors and summands, by the bilinearity of covariance."""
    for old in line.where(Var):
        inner, _ = line.place(old)
        trial = Line(old, inner)
        with suppress(Refused):
            whole = trial.apply("variance as a covariance", old).now
            trial.apply("bilinearity of covariance", whole)
            line.apply("variance as a covariance", old)
            line.apply("bilinearity of covariance", whole)
            _as_variances(line)
            _multiplied(line)
            return True
    return False


def _of_a_multiple(line: Line) -> bool:
    """A factor before the sum in a variance goes into the sum, so that the law applies."""
    for old in line.where(Var):
        whole = old.args[0]
        sums = [a for a in Mul.make_args(whole) if isinstance(a, Sum)]
        if len(sums) == 1 and whole != sums[0]:
            factor, over = whole / sums[0], sums[0].range
            if over.index not in factor.free_symbols:
                line.reverse("linearity of sums", whole, Sum(factor * sums[0].body, over))
                return True
    return False


def _multiplied(line: Line) -> None:
    """Nested sums multiplied out."""
    nested = any(isinstance(a, Add) for e in Add.make_args(line.now) for a in Mul.make_args(e))
    whole = multiplied_out(canonical(line.now)) if nested else line.now
    if whole != line.now:
        line.algebra(line.now, whole)


def _as_variances(line: Line) -> None:
    """The covariances of something with itself."""
    for old in line.where(Cov):
        if old.args[0] == old.args[1]:
            line.reverse("variance as a covariance", old, Var(old.args[0]))


def _vanishing_covariance(line: Line) -> bool:
    """Rewrite one covariance, if it comes to nothing."""
    for old in line.where(Cov):
        inner, _ = line.place(old)
        trial = Line(old, inner)
        with suppress(Refused):
            trial.apply("covariance", old)
            repeat(trial, separate)
            use_moments(trial)
            if trial.now == 0:
                line.apply("covariance", old)
                repeat(line, separate)
                use_moments(line)
                return True
    return False

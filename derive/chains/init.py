"""Which variance the weights should have: conditions both ways, a compromise, what it costs.

Glorot & Bengio (2010), eqs. (8)-(15): what equal variances ask of Var[W] forward and backward,
when both can be had, what the compromise between them costs, what layers of one width make of
it.  Each premise is assumed by name, and only the parts that need it use it.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from sympy import Expr, Integer, Mul, sqrt

from derive.chains.story import Story, tell
from derive.chains.weight_grad import variance_of_gradient
from derive.densities import Law
from derive.errors import Refused
from derive.model import Assumption, Distributed, Model, Statement
from derive.proofs import Chain, Part
from derive.proving.by_law import moment_parts
from derive.proving.conditions import (
    Both,
    Factor,
    asked,
    assumed,
    both_ways,
    condition,
    equal,
    equal_at_end,
    factor,
    gives,
    ones_removed,
    premise,
    with_weights,
)
from derive.proving.derivation import Line
from derive.proving.network import Book, quantity
from derive.proving.strategies import everywhere, repeat
from derive.substitution import put
from derive.terms import Entry, Range, Var

TWO = Integer(2)
COMPROMISE, NORMALISED, HEURISTIC = "compromise", "normalised", "heuristic"
EQUAL_WIDTHS, ONE_WIDTH, ONE_VARIANCE = "equal-widths", "one-width", "one-variance"
SIDE, MEAN = "both conditions side by side", "the mean that it is"
STEPS = ("{}, one layer on, if equal", "{} at the end, if equal",
         "the {} condition at the end, solved")  # fmt: skip
BETWEEN = (SIDE, MEAN, *(s.format(c) for c in ("forward", "backward") for s in STEPS))
SAID = {
    "forward": "If the variance of the activations is to be the same at every layer, one layer"
    " may not change it.",
    "10": " The condition is (10) of Glorot & Bengio (2010).",
    "11": " The condition is (11).",
    "bent": " In the condition stands what the function between the layers leaves of a second"
    " moment.",
    "backward": "If the variance of the gradients is to be the same at every layer, one layer"
    " may not change it.",
    "free": "It says nothing of the first weights: no gradient passes down through them.",
    "back": "And the other way round: where the condition holds, the variance is the same at"
    " every layer.",
    "both": "Both together are two conditions on one variance. They need equal widths …",
    "widths": "… and with equal widths the one condition is the other.",
    COMPROMISE: "Where widths differ, no variance does both. The compromise is a choice, not a"
    " consequence; this is what it costs.",
    "costs": "The two factors of one layer add up to 2: what the one loses, the other gains.",
    "mean": "The compromise is the harmonic mean 2 a b / (a + b) of the two variances that the"
    " conditions ask for.",
    NORMALISED: "A law with this variance; `derive distribution uniform --variance '2/(n+m)'` leads"
    " back from the variance to the law.",
    HEURISTIC: "The usual choice before, eq. (1), is uniform between -1/√n and 1/√n, with n units"
    " below.",
    "thirds": "So n Var[W] = 1/3, eq. (15), whatever the width.",
    ONE_WIDTH: "In layers of one width, with weights of one variance, products are powers.",
}


def init(model: Model) -> Story:
    """What equal variances ask of the weights, forward, backward and both."""
    told = Telling(model)
    subject = told.subject()
    story = tell("init", "which variance the weights should have", subject, told.book, told.all,
                 told.one_way)  # fmt: skip
    return replace(story, premises=tuple(told.premises), notes=tuple(told.notes.items()),
                   results=tuple(n for n in told.shown if n not in told.between))  # fmt: skip


class Telling:
    """The derivation in the order in which it is told."""

    def __init__(self, model: Model) -> None:
        self.book = Book(model)
        self.shown: list[str] = []
        self.premises: list[str] = []
        self.between = list(BETWEEN)
        self.notes: dict[str, str] = {}

    def subject(self) -> Expr:
        """The variance of the weights, named as in the gradient by them."""
        shown = quantity(self.book.model, "weight-grad").entry
        return Var(shown.by)

    def all(self, book: Book) -> tuple[str, tuple[str, ...]]:
        """The whole of it; what the premises are put into is derived without them."""
        gradient = variance_of_gradient(book, quantity(book.model, "weight-grad"))
        forward, backward = factor(book, "forward"), factor(book, "backward")
        both = both_ways(book.scope().order, forward, backward)
        self.way(forward)
        self.way(backward)
        if both.where.lo != both.anywhere.lo:
            self.notes[f"the {backward.chain} condition"] = SAID["free"]
        self.together(both)
        self.compromise(both)
        self.normalised(both)
        self.heuristic(both)
        self.one_width(both, gradient)
        return self.shown[-1], tuple(self.shown)

    def one_way(self, book: Book) -> tuple[str, tuple[str, ...]]:
        """What can be said of the activations or of the gradients alone."""
        found = []
        for chain in ("forward", "backward"):
            with suppress(Refused):
                found.append(factor(book, chain))
        if not found:
            raise Refused("neither the activations nor the gradients grow by a factor a layer")
        for f in found:
            self.way(f)
        return self.shown[-1], tuple(self.shown)

    def assume(self, *premises: Assumption | None) -> None:
        """Premises for the parts that follow."""
        new = [p for p in premises if p is not None and p.name not in self.premises]
        self.book.model = assumed(self.book.model, *new)
        self.premises += [p.name for p in new]

    def show(self, note: str, names: Iterable[str]) -> None:
        """Parts to write out, with words before the first."""
        found = list(names)
        self.notes[found[0]] = SAID[note]
        self.shown += found

    # -- one way, and back

    def way(self, f: Factor) -> None:
        """The condition of one direction, from equal variances and back to them."""
        self.assume(equal(f), equal_at_end(self.book, f), *condition(f))
        self.show(f.chain, asked(self.book, f))
        first = next(reversed(self.notes))
        equation = "10" if f.chain == "forward" else "11"
        self.notes[first] += SAID[equation if f.scale == 1 else "bent"]
        self.show("back", gives(self.book, f))
        if f.scale == 1:
            self.between.append(f"the {f.chain} condition, solved")

    # -- both ways

    def together(self, both: Both) -> None:
        """Both conditions ask for equal widths, which are enough."""
        book, r = self.book, both.where
        self.assume(premise(EQUAL_WIDTHS, both.outward, both.inward, r))
        left, right = (book.line(f.value, (r,)) for f in (both.forward, both.backward))
        for line, chain in ((left, "forward"), (right, "backward")):
            line.apply("lemma", line.now, f"the {chain} condition", 0, both.here, ())
        claim = Statement(left.start, right.start, (r,))
        proof = Chain(tuple(left.steps), tuple(right.steps))
        side = book.add(Part(SIDE, claim, proof))
        line = book.line(both.inward, (r,))
        by = both.scale * both.weight
        line.apply("division", line.now, "lemma", side, 0, both.here, by, both.outward)
        self.show("both", [side, book.close("both conditions need equal widths", line, (r,))])
        line = book.line(both.backward.value, (r,))
        line.apply("assumption", both.outward, EQUAL_WIDTHS, 0, both.here, ()).next()
        line.apply("assumption", line.now, "forward-condition", 0, both.here, ())
        self.show("widths", [book.close("equal widths are enough", line, (r,))])

    def compromise(self, both: Both) -> None:
        """A variance between the two, what it costs, and which mean it is."""
        book, r, total = self.book, both.where, both.inward + both.outward
        chosen = premise(COMPROMISE, both.weight, TWO / both.scale / total, both.anywhere)
        self.assume(chosen)
        self.show(COMPROMISE, self.factors(both, COMPROMISE))
        costs = TWO * both.inward / total + TWO * both.outward / total
        line = book.line(costs, (r,)).apply("fractions", costs, TWO)
        self.show("costs", [book.close("the costs of the compromise", line, (r,))])
        a, b = 1 / both.forward.rest, 1 / both.backward.rest
        line = book.line(TWO * a * b / (a + b), (r,))
        line.apply("fractions", line.now, TWO / both.scale / total)
        self.show("mean", [book.close(MEAN, line, (r,))])

    def uniform(self, both: Both, name: str, bound: Expr) -> str:
        """Weights drawn from U[-bound, bound], and their variance by an integral."""
        weights = both.weight.args[0]
        family = self.book.model.family(weights)
        at = {family.ranges[0].index: both.anywhere.index}
        units = [Range(r.index, put(r.lo, at), put(r.hi, at)) for r in family.ranges[1:]]
        entry = family[tuple(r.index for r in (both.anywhere, *units))]
        fact = Distributed(entry, Law("uniform", (-bound, bound)), (both.anywhere, *units))
        self.assume(Assumption(name, (fact,), ""))
        *before, spread = moment_parts(self.book.model, fact, f"{entry.name} ({name})")
        for part in before:
            self.book.add(part)
        square = before[-1].name
        self.between.append(square)
        self.show(name, [square, self.book.add(spread)])
        return spread.name

    def heuristic(self, both: Both) -> None:
        """The initialisation that was usual before."""
        spread = self.uniform(both, HEURISTIC, 1 / sqrt(both.inward))
        line = self.book.line(both.inward * both.weight, (both.anywhere,))
        line.cite("lemma", spread, both.weight)
        third = self.book.close("units times variance", line, (both.anywhere,))
        self.show("thirds", [third, *self.factors(both, HEURISTIC, spread)])

    def normalised(self, both: Both) -> None:
        """The law whose variance is the compromise."""
        total = both.inward + both.outward
        self.uniform(both, NORMALISED, sqrt(6 / both.scale) / sqrt(total))

    def factors(self, both: Both, name: str, lemma: str = "") -> list[str]:
        """One layer with a choice of the variance put in, forward and backward."""
        ways = (both.forward, both.backward)
        return [with_weights(self.book, f, name, lemma) for f in ways]

    # -- layers of one width

    def one_width(self, both: Both, gradient: str) -> None:
        """The product formulas as powers."""
        book, width, layers = self.book, both.inward, both.anywhere
        if not isinstance(width, Entry):
            return
        family = book.model.family(width)
        (r,) = family.ranges
        same = premise(ONE_WIDTH, family[r.index], family[r.lo], r)
        alike = put(both.weight, layers.index, layers.lo)
        self.assume(same, premise(ONE_VARIANCE, both.weight, alike, layers))
        formulas = {"forward": both.forward.whole, "backward": both.backward.whole,
                    "the weight gradient": gradient}  # fmt: skip
        found = [
            self.power(formula, f"{name} in layers of one width", both, (family[r.lo], alike))
            for name, formula in formulas.items()
        ]
        self.show(ONE_WIDTH, found)

    def power(self, formula: str, name: str, both: Both, fixed: tuple[Entry, Expr]) -> str:
        """A product formula with one width and one variance put in."""
        claim = self.book.equation(formula)
        line = self.book.line(claim.left, claim.ranges)
        at = tuple((r.index, r.index) for r in claim.ranges)
        line.apply("lemma", line.now, formula, 0, at, ()).next()
        width = fixed[0].name

        def put_in(line: Line) -> bool:
            for old in line.where(lambda e: isinstance(e, (Entry, Var)) and e not in fixed):
                is_width = isinstance(old, Entry) and old.name == width
                if is_width or both.forward.of_weights(old):
                    line.cite("assumption", ONE_WIDTH if is_width else ONE_VARIANCE, old)
                    return True
            return False

        repeat(line, put_in)
        ones_removed(line.next())
        everywhere(line.next(), "powers", Mul)
        return self.book.close(name, line, claim.ranges)

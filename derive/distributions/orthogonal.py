"""A random matrix with orthonormal rows: mean and variance of one entry. Not trusted.

The squares of a row add up to 1, and the entries have one law: each takes 1/n of it.
"""

from __future__ import annotations

from sympy import Integer, symbols

from derive.chains.story import Story
from derive.model import Model, SameLaw, Statement, Symmetric, ranges
from derive.proving.network import Book
from derive.terms import E, Entry, Sum, Var

ROWS, LAW, SIGN = "orthonormal-rows", "one-law", "symmetric"
j, k = symbols("j k")
ONE = Integer(1)


def orthonormal_rows() -> Model:
    """W with W Wᵀ = 1: of that, only the diagonal is needed."""
    model = Model("orthogonal")
    m, n = model.size("m"), model.size("n")
    W = model.random("W", (j, 1, m), (k, 1, n))
    row = Statement(Sum(W[j, k] ** 2, (k, 1, n)), ONE, ranges((j, 1, m)))
    model.assume(ROWS, row, text="each row of W has length 1")
    model.assume(LAW, SameLaw("W", (0, 1)), text="all entries of W have one law")
    model.assume(SIGN, Symmetric("W"), text="W_{j,k} and -W_{j,k} have one law")
    return model


def orthogonal(model: Model | None = None) -> Story:
    """E[W] = 0 and Var[W] = 1/n for the entries of a matrix with orthonormal rows."""
    book = Book(model or orthonormal_rows())
    n, w = symbols("n"), Entry("W", 1, 1)
    line = book.line(E(w)).apply("symmetry", E(w), w)
    mean = book.close("E[W]", line, ())
    line = book.line(n * E(w**2))
    line.reverse("sum of equal terms", line.now, Sum(E(w**2), (k, 1, n))).next()
    line.apply("one law for all entries", E(w**2), w, Entry("W", 1, k)).next()
    line.reverse("linearity of expectation", line.now, E(Sum(Entry("W", 1, k) ** 2, (k, 1, n))))
    line.next().cite("assumption", ROWS, line.now.args[0])
    line.apply("linearity of expectation", E(ONE))
    whole = book.close("one row", line, ())
    line = book.line(E(w**2)).apply("division", E(w**2), "lemma", whole, 0, (), n, 1 / n)
    second = book.close("E[W^2]", line, ())
    line = book.line(Var(w)).apply("variance", Var(w)).next()
    line.cite("lemma", second, E(w**2)).cite("lemma", mean, E(w))
    spread = book.close("Var[W]", line, ())
    title = "mean and variance of an entry of a matrix with orthonormal rows"
    told = (mean, whole, second, spread)
    return Story("distribution", title, Var(w), book.derivation(spread), spread, told,
                 results=(mean, spread))  # fmt: skip

"""Networks built through the Python API, for the tests."""

from typing import Any

from sympy import Symbol, symbols

from derive.model import Independent, Model, Statement, Unit, identical, key_of, ranges
from derive.terms import E, Entry, Partial, Product, Sum, Var, term

i, j, k, l, m = symbols("i j k l m")
ip = Symbol("i'")


def glorot() -> Model:
    """Glorot & Bengio (2010), section 4.2.1, in the paper's notation."""
    model = Model("glorot")
    d = model.size("d", 0)
    n = model.size_family("n", (i, 0, d + 1))
    x = model.random("x", (l, 1, n[0]))
    W = model.random("W", (i, 0, d), (l, 1, n[i]), (k, 1, n[i + 1]), raised=1)
    f = model.function("f")
    b = model.given("b", (i, 0, d), (k, 1, n[i + 1]), raised=1)
    z = model.defined("z", (i, 0, d + 1), (l, 1, n[i]), raised=1)
    s = model.defined("s", (i, 0, d), (k, 1, n[i + 1]), raised=1)
    model.define(z[0, l], x[l], (l, 1, n[0]))
    affine = Sum(z[i, l] * W[i, l, k], (l, 1, n[i])) + b[i, k]
    model.define(s[i, k], affine, (i, 0, d), (k, 1, n[i + 1]))
    model.define(z[i + 1, k], f(s[i, k]), (i, 0, d), (k, 1, n[i + 1]))
    C = model.cost("C", s[d, k], (k, 1, n[d + 1]))
    top = Partial(C, s[d, k])
    u = Entry("u")
    layer, unit, out = (i, 0, d), (l, 1, n[i]), (k, 1, n[i + 1])
    model.assume("linear-regime", Statement(f(u), u, over=("u",)), text="f(s) = s")
    model.assume("zero-bias", _eq(b[i, k], 0, layer, out), text="b^i_k = 0")
    model.assume(
        "independent-weights",
        Independent((Unit(("W",), each=True),)),
        text="the W^i_{l,k} independent of each other",
    )
    model.assume(
        "independent-inputs", Independent((Unit(("x",)), Unit(("W",)))), text="x independent of W"
    )
    model.assume(
        "independent-top",
        Independent((Unit((key_of(top),)), Unit(("W", "x")))),
        text="∂C/∂s^d independent of W and x",
    )
    model.assume(
        "zero-mean-weights", _eq(E(W[i, l, k]), 0, layer, unit, out), text="E[W^i_{l,k}] = 0"
    )
    model.assume("zero-mean-inputs", _eq(E(x[l]), 0, (l, 1, n[0])), text="E[x_l] = 0")
    model.assume("zero-mean-top", _eq(E(top), 0, (k, 1, n[d + 1])), text="E[∂C/∂s^d_k] = 0")
    model.assume(
        "identical-variances",
        identical(E(W[i, l, k]), unit, out, at=(layer,)),
        identical(Var(W[i, l, k]), unit, out, at=(layer,)),
        identical(E(x[l]), (l, 1, n[0])),
        identical(Var(x[l]), (l, 1, n[0])),
        identical(Var(top), (k, 1, n[d + 1])),
        text="one mean and variance for the entries of W^i, of x, of ∂C/∂s^d",
    )
    model.show("forward", Var(z[i, l]))
    model.show("backward", Var(Partial(C, s[i, k])))
    model.show("weight-grad", Var(Partial(C, W[i, l, k])))
    model.product_index = ip
    return model


def _eq(left: Any, right: int, *over: Any) -> Statement:
    return Statement(left, term(right), ranges(*over))


def with_printed(model: Model) -> Model:
    """The paper's (5), (6) and (7), as printed."""
    d, C = Symbol("d"), Entry("C")
    n, W, x = (model.families[name] for name in ("n", "W", "x"))
    s = model.families["s"]
    up = n[ip] * Var(W[ip, 1, 1])
    down = n[ip + 1] * Var(W[ip, 1, 1])
    top = Var(Partial(C, s[d, 1]))
    paper = "Glorot & Bengio (2010)"
    five = Var(x[1]) * Product(up, (ip, 0, i - 1))
    six = top * Product(down, (ip, i, d))
    seven = five * top * Product(down, (ip, i, d - 1))
    model.prints("forward", Var(model.families["z"][i, 1]), five, tag="5", source=paper)
    model.prints("backward", Var(Partial(C, s[i, 1])), six, tag="6", source=paper)
    model.prints("weight-grad", Var(Partial(C, W[i, 1, 1])), seven, tag="7", source=paper)
    return model


def columns() -> Model:
    """h_k = A_k h_{k-1}, column vectors, gradients taken at h: other letters, another network."""
    q, p, t = symbols("q p t")
    model = Model("columns")
    M = model.size("M", 1)
    N = model.size_family("N", (t, 0, M))
    v = model.random("v", (p, 1, N[0]))
    A = model.random("A", (t, 1, M), (q, 1, N[t]), (p, 1, N[t - 1]))
    h = model.defined("h", (t, 0, M), (p, 1, N[t]))
    model.define(h[0, p], v[p], (p, 1, N[0]))
    product = Sum(A[t, q, p] * h[t - 1, p], (p, 1, N[t - 1]))
    model.define(h[t, q], product, (t, 1, M), (q, 1, N[t]))
    L = model.cost("L", h[M, q], (q, 1, N[M]))
    top = Partial(L, h[M, q])
    at = (t, 1, M)
    rows, cols = (q, 1, N[t]), (p, 1, N[t - 1])
    model.assume(
        "matrices", Independent((Unit(("A",), each=True),)), text="entries of A independent"
    )
    model.assume("input", Independent((Unit(("v",)), Unit(("A",)))), text="v independent of A")
    model.assume(
        "top", Independent((Unit((key_of(top),)), Unit(("A", "v")))), text="top independent of A, v"
    )
    model.assume("centred-matrices", _eq(E(A[t, q, p]), 0, at, rows, cols), text="E[A] = 0")
    model.assume("centred-input", _eq(E(v[p]), 0, (p, 1, N[0])), text="E[v] = 0")
    model.assume("centred-top", _eq(E(top), 0, (q, 1, N[M])), text="E[top] = 0")
    model.assume(
        "alike",
        identical(Var(A[t, q, p]), rows, cols, at=(at,)),
        identical(Var(v[p]), (p, 1, N[0])),
        identical(Var(top), (q, 1, N[M])),
        text="one variance each",
    )
    model.show("forward", Var(h[t, p]))
    model.show("backward", Var(Partial(L, h[t, p])))
    model.show("weight-grad", Var(Partial(L, A[t, q, p])))
    return model

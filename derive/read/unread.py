"""What is not read, and what to write instead; for messages alone. Trusted for nothing."""

from __future__ import annotations

from collections.abc import Sequence

from derive.read.bent import ONE_NUMBER
from derive.read.formula import FRACTIONS
from derive.read.pieced import DECLARED, switches
from derive.read.tokens import Token

LIMIT = "a limit is not read: write what holds for every value"
ORDER = r"an order of magnitude is not read: write =, \le or \ge"
LEAST = "what is least or greatest over something is not read: write what holds there"
GIVEN = "a moment given something is not read: declare that as fixed numbers, 'given x_i'"
ABSOLUTE = "an absolute value is not read here: 'given f(s)', 'assume f(s) = |s|' make f(s) one"
HINTS = {
    **dict.fromkeys([r"\lim", r"\limsup", r"\liminf", r"\xrightarrow", r"\to"], LIMIT),
    **dict.fromkeys(
        [r"\gg", r"\ll", r"\lesssim", r"\gtrsim", r"\asymp", r"\approxeq", r"\doteq"], ORDER
    ),
    **dict.fromkeys(
        [r"\arg", r"\argmin", r"\argmax", r"\inf", r"\sup", "arg", "argmin", "argmax"], LEAST
    ),
    **dict.fromkeys(
        [r"\perp", r"\indep", r"\independent"],
        "independence is declared: 'assume w independent of x'",
    ),
    **dict.fromkeys([r"\pm", r"\mp"], "± says two things: write each by itself"),
    **dict.fromkeys([r"\log", r"\ln"], "a logarithm is not read here"),
    r"\nabla": r"a gradient is written entry by entry: \frac{\partial L}{\partial w_i}",
    r"\int": r"an integral is written \int_{x=a}^{b} (…)",
    r"\infty": "∞ is no number here: sums are finite, and moments are, by assumption",
    r"\in": r"\in is read of an index: i \in \{1, \dots, n\}",
    "!": "a factorial is not read",
}  # fmt: skip
BARS = frozenset({"|", r"\lvert", r"\vert", r"\mid"})
EXTREMES = frozenset({r"\min", r"\max", "min", "max"})


def instead(items: Sequence[Token], here: int, reason: str) -> tuple[Token, str] | None:
    """A place and a better reason for what could not be read at one token, if one is known."""
    token, before, last = items[here], items[max(here - 1, 0)], items[max(here - 2, 0)]
    if token.text in BARS:
        bar = token.text == r"\mid" or " to close the " in reason
        return token, GIVEN if bar else ABSOLUTE
    if token.text in HINTS:
        return token, HINTS[token.text]
    integral = next((t for t in items[max(here - 3, 0) : here] if t.text == r"\int"), None)
    if integral is not None:
        return integral, HINTS[r"\int"]
    if reason.startswith("unknown name d") and before.text == "{" and last.text in FRACTIONS:
        return token, r"a derivative is written with \partial"
    switch = switches([t for t in items if t.text not in BARS])
    if switch is None or token.at < switch.at or reason == ONE_NUMBER:
        return None
    after = items[items.index(switch) + 1 : items.index(switch) + 2]
    if switch.text in EXTREMES and after and after[0].text in ("_", "}"):
        return switch, LEAST
    shown = f"{switch.text}+" if switch.text in ("_", "^") else switch.text
    return switch, DECLARED.format(shown)

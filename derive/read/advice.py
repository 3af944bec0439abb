"""What to write instead of a declaration that cannot be read. Trusted to say nothing of a meaning.

A table: what people write, and how it is said here.  Only lines that were refused are looked at.
"""

from __future__ import annotations

import re

BOUNDED = "a bound is said where a name is declared: 'size n >= 2', 'given c > 0'"
INDEXED = "a vector has an index: 'random x_i for i = 1..n'"
RANGED = "a range is written 'for i = 1..n'"
SEVERAL = "put ; between facts, and commas between families"
ADVICE = [
    (r"^(random|given|size)\b.*(~|\\sim)", "a law is a fact: 'random x_i for …' first, then "
     "'assume x_i ~ …'"),
    (r"\bfor\b.*(\\in\b|\bin\b|dots|\.\.\.)", RANGED),
    (r"^random\b[^;]*(\\in\b|\bin\b|\bof size\b)", INDEXED),
    (r"^random\b.*\bmean\b", "what is known of moments is a fact: 'assume E[x_i] = 0'"),
    (r"^random\b.*(dots|\.\.\.)", INDEXED),
    (r"^(random|given|size)\s((?!\bfor\b)[^=])*=\s*\S+?\.\.", "write 'for' before the ranges"),
    (r"^size\b[^>]*=", "a size stands for all its values; 'assume n = 3' fixes one"),
    (r"^size\b.*>(?!=)", "a least size is written 'size n >= 2'"),
    (r"^given\b[^>]*=", "a number that is known is defined: 'let c = 2'"),
    (r"\biid\b|\bi\.i\.d\b|\{iid\}", "say both: 'independent x_i; same law x_i over i'"),
    (r"identically|distribution", "write 'same law x_i over i'"),
    (r"^assume\b.*\\perp", "write 'x independent of y'"),
    (r"^assume\b.*(\bmean\b|\bcentred\b|\bcentered\b)", "write 'E[x_i] = 0'"),
    (r"^assume\b.*\bfor (all|every|each)\b", "a fact is for all indices: leave that out"),
    (r"^assume\b.*Cov.*(\\neq?\b|!=)", "write 'Cov[x_i, x_j] = c for i \\ne j', or "
     "'uncorrelated x_i'"),
    (r"^(assume|require)\b[^=]*=[^;]*(,|\band\b)[^;]*=", SEVERAL),
    (r"^assume independent\b.*\band\b", SEVERAL),
    (r"^(assume|require)\b(?!.*(\\begin|\\math|1_)).*([<>]|\\[lg]eq?\b)", BOUNDED),
    (r"^cost\b.*[=(]", "a cost is any function of what stands after 'of': 'cost L of y'; one that "
     "is computed is defined with 'let'"),
    (r"(?<![\\A-Za-z])(sum|prod|sqrt|frac)(?![A-Za-z])", "commands of LaTeX begin with \\"),
    (r"^(%|//|--)", "a comment begins with #"),
    (r"~|\\sim|=", "a fact begins with 'assume', a definition with 'let'"),
]  # fmt: skip
KEYED = re.compile(r"(assume|require|let|also|cost|random|given|size|show|printed|read|use|new)\b")


def advice(text: str) -> str:
    """How a statement that was refused may have been meant; empty if that is not known."""
    for pattern, words in ADVICE[:-1] if KEYED.match(text) else ADVICE[-2:]:
        if re.search(pattern, text):
            return f"; {words}"
    return ""

"""The words between formulas: which join them, and which may be passed over. Trusted for meaning.

Words that could change what a formula says are not passed over.
"""

from __future__ import annotations

import re

AND = frozenset(
    {"and", "&", "as well as", "where", "with", "since", "because", "as", "while", "whereas"}
    | {"and also", "but", "also", "which is", "and where", "or equivalently"}
)
IF = frozenset(
    {"if", "when", "whenever", "provided", "provided that", "assuming", "assuming that"}
    | {"given", "given that", "suppose", "suppose that", "assume", "assume that", "let"}
    | {"under", "as long as"}
)
THEN = frozenset({"then", "we have", "we get", "it follows that"})
SO = frozenset(
    {"so", "hence", "thus", "therefore", "so that", "and so", "and hence", "and thus", "gives"}
    | {"implies", "which implies", "and therefore", "yields", "which gives", "which yields"}
)
IFF = frozenset({"iff", "if and only if", "or, equivalently", "is equivalent to"})
ONLY = frozenset({"only if"})
FOR = frozenset({"for", "for all", "for every", "for each", "for any", "over", "for some"})
DOUBT = frozenset(
    {"not", "no", "never", "false", "wrong", "unless", "except", "without", "or", "fails", "if"}
    | {"only", "some", "when", "where", "incorrect", "cannot", "isn't", "doesn't", "neither"}
    | {"assuming", "provided", "given", "suppose", "assume", "for", "otherwise", "may", "might"}
    | {"minus", "plus", "times", "twice", "half", "double", "square", "squared", "root"}
    | {"approximately", "roughly", "nearly", "asymptotically"}
)
WEAKER = re.compile(r"\bin (?:law|distribution)$|\bup to\b|\bat (?:most|least)\b")
NO_WORDS = re.compile(r"[^A-Za-z]*[^A-Za-z\s,.;:~\\][^A-Za-z]*")


def said(text: str) -> str:
    """What joins the formulas around: and, if, then, so, iff, only, for; note; or "" in doubt."""
    plain = " ".join(re.sub(r"[,.;:~\\]|\\quad", " ", text).lower().split())
    plain = plain.removeprefix("and ") if plain.startswith("and for") else plain
    for kind, words in (
        ("and", AND), ("if", IF), ("then", THEN), ("so", SO), ("iff", IFF), ("only", ONLY),
    ):  # fmt: skip
        if plain in words:
            return kind
    if plain in FOR and plain != "for some":
        return "for"
    if re.fullmatch(r"\s*[(\[].*[)\]]\s*", text, re.DOTALL):
        return "note"
    doubted = DOUBT & set(plain.split()) or WEAKER.search(plain) or NO_WORDS.fullmatch(text)
    return "" if doubted else "note"


def within(text: str) -> bool:
    """Whether words may stand inside a chain, as a reason next to a sign."""
    return bool(re.match(r"\s*(?:[(\[]|by\b|using\b|from\b)", text.lower()))

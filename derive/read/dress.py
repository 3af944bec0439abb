r"""Without braces, boxes and notes over signs: what people draw around it. Trusted for meaning.

A note over a sign may be a reason, ``\overset{(a)}{=}``, or ask for something, ``\overset{!}{=}``;
one that says that the sign means something else is refused.  What a brace is said to be equal to,
``\underbrace{E[w]}_{= 0}``, is a claim of its own.
"""

from __future__ import annotations

from derive.read.atoms import JOINTS
from derive.read.formula import ASKED, SIGNS
from derive.read.lexing import Tokens
from derive.read.tokens import Source, Token
from derive.read.words import depth

NOTED = {r"\underbrace": "_", r"\overbrace": "^"}
OVER = {r"\overset": "^", r"\stackrel": "^", r"\underset": "_"}
BOXES = frozenset(
    {r"\boxed", r"\mathop", r"\mathrel", r"\mathbin", r"\ensuremath"}
    | {r"\smash", r"\mathstrut", r"\mathclap", r"\mathllap", r"\mathrlap"}
)
COLORED = r"\textcolor"
CANCELLED = frozenset({r"\cancel", r"\bcancel", r"\xcancel", r"\cancelto"})
WORN = frozenset({*NOTED, *OVER, *BOXES, COLORED, *CANCELLED})
LIMITED = frozenset({r"\mathbb", r"\operatorname", r"\mathrm", r"\E"})
IN_LAW = frozenset({"d", "D", "L", "P", "p"})
DOUBTS = frozenset(
    {"law", "dist", "distr", "distribution", "prob", "probability", "not", "approx", "asympt"}
    | {"approximately", "asymptotically"}
)
MARKS = frozenset(
    {"?", "*", r"\ast", r"\star", r"\dagger", r"\ddagger", r"\triangle", r"\Delta"}
    | {"(", ")", "{", "}", "[", "]", ".", ",", "'", "/", "-", r"\mathrm", r"\mathsf", r"\rm"}
    | {r"\scriptsize", r"\tiny", r"\mathclap", r"\mathit", r"\mathbf"}
)  # fmt: skip
REASONS = frozenset({*SIGNS, r"\perp", r"\sim", r"\Rightarrow", r"\indep", r"\forall"})
LIMITS = frozenset({r"\to", r"\rightarrow", r"\infty", r"\lim", r"\approx", r"\ll", r"\gg"})
WORDY = frozenset({"text", "quad"})
GONE = "is it 0, or divided by? a term that is crossed out is not read: leave it out"


def group(source: Source, items: list[Token], at: int) -> int:
    """Where the group that opens at ``at`` closes; one token is a group of its own."""
    if at >= len(items):
        raise source.error(items[-1].at, f"expected {{ after {items[-1].text}")
    if items[at].text != "{":
        return at
    level = 0
    for b in range(at, len(items)):
        level += (items[b].text == "{") - (items[b].text == "}")
        if level == 0:
            return b
    raise source.error(items[at].at, "expected } to close this {")


def undressed(source: Source, items: Tokens) -> tuple[Tokens, list[Tokens]]:
    """The formula without what is around it, and what braces are said to be; raises Unreadable."""
    found, labels = _Undressing(source, items).done()
    return found, [_Undressing(source, label).done()[0] for label in labels]


class _Undressing:
    def __init__(self, source: Source, items: Tokens) -> None:
        self.source = source
        self.waiting: list[Token] = list(items)
        self.found = Tokens()
        self.found.ends = items.ends
        self.labels: list[Tokens] = []
        self.notes: set[str] = set()

    def done(self) -> tuple[Tokens, list[Tokens]]:
        at = 0
        while at < len(self.waiting):
            token = self.waiting[at]
            text = token.text if token.kind == "command" else ""
            if text in NOTED:
                self._brace(at, NOTED[text])
            elif text in OVER:
                self._over(at)
            elif text in BOXES:
                self._box(at)
            elif text == COLORED:
                del self.waiting[at : group(self.source, self.waiting, at + 1) + 1]
                self._open(at)
            elif text in CANCELLED:
                self.found.append(Token("unclear", GONE, token.at))
                at += 1
            else:
                self.found.append(token)
                at += 1
        return self.found, self.labels

    def _brace(self, at: int, mark: str) -> None:
        """Take a brace and its label away; a label such as ``= 0`` is kept as a claim."""
        after = group(self.source, self.waiting, at + 1) + 1
        if after < len(self.waiting) and self.waiting[after].text == mark:
            last = group(self.source, self.waiting, after + 1)
            label = self.waiting[after + 1 : last + 1]
            label = label[1:-1] if len(label) > 1 else label
            label = label[: next((n for n, t in enumerate(label) if t.kind in WORDY), len(label))]
            if len(label) > 1 and label[0].text == "=" and label[1].text != ":":
                said = Tokens()
                said.extend([*self.waiting[at + 2 : after - 1], *label])
                self.labels.append(said)
            del self.waiting[after : last + 1]
        self._box(at)

    def _box(self, at: int) -> None:
        """Take a box away; a frame that is seen brackets what is in it."""
        frame = self.waiting[at].text == r"\boxed"
        del self.waiting[at]
        if at < len(self.waiting) and not self._open(at) and frame:
            for end, bracket in ((at, "("), (group(self.source, self.waiting, at), ")")):
                if self.waiting[end].text in ("{", "}"):
                    self.waiting[end] = self.waiting[end]._replace(text=bracket)

    def _open(self, at: int) -> bool:
        """Take braces away around a sign, or a whole relation; whether there were any."""
        last = group(self.source, self.waiting, at)
        inner, level, signs = self.waiting[at + 1 : last], 0, False
        for t in inner:
            level += depth(t)
            signs |= level <= 0 and t.kind != "text" and (t.text in SIGNS or t.text in OVER)
        if signs:
            self.waiting[at : last + 1] = inner
        return signs

    def _over(self, at: int) -> None:
        """A sign without the note over it, or with what the note asks for."""
        token = self.waiting[at]
        last = group(self.source, self.waiting, at + 1)
        until = group(self.source, self.waiting, last + 1)
        note, base = self.waiting[at + 1 : last + 1], self.waiting[last + 1 : until + 1]
        note, base = (g[1:-1] if len(g) > 1 else g for g in (note, base))
        inner = Tokens()
        inner.extend(base)
        inner.ends = self.found.ends
        base = _Undressing(self.source, inner).done()[0]
        end = self.found.ends[self.waiting[until].at]
        sign = base[0] if len(base) == 1 else None
        if sign is not None and (sign.text in SIGNS or sign.text == r"\sim" or sign.text in JOINTS):
            self.waiting[at : until + 1] = [self._noted(sign, note, token.at, end)]
        elif self._limits(token.text, base):
            brace = [Token("op", OVER[token.text], 0), Token("op", "{", 0), *note]
            parts = [*base, *brace, Token("op", "}", 0)]
            self.waiting[at : until + 1] = [t._replace(at=token.at) for t in parts]
            self.found.ends[token.at] = end
        elif all(t.kind == "text" for t in note):
            self.waiting[at : until + 1] = self.waiting[last + 1 : until + 1]
        else:
            why = f"cannot tell what {token.text} does here: expected a relation sign under this"
            self.waiting[at : until + 1] = [Token("unclear", why, token.at)]

    def _limits(self, mark: str, base: list[Token]) -> bool:
        """Whether what is over or under is a limit of a sum, or what a mean is taken over."""
        first = base[0].text if base else ""
        return first in (r"\sum", r"\prod") or (mark == r"\underset" and first in LIMITED)

    def _noted(self, sign: Token, note: list[Token], at: int, end: int) -> Token:
        """The sign if the note is a label or a reason; refuse what may change what it says."""
        words = [w for t in note for w in (t.text.split() if t.kind == "text" else [t.text])]
        said = " ".join(words)
        if said == "!" and (asked := rf"\overset{{!}}{{{sign.text}}}") in ASKED:
            self.found.ends[at] = end
            return Token("op", asked, at)
        names = {w.strip("().,:;") for w in words} - {"", *MARKS}
        doubt = bool(names & DOUBTS) or (
            len(names) == 1 and bool(names & IN_LAW) and "c" not in self.notes
        )
        self.notes |= names
        plain = all(t.kind in ("text", "word", "letter", "number") or t.text in MARKS for t in note)
        reason = any(t.text in REASONS for t in note) and not names & LIMITS
        if reason or (plain and not doubt):
            return sign
        last = self.found.ends[note[-1].at]
        said = " ".join(self.source.text[note[0].at : last].split())
        why = f"cannot tell what {said} makes of {sign.text}"
        return Token("unclear", f"{why}: equal in law is not read, nor in a limit", sign.at)

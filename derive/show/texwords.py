"""Words with mathematics between dollar signs, for Markdown and LaTeX. Not trusted: no meaning.

Names, of assumptions and commands, stand between backticks.  The mathematics uses no backslash
before a punctuation mark: Markdown would take it away.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from sympy import Expr

from derive.model import Model, Statement
from derive.rules import RULES
from derive.show.hints import Block, Made, Names, Piece, Said
from derive.show.lines import TIE
from derive.show.words import Voice
from derive.writing.formula import LATEX, lines
from derive.writing.spelling import NAMED

WIDTH = 300
SIGNS = {
    "∏": r"\prod", "Σ": r"\sum", "·": r"\cdot ", "∂": r"\partial ", "≠": r"\ne ", "≥": r"\ge ",
    "≤": r"\le ", "²": "^2", "…": r"\dots ", "δ": r"\delta", "√": r"\sqrt", "→": r"\to ",
    "∞": r"\infty ", "′": "'",
}  # fmt: skip
SIGNS |= {letter: rf"\{name} " for letter, name in NAMED.items() if letter not in SIGNS}
_HEADS = re.compile(r"\b(Var|Cov)\[")
_FORMULA = re.compile(r"(?:Var|Cov|E)\[[^]]*\]|∂[^\s,;]+")
_VALUE = re.compile(r"\bat (\S+ = [^\s;]+)")
_TOKENS = re.compile(r"(\$[^$]*\$|`[^`]*`)")


class TexVoice(Voice):
    """Says everything with its mathematics between dollar signs."""

    def __init__(self, model: Model) -> None:
        super().__init__(model, LATEX)
        self.names = sorted((a.name for a in model.assumptions), key=len, reverse=True)

    def math(self, written: str) -> str:
        return f"${written.strip('$')}$"

    def spell(self, thing: object) -> str:
        return super().spell(thing) if not isinstance(thing, str) else tex_words(thing)

    def rows(self, e: Expr | Statement) -> list[str]:
        """A formula in one line or several."""
        found = lines(e, self.model, LATEX, width=WIDTH, indent=2)
        texts = ["".join(text for text, _ in row) for row in found]
        return [r"\quad " * ((len(t) - len(t.lstrip())) // 2) + t.lstrip() for t in texts]

    def named(self, words: str) -> str:
        """Words in which names of assumptions are marked."""
        for name in self.names:
            words = re.sub(rf"(?<![\w`-]){re.escape(name)}(?![\w`-])", f"`{name}`", words)
        return words

    def say(self, *said: Piece) -> str:
        """Words and formulas."""
        found = []
        for piece in said:
            if isinstance(piece, Block):
                found.append(" and ".join(self.block(k) for k in piece.keys))
            elif isinstance(piece, str):
                found.append(self.named(law_words(self.title(piece))))
            else:
                found.append(self.spell(piece))
        return "".join(found)

    def reasons(self, said: Iterable[Said]) -> list[str]:
        """Reasons, one a line."""
        found = []
        for hint in said:
            if isinstance(hint, Made):
                found.append(f"{self.formula(hint.of)} is made of {self.boxes(hint.boxes)}")
            elif isinstance(hint, Names):
                found.append(", ".join(f"`{n}`" for n in hint.names))
            else:
                note = hint.note if hint.note.startswith("`") else self.named(hint.note)
                note = _VALUE.sub(r"at $\1$", note)
                gap = " (" if note and not isinstance(hint.said[0], Statement) else ", by "
                words = self.say(*hint.said)
                found.append(f"{words}{gap if note else ''}{tex_words(note)}"
                             f"{')' if note and gap == ' (' else ''}")  # fmt: skip
        return found


def law_words(words: str) -> str:
    """Words; the law behind the name of a rule becomes mathematics."""
    head, mark, law = words.partition(": ")
    if mark and head in RULES and RULES[head].law == law:
        return f"{head}: {', '.join(f'${tex_signs(part)}$' for part in law.split(',  '))}"
    return tex_words(words)


def change_words(words: str) -> str:
    """What was changed in a formula; the new limit or factor is mathematics."""
    found = re.fullmatch(r"(.*?(?:: |limit |→ ))(.*)", words)
    if not found or re.search(r"[^\W\d_]{3}", found[2].replace("Var", "")):
        return tex_words(words)
    return f"{found[1]}${tex_signs(found[2])}$"


def tex_words(words: str) -> str:
    """Words in which formulas as text become mathematics."""
    return "".join(
        part if part[:1] in ("$", "`") else _FORMULA.sub(lambda m: f"${tex_signs(m[0])}$", part)
        for part in _TOKENS.split(words.replace(TIE, " "))
    )


def tex_signs(formula: str) -> str:
    """A formula as text in the spelling of LaTeX."""
    for sign, command in SIGNS.items():
        formula = formula.replace(sign, command)
    return _HEADS.sub(r"\\operatorname{\1}[", formula).strip()


def tokens(words: str) -> Iterator[tuple[str, str]]:
    """The pieces of some words: ``math``, ``name`` or ``text``."""
    for part in _TOKENS.split(words.replace(TIE, " ")):
        if part:
            kind = {"$": "math", "`": "name"}.get(part[0], "text")
            yield kind, part.strip("$`") if kind != "text" else part

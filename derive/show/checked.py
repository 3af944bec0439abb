"""Files that were checked as lines for a reader. Not trusted: layout only."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from textwrap import wrap

from sympy import Add

from derive.judging.check import ClaimChecked, LinkChecked
from derive.judging.conflicts import Conflict
from derive.judging.documents import Checked, counted
from derive.judging.explain import Explanation, explained
from derive.model import Model
from derive.read.document import VERDICTS
from derive.read.starter import starter
from derive.show.derived import Derived
from derive.show.lines import Line, Segment, filled, length, padded, tied
from derive.show.sheet import GAP, Sheet
from derive.show.tally import many, notes, printable, table
from derive.show.verdict import STYLES, Row, lacking, mark, rows
from derive.show.words import Voice
from derive.writing.spelling import TEXT, Spelling

MARGIN = 4
LABEL = 9
MOST_LINES = 8
BREAKS = re.compile(r"[\\+=&]")


@dataclass(frozen=True)
class Shown:
    """What a reader asked to see: the verdicts, or all of them; the derivations."""

    only: Collection[str] = ()
    explain: bool = False


def report(
    files: Sequence[Checked], *, form: Spelling = TEXT, width: int = 80, shown: Shown | None = None
) -> list[Line]:
    """The lines of a report, each of at most ``width`` columns if there is any place to break."""
    shown = shown or Shown()
    found: list[Line] = []
    for file in files:
        if file.found is not None:
            found += _Page(file, form, width, shown, several=len(files) > 1).lines()
    usable = [f for f in files if f.found is not None]
    return [*found, *table(usable, width)] if len(files) > 1 and usable else found


def about(
    file: Checked, claim: ClaimChecked, *, form: Spelling = TEXT, width: int = 80
) -> list[Line]:
    """The lines on one claim."""
    return _Page(file, form, width, Shown()).claim(claim)


def against(
    file: Checked, conflict: Conflict, *, form: Spelling = TEXT, width: int = 80
) -> list[Line]:
    """The lines on claims that cannot all be right."""
    return _Page(file, form, width, Shown()).conflict(conflict)


def explanations(
    file: Checked, *, form: Spelling = TEXT, width: int = 80
) -> Callable[[LinkChecked, Model], list[Line]]:
    """What writes out the derivations behind the relations of a file, one after the other."""
    page = _Page(file, form, width, Shown(explain=True))

    def lines(c: LinkChecked, model: Model) -> list[Line]:
        sheet = Sheet(model, form, width)
        return page.explanation(explained(c.judgement, model), sheet, 0) if c.judgement else []

    return lines


class _Page:
    """The report on one file."""

    def __init__(
        self, file: Checked, form: Spelling, width: int, shown: Shown, several: bool = False
    ) -> None:
        self.file = file
        self.several = several
        self.form = form
        self.width = width
        self.shown = shown
        self.say = Voice(Model("any"), form).text
        self.derived = Derived()
        self.source = file.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")

    def lines(self) -> list[Line]:
        found: list[Line] = []
        undeclared = self.file.found is not None and not self.file.found.document.declared
        for claim in self.file.claims:
            if self.shown.only and claim.verdict not in self.shown.only:
                continue
            unknown = claim.verdict == "unreadable" and not claim.claim.broken
            if not (undeclared and unknown):
                found += [*self.claim(claim), []]
        if not self.shown.only:
            for conflict in self.file.conflicts:
                found += [*self.conflict(conflict), []]
        if undeclared and self.file.claims:
            found += [*self.starter(), []]
        if self.several and not found:
            if self.shown.only and self.file.claims:
                return []
            found.append([(printable(self.file.name), "heading")])
        return [*found, *self.summary(), []]

    # -- one claim

    def claim(self, c: ClaimChecked) -> list[Line]:
        where = c.trouble.where if c.trouble else c.claim.where
        voice = Voice(c.model, self.form)
        head: list[Segment] = [(self.place(*self.file.at(where)), "heading"), ("  ", "")]
        head.append((tied(mark(c.verdict, self.form)), STYLES[c.verdict]))
        if c.verdict == "needs":
            head.append(("  " + lacking(c.links, voice), ""))
        if c.claim.tag:
            head.append((f"  ({printable(c.claim.tag)})", "dim"))
        if c.expected:
            said = ("  as expected", "good") if c.met else (f"  expected {c.expected}", "bad")
            head.append(said)
        if c.trouble and c.trouble.because:
            head.append((f"  {printable(c.trouble.reason)}", ""))
            return filled(head, self.width, MARGIN)
        found = filled(head, self.width, MARGIN)
        if c.trouble:
            return [*found, *self.trouble(c)]
        found += self.written(c.claim.text, MARGIN)
        if len(c.links) == 1:
            return found + self.link(c.links[0], voice, MARGIN)
        for n, link in enumerate(c.links, start=1):
            name = "whole" if link.whole else f"link {n}"
            found += [[(" " * MARGIN, ""), (name.ljust(LABEL), "label"),
                       (mark(link.verdict, self.form), STYLES[link.verdict])]]  # fmt: skip
            found += self.link(link, voice, MARGIN + 2)
        return found

    def place(self, name: str, line: int, column: int) -> str:
        return f"{printable(name)}:{line}:{column}"

    def written(self, text: str, margin: int) -> list[Line]:
        """A formula as it stands in the file, or its beginning."""
        room = max(20, self.width - margin)
        most = MOST_LINES * room
        cut = _rows(printable(text[:most]), room)[:MOST_LINES]
        found: list[Line] = [[(" " * margin, ""), (row, "")] for row in cut]
        if len(text) > most:
            count = f"… ({len(text)} characters)"
            found.append([(" " * margin, ""), (self.say(count), "dim")])
        return found

    def trouble(self, c: ClaimChecked) -> list[Line]:
        """The line that could not be read, a sign under the place, and what was expected."""
        if c.trouble is None:
            return []
        (line, column), reason, _ = c.trouble
        text = self.source[line - 1] if 0 < line <= len(self.source) else c.claim.text
        room = self.width - MARGIN
        start = 0 if len(text) <= room or column <= room - 8 else column - room // 2
        shown = printable(text[start : start + room])
        if start:
            shown = shown[1:].rjust(len(shown), "<")
        indent = " " * MARGIN
        found: list[Line] = [[(indent, ""), (shown, "")]]
        found.append([(indent + " " * (column - 1 - start), ""), ("^", "bad")])
        return found + self.filled([(printable(reason), "")], MARGIN)

    def filled(self, pieces: Sequence[Segment], margin: int, indent: int = 2) -> list[Line]:
        body = filled(pieces, self.width - margin, indent)
        return [[(" " * margin, ""), *line] for line in body]

    # -- one relation

    def link(self, c: LinkChecked, voice: Voice, margin: int) -> list[Line]:
        sheet = Sheet(voice.model, self.form, self.width)
        found: list[Line] = []
        for row in rows(c, voice, tex=self.file.tex):
            found += self.row(row, sheet, margin)
        if self.shown.explain and c.judgement is not None:
            found += self.explanation(explained(c.judgement, voice.model), sheet, margin)
        return found

    def row(self, row: Row, sheet: Sheet, margin: int) -> list[Line]:
        inside = margin + LABEL if row.label else margin
        room = self.width - inside
        if row.formula is None:
            body = filled([(row.words, "")], room, 2)
        else:
            formula = sheet.formula(row.formula, room, first=room - len(row.words), indent=4)
            first, *rest = _signed(formula, self.say(row.sign))
            body = [[(row.words, "dim"), *first], *rest]
            if isinstance(row.formula, Add) and not row.label and len(body) > MOST_LINES:
                more = [(self.say(f"    … ({len(row.formula.args)} terms)"), "dim")]
                body = [*body[: MOST_LINES - 1], more]
        body = self.limits(row, body, sheet, room)
        if not row.label:
            return [[(" " * margin, ""), *line] for line in body]
        head = padded([(" " * margin, ""), (row.label, "dim")], inside)
        return [[*(head if n == 0 else [(" " * inside, "")]), *b] for n, b in enumerate(body)]

    def limits(self, row: Row, body: list[Line], sheet: Sheet, room: int) -> list[Line]:
        """The ranges and the note, at the right end if there is space."""
        said = sheet.over(row.over, "dim")
        if row.note:
            said = [*said, ("  " if said else "", ""), (tied(row.note), "dim")]
        if not said:
            return body
        gap = room - length(body[-1]) - length(said)
        if gap >= GAP:
            return [*body[:-1], [*body[-1], (" " * gap, ""), *said]]
        tail = filled(said, room - 4)
        return [*body, *([(" " * max(0, room - length(line)), ""), *line] for line in tail)]

    def explanation(self, e: Explanation, sheet: Sheet, margin: int) -> list[Line]:
        """The results that were used, the steps, or else both sides in normal form."""
        inner = Sheet(sheet.model, self.form, self.width - margin)
        results, steps = self.derived.lines(e, inner)
        found: list[Line] = []
        for n, row in enumerate(results):
            found += self.row(replace(row, label=" " if n else "derived"), sheet, margin)
        found += [[(" " * margin if line else "", ""), *line] for line in steps]
        sides = (("left", e.left), ("right", e.right)) if e.left is not None else ()
        found += [[]] if steps and sides else []
        for premise in e.premises:
            found += self.row(Row("if", formula=premise, over=premise.ranges), sheet, margin)
        for words, side in sides:
            if side is not None:
                found += self.row(Row(words, "= ", side), sheet, margin)
        for n, (s, power) in enumerate(e.multiplied):
            note = f"to the power {power}" if power != 1 else ""
            found += self.row(Row(" " if n else "since", formula=s, note=note), sheet, margin)
        return found

    # -- around the claims

    def conflict(self, c: Conflict) -> list[Line]:
        places = [
            f"({printable(a.tag)})" if a.tag else self.place(*self.file.at(a.where))
            for a in c.claims
        ]
        said = f"{', '.join(places[:-1])} and {places[-1]} cannot all be right"
        head = filled([(self.say("✗ conflict  "), "bad"), (said, "")], self.width, MARGIN)
        return [*head, *self.filled([(self.say(c.why), "")], MARGIN)]

    def starter(self) -> list[Line]:
        if self.file.found is None:
            return []
        before = "% derive: " if self.file.tex else ""
        head = [
            (f"{printable(self.file.name)} does not say what its symbols mean. ", "heading"),
            ("A first block to paste before the formulas, and to finish:", ""),
        ]
        block = starter(self.file.found.document).rstrip("\n").split("\n")
        body = [before + printable(line) for line in block]
        if not self.file.tex:
            body = ["```derive", *body, "```"]
        return [*filled(head, self.width), [], *([(line, "")] for line in body)]

    def summary(self) -> list[Line]:
        return [line for row in self.counts() for line in filled(row, self.width, 4)]

    def counts(self) -> Iterator[list[Segment]]:
        claims = self.file.claims
        each = counted(claims)
        head: list[Segment] = [(f"  {many(len(claims), 'claim')}: ", "")]
        for n, verdict in enumerate(VERDICTS):
            style = STYLES[verdict] if each[verdict] else "dim"
            head.append((self.say(" · ") if n else "", "dim"))
            head.append((tied(f"{each[verdict]} {verdict}"), style))
        yield head
        for words in notes(self.file):
            yield [("  ", ""), (self.say(words), "dim")]


def _rows(text: str, room: int) -> list[str]:
    """A formula on rows: cut at spaces, else before a command or a sign, else anywhere."""
    rows: list[str] = []
    for row in wrap(text, room, break_on_hyphens=False, break_long_words=False):
        while len(row) > room:
            places = [m.start() for m in BREAKS.finditer(row, room // 2, room + 1)]
            at = places[-1] if places else room
            rows.append(row[:at])
            row = row[at:]
        rows.append(row)
    return rows


def _signed(body: list[Line], sign: str) -> list[Line]:
    """A statement written with another sign than =."""
    if sign == "=":
        return body
    for line in body:
        for n, (text, style) in enumerate(line):
            if "= " in text:
                line[n] = (text.replace("= ", f"{sign} ", 1), style)
                return body
    return body

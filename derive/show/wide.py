"""What a network does in the limit of wide layers, beside the exact result. Not trusted."""

from __future__ import annotations

from collections.abc import Iterator

from derive.activations.wide import Wide
from derive.show.blocks import Block, Grid, Heading, Paragraph
from derive.show.character import Speaker
from derive.writing.spelling import Spelling

DIGITS = 6


def blocks(found: Wide, form: Spelling) -> Iterator[Block]:
    """Clearly apart from the linear regime, which the page is about."""
    say = Speaker(form)
    yield Heading("Wide")
    name = f"`derive meanfield '{found.of.name}'`"
    if not found.layers:
        why = f"{found.why}; " if found.why else ""
        yield Paragraph(
            f"{why}the result above is exact for the tangent of f at 0, the linear regime, at any "
            f"width; what f itself does in wide layers is said by {name}"
        )
        return
    yield Paragraph(
        "the numbers above are exact for the tangent of f at 0, the linear regime; these are of f "
        "itself, by the mean-field recursion: in the limit of wide layers, where pre-activations s "
        "are Gaussian, and gradients taken to be independent of them"
    )
    yield Grid(
        ("layer", say.named("Var s"), say.named("f^2"), f"gradients: {say.named('back')}"),
        tuple(
            (str(w.layer), f"${w.before.shown(DIGITS)}$", f"${w.after.shown(DIGITS)}$",
             "" if w.back is None else f"${w.back.shown(DIGITS)}$")
            for w in found.layers
        ),
    )  # fmt: skip
    if found.why:
        yield Paragraph(found.why)

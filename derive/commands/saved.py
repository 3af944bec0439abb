"""`replay`: a derivation that was saved, checked from scratch."""

from __future__ import annotations

import click

from derive import screen
from derive.screen import Stop, text_of, write


@click.command(epilog="\b\nExamples:\n  derive forward --format json -o forward.json\n"
                       "  derive replay forward.json\n"
                       "  derive weight-grad --format json | derive replay -")  # fmt: skip
@click.argument("file", metavar="FILE.json")
@click.option("-o", "--output", default="", metavar="FILE", help="Write there, not to stdout.")
def replay(file: str, output: str) -> None:
    """Check a saved derivation from scratch: what it proves, under which assumptions.

    FILE.json is what --format json wrote; - is stdin. Exit status 1 if it does not hold, 2 if it
    cannot be read.
    """
    text = text_of(file)
    from derive.errors import Refused, Unreadable
    from derive.record.checking import replay_record
    from derive.show.lines import plain
    from derive.show.saved import saved_page
    from derive.show.words import form_for

    try:
        found = replay_record(text)
    except Unreadable as no:
        place = f":{no.line}:{no.column}" if no.line else ""
        raise Stop(2, f"{file}{place}: {no.reason}") from no
    except Refused as no:
        raise Stop(1, f"{file}: refused: {no}") from no
    write(plain(saved_page(found, form_for(screen.encoding(output)), screen.width())), output)


COMMANDS = (replay,)

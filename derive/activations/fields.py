"""Gains and mean-field results for other programs, as JSON. Not trusted: nothing is worked out.

Terms are in the spelling that `activation` reads back; `docs/activation.schema.json` says the rest.
"""

from __future__ import annotations

import json
from typing import Any

from mpmath import mp
from sympy import Expr

from derive import __version__
from derive.activations.activation import Activation, activation, shipped
from derive.activations.gain import Gains
from derive.activations.maps import MEANS, Value
from derive.activations.meanfield import MeanField
from derive.activations.wide import Wide
from derive.errors import Refused
from derive.writing.functions import write
from derive.writing.spelling import SOURCE

SHOWN = tuple(MEANS)[:4]


def dumps(fields: dict[str, Any]) -> str:
    """The text of a file."""
    return (
        json.dumps({"schema": 1, "version": __version__} | fields, ensure_ascii=False, indent=1)
        + "\n"
    )


def term(e: Expr) -> str:
    """A formula as it is read."""
    return write(e, SOURCE)


def value(v: Value) -> dict[str, Any]:
    """A number: decimals that are known, what they may be wrong by, how it was found."""
    found = {
        "value": v.shown(20),
        "error": mp.nstr(v.error, 3),
        "how": v.how,
        "reached": v.reached,
    }
    return found | ({} if v.exact is None else {"exact": term(v.exact)})


def declared(of: Activation) -> dict[str, Any]:
    """The function."""
    general = of.formula if of.general is None else of.general
    return {
        "activation": of.name,
        "formula": term(general),
        "parameters": {k: term(v) for k, v in of.parameters},
    }


def gain_fields(gains: Gains) -> dict[str, Any]:
    """Means, gains and what libraries use."""
    means = []
    for which in SHOWN:
        try:
            closed = gains.maps.closed(which)
            found = value(gains.mean(which))
            means.append({"of": which} | found | ({} if closed is None else {"in_q": term(closed)}))
        except Refused as no:
            means.append({"of": which, "none": str(no)})
    return declared(gains.of) | {
        "means": means,
        "gains": [
            {"meaning": g.meaning} | ({"none": g.why} if g.value is None else value(g.value))
            for g in gains.all
        ],
        "libraries": [
            {
                "library": held.said.library,
                "gain": term(held.said.gain),
                "satisfies": list(held.satisfies),
                "nearest": held.nearest,
            }
            for held in gains.held
        ],
    }


def all_gains() -> dict[str, Any]:
    """The table of the shipped ones."""
    return {"activations": [gain_fields(Gains(activation(name))) for name in shipped()]}


def wide_fields(found: Wide) -> dict[str, Any]:
    """A network layer by layer."""
    layers = [
        {"layer": w.layer, "pre_activation": value(w.before), "squared_activation": value(w.after)}
        | ({} if w.back is None else {"gradient_factor": value(w.back)})
        for w in found.layers
    ]
    return declared(found.of) | {"layers": layers, "stopped": found.why}


def field_fields(field: MeanField) -> dict[str, Any]:
    """The recursion and its fixed points."""
    closed = field.maps.closed("f^2")
    try:
        critical = [{"weight": value(w), "q": value(q)} for w, q in field.critical]
    except Refused:
        critical = []
    return declared(field.maps.of) | {
        "weight": term(field.weight),
        "bias": term(field.bias),
        "second_moment": None if closed is None else term(closed),
        "every": field.every,
        "fixed": [
            {
                "q": value(f.q),
                "slope": value(f.slope),
                "chi": None if f.chi is None else value(f.chi),
                "phase": f.phase,
            }
            for f in field.fixed
        ],
        "critical": critical,
    }

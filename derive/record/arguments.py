"""The arguments of each rule as JSON, and back. Not trusted: rules check their arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sympy import Expr

from derive.record.fields import Field
from derive.record.terms import Known, Terms
from derive.rules import SOURCES
from derive.terms import Entry

KNOWN_DERIVATIVE = "derivative of a known function"
DIVISION = "division"
ONE = {"symmetry": ("of",), "one law for all entries": ("of", "as"), "algebra": ("to",),
       "fractions": ("to",), "shifted product": ("by",), "arithmetic": ("to",),
       "expectation by counting": ("of",)}  # fmt: skip
BY_DENSITY, FUNDAMENTAL = "expectation by density", "fundamental theorem"


def said(rule: str, args: tuple[Any, ...], write: Callable[[Expr], str]) -> dict[str, Any]:
    """The arguments of a step as a JSON object; empty if there are none."""
    if rule in SOURCES:
        name, which, at, families = args
        found: dict[str, Any] = {"cited": name, "which": which, "at": indices(at, write)}
        if families:
            found["put"] = {
                write(Entry(key, *names)): write(body) for key, (names, body) in families
            }
        return found
    if rule == KNOWN_DERIVATIVE:
        return {"cited": args[0], "which": args[1]}
    if rule == "reflection":
        x, name, at = args
        return {"of": write(x), "cited": name, "at": indices(at, write)}
    if rule == "independence":
        return {"groups": [write(g) for g in args]}
    if rule == BY_DENSITY:
        of, value, mass, at = args
        return {"of": write(of), "value": write(value), "cited": mass, "at": indices(at, write)}
    if rule == FUNDAMENTAL:
        keys = ("value", "antiderivative", "change")
        return dict(zip(keys, map(write, args), strict=False))
    if rule == DIVISION:
        source, name, which, at, by, to, *positive = args
        found = {"source": source, "cited": name, "which": which, "at": indices(at, write),
                 "by": write(by), "to": write(to)}  # fmt: skip
        if positive:
            found["positive"] = {"cited": positive[0], "at": indices(positive[1], write)}
        return found
    return dict(zip(ONE[rule], map(write, args), strict=True)) if args else {}


def indices(at: Any, write: Callable[[Expr], str]) -> dict[str, str]:
    """The values of indices."""
    return {write(name): write(value) for name, value in at}


def meant(rule: str, field: Field | None, terms: Terms, known: Known) -> tuple[Any, ...]:
    """The arguments that a JSON object says; raises Unreadable."""
    if field is None:
        return ()
    if rule in SOURCES:
        field.only("cited", "which", "at", "put")
        return (
            field["cited"].text(),
            field["which"].number(),
            values(field["at"], terms, known),
            tuple(_family(k, f, terms, known) for k, f in field["put"].pairs())
            if field.has("put")
            else (),
        )
    if rule == KNOWN_DERIVATIVE:
        field.only("cited", "which")
        return field["cited"].text(), field["which"].number()
    if rule == "reflection":
        field.only("of", "cited", "at")
        at = values(field["at"], terms, known)
        return terms.term(field["of"], known), field["cited"].text(), at
    if rule == BY_DENSITY:
        field.only("of", "value", "cited", "at")
        return (terms.term(field["of"], known), terms.name(field["value"]),
                field["cited"].text(), values(field["at"], terms, known))  # fmt: skip
    if rule == FUNDAMENTAL:
        field.only("value", "antiderivative", "change")
        name = terms.name(field["value"])
        change = (terms.term(field["change"], known),) if field.has("change") else ()
        return name, terms.term(field["antiderivative"], known | {str(name)}), *change
    if rule == "independence":
        field.only("groups")
        return tuple(terms.term(f, known) for f in field["groups"].items())
    if rule == DIVISION:
        return _division(field, terms, known)
    field.only(*ONE.get(rule, ()))
    return tuple(terms.term(field[key], known) for key in ONE.get(rule, ()))


def _division(field: Field, terms: Terms, known: Known) -> tuple[Any, ...]:
    field.only("source", "cited", "which", "at", "by", "to", "positive")
    found = (
        field["source"].one_of(*SOURCES),
        field["cited"].text(),
        field["which"].number(),
        values(field["at"], terms, known),
        terms.term(field["by"], known),
        terms.term(field["to"], known),
    )
    if not field.has("positive"):
        return found
    positive = field["positive"]
    positive.only("cited", "at")
    return *found, positive["cited"].text(), values(positive["at"], terms, known)


def values(field: Field, terms: Terms, known: Known) -> tuple[Any, ...]:
    """Index values, in order."""
    return tuple((terms.name_of(k, f), terms.term(f, known)) for k, f in field.pairs())


def _family(key: str, field: Field, terms: Terms, known: Known) -> tuple[str, Any]:
    name, names = terms.pattern(key, field)
    return name, (names, terms.term(field, known | {str(s) for s in names}))


def takes_arguments(rule: str) -> bool:
    return rule in SOURCES or rule in ONE or rule in (
        KNOWN_DERIVATIVE, DIVISION, BY_DENSITY, FUNDAMENTAL, "independence"
    )  # fmt: skip

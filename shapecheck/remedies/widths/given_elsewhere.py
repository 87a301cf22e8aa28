"""A width that was given the number of samples, where a layer of the script gives what arrives: by its own product."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import expression
from shapecheck.reading.failing import failed, kind, maker, number, shape
from shapecheck.reading.layers.layer_arguments import TAKEN, told_for
from shapecheck.reading.layers.layers_told import layers_told
from shapecheck.reading.origins import spans_of
from shapecheck.reading.samples.counts_samples import counts_samples
from shapecheck.reading.sources import user_sources

_COST = 0.1
_SEVERAL = "the script writes this size in several ways, which may mean several things"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The product ``side * side`` that the only layer which gives so many numbers was told."""
    operation = failed(evidence, "Linear")
    sizes = shape(operation, "input")
    if operation is None or not sizes:
        return []
    name = TAKEN[kind(operation)].name
    given = told_for(maker(evidence, operation), name)
    place = _where_samples_are_taken(evidence, given) if given is not None else None
    texts = sorted({*_products(evidence, sizes[-1])})
    if place is None or sizes[-1] == number(operation, name):
        return []
    trial, doubt = (Step("configure", "", (name, sizes[-1])),), _SEVERAL if len(texts) > 1 else ""
    return [Candidate(f"{place.text} -> {text}", (Change(place, text),), trial, _COST, doubt) for text in texts]


def _where_samples_are_taken(evidence: Evidence, given: Span) -> Span | None:
    """The name of the number of samples, where it was taken for the width."""
    spans = spans_of(evidence, given, parts=True)
    for at, span in enumerate(spans):
        if span.text.isdecimal() and at and counts_samples(span):
            return spans[at - 1] if isinstance(expression(spans[at - 1].text), ast.Name) else None
    return None


def _products(evidence: Evidence, size: int) -> Iterator[str]:
    for source in user_sources(evidence):
        for layer in layers_told(evidence, source):
            node = expression(layer.given.text) if layer.given is not None else None
            is_product = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult)
            if layer.given is not None and layer.gives == size and is_product:
                yield layer.given.text

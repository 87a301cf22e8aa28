"""The width of flattened maps, written as channels times places: with the places that arrive, wherever it stands."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.sources import class_around, last_name, node_at, source_of
from shapecheck.reading.written_products import Product, product_of_view

AS_WRITTEN = "the layers in front may have been meant to give maps of the size that is written"
_READERS = ("Linear", "view", "reshape")


def candidates(evidence: Evidence) -> list[Candidate]:
    """The same product with other factors, in the view and in the layer that was told it in the same words."""
    of_view = product_of_view(evidence)
    if of_view is not None:
        return [_written_anew(of_view)]
    return []


def _written_anew(product: Product) -> Candidate:
    changes = tuple(Change(span, product.text) for span in (product.span, *_same(product.span)))
    # A map half as large, or a smaller one, is what another pool makes, or a padding that is missing.
    is_sure = all(old < new < 2 * old for old, new in product.pairs)
    title = f"{product.span.text} -> {product.text}"
    return Candidate(title, changes, (), 0.15, "" if is_sure else AS_WRITTEN)


def _same(span: Span) -> Iterator[Span]:
    """The other places of the class, or of the script, where a layer or a view is told the same in the same words."""
    source, node = source_of(span.file), node_at(span)
    if source is None or node is None:
        return
    text = ast.unparse(node)
    for call in ast.walk(class_around(node) or source.tree):
        if not isinstance(call, ast.Call) or last_name(call.func) not in _READERS:
            continue
        for given in (*call.args, *(word.value for word in call.keywords)):
            if given is not node and ast.unparse(given) == text:
                yield source.span(given)

"""The width of flattened maps, written as channels times places: with the places that arrive, wherever it stands."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.sizes.written_products import Product, product_of_view
from shapecheck.reading.sources import class_around, found_at, last_name, walk

AS_WRITTEN = "the layers in front may have been meant to give maps of the size that is written"
WRITTEN_TWICE = "the same product stays written for something else, which may have been meant to be as large"
_READERS = ("Linear", "view", "reshape")


def candidates(evidence: Evidence) -> list[Candidate]:
    """The same product with other factors, in the view and in the layer that was told it in the same words."""
    of_view = product_of_view(evidence)
    return [_written_anew(of_view)] if of_view is not None else []


def _written_anew(product: Product) -> Candidate:
    same = list(_same(product.span))
    told = [place for place, is_told in same if is_told]
    changes = tuple(Change(span, product.text) for span in (product.span, *told))
    doubt = "" if product.is_sure else AS_WRITTEN
    if not doubt and len(told) < len(same):
        doubt = WRITTEN_TWICE
    title = f"{product.span.text} -> {product.text}"
    return Candidate(title, changes, (), 0.15, doubt)


def is_written_elsewhere(span: Span) -> bool:
    """Whether the class, or the script, tells another view, or another layer as what it gives, the same product."""
    return any(not is_told for _, is_told in _same(span))


def _same(span: Span) -> Iterator[tuple[Span, bool]]:
    """The other places of the class, or of the script, where a layer or a view is told the same in the same words.

    Each with whether it is what a layer takes: that goes with the view, the rest belongs to other maps.
    """
    source, node = found_at(span)
    if source is None or node is None:
        return
    text = ast.unparse(node)
    for call in walk(class_around(node) or source.tree):
        if not isinstance(call, ast.Call) or last_name(call.func) not in _READERS:
            continue
        words = {id(word.value): word.arg for word in call.keywords}
        for given in (*call.args, *(word.value for word in call.keywords)):
            if given is not node and ast.unparse(given) == text:
                is_taken = words.get(id(given)) == "in_features" or given in call.args[:1]
                yield source.span(given), last_name(call.func) == "Linear" and is_taken

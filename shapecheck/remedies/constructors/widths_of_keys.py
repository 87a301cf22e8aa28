"""Keys and values of a width of their own: attention takes them where it is told ``kdim`` and ``vdim``."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import with_keyword
from shapecheck.reading.failing import failed, maker, shape
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.sizes.names_of_size import names_of_size
from shapecheck.reading.sizes.unread_numbers import unread_numbers
from shapecheck.reading.sizes.widths_of_keys import keys_of_other_width
from shapecheck.reading.sources import function_around, last_name, node_at, walk
from shapecheck.remedies.constructors.arguments import constructor_argument

CAUSE = "width_of_attention"
_COST = 0.05
_PROJECTED = "the keys may have been meant to be brought to the width of the queries first"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``kdim=audio, vdim=audio``; by the name of a parameter that is that number, where one is."""
    widths, operation = keys_of_other_width(evidence), failed(evidence, "MultiheadAttention")
    origin = maker(evidence, operation)
    if widths is None or operation is None or origin is None:
        return []
    if operation.config.get("kdim") not in (None, operation.config.get("embed_dim")):
        return constructor_argument(evidence, operation, "kdim", widths[0], cost=_COST)
    value, given = shape(operation, "value"), told_for(origin, "embed_dim")
    names = list(names_of_size(evidence, given, widths[0])) if given is not None else []
    unread = [name for name, number in unread_numbers(evidence, given) if number == widths[0]] if given else []
    names += unread if len(unread) == 1 else []
    text = names[0] if names else str(widths[0])
    told = f"{text}, vdim={text}" if value is not None and value[-1] == widths[0] else text
    change = with_keyword(origin.span, "kdim", told)
    # A parameter that says how wide the keys are was to be read somewhere.
    doubt = "" if names and given is not None and not _is_taken(text, given) else _PROJECTED
    return [Candidate(change.text.lstrip(", "), (change,), (), _COST, doubt)] if change is not None else []


def _is_taken(name: str, beside: Span) -> bool:
    """Whether another layer that is made there takes so many features, so that it may stand in front."""
    home = function_around(node_at(beside))
    calls = (each for each in walk(home) if isinstance(each, ast.Call)) if home is not None else ()
    return any(
        last_name(each.func) == "Linear" and ast.unparse(part) == name for each in calls for part in each.args[:1]
    )

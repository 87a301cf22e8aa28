"""A mask that has as many channels as an image, where it meets features that have another number of them."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import suffixed
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.mismatches import SPREADING, sizes_of
from shapecheck.reading.sources import node_at

_CHANNELS = "the channels of the mask may differ, and then one of them is not the whole of it"
_COST = 0.3


def candidates(evidence: Evidence) -> list[Candidate]:
    """One channel of the mask, which goes with all that the features have, where the layer is given it."""
    operation = failed(evidence, *SPREADING)
    items = list(tensors(operation)) if operation is not None else []
    if len(items) != 2:
        return []
    for mask, features in (items, items[::-1]):
        have, want = sizes_of(mask), sizes_of(features)
        if len(have) < 4 or have[:1] + have[2:] != want[:1] + want[2:] or have[1] == want[1]:
            continue
        if min(have[1], want[1]) > 1 and mask.span is not None and _is_mask(mask) and not _is_mask(features):
            change = suffixed(_handed_in(evidence, mask.span), "[:, :1]")
            return [Candidate(change.text, (change,), (Step("narrow", mask.role, (1, 0, 1)),), _COST, _CHANNELS)]
    return []


def _is_mask(item: Argument) -> bool:
    """Whether something lies between nothing and all, and is no result of what is learned."""
    facts, record = item.value.facts, item.value.record
    is_bool = record is not None and record.dtype == "bool"
    return not facts.get("requires_grad") and (is_bool or (facts.get("min"), facts.get("max")) == (0, 1))


def _handed_in(evidence: Evidence, place: Span) -> Span:
    """Where the running function is given the mask by its name, which reaches all its lines; else the place itself."""
    origin = next(iter(evidence.chains.get(place, ())), None)
    up = getattr(node_at(origin.span), "parent", None) if origin is not None else None
    if origin is None or origin.is_whole or not origin.span.text.isidentifier():
        return place
    return origin.span if isinstance(up, ast.Call | ast.keyword) else place

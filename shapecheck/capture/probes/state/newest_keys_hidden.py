"""Causal attention of a few new steps over all keys so far, of which the mask hides the newest."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.tensors.backwards import backwards, origin
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.vocabulary import CONTRACTIONS
from shapecheck.findings import Fix

_SCALED = "scaled_dot_product_attention"
_CAUSAL_AT = 5
_MEETS = frozenset(["masked_fill", "where", "add", "mul", "div", "to"])
_MOVES = frozenset(["transpose", "permute", "view", "reshape", "unsqueeze", "mT", "t", "contiguous", "__getitem__"])


def newest_keys_hidden(step: Step) -> Iterator[Sighting]:
    """``scaled_dot_product_attention(q, k, v, is_causal=True)`` of one new query and the keys of a cache.

    A causal mask begins in the corner in which the first query meets the first key. With fewer queries than keys the
    queries are the last ones, and the keys behind as many as there are queries are seen by none of them.
    """
    for node in step.recorded:
        counts = _scaled(step, node) or _by_hand(step, node)
        if counts is None:
            continue
        queries, keys = counts
        text = (
            f"{queries} {'query meets' if queries == 1 else 'queries meet'} {keys} keys, and query k sees the first "
            f"k + 1 of them: the mask is that of the first steps, the queries are the last ones, and the newest "
            f"{keys - queries} keys are seen by none"
        )
        title = f"torch.ones({queries}, {keys}).tril({keys - queries}) for what is seen"
        if queries == 1:
            title = "no causal mask for a single query: all keys lie before it"
        yield sighted("newest_keys_hidden", node, text, (Fix(title, (), "no"),))
        return


def _scaled(step: Step, node: Node) -> tuple[int, int] | None:
    """How many queries and keys meet where torch makes the mask, if there are fewer queries."""
    if node.name != _SCALED or len(node.parents) < 3:
        return None
    is_causal = node.argument(_CAUSAL_AT, "is_causal", default=False)
    queries, keys = (step.tape.shape(ref)[-2] for ref in node.parents[:2])
    return (queries, keys) if is_causal is True and queries < keys else None


def _by_hand(step: Step, node: Node) -> tuple[int, int] | None:
    """The same of weights over keys that were set behind those of earlier steps."""
    shape = node.shapes[0] if node.name == "softmax" else ()
    if len(shape) < 2 or shape[-2] >= shape[-1] or axis_of(node, len(shape)) != len(shape) - 1:
        return None
    queries, keys = shape[-2:]
    if not _are_cached(step, node, queries, keys):
        return None
    weights = step.known(node.ref)
    if weights is None:
        return None
    is_seen = (weights > 0).flatten(0, -3).any(0) if weights.ndim > 2 else weights > 0
    first = is_seen.new_ones(queries, keys).tril()
    return (queries, keys) if bool((is_seen == first).all()) else None


def _are_cached(step: Step, node: Node, queries: int, keys: int) -> bool:
    """Whether the last keys are those of the queries' own steps, set behind older ones."""
    made = origin(step.tape, node.parents[0], _MEETS, first=step.first)[1]
    if made.name not in CONTRACTIONS or len(made.parents) < 2:
        return False
    for _, by in backwards(step.tape, made.parents[1], _MOVES, first=step.first):
        if by.name == "cat" and by.parents and len(by.parents) > 1:
            whole, last = by.shapes[0], step.tape.shape(by.parents[-1])
            return any((one, other) == (keys, queries) for one, other in zip(whole, last, strict=True))
    return False


PROBE = Probe(
    "a query sees the newest keys of a cache",
    lambda look: newest_keys_hidden(look.step),
    needs_no_run=True,
    in_evaluation=True,
    of_followed=True,
)

"""Items that were made one from another and put together along a new axis: these are steps."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.recording.replay import descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref, refs_in


def chains(step: Step) -> Iterator[list[Ref]]:
    """Items that were put together along a new axis, each made from the one before, or behind: these are steps."""
    for node in step.nodes:
        items = [*refs_in(node.args[:1])] if node.name == "stack" else []
        if items and items[0].node > items[-1].node:
            # Returns are reckoned from the end, and turned round.
            items = items[::-1]
        if len(items) < 3 or any(step.is_leaf(item) for item in items):
            continue
        span = range(items[0].node, items[-1].node + 1)
        behind = set(descendants(step.tape, {items[0]}, span))
        if all(item.node in behind for item in items[1:]) and _is_row(step, items):
            yield items


def _is_row(step: Step, items: list[Ref]) -> bool:
    middle = items[len(items) // 2]
    return items[-1].node in descendants(step.tape, {middle}, range(middle.node, items[-1].node + 1))

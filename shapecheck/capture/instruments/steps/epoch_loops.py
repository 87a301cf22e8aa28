"""The loops around a call of a model: the one over its batches, and the one that goes over the same batches again."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.capture.instruments.steps.made_in_round import is_given_by_round
from shapecheck.capture.recording.user_code import Spot
from shapecheck.reading.assignments import stored_in
from shapecheck.reading.sources import (
    Loop,
    Source,
    function_of_line,
    last_name,
    loops_of_line,
    names_in,
    source_of,
    walk,
)

_DEPTH = 4


@dataclass(frozen=True, slots=True, eq=False)
class Epochs:
    """Two loops, the first of which is run anew in each round of the second, with nothing that this has made.

    Args:
        source: The file.
        batches: The loop over the batches.
        epochs: The loop around it, in the same function or in one that calls it.
    """

    source: Source
    batches: Loop
    epochs: Loop

    def within(self) -> Iterator[ast.AST]:
        """All that is run for each batch, through the script's own functions."""
        yield from self._reached(self.batches, None)

    def behind(self) -> Iterator[ast.AST]:
        """All that is run once in each round of the outer loop."""
        yield from self._reached(self.epochs, self.batches)

    def _reached(self, start: ast.AST, left: ast.AST | None) -> Iterator[ast.AST]:
        functions: dict[str, list[ast.FunctionDef]] = {}
        for item in walk(self.source.tree):
            if isinstance(item, ast.FunctionDef):
                functions.setdefault(item.name, []).append(item)
        seen, blocks = set[int](), [start]
        for _ in range(_DEPTH):
            found = [item for block in blocks for item in _without(block, left)]
            yield from found
            names = [last_name(item.func) for item in found if isinstance(item, ast.Call)]
            called = {id(each): each for name in names for each in functions.get(name, ())}
            blocks = [each for key, each in called.items() if key not in seen]
            seen |= called.keys()


def epochs_around(spot: Spot) -> Epochs | None:
    """The two innermost loops around a call, if the outer one only counts and hands nothing on to the inner one.

    What is trained or evaluated in each round is the same then: a loop over folds, over tasks or over the steps of a
    batch hands on what it is at, and one over episodes where each begins.
    """
    file, loops = spot.code.co_filename, list[tuple[Loop, Spot]]()
    source = source_of(file)
    for one in spot.with_callers():
        if one.code.co_filename != file or len(loops) > 1:
            break
        loops += [(loop, one) for loop in loops_of_line(source, one.line)]
    if source is None or len(loops) < 2:
        return None
    (batches, _), (epochs, at) = loops[:2]
    if not isinstance(epochs, ast.For) or last_name(getattr(epochs.iter, "func", None)) not in ("range", "trange"):
        return None
    if not any(item is batches for item in ast.walk(epochs)):
        # What a function is given is what it may make another loop of.
        function = function_of_line(source, batches.lineno)
        calls = [item for item in ast.walk(epochs) if isinstance(item, ast.Call) and item.lineno == at.line]
        named = [call for call in calls if function is not None and last_name(call.func) == function.name]
        calls = named or calls
        given = {name for call in calls for name in names_in(*call.args, *(item.value for item in call.keywords))}
    else:
        given = {item.id for item in ast.walk(batches) if isinstance(item, ast.Name) and isinstance(item.ctx, ast.Load)}
    made = {name for item in epochs.body for each in _without(item, batches) for name in _bound_by(each)}
    made -= stored_in(batches)
    is_given = bool(given & (made | names_in(epochs.target))) or is_given_by_round(epochs, batches)
    return None if is_given else Epochs(source, batches, epochs)


def _bound_by(item: ast.AST) -> set[str]:
    is_stored = isinstance(item, ast.Name) and isinstance(item.ctx, ast.Store)
    return {item.id} if is_stored and isinstance(item, ast.Name) else set()


def _without(block: ast.AST, left: ast.AST | None) -> Iterator[ast.AST]:
    """A block and all in it, but for one of its statements."""
    open_items = [block]
    while open_items:
        item = open_items.pop()
        if item is not left:
            yield item
            open_items += ast.iter_child_nodes(item)

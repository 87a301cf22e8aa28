"""States of recurrent layers that are handed on with the axis of their layers, read from the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import whole_number
from shapecheck.reading.failing import INDEX_LOSSES, RECURRENT, SAME_SHAPE_LOSSES, failed, says, shape, tensors
from shapecheck.reading.sources import Source, found_at, function_around, items_of, last_name, user_sources, walk

# No state has more layers: so many of anything are samples or steps.
MAX_LAYERS = 8
ONE_DIRECTION = "one of two directions would be taken, where both may be meant"


def whole_states(source: Source) -> Iterator[ast.Name]:
    """The arguments of calls that are a state as the layer returned it: ``fc(h)``, not ``fc(h[-1])``."""
    names, homes = _states(source), _homes(source)
    for call in walk(source.tree):
        if not isinstance(call, ast.Call) or last_name(call.func) in ("cat", "append", "len", "print"):
            continue
        if ast.unparse(call.func) in names.values():
            continue
        for part in call.args:
            # Another function may have another thing by that name.
            if isinstance(part, ast.Name) and function_around(part) in homes.get(part.id, ()):
                yield part


def is_whole_state(place: Span) -> bool:
    """Whether the name at a place is a state as the layer returned it in the same function."""
    source, node = found_at(place)
    if source is None or not isinstance(node, ast.Name):
        return False
    return function_around(node) in _homes(source).get(node.id, ())


def layers_of_scores(evidence: Evidence) -> tuple[int, ...] | None:
    """The shape of scores that a loss refused because the layers of a state lie in front of the samples; else None."""
    operation = failed(evidence, *INDEX_LOSSES, *SAME_SHAPE_LOSSES)
    scores = shape(operation, "input")
    labels = shape(operation, "target")
    if not scores or not labels or len(scores) != 3 or not 2 <= scores[0] <= MAX_LAYERS:
        return None
    if labels[0] != scores[1] or scores[0] == scores[1]:
        return None
    return scores if any(True for source in user_sources(evidence) for _ in whole_states(source)) else None


def flat_states(source: Source) -> Iterator[ast.Call]:
    """The calls that put the layers of a state one behind the other, as rows: ``h.view(-1, hidden)``."""
    names = _states(source)
    for call in source.calls("view", "reshape", "flatten"):
        base = call.func.value if isinstance(call.func, ast.Attribute) else None
        given = [whole_number(each) for each in call.args]
        is_merged = given == [0, 1] if last_name(call.func) == "flatten" else len(given) == 2 and given[0] == -1
        if isinstance(base, ast.Name) and base.id in names and is_merged:
            yield call


def layers_of_rows(evidence: Evidence) -> tuple[int, int] | None:
    """How many rows of a flat state there are for each of the rows that meet them, and these; None where it is none.

    Of a layer of both directions they are no layers alone.
    """
    sources = [source for source in user_sources(evidence) if list(flat_states(source))]
    is_deep = any(text != "1" for source in sources for text in _told(source, "num_layers", 2))
    counts = _rows(evidence) if is_deep and not any(map(may_have_both_directions, sources)) else []
    for many, few in (counts, counts[::-1]) if len(counts) == 2 else ():
        if few > 1 and many % few == 0 and 2 <= many // few <= MAX_LAYERS:
            return many // few, few
    return None


def may_have_both_directions(source: Source) -> bool:
    """Whether a layer was told to go both ways, or may have been: by its place among arguments, or ``**settings``."""
    return any(text != "False" for text in _told(source, "bidirectional", 6))


def _told(source: Source, name: str, place: int) -> Iterator[str]:
    """What recurrent layers are told by a keyword or at a place; something else where settings are handed on."""
    for call in source.calls(*RECURRENT):
        yield from (ast.unparse(each.value) for each in call.keywords if each.arg in (None, name))
        yield from (ast.unparse(each) for each in call.args[place : place + 1])
        yield from (ast.unparse(each) for each in call.args if isinstance(each, ast.Starred))


def _rows(evidence: Evidence) -> list[int]:
    """How many rows each of two operands has; by what the exception says where nobody holds them."""
    operation = failed(evidence)
    said = says(evidence, r"tensor a \((\d+)\) must match the size of tensor b \((\d+)\) at non-singleton dimension 0")
    if said is not None:
        return [int(each) for each in said.groups()]
    shapes = [item.value.record.shape for item in tensors(operation) if item.value.record] if operation else []
    return [sizes[0] for sizes in shapes[:2] if sizes]


def _states(source: Source) -> dict[str, str]:
    """Name of a state -> the text of the layer that returned it."""
    return {name: layer for name, layer, _ in _states_given(source)}


def _homes(source: Source) -> dict[str, set[ast.FunctionDef | None]]:
    """Name of a state -> the functions in which a layer gives it."""
    found: dict[str, set[ast.FunctionDef | None]] = {}
    for name, _, home in _states_given(source):
        found.setdefault(name, set()).add(home)
    return found


def _states_given(source: Source) -> Iterator[tuple[str, str, ast.FunctionDef | None]]:
    """The states that layers return: the name, the text of the layer, and the function around."""
    layers = {
        ast.unparse(node.targets[0])
        for node in walk(source.tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and last_name(node.value.func) in RECURRENT
    }
    for node in walk(source.tree):
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Tuple):
            continue
        target, value = node.targets[0], node.value
        if len(target.elts) != 2 or not isinstance(value, ast.Call) or ast.unparse(value.func) not in layers:
            continue
        state = target.elts[1]
        for part in items_of(state):
            if isinstance(part, ast.Name) and part.id != "_":
                yield part.id, ast.unparse(value.func), function_around(node)

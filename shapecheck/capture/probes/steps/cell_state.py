"""What an LSTM returns beside its output: which of h and c goes where."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.tensors.names import function_around
from shapecheck.capture.instruments.trials.separation import any_term_moved
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, refs_in
from shapecheck.capture.recording.user_code import statement_at
from shapecheck.evidence import Span
from shapecheck.findings import Fix

_PASSES = frozenset(
    ["detach", "clone", "to", "contiguous", "__getitem__", "view", "reshape", "unsqueeze", "squeeze", "repeat",
     "select", "transpose", "permute", "stack", "cat", "chunk", "unbind", "split", "index_select", "data", "expand"]
)  # fmt: skip
_HOPS = 8


def cell_state(step: Step) -> Iterator[Sighting]:
    """States handed on in the order (c, h), and cell states that are used where h belongs."""
    calls = [node for node in step.of_loss if _is_lstm(node)]
    if not calls:
        return
    for node in calls:
        first, second = (_origin(step, part) for part in _state(node))
        if first == "c" and second == "h" and _runs_exchanged(step, node):
            text = "the first part of the state that is handed over is a cell state c, and the second a hidden state h"
            fix = Fix("(h, c)", (), "call", "the step runs, and comes out differently")
            yield sighted("states_exchanged", node, text, (fix,))
            return
    for node in calls:
        seen = _twice_hidden(step, node)
        if seen is not None:
            yield seen
            return
    slots = {ref for node in calls for part in _state(node) for ref in _behind(step, part)}
    for group in _by_layer(calls):
        hidden = {Ref(node.index, out) for node in group for out in range(_cell_at(node))}
        cells = {Ref(node.index, _cell_at(node)) for node in group}
        used = [node for node in _readers(step, cells) if not _is_lstm(node) and not _hands_on(node, slots)]
        used += [node for node in calls if any(ref in cells for ref in node.parents[:1])]
        used_hidden = [node for node in _readers(step, hidden) if not _is_lstm(node)]
        used_hidden = [node for node in used_hidden if not _hands_on(node, slots)]
        used_hidden += [node for node in calls if any(ref in hidden for ref in node.parents[:1])]
        if used and not used_hidden and not _is_read_by_name(group[0], used):
            text = (
                "an LSTM keeps two things: h, which is its output, and c, its memory, which has no bounds. Here c "
                "goes on to other layers, and h influences nothing but the next step of the same layer"
            )
            first_use = min(used, key=lambda node: node.index)
            seen = sighted("cell_state_for_hidden", first_use, text, (Fix("h instead of c", (), "no"),))
            place, names = _names(group[0])
            is_misnamed = names and not (names[0].strip("_") and _is_of_cell(names[1]))
            yield replace(seen, span=place) if is_misnamed and place is not None else seen
            return


def _twice_hidden(step: Step, node: Node) -> Sighting | None:
    """A call that starts from one layer's h twice, while that layer's c goes nowhere."""
    ways = [_way(step, part) for part in _state(node)]
    if any(way is None for way in ways):
        return None
    (first, _), (second, again) = ways  # type: ignore[misc]
    maker = step.tape.nodes[first.node]
    if first != second or first.out != _cell_at(maker) - 1 or maker.index < step.first:
        return None
    if step.readers(Ref(maker.index, _cell_at(maker)), to_loss=True):
        return None
    text = (
        f"both parts of the state that {node.name} starts from are the hidden state h of the layer before; its cell "
        "state c, the memory, is read by nothing"
    )
    place = again[-1] if again else node
    return sighted("hidden_state_for_cell", place, text, (Fix("c in the second place", (), "no"),))


def _names(node: Node) -> tuple[Span | None, list[str]]:
    """Where a layer's pair gets its names, and these; none where it gets none.

    A use of what is called ``h`` is wrong where it is used; a pair that is called ``(c, h)`` is wrong there.
    """
    span = node.spot.span if node.spot is not None else None
    statement = statement_at(span.file, span.line) if span is not None else None
    pair = statement.targets[0] if isinstance(statement, ast.Assign) else None
    if node.name == "lstm":
        pair = pair.elts[1] if isinstance(pair, ast.Tuple) and len(pair.elts) == 2 else None
    items = pair.elts if isinstance(pair, ast.Tuple) and len(pair.elts) == 2 else []
    names = [item.id for item in items if isinstance(item, ast.Name)]
    return span, names if len(names) == 2 else []


def _is_of_cell(name: str) -> bool:
    return name.lower().lstrip("_").startswith("c")


def _is_read_by_name(node: Node, used: list[Node]) -> bool:
    """Whether who took the pair apart as ``(h, c)`` reads ``c`` by this name, and not as a part of the pair."""
    _, names = _names(node)
    around = function_around(node.spot) if node.spot is not None else None
    is_named = bool(names) and _is_of_cell(names[1]) and not _is_of_cell(names[0])
    if not is_named or around is None or any(_is_lstm(one) for one in used):
        return False
    pairs = [item for item in ast.walk(around) if isinstance(item, ast.Tuple | ast.List)]
    paired = {id(item) for pair in pairs for item in pair.elts}
    first = min(used, key=lambda one: one.index)
    statement = statement_at(first.spot.span.file, first.spot.span.line) if first.spot is not None else None
    read = [*ast.walk(around), *(ast.walk(statement) if statement is not None else ())]
    names_read = {item.id for item in read if isinstance(item, ast.Name) and id(item) not in paired}
    return names[1] in names_read


def _is_lstm(node: Node) -> bool:
    return node.name == "lstm_cell" or (node.name == "lstm" and len(node.args) == 9)


def _state(node: Node) -> tuple[Any, Any]:
    at = 2 if node.name == "lstm" and not isinstance(node.args[3], bool) else 1
    state = node.args[at]
    return (state[0], state[1]) if isinstance(state, tuple | list) and len(state) == 2 else (None, None)


def _cell_at(node: Node) -> int:
    """As which of its tensors an LSTM returns c."""
    return 1 if node.name == "lstm_cell" else 2


def _origin(step: Step, part: Any) -> str:
    """Which of h and c of an LSTM a tensor is, behind what only passes it on."""
    for _ in range(_HOPS):
        if not isinstance(part, Ref):
            return ""
        node = step.tape.nodes[part.node]
        if _is_lstm(node):
            return "c" if part.out == _cell_at(node) else "h"
        origins = {_plain_origin(step, parent) for parent in node.parents}
        if node.name not in _PASSES or not node.parents or (len(node.parents) > 1 and len(origins) > 1):
            return ""
        part = node.parents[0]
    return ""


def _way(step: Step, part: Any) -> tuple[Ref, list[Node]] | None:
    """Which output of an LSTM a tensor is, and the operations that passed it on, the last one first."""
    if not isinstance(part, Ref):
        return None
    passed: list[Node] = []
    while True:
        *ways, (ref, made) = backwards(step.tape, part, _PASSES - {"cat", "stack"})
        passed += [node for _, node in ways]
        kept = _kept_by_flags(step, made)
        if kept is None:
            return (ref, passed) if _is_lstm(made) else None
        passed.append(made)
        part = kept


def _kept_by_flags(step: Step, node: Node) -> Ref | None:
    """The state of which one number a row says whether it goes on, ``keep * h``; None if it is another product."""
    if node.name != "mul" or len(node.parents) != 2:
        return None
    whole = [ref for ref in node.parents if step.tape.shape(ref) == node.shapes[0]]
    flags = [ref for ref in node.parents if step.tape.shape(ref)[-1:] == (1,) and ref not in step.learned]
    return whole[0] if len(whole) == len(flags) == 1 and whole != flags else None


def _plain_origin(step: Step, ref: Ref) -> tuple[int, bool]:
    node = step.tape.nodes[ref.node]
    return (node.index, ref.out == _cell_at(node)) if _is_lstm(node) else (-1, False)


def _behind(step: Step, part: Any) -> set[Ref]:
    """All that a state was made of by passing on."""
    found: set[Ref] = set()
    open_refs = list(refs_in((part,)))
    while open_refs:
        ref = open_refs.pop()
        node = step.tape.nodes[ref.node]
        if ref not in found and len(found) < 400:
            found.add(ref)
            if node.name in _PASSES:
                open_refs += node.parents
    return found


def _by_layer(calls: list[Node]) -> list[list[Node]]:
    groups: dict[Any, list[Node]] = {}
    for node in calls:
        groups.setdefault(id(node.module), []).append(node)
    return list(groups.values())


def _readers(step: Step, refs: set[Ref]) -> list[Node]:
    return list(dict.fromkeys(node for ref in refs for node in step.readers(ref, to_loss=True)))


def _hands_on(node: Node, slots: set[Ref]) -> bool:
    """Whether what it makes goes into a state."""
    return any(Ref(node.index, out) in slots for out in range(len(node.shapes)))


def _runs_exchanged(step: Step, node: Node) -> bool:
    at = 2 if node.name == "lstm" and not isinstance(node.args[3], bool) else 1

    def run(*args: Any, **kwargs: Any) -> Any:
        return node.function(*args[:at], args[at][::-1], *args[at + 1 :], **kwargs)  # type: ignore[misc]

    instead: dict[int, Run] = {node.index: run}
    base, after = step.run_with(None), step.run_with(instead)
    return any_term_moved(step, base, after)


PROBE = Probe(
    "h and c of an LSTM go where they belong",
    lambda look: cell_state(look.step),
)

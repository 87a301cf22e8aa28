"""An index that took a sample where a step was meant, or a step for a sample: ``words[:, 0]`` for ``words[0]``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.edits import argument, takes_all, whole_number
from shapecheck.reading.failing import CELLS, RECURRENT, failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.name_words import SAMPLES
from shapecheck.reading.origins import spans_of
from shapecheck.reading.recurrent.recurrent_calls import batch_of, state_sizes
from shapecheck.reading.sources import found_at, function_around, items_of, last_name, walk
from shapecheck.reading.ways_back import spans_behind

CAUSE = "item_of_wrong_axis"
EITHER = "nothing else tells which axis of it is that of the samples"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The same position of the other axis, where the rows that were taken are not those of the state."""
    operation = failed(evidence, *RECURRENT, *CELLS)
    item = operand(operation, "input")
    if operation is None or item is None or item.span is None:
        return []
    have, want = _rows(operation, item)
    if have is None or want is None or have == want:
        return []
    sizes = sizes_of(item)
    at = (0 if operation.config.get("batch_first") else 1) if len(sizes) == 3 else 0
    trial = (Step("set_size", item.role, (*sizes[:at], want, *sizes[at + 1 :])),)
    # A layer says with its layout which of the first two axes the steps are, but of one step alone it says little.
    along = 1 if operation.config.get("batch_first") else 0
    layout = {along} if operation.config.get("num_layers") else set()
    is_one_step = len(sizes) == 3 and sizes[along] == 1
    return list(_turned(evidence, item.span, (have, want), trial, layout, is_one_step))[:1]


def _rows(operation: Operation, item: Argument) -> tuple[int | None, int | None]:
    """How many samples the input of a recurrent layer has, and how many its state has."""
    state = operand(operation, "h_0", "hx")
    rows = sizes_of(state)
    if operation.config.get("num_layers") is None:
        given = sizes_of(item)
        return (given[0] if len(given) == 2 else None), (rows[0] if len(rows) == 2 else None)
    layers, _, width = state_sizes(operation, "h_0")
    is_its = len(rows) == 3 and rows[0] == layers and rows[2] == width
    return batch_of(operation), rows[1] if is_its else None


def _turned(
    evidence: Evidence,
    place: Span,
    rows: tuple[int, int],
    trial: tuple[Step, ...],
    layout: set[int],
    is_one_step: bool,
) -> Iterator[Candidate]:
    for span in spans_behind(evidence, place):
        source, root = found_at(span)
        for node in walk(root):
            axis = _axis(node)
            if source is None or not isinstance(node, ast.Subscript) or axis is None:
                continue
            base = source.span(node.value)
            # What is left is the other axis: as many as came, where as many as are wanted would be left.
            wanted = rows if axis == 1 else rows[::-1]
            names = spans_of(evidence, base, parts=True)
            if not any(_is_of(evidence, each.text, wanted) for each in names):
                continue
            parts = items_of(node.slice)
            taken, rest = source.span(parts[axis]).text, [source.span(each).text for each in parts[2:]]
            index = ", ".join([taken, *([":"] * bool(rest)), *rest] if axis else [":", taken])
            text = f"{base.text}[{index}]"
            signs = {sign for each in names for sign in _signs(each, node)}
            axes, kinds = {at for _, at in signs}, {kind for kind, _ in signs}
            is_told = axes | layout == axes
            kinds |= {"layout"} if layout and is_told else set()
            # One name, or one loop, may be the mistake itself.
            is_sure = axes == {1 - axis} and (is_told or is_one_step) and ("index" in kinds or len(kinds) > 1)
            if axes != {axis}:
                change = Change(source.span(node), text)
                yield Candidate(text, (change,), trial, 0.0 if is_sure else 0.3, "" if is_sure else EITHER)


def _axis(node: ast.AST) -> int | None:
    """Of which of the first two axes an index takes one position: 0 for ``x[0]``, 1 for ``x[:, 0]``."""
    if not isinstance(node, ast.Subscript):
        return None
    if not isinstance(node.slice, ast.Tuple):
        return 0 if whole_number(node.slice) is not None else None
    first, second = [*node.slice.elts, None, None][:2]
    return 1 if takes_all(first) and second is not None and whole_number(second) is not None else None


def _is_of(evidence: Evidence, name: str, sizes: tuple[int, int]) -> bool:
    held = [frame.names.get(name) for frame in evidence.frames if frame.is_user]
    return any(each is not None and each.record is not None and each.record.shape[:2] == sizes for each in held)


def _signs(name: Span, itself: ast.AST) -> Iterator[tuple[str, int]]:
    """The axes of a tensor that steps are taken of, with what says so: indices, names of sizes, loops, makers."""
    source, node = found_at(name)
    home: ast.AST | None = function_around(node) or (source.tree if source is not None else None)
    if isinstance(node, ast.Call) and last_name(node.func) == "pad_sequence":
        given = argument(name, "batch_first", 1)
        yield "maker", 1 if given is not None and given.text != "False" else 0
    if node is None or home is None or not isinstance(node, ast.Name | ast.Attribute):
        return
    for each in walk(home):
        if isinstance(each, ast.Subscript) and each is not itself and ast.unparse(each.value) == name.text:
            yield from (("index", at) for at in _steps_of(each.slice))
        elif isinstance(each, ast.Assign) and len(each.targets) == 1:
            yield from (("name", at) for at in _steps_beside(each.targets[0], each.value, name.text))
        elif isinstance(each, ast.For | ast.comprehension):
            yield from (("loop", at) for at in _steps_gone_through(each.iter, name.text))


def _steps_gone_through(node: ast.expr, name: str) -> Iterator[int]:
    """The axis that a loop goes along: ``range(1, len(x))``, ``range(x.size(1))``."""
    if isinstance(node, ast.Call) and last_name(node.func) == "range" and node.args:
        end = ast.unparse(node.args[min(1, len(node.args) - 1)])
        yield from (at for at, texts in enumerate(_sizes_of(name)) if end in texts)


def _sizes_of(name: str) -> tuple[set[str], set[str]]:
    """How the sizes of the first two axes are asked for."""
    one, two = ({f"{name}.size({at})", f"{name}.shape[{at}]", f"{name}.size()[{at}]"} for at in (0, 1))
    return one | {f"len({name})"}, two


def _steps_of(index: ast.expr) -> Iterator[int]:
    """The axis that one step after the other is taken of, or a row of steps: ``x[t]``, ``x[1:]``, ``x[:, t]``."""
    parts = items_of(index)
    first = parts[0] if parts else None
    if (
        isinstance(first, ast.Name | ast.BinOp)
        or whole_number(first or ast.Pass()) is not None
        or (isinstance(first, ast.Slice) and (first.lower or first.upper))
    ):
        yield 0
    elif isinstance(first, ast.Slice) and len(parts) > 1:
        yield 1


def _steps_beside(target: ast.expr, value: ast.expr, name: str) -> Iterator[int]:
    """The axis beside that whose size has the name of a number of samples: ``steps, batch = x.shape``."""
    text = ast.unparse(value)
    if text in (f"{name}.shape", f"{name}.size()") and isinstance(target, ast.Tuple):
        yield from (1 - at for at, each in enumerate(target.elts[:2]) if SAMPLES.search(last_name(each)))
    elif isinstance(target, ast.Name) and SAMPLES.search(target.id):
        yield from (1 - at for at, texts in enumerate(_sizes_of(name)) if text in texts)

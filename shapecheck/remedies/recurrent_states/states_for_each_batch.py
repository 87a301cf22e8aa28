"""A function that makes states for a number of samples that it wrote down: told by each call how many there are."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence, Frame, Operation, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.calls import all_given
from shapecheck.reading.edits import place_before, place_behind
from shapecheck.reading.failing import CELLS, RECURRENT, failed, number, shape
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import given_for
from shapecheck.reading.recurrent.recurrent_calls import batch_of, state_roles, state_sizes
from shapecheck.reading.recurrent.state_functions import (
    StateCall,
    StateFunction,
    calls_of,
    is_default,
    parameter_left_out,
    stores_between,
)
from shapecheck.reading.sizes.written_sizes import written_sizes
from shapecheck.reading.sources import (
    Source,
    begin_of,
    function_around,
    function_of_line,
    last_name,
    names_in,
    node_at,
    parameters,
    parents,
    source_of,
    user_sources,
    walk,
)

CAUSE = "batch_size_written_down"
_NAMES = ("batch_size", "samples", "rows")
_WRITTEN = ast.Name | ast.Attribute | ast.Subscript | ast.Constant
_ALWAYS = (0, 0)


@dataclass(frozen=True, slots=True)
class _Refused:
    """A state that was made for another number of samples than there are.

    Args:
        sizes: What the states must be, by their roles.
        axis: The axis of a state that counts the samples.
        rows: How many it was made for.
        batch: How many there are.
        along: The axis of the layer's input that counts the samples.
    """

    sizes: dict[str, tuple[int, ...]]
    axis: int
    rows: int
    batch: int
    along: int


def candidates(evidence: Evidence) -> list[Candidate]:
    """The number of samples as an argument of the function that makes the states, and of every call of it."""
    operation = failed(evidence, *RECURRENT, *CELLS)
    refused = _refused(operation) if operation is not None else None
    if operation is None or refused is None:
        return []
    trial = tuple(Step("set_size", role, sizes) for role, sizes in refused.sizes.items())
    for made in _functions(evidence, refused):
        calls = calls_of(evidence, made) or []
        nearest = _nearest(evidence, operation, calls)
        if nearest is None or any(isinstance(part, ast.Starred) for each in calls for part in each.call.args):
            continue
        first, frame, anchor = nearest
        text = _size_here(first, frame, anchor, refused)
        if not text or _is_given_samples(first, frame, refused.batch):
            return []
        if made.parameter:
            changes = _with_argument(made, first, text)
        else:
            told = _told(evidence, made, calls, first, text, refused)
            changes = _with_parameter(made, told)
        return [Candidate(f"{made.function.name}({text})", changes, trial, 0.03)] if changes else []
    return []


def _refused(operation: Operation) -> _Refused | None:
    sizes: dict[str, tuple[int, ...]] = {}
    rows: set[int] = set()
    given = shape(operation, "input") or ()
    if operation.config.get("num_layers") is None:
        axis, along, batch = 0, 0, given[0] if len(given) == 2 else None
    else:
        axis, along, batch = 1, 0 if operation.config.get("batch_first") else 1, batch_of(operation)
    for role in state_roles(operation):
        found = shape(operation, role) or ()
        layers, _, width = state_sizes(operation, role)
        wanted = (layers, batch or 0, width) if axis else (batch or 0, number(operation, "hidden_size"))
        if len(found) != len(wanted) or any(
            a != b for at, (a, b) in enumerate(zip(found, wanted, strict=True)) if at != axis
        ):
            return None
        sizes[role] = wanted
        rows.add(found[axis])
    if batch is None or len(rows) != 1 or batch in rows:
        return None
    (made_for,) = rows
    if axis and len(given) == 3 and given[1 - along] == made_for:
        # The state follows the other axis of the input: it is the layout that is wrong.
        return None
    return _Refused(sizes, axis, made_for, batch, along)


def _functions(evidence: Evidence, refused: _Refused) -> Iterator[StateFunction]:
    """The functions that write down, in what they make, how many samples the state was made for."""
    wanted = next(iter(refused.sizes.values()))
    for source in user_sources(evidence):
        for function in walk(source.tree):
            if not isinstance(function, ast.FunctionDef) or function.name in ("__init__", "forward"):
                continue
            if any(last_name(each) != "staticmethod" for each in function.decorator_list):
                continue
            places: dict[Span, ast.expr] = {}
            for call in walk(function):
                written = written_sizes(source.span(call), evidence) if isinstance(call, ast.Call) else None
                if written is None or len(written) != len(wanted):
                    continue
                others = [worked_out(evidence, each) for at, each in enumerate(written) if at != refused.axis]
                kept = [size for at, size in enumerate(wanted) if at != refused.axis]
                if any(a is not None and a != b for a, b in zip(others, kept, strict=True)):
                    continue
                place = _written_down(evidence, source, function, written[refused.axis], refused.rows)
                if place is None:
                    places.clear()
                    break
                places[source.span(place)] = place
            texts = {ast.unparse(each) for each in places.values()}
            if len(texts) != 1:
                continue
            (text,) = texts
            names = parameters(function)
            if text not in names:
                yield StateFunction(source, function, tuple(places.values()))
            elif is_default(function, text):
                yield StateFunction(source, function, tuple(places.values()), text)


def _written_down(
    evidence: Evidence, source: Source, function: ast.FunctionDef, size: Span, rows: int
) -> ast.expr | None:
    """Where a number of samples is written that no tensor was asked for: the size itself, or what it is named after."""
    node = source.node_at(size)
    for _ in range(3):
        if (left_out := parameter_left_out(node)) is not None:
            return left_out if is_default(function, left_out.id) else None
        if not isinstance(node, _WRITTEN) or function_around(node) is not function:
            return None
        if not isinstance(node, ast.Name):
            break
        stores = list(stores_between(function, node.id, _ALWAYS, (node.lineno, node.col_offset)))
        if not stores:
            break
        up = getattr(stores[0], "parent", None)
        if len(stores) > 1 or not isinstance(up, ast.Assign) or up.targets != [stores[0]]:
            return None
        node = up.value
    value = worked_out(evidence, source.span(node)) if node is not None else None
    return node if isinstance(node, _WRITTEN) and value in (None, rows) else None


def _nearest(
    evidence: Evidence, operation: Operation, calls: list[StateCall]
) -> tuple[StateCall, Frame, ast.expr] | None:
    """The last call in front of what failed, in the innermost function that has one, and what it then calls."""
    frames = [each for each in evidence.frames if each.is_user]
    for frame in reversed(frames):
        span = operation.span if frame is frames[-1] and operation.span is not None else frame.span
        anchor, source = node_at(span), source_of(span.file)
        if anchor is None or source is None:
            continue
        home = function_around(anchor) or source.tree
        before = [each for each in calls if each.home is home and _is_inplace_before(each.call, anchor)]
        if before:
            return max(before, key=lambda each: begin_of(each.call)), frame, anchor
    return None


def _is_given_samples(made: StateCall, frame: Frame, batch: int) -> bool:
    """Whether the function is handed a tensor that it could ask for the number of samples itself."""
    given = all_given(made.call)
    held = [frame.names.get(each.id) for each in given if isinstance(each, ast.Name)]
    return any(each is not None and each.record is not None and batch in each.record.shape for each in held)


def _size_here(made: StateCall, frame: Frame, anchor: ast.expr, refused: _Refused) -> str:
    """How a running function can ask for the number of samples where it has a state made."""
    given = [each.id for each in walk(anchor) if isinstance(each, ast.Name)]
    parameters = [each.arg for each in made.home.args.args] if isinstance(made.home, ast.FunctionDef) else []
    for name in dict.fromkeys((*given, *parameters)):
        held = frame.names.get(name)
        sizes = held.record.shape if held is not None and held.record is not None and held.kind == "tensor" else ()
        if refused.batch in sizes and _is_known(made, name, anchor):
            is_same = len(sizes) > refused.along and sizes[refused.along] == refused.batch
            return f"{name}.size({refused.along if is_same else sizes.index(refused.batch)})"
    # One sample, as when something is generated: what begins with it is made behind the state.
    is_one = refused.batch == 1 and refused.axis == 1 and isinstance(made.home, ast.FunctionDef)
    return "1" if is_one else ""


def _is_known(made: StateCall, name: str, anchor: ast.expr) -> bool:
    """Whether a name has the value already where a state is made that it has at the call behind."""
    here, there = begin_of(made.call), begin_of(anchor)
    home = made.home
    is_given = isinstance(home, ast.FunctionDef) and name in {each.arg for each in home.args.args}
    is_set = is_given or any(True for _ in stores_between(home, name, _ALWAYS, here))
    return is_set and not any(True for _ in stores_between(home, name, here, there))


def _told(
    evidence: Evidence, made: StateFunction, calls: list[StateCall], first: StateCall, text: str, refused: _Refused
) -> list[tuple[StateCall, str]]:
    """What each call says for the number of samples: the input is asked, and else it is what was written down."""
    asks = _asked_of_model(evidence, refused)
    found = []
    for each in calls:
        if each is first:
            found.append((each, text))
            continue
        asked = next((known for ask in asks if (known := _size_there(each, *ask))), "")
        written = ast.unparse(made.sizes[0])
        if made.takes_self and each.receiver and written.startswith("self."):
            written = f"{each.receiver}{written[len('self') :]}"
        found.append((each, asked or written))
    return found


def _asked_of_model(evidence: Evidence, refused: _Refused) -> list[tuple[str, ast.FunctionDef, str, int]]:
    """By which names the functions on the way were called, and which of their parameters counts the samples."""
    found = []
    for caller, called in itertools.pairwise([each for each in evidence.frames if each.is_user]):
        call, source = node_at(caller.span), source_of(called.span.file)
        function = function_of_line(source, called.span.line)
        if not isinstance(call, ast.Call) or function is None:
            continue
        for item in function.args.args:
            held = called.names.get(item.arg)
            sizes = sizes_of(held)
            if refused.batch in sizes[:2]:
                is_same = len(sizes) > refused.along and sizes[refused.along] == refused.batch
                axis = refused.along if is_same else sizes.index(refused.batch)
                found.append((last_name(call.func), function, item.arg, axis))
                break
    return found


def _size_there(made: StateCall, callee: str, function: ast.FunctionDef, parameter: str, axis: int) -> str:
    """How a function that need not run can ask what it hands on next for the number of samples."""
    behind = [
        each
        for each in made.source.calls(callee)
        if (function_around(each) or made.source.tree) is made.home and _is_inplace_before(made.call, each)
    ]
    call = min(behind, key=begin_of, default=None)
    given = given_for(call, function, parameter) if call is not None else None
    names = [each for each in walk(given) if isinstance(each, ast.Name)] if given is not None else []
    is_plain = given is not None and not any(isinstance(each, ast.Subscript) for each in walk(given))
    if call is None or len(names) != 1 or not is_plain or not _is_known(made, names[0].id, call):
        return ""
    return f"{names[0].id}.size({axis})"


def _with_argument(made: StateFunction, first: StateCall, text: str) -> tuple[Change, ...]:
    """The call that left a parameter to its default, with an argument for it."""
    names = [each.arg for each in (*made.function.args.posonlyargs, *made.function.args.args)]
    names = names[1:] if made.takes_self else names
    call = first.call
    at = names.index(made.parameter) if made.parameter in names else -1
    if any(each.arg in (made.parameter, None) for each in call.keywords) or 0 <= at < len(call.args):
        return ()
    told = text if at == len(call.args) and not call.keywords else f"{made.parameter}={text}"
    return (_appended(first, told),)


def _with_parameter(made: StateFunction, told: list[tuple[StateCall, str]]) -> tuple[Change, ...]:
    """The function with one parameter more, which stands where the number was written, and its calls with it."""
    function, source = made.function, made.source
    taken = {each.arg for each in walk(function.args) if isinstance(each, ast.arg)}
    written = ast.unparse(made.sizes[0])
    taken |= names_in(*function.body) - {written}
    name = next((each for each in _NAMES if each not in taken), "")
    if not name:
        return ()
    reads = [each for each in walk(function) if isinstance(each, ast.expr) and ast.unparse(each) == written]
    places = made.sizes if isinstance(made.sizes[0], ast.Constant) else tuple(reads)
    changes = [Change(source.span(each), name) for each in places if ast.unparse(each) != name]
    changes.append(_declared(made, name))
    return (*changes, *(_prepended(each, text) for each, text in told))


def _declared(made: StateFunction, name: str) -> Change:
    arguments = made.function.args
    given = [*arguments.posonlyargs, *arguments.args]
    if made.takes_self:
        return Change(place_behind(made.source.span(given[0])), f", {name}")
    if given:
        return Change(place_before(made.source.span(given[0])), f"{name}, ")
    line = made.function.lineno
    column = made.source.lines[line - 1].index("(", made.source.lines[line - 1].index(made.function.name)) + 1
    return Change(Span(made.source.file, line, column, line, column), name)


def _prepended(made: StateCall, text: str) -> Change:
    given = all_given(made.call)
    if not given:
        return _appended(made, text)
    first = made.call.args[0] if made.call.args else made.call.keywords[0]
    return Change(place_before(made.source.span(first)), f"{text}, ")


def _appended(made: StateCall, text: str) -> Change:
    given = [*made.call.args, *made.call.keywords]
    if given:
        last = max((made.source.span(each) for each in given), key=lambda each: (each.end_line, each.end_column))
        return Change(place_behind(last), f", {text}")
    span = made.source.span(made.call)
    return Change(Span(span.file, span.end_line, span.end_column - 1, span.end_line, span.end_column - 1), text)


def _is_inplace_before(first: ast.expr, then: ast.expr) -> bool:
    """Whether one call is made before another one, for which it may stand as an argument."""
    return begin_of(first) < begin_of(then) or any(up is then for up in parents(first))

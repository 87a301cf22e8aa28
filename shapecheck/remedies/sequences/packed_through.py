"""What is made of each step of a packed sequence that goes on into a recurrent layer: ``rnn(embed(packed))``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import whole_lines
from shapecheck.reading.failing import RECURRENT, failed
from shapecheck.reading.layers.kinds_of_lists import kinds_of_list
from shapecheck.reading.origins import kind_of, trace
from shapecheck.reading.sources import (
    Source,
    begin_of,
    function_around,
    is_named,
    known_at,
    last_name,
    names_in,
    node_at,
    parents,
    rounds_around,
    source_of,
    statement_of,
    walk,
)

ALONG_STEPS = "what is made may go along the steps, which lie behind one another in the data of a packed sequence"
_LAYERS = (
    "Embedding", "Linear", "Dropout", "LayerNorm", "BatchNorm1d", "Sequential", "Identity", "Tanh", "ReLU", "GELU",
    "ELU", "SELU", "SiLU", "LeakyReLU", "PReLU", "Sigmoid", "Softplus", "Hardtanh",
)  # fmt: skip
_FUNCTIONS = ("torch.", "F.", "nn.functional.", "torch.nn.functional.")
_TWICE = "the same is made of it before it is packed, and may have been meant there alone"
_WALKS_PADDING = "the recurrent layer behind would go through the padding as through steps"


@dataclass(frozen=True, slots=True)
class _Through:
    """A packed sequence, and what is made of it step by step.

    Args:
        source: The file.
        packed: The name of the sequence.
        made: All that is made of it before the recurrent layer reads it.
        is_read_here: Whether that layer is called around it, and not farther down.
    """

    source: Source
    packed: ast.Name
    made: ast.expr
    is_read_here: bool


def candidates(evidence: Evidence) -> list[Candidate]:
    """``pack_padded_sequence(embed(x), ...)``, or ``packed._replace(data=embed(packed.data))``."""
    found = _through(evidence)
    if found is None:
        return []
    doubt = ALONG_STEPS if not _is_step_by_step(evidence, found) else _TWICE if _is_made_before(found) else ""
    left_out = _left_out(found) if doubt == _TWICE else ()
    return [replace(each, doubt=doubt) for each in (*_before_packing(evidence, found), _of_data(found), *left_out)]


def _is_step_by_step(evidence: Evidence, found: _Through) -> bool:
    """Whether layers of torch that know no steps make all that is made of the sequence, or functions along no axis."""
    node: ast.AST | None = found.packed
    while node is not found.made:
        node = getattr(node, "parent", None)
        if not isinstance(node, ast.Call):
            return False
        if ast.unparse(node.func).startswith(_FUNCTIONS):
            others = [*node.args[1:], *(word.value for word in node.keywords)]
            if any(_names_axis(each) for each in others if ast.unparse(each) != "-1"):
                return False
        else:
            kind = kind_of(evidence, found.source.span(node.func))
            kinds = {kind} if kind in _LAYERS else kinds_of_list(found.source, node.func)
            if not kinds or not kinds <= {*_LAYERS}:
                return False
    return True


def _is_made_before(found: _Through) -> bool:
    """Whether the same is made of what is packed: ``x = drop(x)`` in front of ``drop(packed)``."""
    home = function_around(found.packed) or found.source.tree
    calls = [each for each in walk(home) if isinstance(each, ast.Call) and each.lineno < found.made.lineno]
    packed = [each.args[0] for each in calls if last_name(each.func) == "pack_padded_sequence" and each.args]
    names, want = names_in(*packed), _but_its_input(found.made)
    return any(_but_its_input(each) == want and names & names_in(*each.args[:1]) for each in calls)


def _but_its_input(node: ast.expr) -> str:
    """A call as it is written, without what it is given first."""
    words = [ast.unparse(each) for each in (*node.args[1:], *node.keywords)] if isinstance(node, ast.Call) else []
    return f"{ast.unparse(node.func)}: {words}" if isinstance(node, ast.Call) else ""


def _names_axis(node: ast.expr) -> bool:
    return any(isinstance(each, ast.Constant) and type(each.value) is int for each in walk(node))


def doubt_of_padding(evidence: Evidence) -> str:
    """What stands against a padded tensor in the place of a packed sequence."""
    return _WALKS_PADDING if _through(evidence) is not None else ""


def _through(evidence: Evidence) -> _Through | None:
    operation = failed(evidence)
    if operation is None or operation.name.rpartition(".")[2] in RECURRENT:
        return None
    for called in (operation, *((evidence.operation,) if evidence.operation is not None else ())):
        for item in called.arguments:
            source = source_of(item.span.file) if item.span is not None else None
            node = node_at(item.span)
            if item.value.kind == "packed" and source is not None and isinstance(node, ast.Name):
                made, reader = _outermost(evidence, source, node)
                if made is not node and (reader or _is_read_below(evidence, source, made)):
                    return _Through(source, node, made, reader)
    return None


def _outermost(evidence: Evidence, source: Source, node: ast.expr) -> tuple[ast.expr, bool]:
    """The calls around an argument, each of what the one inside made; and whether a recurrent layer is the next."""
    while True:
        up = getattr(node, "parent", None)
        if not isinstance(up, ast.Call) or not up.args or up.args[0] is not node:
            return node, False
        if _is_recurrent(evidence, source, up):
            return node, True
        node = up


def _is_recurrent(evidence: Evidence, source: Source, call: ast.Call) -> bool:
    kind = last_name(call.func.func) if isinstance(call.func, ast.Call) else kind_of(evidence, source.span(call.func))
    kinds = {kind} if kind in RECURRENT else kinds_of_list(source, call.func)
    return bool(kinds) and kinds <= {*RECURRENT}


def _is_read_below(evidence: Evidence, source: Source, made: ast.expr) -> bool:
    """Whether what is made gets a name, and what reads it next, below or in the next round, is a recurrent layer."""
    statement = getattr(made, "parent", None)
    if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
        return False
    name, home = statement.targets[0].id, function_around(made) or source.tree
    loop = next(rounds_around(statement), None)
    reads = [each for each in walk(home) if is_named(each, name) and isinstance(each.ctx, ast.Load)]
    behind = [each for each in reads if each.lineno > statement.lineno]
    again = [each for each in reads if loop in list(parents(each)) and each.lineno < statement.lineno]
    behind = [each for each in behind if loop is None or loop in list(parents(each))] or again or behind
    up = getattr(min(behind, key=begin_of), "parent", None) if behind else None
    return isinstance(up, ast.Call) and _is_recurrent(evidence, source, up)


def _before_packing(evidence: Evidence, found: _Through) -> Iterator[Candidate]:
    """The same made of the padded tensor, where it is packed in the same function."""
    for origin in trace(evidence, found.source.span(found.packed)) if found.is_read_here else ():
        call = node_at(origin.span)
        if not isinstance(call, ast.Call) or not call.args or last_name(call.func) != "pack_padded_sequence":
            continue
        is_here = function_around(call) is function_around(found.packed)
        if not is_here or not names_in(found.made) - {found.packed.id} <= known_at(call) | {"self"}:
            return
        given = found.source.span(call.args[0])
        text = _with(found, given.text)
        changes = (Change(given, text), Change(found.source.span(found.made), found.packed.id))
        yield Candidate(f"{text} before it is packed", changes, (), -0.1)
        return


def _of_data(found: _Through) -> Candidate:
    text = f"{found.packed.id}._replace(data={_with(found, f'{found.packed.id}.data')})"
    return Candidate(text, (Change(found.source.span(found.made), text),), (), -0.05)


def _left_out(found: _Through) -> Iterator[Candidate]:
    """Nothing made of the packed sequence: the line left out, where it is one of several and sets the same name."""
    line = statement_of(found.made)
    block = getattr(getattr(line, "parent", None), "body", [])
    if not isinstance(line, ast.Assign) or line.value is not found.made or line not in block or len(block) < 2:
        return
    if is_named(line.targets[0], found.packed.id):
        change = Change(whole_lines(found.source, line), "")
        yield Candidate(f"without {found.source.span(line).text}", (change,), (), 0.0)


def _with(found: _Through, text: str) -> str:
    """What is made, of something else than the packed sequence."""
    whole, inside = found.source.span(found.made), found.source.span(found.packed)
    if whole.line != whole.end_line:
        return re.sub(rf"\b{found.packed.id}\b", text, ast.unparse(found.made))
    begin, end = inside.column - whole.column, inside.end_column - whole.column
    return f"{whole.text[:begin]}{text}{whole.text[end:]}"

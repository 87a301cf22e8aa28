"""A state that another loop has left, such as that of training in an evaluation with batches of another size."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Frame, Span, Value
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.calls import all_given
from shapecheck.reading.definitions import values_returned
from shapecheck.reading.edits import as_whole, expression, place_before
from shapecheck.reading.evaluated import learns_nothing
from shapecheck.reading.failing import CELLS, RECURRENT, failed, number, operand, shape
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.recurrent.laid_before import is_kept_from_other_samples, turned_round
from shapecheck.reading.recurrent.recurrent_calls import batch_of, state_sizes
from shapecheck.reading.sources import (
    Loop,
    Source,
    found_at,
    function_around,
    last_name,
    names_in,
    node_at,
    parents,
    rounds_around,
    statement_of,
    user_sources,
    walk,
)
from shapecheck.reading.vocabulary import MADE_NEW, MADE_OF_SIZES

CAUSE = "state_of_other_batch"
OF_OTHER_SAMPLES = "the state may be of other samples: it was left by another loop, function or batch"
_NOT_HANDED_ON = "each batch would begin without the state of the batch before; whether that one was meant is not known"
_FACTORIES = (*MADE_OF_SIZES, *MADE_NEW, "zeros_like", "new")


@dataclass(frozen=True, slots=True, eq=False)
class _Maker:
    """A statement by which a state is made: the call, and its argument that counts the samples."""

    source: Source
    statement: ast.Assign
    call: ast.Call
    size: ast.expr


def candidates(evidence: Evidence) -> list[Candidate]:
    """The state made anew for the batches of this loop, as it is made for the other one."""
    operation = failed(evidence, *RECURRENT, *CELLS)
    if operation is None:
        return []
    given = shape(operation, "input")
    batch = batch_of(operation) if operation.config.get("num_layers") else given[0] if given else None
    state = shape(operation, "h_0", "hx")
    if batch is None or state is None or len(state) < 2 or state[-2] == batch:
        return []
    is_turned = state == (batch, state_sizes(operation, "h_0")[0], number(operation, "hidden_size"))
    if is_turned or turned_round(evidence) is not None:
        # The state is of these samples, and lies the other way round, or the data do.
        return []
    whole = operand(operation, "(h_0, c_0)", "h_0", "hx")
    kept = re.fullmatch(r"self\.(\w+)(\[\d\])?", whole.expression) if whole is not None else None
    attribute = kept.group(1) if kept is not None else ""
    found: list[Candidate] = []
    frames = [frame for frame in evidence.frames if frame.is_user]
    for caller, called in itertools.pairwise(frames):
        source, call = found_at(caller.span)
        if source is not None and isinstance(call, ast.Call):
            found += _handed(evidence, source, call, caller, called, state[-2], batch)
            found += _begun(evidence, source, call, caller, called, state[-2], batch, attribute)
    return found


def _handed(
    evidence: Evidence, source: Source, call: ast.Call, caller: Frame, called: Frame, rows: int, batch: int
) -> Iterator[Candidate]:
    """A call that is given the state of other rows, and beside it how many samples are meant."""
    counts = [part for part in call.args if _counts(called, call, part, batch)]
    around = function_around(call) or source.tree
    makers = [
        maker
        for maker in _makers([source])
        if any(up is around for up in parents(maker.statement))
        and _number(evidence, caller, source.span(maker.size)) == rows
    ]
    given = all_given(call)
    count = source.span(counts[0]).text if counts else _counted_beside(evidence, source, given, caller, batch)
    for part in given if makers and (counts or _only_reads(call, called)) else ():
        if count and _holds(caller, ast.unparse(part), rows):
            new = _called(makers[0], count, None)
            yield Candidate(new, (Change(source.span(part), new),), (), 0.03)


def _counted_beside(evidence: Evidence, source: Source, given: list[ast.expr], caller: Frame, batch: int) -> str:
    """The one name for the number of samples that something which a call is given was made with."""
    behind = [each.span.text for part in given for each in trace(evidence, source.span(part), parts=True)]
    read = {name for text in behind for name in names_in(expression(text))}
    known = (name for name, held in caller.names.items() if held.kind == "number" and held.text == str(batch))
    names = [name for name in known if name in read]
    return names[0] if len(names) == 1 else ""


def _only_reads(call: ast.Call, called: Frame) -> bool:
    """Whether a function is called that is not the model's own, and no state of what it was given is kept."""
    statement = statement_of(call)
    stored = names_in(*statement.targets) if isinstance(statement, ast.Assign) else set()
    return called.function != "forward" and not stored & names_in(*call.args, *(each.value for each in call.keywords))


def _begun(
    evidence: Evidence,
    source: Source,
    call: ast.Call,
    caller: Frame,
    called: Frame,
    rows: int,
    batch: int,
    attribute: str,
) -> Iterator[Candidate]:
    """A loop that goes on with what another loop has left: before it, or for each of its batches, as the other does."""
    loop = _loop_around(call)
    statement = statement_of(call)
    model = source.span(call.func).text if called.function == "forward" else ""
    name = next((part.id for part in call.args if isinstance(part, ast.Name) and _holds(caller, part.id, rows)), "")
    target = name or (f"{model}.{attribute}" if attribute and model else "")
    if loop is None or statement is None or not target:
        return
    own = {id(each) for each in walk(loop)}
    makers = [
        maker
        for maker in _makers(user_sources(evidence))
        if any(last_name(each) == (name or attribute) for each in maker.statement.targets)
        and not _is_in_constructor(maker.statement)
    ]
    inside = [maker for maker in makers if id(maker.statement) in own]
    for maker in inside[:1]:
        size = _size_of_input(call, caller, batch)
        yield Candidate(size, (Change(maker.source.span(maker.size), size),), (), 0.04)
    if inside or not makers:
        return
    own_maker = next((each for each in makers if name and _is_made_for(source, each, loop, name)), None)
    if own_maker is not None:
        # Nobody else has left it: the last batch of the same loop is smaller.
        if learns_nothing(evidence):
            yield _anew(source, own_maker, statement, name, _size_of_input(call, caller, batch))
        return
    maker = makers[0]
    is_here = function_around(maker.statement) is function_around(call)
    if is_here and not _is_called_before(source, call, loop):
        return
    is_method = isinstance(maker.call.func, ast.Attribute)
    if is_method and not is_here and not model:
        return
    is_for_each = _is_for_each_batch(maker, last_name(call.func))
    size = _size_of_input(call, caller, batch) if is_for_each else str(batch)
    line = f"{target} = {_called(maker, size, model if is_method and not is_here else None)}"
    yield Candidate(line, (_in_front(source.span(statement if is_for_each else loop), line),), (), 0.07)


def _is_made_for(source: Source, maker: _Maker, loop: Loop, name: str) -> bool:
    """Whether a state is made right in front of a loop: nothing else reads it or puts another there before."""
    home, begun = function_around(loop) or source.tree, maker.statement.end_lineno or maker.statement.lineno
    if maker.source is not source or begun > loop.lineno or _loop_around(maker.statement) is not _loop_around(loop):
        return False
    between = (each for each in walk(home) if isinstance(each, ast.Name) and begun < each.lineno < loop.lineno)
    return function_around(maker.statement) is function_around(loop) and all(each.id != name for each in between)


def _anew(source: Source, maker: _Maker, statement: ast.stmt, name: str, size: str) -> Candidate:
    """The state made for each batch: where the loop takes that of the batch before, or in front of what reads it."""
    made = _called(maker, size, None)
    block = getattr(getattr(statement, "parent", None), "body", [])
    for each in block[: block.index(statement)] if statement in block else ():
        if isinstance(each, ast.Assign) and [last_name(target) for target in each.targets] == [name]:
            span = source.span(each.value)
            return Candidate(f"{name} = {made}", (Change(span, made),), (), 0.07, _NOT_HANDED_ON)
    line = f"{name} = {made}"
    return Candidate(line, (_in_front(source.span(statement), line),), (), 0.07, _NOT_HANDED_ON)


def is_left_elsewhere(evidence: Evidence, rows: int) -> bool:
    """Whether a state may have been left by something else than the rounds before of the loop that it is used in.

    Args:
        evidence: The problem.
        rows: How many samples the state is of.
    """
    frames = [frame for frame in evidence.frames if frame.is_user]
    is_seen = False
    for caller in frames[:-1]:
        call = node_at(caller.span)
        given = all_given(call) if isinstance(call, ast.Call) else []
        for name in sorted(names_in(*given)):
            if _holds(caller, name, rows):
                is_seen = True
                if call is not None and not _is_of_this_loop(evidence, call, name):
                    return True
    if is_seen or len(frames) < 2:
        return False
    if is_kept_from_other_samples(evidence, rows):
        return True
    # A state that the model keeps: of another loop, where the model is called in two.
    node = node_at(frames[-2].span)
    calls = list(_calls_of(evidence, node))
    return len({id(_loop_around(each)) for each in calls}) > 1


def _calls_of(evidence: Evidence, node: ast.AST | None) -> Iterator[ast.Call]:
    if isinstance(node, ast.Call):
        for source in user_sources(evidence):
            yield from source.calls(last_name(node.func))


def _loop_around(node: ast.AST) -> Loop | None:
    return next(rounds_around(node), None)


def _is_of_this_loop(evidence: Evidence, call: ast.AST, name: str) -> bool:
    """Whether a name is set by the loop around a call alone, beside being made anew; a parameter is not asked."""
    function, loop = function_around(call), _loop_around(call)
    scope = function if function is not None else list(parents(call))[-1]
    stores = [
        each
        for each in walk(scope)
        if isinstance(each, ast.Assign) and name in names_in(*each.targets) and function_around(each) is function
    ]
    inside = [each for each in stores if loop is not None and any(up is loop for up in parents(each))]
    if function is not None and name in {each.arg for each in function.args.args}:
        return not inside
    sources = user_sources(evidence)
    makers = {*_FACTORIES, *(last_name(maker.call.func) for maker in _makers(sources))}
    outside = [each for each in stores if each not in inside]
    left = [each for each in outside if not _is_made(each.value, makers)]
    anchor = loop or statement_of(call)
    before = [each for each in outside if anchor is not None and each.lineno < anchor.lineno]
    if not left or anchor is None or not before:
        return not left
    last = max(before, key=lambda each: each.lineno)
    return last not in left and _loop_around(last) is _loop_around(anchor)


def _is_made(value: ast.expr, makers: set[str]) -> bool:
    """Whether a state is made there, or is none yet."""
    if isinstance(value, ast.Tuple | ast.List):
        return all(_is_made(each, makers) for each in value.elts)
    if isinstance(value, ast.GeneratorExp | ast.ListComp):
        return _is_made(value.elt, makers)
    if not isinstance(value, ast.Call):
        return isinstance(value, ast.Constant) and value.value is None
    if last_name(value.func) in makers:
        return True
    # What a method makes of it: ``torch.zeros(1, 4, 8).to(device)``; a pair of such: ``tuple(... for _ in range(2))``.
    inner = value.func.value if isinstance(value.func, ast.Attribute) else next(iter(value.args), None)
    is_wrapped = isinstance(value.func, ast.Attribute) or last_name(value.func) in ("tuple", "list")
    return is_wrapped and inner is not None and _is_made(inner, makers)


def _counts(called: Frame, call: ast.Call, part: ast.expr, batch: int) -> bool:
    """Whether an argument is the number of samples in this loop, by what the function that was called holds."""
    node = node_at(called.span)
    function = function_around(node)
    names = [item.arg for item in function.args.args if item.arg != "self"] if function is not None else []
    at = call.args.index(part)
    held = called.names.get(names[at]) if at < len(names) else None
    return held is not None and held.kind == "number" and held.text == str(batch)


def _holds(caller: Frame, text: str, rows: int) -> bool:
    held = caller.names.get(text)
    return held is not None and _is_state(held, rows)


def _is_state(held: Value, rows: int) -> bool:
    if held.items:
        return all(_is_state(item, rows) for item in held.items)
    return held.record is not None and len(held.record.shape) > 1 and held.record.shape[-2] == rows


def _makers(sources: list[Source]) -> Iterator[_Maker]:
    """The statements in which a function that makes tensors of sizes is asked for a state of some size."""
    names = {
        each.name
        for source in sources
        for each in walk(source.tree)
        if isinstance(each, ast.FunctionDef) and _makes_state(each)
    }
    for source in sources:
        for node in walk(source.tree):
            call = node.value if isinstance(node, ast.Assign) else None
            if (
                isinstance(node, ast.Assign)
                and isinstance(call, ast.Call)
                and last_name(call.func) in names
                and call.args
            ):
                yield _Maker(source, node, call, call.args[0])


def _makes_state(function: ast.FunctionDef) -> bool:
    """Whether a function gives back tensors that it makes of sizes, one of which it is told."""
    told = [item.arg for item in function.args.args if item.arg != "self"]
    calls = [each for each in walk(function) if isinstance(each, ast.Call) and last_name(each.func) in _FACTORIES]
    reads = {node.id for each in calls for node in walk(each) if isinstance(node, ast.Name)}
    return bool(values_returned(function)) and bool(told) and told[0] in reads


def _is_in_constructor(statement: ast.stmt) -> bool:
    function = function_around(statement)
    return function is not None and function.name == "__init__"


def _is_for_each_batch(maker: _Maker, model: str) -> bool:
    """Whether a state is made in the loop over the batches, in which the model is called or learns, and not before."""
    loop = _loop_around(maker.statement)
    body = [each for line in loop.body for each in walk(line)] if loop is not None else []
    called = {last_name(each.func) for each in body if isinstance(each, ast.Call)}
    return not any(isinstance(each, Loop) for each in body) and bool(called & {model, "backward"})


def _is_called_before(source: Source, call: ast.Call, loop: Loop) -> bool:
    """Whether the same is called in front of a loop too, such as in that of training."""
    return any(other.lineno < loop.lineno for other in source.calls(last_name(call.func)))


def _called(maker: _Maker, size: str, receiver: str | None) -> str:
    span = maker.source.span(maker.call)
    text = as_whole(span, Change(maker.source.span(maker.size), size)).text
    if receiver is None or not isinstance(maker.call.func, ast.Attribute):
        return text
    return text.replace(maker.source.span(maker.call.func.value).text, receiver, 1)


def _size_of_input(call: ast.Call, caller: Frame, batch: int) -> str:
    """The number of samples as the input of a call tells it."""
    for part in call.args:
        for node in walk(part):
            held = caller.names.get(node.id) if isinstance(node, ast.Name) else None
            sizes = sizes_of(held)
            if isinstance(node, ast.Name) and batch in sizes[:2]:
                return f"{node.id}.size({sizes.index(batch)})"
    return str(batch)


def _in_front(place: Span, line: str) -> Change:
    start = place_before(place)
    return Change(start, f"{line}\n{' ' * place.column}")


def _number(evidence: Evidence, caller: Frame, span: Span) -> int | bool | None:
    """What a text comes to in the function that called: by its value there, or as it is written."""
    owner, _, name = span.text.rpartition(".")
    held = caller.names.get(span.text)
    inside = caller.names.get(owner) if owner else None
    if held is not None and held.text.isdecimal():
        return int(held.text)
    value = inside.config.get(name) if inside is not None else None
    return value if isinstance(value, int) else worked_out(evidence, span)

"""A tuple where a tensor is wanted: what a recurrent layer gives back must be unpacked first."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.branch_given import branch_given, gives_tensor
from shapecheck.reading.calls_refused import refused_call
from shapecheck.reading.edits import call_of, expression, operands_of, piece, replaced, suffixed
from shapecheck.reading.failing import failed, says
from shapecheck.reading.givers import givers
from shapecheck.reading.names_missing import names_with_missing
from shapecheck.reading.only_handed_on import is_carried_round
from shapecheck.reading.origins import trace
from shapecheck.reading.recurrent.states_told import NOT_CARRIED, is_thrown_away, names_for_all
from shapecheck.reading.recurrent.tuples_given import (
    assigned_above,
    first_tuple,
    is_output,
    takes_part,
    tuple_given,
)
from shapecheck.reading.sources import (
    Source,
    function_at,
    home_around,
    is_named,
    last_name,
    names_in,
    rounds_around,
    source_of,
    statement_of,
    targets_of,
    unused_names,
    user_sources,
    walk,
)
from shapecheck.reading.taken_apart import is_read_behind, taken_by
from shapecheck.reading.vocabulary import CONSTANTS, MADE_OF_SIZES
from shapecheck.reading.where_made import made
from shapecheck.remedies.constructors.kinds_of_layers import of_several_kinds

ONE_OF_SEVERAL = "another one of what the model returns may have been meant"
_GIVEN_WHOLE = "the next round is given what this one leaves, and may be meant to be given all of it"
_GIVEN_COST = 0.35
_READ_BELOW = "the other name is read below, and would have no value"
OTHER_PART = "its parts have names of their own above, and another one of them may have been meant"


def candidates(evidence: Evidence) -> list[Candidate]:
    """Changes where a tuple came in place of a tensor."""
    operation = failed(evidence)
    if operation is None or refused_call(evidence) is not None:
        # As many arguments are missing, or too many, when a part of one is taken.
        return []
    item, given = first_tuple(evidence), tuple_given(evidence)
    found: list[Candidate] = []
    if given is not None:
        found += _unpacked(evidence, given)
    found += _in_list(evidence, operation)
    found += _returned_whole(evidence, operation)
    if operation.name == "unpack":
        found += _targets(evidence, operation)
    elif item is not None:
        found += of_several_kinds(evidence, item)
    return found


def _in_list(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    """A list of tuples to be joined: the output of each, where the list is made or filled."""
    if not says(evidence, r"expected Tensor as element \d+ in argument 0, but got tuple"):
        return
    tuples = [each for each in operation.arguments if is_output(each) and each.span is not None]
    if len(tuples) > 1:
        # One of them alone would leave the others.
        changes = tuple(suffixed(each.span, "[0]") for each in tuples if each.span is not None)
        trial = tuple(Step("item", each.role, (0,)) for each in tuples)
        yield Candidate(", ".join(each.text for each in changes), changes, trial, 0.08)
    item = next(iter(operation.arguments), None)
    source = source_of(item.span.file) if item is not None and item.span is not None else None
    if item is None or item.span is None or source is None:
        return
    for span in (item.span, *(found.span for found in made(evidence, item))):
        node = expression(span.text)
        if isinstance(node, ast.ListComp | ast.GeneratorExp) and isinstance(node.elt, ast.Call | ast.Name):
            change = suffixed(piece(span, node.elt), "[0]")
            yield Candidate(change.text, (change,), (), 0.1)
    for call in source.calls("append"):
        base = call.func.value if isinstance(call.func, ast.Attribute) else call.func
        if (
            ast.unparse(base) == item.span.text
            and len(call.args) == 1
            and isinstance(call.args[0], ast.Call | ast.Name)
        ):
            change = suffixed(source.span(call.args[0]), "[0]")
            yield Candidate(change.text, (change,), (), 0.12)


def _returned_whole(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    """A sum with what a module of the user's returns: the whole tuple of attention, or of a recurrent layer."""
    kinds = says(evidence, r"unsupported operand type\(s\) for \S+ '(\w+)' and '(\w+)'")
    first = says(evidence, r"can only concatenate (tuple) \(not \"\w+\"\) to tuple")
    told = kinds.groups() if kinds is not None else first.groups() if first is not None else ()
    if "tuple" not in told or len(operation.arguments) < 2:
        return
    item = operation.arguments[told.index("tuple")]
    call = call_of(item.span) if item.span is not None else None
    if call is None or item.span is None or evidence.user_frame is None:
        return
    held = evidence.user_frame.names.get(piece(item.span, call.func).text)
    if held is None or held.kind != "module":
        return
    if held.type in _GIVE_TUPLES:
        yield Candidate(f"{item.span.text}[0]", (suffixed(item.span, "[0]"),), (), 0.1)
        return
    for source in user_sources(evidence):
        for given in returns(source, held.type):
            if given.value is not None and gives_tuple(evidence, source, given.value):
                change = suffixed(source.span(given.value), "[0]")
                yield Candidate(f"return {change.text}", (change,), (), 0.05)
            elif isinstance(given.value, ast.Tuple) and given.value.elts:
                yield Candidate(f"{item.span.text}[0]", (suffixed(item.span, "[0]"),), (), 0.2)


def returns(source: Source, kind: str) -> Iterator[ast.Return]:
    """What the forward of a class of the user's returns, way by way."""
    owners = [node for node in source.classes if node.name == kind]
    methods = [node for owner in owners for node in owner.body if isinstance(node, ast.FunctionDef)]
    for method in methods:
        if method.name == "forward":
            yield from (node for node in walk(method) if isinstance(node, ast.Return))


def gives_tuple(evidence: Evidence, source: Source, node: ast.expr) -> bool:
    """Whether an expression is the call of a layer that gives back a tuple, or a name for it."""
    makers = trace(evidence, source.span(node)) if not isinstance(node, ast.Call) else ()
    calls = [call_of(found.span) for found in makers[:1]] if makers else [node if isinstance(node, ast.Call) else None]
    for call in calls:
        span = makers[0].span if makers else source.span(node)
        if call is None:
            continue
        callee = source.span(call.func) if not makers else piece(span, call.func)
        texts = [found.span.text.partition("(")[0].rpartition(".")[2] for found in trace(evidence, callee)]
        if any(text in _GIVE_TUPLES for text in texts):
            return True
    return False


_GIVE_TUPLES = ("MultiheadAttention", "RNN", "LSTM", "GRU", "LSTMCell")


def _targets(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    """Names on the left that do not fit what a recurrent layer gives back: ``out, h, c = lstm(x)``."""
    if operation.span is None:
        return
    source = source_of(operation.span.file)
    if source is None:
        return
    for node in walk(source.tree):
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Tuple):
            continue
        target = node.targets[0]
        whole = source.span(node)
        if not (whole.line <= operation.span.line <= whole.end_line):
            continue
        names = [source.span(part).text for part in target.elts]
        span = source.span(target)
        taken = taken_by(source, target)
        # Of a function of the script is known what it gives.
        is_known = taken is not None and bool(givers(evidence, taken))
        if len(names) == 3 and all(map(str.isidentifier, names)) and isinstance(node.value, ast.Call) and not is_known:
            text = f"{names[0]}, ({names[1]}, {names[2]})"
            yield Candidate(text, (Change(span, text),), (), 0.1)
        for at, part in enumerate(target.elts):
            if isinstance(part, ast.Tuple):
                found = source.span(part)
                name = source.span(part.elts[0]).text
                text = ", ".join([*names[:at], name, *names[at + 1 :]])
                yield Candidate(text, (Change(found, name),), (), 0.2)
        if len(names) == 2 and all(map(str.isidentifier, names)) and isinstance(node.value, ast.Call):
            yield from _parts_of_packed(source, node.value, target, names)
            doubt = _READ_BELOW if taken is not None and is_read_behind(taken, names[1]) else ""
            yield Candidate(names[0], (Change(span, names[0]),), (), 0.4, doubt)
            yield Candidate(f"{names[0]}, *{names[1]}", (Change(span, f"{names[0]}, *{names[1]}"),), (), 0.9, doubt)


def _parts_of_packed(source: Source, made: ast.Call, target: ast.Tuple, names: list[str]) -> Iterator[Candidate]:
    """The numbers of a packed sequence, and their counts if anybody reads these: of four parts two were wanted."""
    if last_name(made.func) not in ("pack_padded_sequence", "pack_sequence"):
        return
    span = source.span(made)
    if names[1] == "_" or names[1] in unused_names(span):
        changes = (Change(source.span(target), names[0]), suffixed(span, ".data"))
        yield Candidate(f"{last_name(made.func)}(...).data", changes, (), 0.05)
    else:
        yield Candidate(f"{last_name(made.func)}(...)[:2]", (suffixed(span, "[:2]"),), (), 0.05)


def _unpacked(evidence: Evidence, item: Argument) -> Iterator[Candidate]:
    assert item.span is not None
    trial = (Step("item", item.role, (0,)),)
    source = source_of(item.span.file)
    name, of_own, is_elsewhere = item.span.text, "", False
    if name.isidentifier() and source is not None:
        node = source.node_at(item.span)
        around = _comprehension(source, item.span, name)
        if around is not None:
            yield from _nested(source, around)
        assigned = _assignment(source, name, statement_of(node))
        if assigned is not None and isinstance(assigned.value, ast.Call):
            # What makes one tensor gave no tuple: it came from another round.
            assigned = None if last_name(assigned.value.func) in (*MADE_OF_SIZES, *CONSTANTS) else assigned
        if assigned is not None and isinstance(assigned.targets[0], ast.Name) and not _is_read_in_parts(assigned, name):
            target, value = source.span(assigned.targets[0]), source.span(assigned.value).text
            told = names_for_all(evidence, source, assigned, item.value.items)
            told = told or names_with_missing(evidence, source, assigned, item.value.items)
            if told:
                yield Candidate(f"{told} = {value}", (Change(target, told),), trial, -0.05)
            doubt = NOT_CARRIED if told or is_thrown_away(evidence, source, assigned) else ""
            count = len(item.value.items)
            if count > 2 and _is_of_own(evidence, assigned.value):
                of_own = doubt = doubt or ONE_OF_SEVERAL
            first = f"{name}, _" if count == 2 else f"{name}, *_"
            # Of a tuple of one there is nothing to leave out; it is read at its place, as what is a tensor elsewhere.
            is_elsewhere = _is_tensor_elsewhere(evidence, source, assigned.value)
            # The next round of a loop would be given a part of what this one was given whole.
            is_given_whole = name in names_in(assigned.value) and any(rounds_around(assigned))
            cost, doubt = (_GIVEN_COST, doubt or _GIVEN_WHOLE) if is_given_whole else (0.0, doubt)
            if count > 1 and not is_elsewhere:
                yield Candidate(f"{first} = {value}", (Change(target, first),), trial, cost, doubt)
        parts = _parts_named(source, item.span)
        unread = [at for at, part in enumerate(parts) if not _is_read_as_part(source, item.span, part)]
        if len(unread) == 1:
            at = unread[0]
            change = replaced(item.span, parts[at].id)
            yield Candidate(f"{name} -> {change.text}", (change,), (Step("item", item.role, (at,)),), 0.0)
        of_own = of_own or (OTHER_PART if len(parts) > 1 else "")
    added = operands_of(expression(name), ast.Add)
    if len(added) > 1 and all(isinstance(each, ast.Name | ast.Attribute | ast.Subscript) for each in added):
        # Tuples that were added lie one behind the other: of each the first part was meant to be.
        changes = tuple(suffixed(piece(item.span, each), "[0]") for each in added)
        yield Candidate(" + ".join(each.text for each in changes), changes, (), 0.1)
        return
    # What is a tensor in another round, or in another branch, has no first part to be taken at its use.
    branch = suffixed(branch_given(evidence, item.span), "[0]")
    is_carried = is_elsewhere or is_carried_round(evidence, item)
    yield Candidate(branch.text, (branch,), trial, 1.0 if is_carried else 0.2, of_own)
    for origin in made(evidence, item):
        node = expression(origin.span.text)
        ways = [node.body, node.orelse] if isinstance(node, ast.IfExp) else [node]
        if not any(isinstance(each, ast.Tuple) for each in ways):
            # Nobody writes down a tuple to take its first part.
            branch = suffixed(branch_given(evidence, origin.span), "[0]")
            much = 0.3 if branch.text.startswith(origin.span.text) and not is_carried else 0.15
            yield Candidate(branch.text, (branch,), trial, much, of_own)
        if isinstance(node, ast.IfExp) and not isinstance(node.body, ast.Tuple):
            # "x if it is a tuple else (x,)" makes the tuple.
            yield Candidate(ast.unparse(node.body), (replaced(origin.span, ast.unparse(node.body)),), trial, 0.4)
    # The tuple (h, c) of an LSTM inside what it gives back.
    if len(item.value.items) == 2 and item.value.items[0].kind == "tensor":
        yield Candidate(f"{name}[1]", (suffixed(item.span, "[1]"),), (Step("item", item.role, (1,)),), 1.0)


def _is_read_in_parts(assigned: ast.Assign, name: str) -> bool:
    """Whether a part is taken of what a name was given, before it is given anything else: ``outs[1]``."""
    behind = [each for each in walk(home_around(assigned)) if is_named(each, name) and each.lineno > assigned.lineno]
    again = min((each.lineno for each in behind if isinstance(each.ctx, ast.Store)), default=1 << 30)
    return any(takes_part(each) for each in behind if isinstance(each.ctx, ast.Load) and each.lineno <= again)


def _is_tensor_elsewhere(evidence: Evidence, source: Source, value: ast.expr) -> bool:
    """Whether what a name is given is a tensor in another round, or in the other branch."""
    ways = [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]
    return any(gives_tensor(evidence, source, each) for each in ways)


def _parts_named(source: Source, use: Span) -> list[ast.Name]:
    """The names into which the function has taken a tuple apart above: ``h, c = state``."""
    for node in walk(function_at(use)):
        if isinstance(node, ast.Assign) and is_named(node.value, use.text) and node.lineno < use.line:
            target = node.targets[0]
            parts = target.elts if isinstance(target, ast.Tuple) else []
            return [each for each in parts if isinstance(each, ast.Name)] if source.file == use.file else []
    return []


def _is_read_as_part(source: Source, use: Span, part: ast.Name) -> bool:
    """Whether what a part was given above is read by a place's statement or on the way, or below as it was given."""
    end = getattr(statement_of(source.node_at(use)), "end_lineno", use.line)
    names = [each for each in walk(function_at(use)) if isinstance(each, ast.Name) and each.id == part.id]
    is_given_again = any(isinstance(each.ctx, ast.Store) and part.lineno < each.lineno <= end for each in names)
    reads = [each.lineno for each in names if isinstance(each.ctx, ast.Load) and each.lineno > part.lineno]
    return part.id.startswith("_") or any(at <= end or not is_given_again for at in reads)


def _is_of_own(evidence: Evidence, value: ast.expr) -> bool:
    """Whether a module of the script's own was called, whose forward returns a tuple of whatever it likes."""
    name = last_name(value.func) if isinstance(value, ast.Call) else ""
    for source in user_sources(evidence):
        made = (each for each in walk(source.tree) if isinstance(each, ast.Call))
        kinds = {last_name(each.func) for each in made if any(last_name(target) == name for target in targets_of(each))}
        if any(isinstance(given.value, ast.Tuple) for kind in kinds for given in returns(source, kind)):
            return True
    return False


def _assignment(source: Source, name: str, here: ast.stmt | None) -> ast.Assign | None:
    """What gave a name its value above a statement, or in the round before by the statement itself."""
    best = assigned_above(source, name, here)
    is_again = isinstance(here, ast.Assign) and any(ast.unparse(each) == name for each in here.targets)
    in_loop = here is not None and any(rounds_around(here))
    return here if best is None and is_again and in_loop and isinstance(here, ast.Assign) else best


def _comprehension(source: Source, span: Span, name: str) -> ast.comprehension | None:
    """The loop of a comprehension that binds a name, around its use."""
    for node in walk(source.tree):
        for loop in getattr(node, "generators", ()):
            here = source.span(node)
            inside = (here.line, here.column) <= (span.line, span.column) <= (here.end_line, here.end_column)
            if inside and is_named(loop.target, name):
                return loop  # type: ignore[no-any-return]
    return None


def _nested(source: Source, loop: ast.comprehension) -> Iterator[Candidate]:
    """The items of a tuple in which one is a tuple again: ``out, (h, c)`` taken apart to three tensors."""
    iterable = loop.iter
    if not isinstance(iterable, ast.Name):
        return
    assigned = None
    for node in walk(source.tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and node.lineno <= loop.iter.lineno:
            target = node.targets[0]
            if is_named(target, iterable.id):
                assigned = node
    if assigned is None:
        span = source.span(iterable)
        new = f"({iterable.id}[0], *{iterable.id}[1])"
        yield Candidate(new, (Change(span, new),), (), 0.1)
        return
    value = assigned.value
    body = value.body if isinstance(value, ast.IfExp) else value
    if isinstance(body, ast.Name):
        span = source.span(body)
        new = f"({body.id}[0], *{body.id}[1])"
        yield Candidate(new, (Change(span, new),), (), 0.05)

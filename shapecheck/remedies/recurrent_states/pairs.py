"""One state where an LSTM takes two: a second one beside it, or the layer that takes one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.assignments import values_given
from shapecheck.reading.edits import expression, piece, replaced
from shapecheck.reading.failing import kind
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.only_handed_on import is_carried_round
from shapecheck.reading.origins import kind_of
from shapecheck.reading.recurrent.recurrent_calls import speaks_of
from shapecheck.reading.recurrent.whole_states import is_whole_state
from shapecheck.reading.sizes.written_sizes import written_sizes
from shapecheck.reading.sources import (
    Source,
    found_at,
    function_around,
    home_around,
    is_named,
    names_in,
    node_at,
    rounds_around,
    statement_of,
    user_sources,
    walk,
)
from shapecheck.reading.vocabulary import CONSTANTS
from shapecheck.reading.where_made import made
from shapecheck.remedies.constructors.kinds_renamed import kind_renamed

_GRU_OR_LSTM = "a GRU or an RNN may have been meant, which takes this one state"
HALVED = "the script takes the first part of such a pair on the way, and the other one may be what is missing"
_SEVERAL = "several tensors of these sizes are read nowhere, and which is the cell state is not known"
_LOST = "the cell state of each round would be forgotten in the next one"


def of_one_state(evidence: Evidence, operation: Operation, item: Argument) -> Iterator[Candidate]:
    """The pair where the one state was made or where it is used, and the layer that takes one state alone.

    Args:
        evidence: The problem.
        operation: The LSTM that refused it.
        item: The state.
    """
    text = item.expression
    if item.value.kind != "tensor" or item.span is None:
        return
    yield from _both_taken(evidence, operation, item)
    meant = _meant(evidence, operation, is_blank=_is_blank(evidence, item))
    doubt = "" if meant else _GRU_OR_LSTM
    if meant in ("GRU", "RNN"):
        yield from kind_renamed(evidence, operation, "LSTM", meant, cost=0.04)
        doubt = _GRU_OR_LSTM
    if _is_given_back(operation, item):
        doubt = doubt or _LOST
    if any(_is_halved(source) for source in user_sources(evidence)):
        doubt = doubt or HALVED
    new = _pair_of(text)
    trial = (Step("pair", item.role),)
    # What a loop hands round is a pair from its second round on.
    stored = _stored_again(operation, item)
    is_carried = stored is not None or is_carried_round(evidence, item)
    lost = _LOST if is_carried else ""
    yield Candidate(new, (replaced(item.span, new),), trial, 0.6 if is_carried else 0.1, doubt or lost)
    for origin in made(evidence, item):
        whole = _whole_of(evidence, origin.span)
        if whole:
            # What gave a pair is an LSTM as well.
            yield Candidate(f"{origin.span.text} -> {whole}", (Change(origin.span, whole),), trial, 0.04)
    beside = [] if is_carried else list(_unread_beside(evidence, item))
    for name in beside:
        several = _SEVERAL if len(beside) > 1 else ""
        yield Candidate(f"({text}, {name})", (replaced(item.span, f"({text}, {name})"),), trial, 0.03, doubt or several)
    for origin in made(evidence, item):
        if written_sizes(origin.span) is None or not _is_constant(origin.span.text):
            continue
        source, node = found_at(origin.span)
        returned = isinstance(statement_of(node), ast.Return) if node is not None else False
        given_back = _given_back_alone(node) if source is not None and node is not None else None
        if source is not None and given_back is not None:
            span = source.span(given_back)
            both = f"{span.text}, torch.zeros_like({span.text})"
            yield Candidate(both, (Change(span, both),), trial, 0.05, doubt)
            return
        if not returned and (source is None or node is None or _reads(source, node, stored) > 1):
            continue
        twice = f"{origin.span.text}, {origin.span.text}"
        twice = twice if returned else f"({twice})"
        yield Candidate(twice, (Change(origin.span, twice),), trial, 0.05, doubt)
        return


def _unread_beside(evidence: Evidence, item: Argument) -> Iterator[str]:
    """Tensors of the sizes of a state that the same function made of no other one, and reads nowhere: ``c0``."""
    node = node_at(item.span)
    if node is None:
        return
    home, statement = home_around(node), statement_of(node)
    names = [each for each in walk(home) if isinstance(each, ast.Name)]
    # What the call itself gives a value is no state that was left over.
    given = names_in(*statement.targets) if isinstance(statement, ast.Assign) else set()
    read = {each.id for each in names if isinstance(each.ctx, ast.Load)} | given
    for line in walk(home):
        for target, value in values_given(line):
            held = evidence.held.get(target.id) if isinstance(target, ast.Name) and target.id not in read else None
            is_above = isinstance(target, ast.Name) and target.lineno < node.lineno
            if held is None or not is_above or not _is_constant(ast.unparse(value)):
                continue
            if held.record is not None and held.record.shape == sizes_of(item):
                yield ast.unparse(target)


def _pair_of(text: str) -> str:
    """The state and zeros beside it; what is called is called once.

    >>> _pair_of("h"), _pair_of("self.bridge(h)")
    ('(h, torch.zeros_like(h))', '(h_0 := self.bridge(h), torch.zeros_like(h_0))')
    """
    return f"(h_0 := {text}, torch.zeros_like(h_0))" if "(" in text else f"({text}, torch.zeros_like({text}))"


def _whole_of(evidence: Evidence, span: Span) -> str:
    """The pair of which only the first state was taken: ``hidden`` in ``hidden[0]``; else nothing."""
    node = expression(span.text)
    if not isinstance(node, ast.Subscript) or ast.unparse(node.slice) != "0" or not isinstance(node.value, ast.Name):
        return ""
    name = node.value.id
    if _is_pair_of_layer(evidence, piece(span, node.value)):
        return name
    held = [frame.names[name] for frame in evidence.frames if frame.is_user and name in frame.names]
    return name if any(each.kind == "tuple" and len(each.items) == 2 for each in held) else ""


def _is_pair_of_layer(evidence: Evidence, place: Span) -> bool:
    """Whether a name is all of the state that an LSTM gave in the same function, which may have returned since."""
    source, node = found_at(place)
    if source is None or not isinstance(node, ast.Name) or not is_whole_state(place):
        return False
    given = [each for each in walk(function_around(node) or source.tree) if isinstance(each, ast.Assign)]
    taken = [each for each in given if _gives_whole(each, node.id)]
    made = [each.value for each in taken if isinstance(each.value, ast.Call)]
    return len(taken) == len(made) == 1 and kind_of(evidence, source.span(made[0].func)) == "LSTM"


def _gives_whole(statement: ast.Assign, name: str) -> bool:
    """Whether a statement gives a name the second of two things: ``_, state = self.rnn(x)``."""
    target = statement.targets[0]
    parts = target.elts if isinstance(target, ast.Tuple) else []
    return len(parts) == 2 and isinstance(parts[1], ast.Name) and parts[1].id == name


def _both_taken(evidence: Evidence, operation: Operation, item: Argument) -> Iterator[Candidate]:
    """The two names that the call gives its states, where both are there before and only one is read.

    ``h, c = cell(x, h)``: who reads ``c`` for something else has another thing by that name.
    """
    yield from _both_items(operation, item)
    taken = _states_taken(operation, item)
    held = [evidence.held.get(name) for name in taken]
    shapes = {each.record.shape if each is not None and each.record is not None else None for each in held}
    is_one_of_them = len(taken) == 2 and item.expression in taken
    if is_one_of_them and len(shapes) == 1 and None not in shapes and item.span is not None:
        source, node = found_at(item.span)
        around = function_around(node) or source.tree if source is not None and node is not None else None
        (other,) = {*taken} - {item.expression} or {""}
        if around is None or any(_is_read(each, other, taken) for each in walk(around)):
            return
        pair = f"({', '.join(taken)})"
        trial = (Step("pair", item.role),)
        yield Candidate(pair, (replaced(item.span, pair),), trial, 0.01)


def _both_items(operation: Operation, item: Argument) -> Iterator[Candidate]:
    """The same of items of two lists: ``hs[k], cs[k] = cell(x, hs[k])``."""
    node = node_at(item.span)
    statement = statement_of(node)
    target = statement.targets[0] if isinstance(statement, ast.Assign) else None
    whole = target.elts[-1] if isinstance(target, ast.Tuple) and "num_layers" in operation.config else target
    parts = whole.elts if isinstance(whole, ast.Tuple) else []
    if item.span is None or not isinstance(node, ast.Subscript) or len(parts) != 2:
        return
    if not all(isinstance(each, ast.Subscript) for each in parts):
        return
    texts = [ast.unparse(each) for each in parts]
    if texts[0] != texts[1] and ast.unparse(node) == texts[0]:
        pair = f"({', '.join(texts)})"
        yield Candidate(pair, (replaced(item.span, pair),), (Step("pair", item.role),), 0.01)


def _is_read(node: ast.AST, name: str, taken: list[str]) -> bool:
    """Whether a name is read there for something else than a state.

    ``h, c = h[-1], c[-1]`` keeps it what it is, and ``cell(x, (h, c))`` or ``return y, h, c`` gives it for one.
    """
    if not isinstance(node, ast.Name) or node.id != name or not isinstance(node.ctx, ast.Load):
        return False
    pair = getattr(node, "parent", None)
    texts = [ast.unparse(each) for each in pair.elts] if isinstance(pair, ast.Tuple) else []
    if any(texts[at : at + len(taken)] == taken for at in range(len(texts))):
        # There it is the second of the states again.
        return False
    line = statement_of(node)
    given = values_given(line) if line is not None else ()
    return not any(ast.unparse(target) == name and node in walk(value) for target, value in given)


def _is_blank(evidence: Evidence, item: Argument) -> bool:
    """Whether a state holds the same number everywhere, because the script made it so."""
    return any(
        written_sizes(origin.span) is not None and _is_constant(origin.span.text) for origin in made(evidence, item)
    )


def _meant(evidence: Evidence, operation: Operation, *, is_blank: bool) -> str:
    """The kind of layer that the script speaks of beside the call that makes it; empty where it does not tell.

    Where it speaks of none, and only begins with zeros, the layer that it made is the only word there is.
    """
    taken = kind(operation)
    if not taken.startswith("LSTM"):
        return ""
    sources = user_sources(evidence)
    if any(_is_taken_apart(source, operation.callee) for source in sources):
        return taken
    text = "\n".join(line for source in sources for line in source.lines if not re.match(r"\s*(from|import)\b", line))
    # A table of all kinds of layers names each of them, whichever is taken.
    text = re.sub(r"[\"']\w+[\"']\s*:\s*([\w.]+\.)?(LSTM|GRU|RNN)(Cell)?\b(?!\s*\()", "", text)
    text = re.sub(r"\b(LSTM|GRU|RNN)(Cell)?\s*\(", "(", text)
    told = [name for name in ("LSTM", "GRU") if speaks_of(name, text)]
    if not told:
        return taken if is_blank else ""
    return "" if len(told) != 1 else taken if told == ["LSTM"] else "GRU"


def _is_halved(source: Source) -> bool:
    """Whether a name is given its own first part: ``state = state[0]``."""
    return any(
        isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Subscript)
        and isinstance(node.value.value, ast.Name)
        and ast.unparse(node) == f"{node.value.value.id} = {node.value.value.id}[0]"
        for node in walk(source.tree)
    )


def _is_given_back(operation: Operation, item: Argument) -> bool:
    """Whether the call that takes a state stands in a loop and gives the state of the next round, part by part."""
    node = node_at(item.span)
    is_in_loop = node is not None and any(rounds_around(node))
    return is_in_loop and item.expression in _states_taken(operation, item)


def _states_taken(operation: Operation, item: Argument) -> list[str]:
    """The names that the statement with the call gives to the states that come back."""
    node = node_at(item.span)
    statement = statement_of(node)
    if not isinstance(statement, ast.Assign) or not isinstance(node, ast.Name):
        return []
    target = statement.targets[0]
    # A layer gives its output first; the state as a whole, be it a pair, goes round complete.
    if "num_layers" in operation.config and isinstance(target, ast.Tuple):
        target = target.elts[-1]
    parts = target.elts if isinstance(target, ast.Tuple) else []
    return [each.id for each in parts if isinstance(each, ast.Name)]


def _stored_again(operation: Operation, item: Argument) -> ast.stmt | None:
    """The statement in a loop that gives the whole state of the next round the name of the one that was given."""
    node = node_at(item.span)
    statement = statement_of(node)
    if not isinstance(statement, ast.Assign) or not isinstance(node, ast.Name) or len(statement.targets) != 1:
        return None
    target = statement.targets[0]
    whole = target.elts[-1] if isinstance(target, ast.Tuple) and "num_layers" in operation.config else target
    is_same = is_named(whole, node.id)
    return statement if is_same and any(rounds_around(statement)) else None


def _is_taken_apart(source: Source, callee: str) -> bool:
    """Whether the state that the layer returns is taken for a pair: ``out, (h, c) = self.lstm(x, h)``."""
    if _is_pair_of_cell(source, callee):
        return True
    return any(
        isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and ast.unparse(node.value.func) == callee
        and isinstance(node.targets[0], ast.Tuple)
        and isinstance(node.targets[0].elts[-1], ast.Tuple)
        for node in walk(source.tree)
    )


def _is_pair_of_cell(source: Source, callee: str) -> bool:
    """Whether what a cell returns is taken for its two states: ``h, c = cell(x, s)``, ``s = cell(x, s)`` and ``s[0]``.

    Of one state alone an item would be a sample, which no script asks for.
    """
    if not any("Cell(" in line for line in source.lines):
        return False
    names: set[str] = set()
    for node in walk(source.tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == callee:
            target = node.targets[0]
            if isinstance(target, ast.Tuple) and len(target.elts) == 2:
                return True
            names.add(ast.unparse(target))
    return any(
        isinstance(node, ast.Subscript) and ast.unparse(node.value) in names and ast.unparse(node.slice) in ("0", "1")
        for node in walk(source.tree)
    )


def _given_back_alone(node: ast.AST) -> ast.Name | None:
    """Where a function returns the one name that a value is given, and does nothing else with it."""
    statement = statement_of(node)
    if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
        return None
    name, function = (
        statement.targets[0].id,
        function_around(statement),
    )
    reads = [each for each in walk(function) if is_named(each, name) and isinstance(each.ctx, ast.Load)]
    return reads[0] if len(reads) == 1 and isinstance(getattr(reads[0], "parent", None), ast.Return) else None


def _is_constant(text: str) -> bool:
    """Whether a text makes a tensor without drawing numbers, so that writing it twice draws none twice."""
    return re.search(rf"\b({'|'.join(CONSTANTS)})\(", text) is not None and "rand" not in text


def _reads(source: Source, node: ast.AST, stored: ast.stmt | None = None) -> int:
    """How often the name that a value is given is read in its function, before another value has taken its place."""
    statement = statement_of(node)
    if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
        return 2
    name = statement.targets[0].id
    function = function_around(statement) or source.tree
    last = stored.end_lineno if stored is not None else None
    return sum(
        isinstance(each, ast.Name)
        and each.id == name
        and isinstance(each.ctx, ast.Load)
        # A loop comes back to what stands above the new value.
        and (last is None or each.lineno <= last)
        for each in walk(function)
    )

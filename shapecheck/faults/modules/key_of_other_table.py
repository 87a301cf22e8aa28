"""A key is looked up in a table that does not have it, and what it belongs to is there."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span, Value
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.assignments import stored_in
from shapecheck.reading.edits import replaced, suffixed
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import Source, found_at, function_around, is_named, node_at, parents, walk

_SEVERAL = "several tables have this key"
_LACKS = "this table may be meant, and lack the key: both have keys of this kind"
_SHORT = 40


def _recognise(evidence: Evidence) -> Recognition | None:
    operation, held = evidence.operation, _held(evidence)
    if operation is None or operation.name != "dict.__getitem__":
        return None
    table, index = operation.argument("self"), operation.argument("index")
    own = held.get(table.expression) if table is not None else None
    if table is None or index is None or own is None or "has_key" not in own.facts:
        return None
    ways = (
        _as_number(index, own),
        _other_row(evidence, index, held),
        _the_other_way_round(evidence, table, own),
        _unknown_word(table, index, own),
        _other_table(table, own, held),
    )
    found = next((each for each in map(list, ways) if each), [])
    if not found:
        return None
    because = f"{table.expression} has no key {_key(evidence, index)}"
    if index.value.kind == "tensor":
        because = f"{because}: a tensor is looked up by which object it is, and not by its number"
    return Recognition(because, weight=6, candidates=tuple(found))


def _key(evidence: Evidence, index: Argument) -> str:
    """The key, and how it is called: ``'dog' (word)``."""
    said = evidence.crash.message if evidence.crash is not None and index.value.kind != "tensor" else ""
    key = said.removeprefix("KeyError: ")
    return f"{key} ({index.expression})" if 0 < len(key) < _SHORT and key != index.expression else index.expression


def _held(evidence: Evidence) -> Mapping[str, Value]:
    """What the names were; in a comprehension also those of the function around it."""
    frames = evidence.user_frames[-2:]
    return {
        name: value
        for frame in frames
        if frame is frames[-1] or frames[-1].function.startswith("<")
        for name, value in frame.names.items()
    }


def _as_number(index: Argument, own: Value) -> Iterator[Candidate]:
    """The number that a tensor holds: two tensors are two keys, whatever stands in them."""
    if index.value.kind == "tensor" and index.span is not None and own.facts["has_key"] == 1:
        change = suffixed(index.span, ".item()")
        yield Candidate(change.text, (change,), (), 0.0)


def _other_row(evidence: Evidence, index: Argument, held: Mapping[str, Value]) -> Iterator[Candidate]:
    """Another row of the function, all of whose items are keys of the table; of a text its words."""
    source, node = found_at(index.span)
    loop = _loop(node) if isinstance(node, ast.Name) else None
    row = loop.iter if loop is not None else None
    if source is None or not isinstance(row, ast.Name) or held.get(row.id, Value("none")).facts.get("are_keys") == 1:
        return
    given = held.get(row.id)
    if given is not None and given.facts.get("words_are_keys") == 1:
        change = suffixed(_where_made(evidence, source, row) or source.span(row), ".split()")
        yield Candidate(change.text, (change,), (), 0.0)
        return
    if given is not None and given.facts.get("is_any_key") == 1:
        # Some of it is known: it is the right row, and the table lacks a key.
        return
    home = function_around(row) or source.tree
    names = stored_in(home)
    rows = [
        name
        for name in sorted(names)
        if held.get(name, Value("none")).facts.get("are_keys") == 1 and held[name].kind != "text"
    ]
    if len(rows) == 1:
        yield Candidate(f"for {index.expression} in {rows[0]}", (replaced(source.span(row), rows[0]),), (), 0.0)


def _where_made(evidence: Evidence, source: Source, name: ast.Name) -> Span | None:
    """What the function gives a name; None where a caller does."""
    made = next((origin.span for origin in trace(evidence, source.span(name))), None)
    return made if function_around(node_at(made)) is function_around(name) else None


def _loop(name: ast.Name) -> ast.For | ast.comprehension | None:
    """What gives a name its values, round by round."""
    for up in parents(name):
        if isinstance(up, ast.For) and is_named(up.target, name.id):
            return up
        for each in getattr(up, "generators", ()):
            if is_named(each.target, name.id):
                return each if isinstance(each, ast.comprehension) else None
    return None


def _the_other_way_round(evidence: Evidence, table: Argument, own: Value) -> Iterator[Candidate]:
    """Keys and values exchanged where the table is made, if nothing else is looked up in it."""
    source, asked = found_at(table.span)
    origin = next(iter(trace(evidence, table.span)), None)
    made = found_at(origin.span)[1] if origin is not None else None
    if source is None or asked is None or not isinstance(made, ast.DictComp) or own.facts.get("is_value") != 1:
        return
    around = getattr(asked, "parent", None)
    key_asked = ast.unparse(around.slice) if isinstance(around, ast.Subscript) else ""
    if not {*_keys_asked(source, table.expression)} - {key_asked}:
        key, value = source.span(made.key), source.span(made.value)
        changes = (Change(key, value.text), Change(value, key.text))
        yield Candidate(f"{value.text}: {key.text}", changes, (), 0.0)


def _keys_asked(source: Source, table: str) -> Iterator[str]:
    """What a table is asked for anywhere: ``table[c]``, ``table.get(c)``, ``c in table``."""
    for each in walk(source.tree):
        if isinstance(each, ast.Subscript) and ast.unparse(each.value) == table:
            yield ast.unparse(each.slice)
        elif isinstance(each, ast.Attribute) and each.attr in ("get", "__getitem__"):
            if ast.unparse(each.value) == table:
                yield each.attr
        elif isinstance(each, ast.Compare) and table in map(ast.unparse, each.comparators):
            yield ast.unparse(each.left)


def _other_table(table: Argument, own: Value, held: Mapping[str, Value]) -> Iterator[Candidate]:
    names = [
        name
        for name, value in held.items()
        if value.kind == "dict" and value.facts.get("has_key") == 1 and name != table.expression
    ]
    if table.span is not None:
        doubt = _SEVERAL if len(names) > 1 else _LACKS if own.facts.get("has_kind") == 1 else ""
        yield from (Candidate(name, (replaced(table.span, name),), (), 0.0, doubt) for name in names)


def _unknown_word(table: Argument, index: Argument, own: Value) -> Iterator[Candidate]:
    """The place of what is not known, where the table has one."""
    source, node = found_at(table.span)
    around = getattr(node, "parent", None)
    if source is None or not isinstance(around, ast.Subscript) or index.value.kind != "text" or not own.text:
        return
    text = f"{table.expression}.get({index.expression}, {table.expression}[{own.text!r}])"
    yield Candidate(text, (replaced(source.span(around), text),), (), 0.0)


BAD = """\
import torch

to_int = {"a": 0, "b": 1}
to_char = {0: "a", 1: "b"}
scores = torch.tensor([[0.2, 0.8]])
print(to_char[scores.argmax(dim=1)])
"""

GOOD = BAD.replace("scores.argmax(dim=1)", "scores.argmax(dim=1).item()")

FAULT = Fault(
    code="SC921",
    slug="key_of_other_table",
    headline="a key is looked up where it does not stand",
    why=(
        "A table finds only keys that are equal to one of its own. To look up a tensor is to look for this very "
        "object: its number is taken out with .item(). Of two tables, one from words to numbers and one back, only "
        "one has the key; and a text that is gone through gives its letters, not its words."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Take the number out of a tensor before it is looked up: table[index.item()].",
    messages=(r"^(KeyError: )?tensor\(",),
)

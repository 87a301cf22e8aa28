"""Texts of which a tensor was to be made: the numbers that they were looked up by, or that a table has for them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.assignments import stored_in, values_given
from shapecheck.reading.edits import expression
from shapecheck.reading.handed_on import other_reads
from shapecheck.reading.joined.listed_texts import Put, listed_texts, texts_put
from shapecheck.reading.sources import Source, found_at, home_around, known_at, last_name, names_in, walk

_COST = 0.03
_READ = "the texts are read elsewhere too"
_OTHER = "there is more than one table of numbers for texts"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``labels.append(number)`` for ``labels.append(NAMES[number])``; else ``[index[each] for each in words]``."""
    item = listed_texts(evidence)
    if item is None or item.span is None:
        return []
    return list(_as_looked_up(item)) or list(_by_table(item.span))


def _as_looked_up(item: Argument) -> Iterator[Candidate]:
    """The number by which each text was taken out of a row of texts, where it is still known by its name."""
    puts = texts_put(item)
    changes = [_number(each) for each in puts]
    known = [each for each in changes if each is not None]
    if not known or len(known) != len(changes):
        return
    doubt = _READ if any(_is_read(each, item) for each in puts) else ""
    yield Candidate(f"{known[0].span.text} -> {known[0].text}", tuple(known), (), _COST, doubt)


def _number(put: Put) -> Change | None:
    home = home_around(put.node)
    node = put.node
    for line in walk(home) if isinstance(node, ast.Name) else ():
        found = [value for target, value in values_given(line) if ast.unparse(target) == ast.unparse(put.node)]
        node = next((each for each in found if each.lineno < put.node.lineno), node)
    if not isinstance(node, ast.Subscript) or not isinstance(node.slice, ast.Name) or home is None:
        return None
    # A number that a loop has gone on with in between would be another one.
    lines = [each for each in walk(home) if node.lineno < getattr(each, "lineno", 0) < put.node.lineno]
    is_kept = not any(node.slice.id in stored_in(each) for each in lines)
    return (
        Change(put.source.span(put.node), node.slice.id) if is_kept and _holds_texts(put.source, node.value) else None
    )


def _holds_texts(source: Source, table: ast.expr) -> bool:
    """Whether a row or a table of texts by whole numbers is written out under a name."""
    for line in walk(source.tree):
        for target, value in values_given(line):
            if last_name(target) != last_name(table) or not last_name(target):
                continue
            texts = value.elts if isinstance(value, ast.List | ast.Tuple) else []
            if isinstance(value, ast.Dict) and all(_is(each, int) for each in value.keys):
                texts = value.values
            if texts and all(_is(each, str) for each in texts):
                return True
    return False


def _is(node: ast.expr | None, kind: type) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is kind


def _is_read(put: Put, item: Argument) -> bool:
    """Whether something but the tensor reads the list."""
    source, node = found_at(item.span)
    reads = other_reads(source, node, put.among) if source is not None and node is not None and put.among else []
    return any(getattr(getattr(each, "parent", None), "attr", "") != "append" for each in reads)


def _by_table(place: Span) -> Iterator[Candidate]:
    """The numbers of a table that the script made of texts: ``index[word] = len(index)``."""
    source, node = found_at(place)
    if source is None or node is None or not isinstance(expression(place.text), ast.Name | ast.Attribute):
        return
    tables = sorted({each for each in _tables(source) if each in known_at(node)})
    free = next((each for each in ("each", "word", "text") if each not in known_at(node)), "one")
    for table in tables:
        text = f"[{table}[{free}] for {free} in {place.text}]"
        yield Candidate(text, (Change(place, text),), (), _COST, _OTHER if len(tables) > 1 else "")


def _tables(source: Source) -> Iterator[str]:
    """The names of the tables that have a number for each key, counted as they came."""
    for each in walk(source.tree):
        for target, value in values_given(each):
            if isinstance(target, ast.Name) and isinstance(value, ast.DictComp) and _is_counted(value):
                yield target.id
            is_item = isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name)
            if (
                is_item
                and isinstance(target, ast.Subscript)
                and ast.unparse(value) == f"len({ast.unparse(target.value)})"
            ):
                yield ast.unparse(target.value)


def _is_counted(table: ast.DictComp) -> bool:
    """Whether each key has the number at which it came: ``{word: i for i, word in enumerate(words)}``."""
    loop = table.generators[0]
    names = [ast.unparse(each) for each in loop.target.elts] if isinstance(loop.target, ast.Tuple) else []
    is_counted = isinstance(loop.iter, ast.Call) and last_name(loop.iter.func) == "enumerate"
    numbers = names_in(table.value)
    return is_counted and names[:1] == sorted(numbers) and names[1:] == [ast.unparse(table.key)]

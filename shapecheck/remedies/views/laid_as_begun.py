"""What a round leaves with two axes in one, where the loop began with both: laid out as what it began with."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.applied import size_asked
from shapecheck.reading.assignments import stored_in, values_given
from shapecheck.reading.edits import suffixed, takes_all
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.running import held_around, size_held
from shapecheck.reading.sizes.written_sizes import written_sizes
from shapecheck.reading.sources import found_at, home_around, is_named, items_of, names_in, parents, walk

_COST = 0.05


def candidates(evidence: Evidence) -> list[Candidate]:
    """``h = torch.cat(rows).reshape(n, x.size(0), width)`` where the loop began with zeros of these sizes."""
    operation = failed(evidence)
    return [each for item in tensors(operation) for each in _laid_out(evidence, item)] if operation is not None else []


def _laid_out(evidence: Evidence, item: Argument) -> Iterator[Candidate]:
    source, node = found_at(item.span)
    base = node.value if isinstance(node, ast.Subscript) else node
    if source is None or not isinstance(base, ast.Name):
        return
    held = sizes_of(held_around(evidence, source, base).get(base.id))
    for loop in (each for each in parents(base) if isinstance(each, ast.For | ast.While)):
        left = _given(loop, base.id)
        before = [each for each in _given(home_around(loop) or source.tree, base.id) if each.lineno < loop.lineno]
        begun = written_sizes(source.span(before[-1]), evidence) if before and len(left) == 1 else None
        if begun is None:
            continue
        if _is_taken_behind(loop, base.id):
            # Parts put one behind the other lie in front of what each of them holds, and would be mixed with it.
            return
        # What another name has by now in the rounds is no size of what was begun.
        again = stored_in(loop)
        sizes = tuple(_size(evidence, each) for each in begun)
        if _is_merged(sizes, held) and not any(names_in(found_at(each)[1]) & again for each in begun):
            change = suffixed(source.span(left[0]), f".reshape({', '.join(each.text for each in begun)})")
            yield Candidate(f"{base.id} = {change.text}", (change,), (), _COST)
        return


def _is_taken_behind(loop: ast.For | ast.While, name: str) -> bool:
    """Whether the rounds take parts of a tensor along another axis than its first: ``h[:, k]``."""
    taken = [each for each in walk(loop) if isinstance(each, ast.Subscript) and is_named(each.value, name)]
    return any(takes_all(items_of(each.slice)[0]) for each in taken)


def _given(home: ast.AST, name: str) -> list[ast.expr]:
    """What a name is given, in the order of the lines."""
    given = (pair for each in walk(home) for pair in values_given(each))
    return sorted((value for target, value in given if is_named(target, name)), key=lambda each: each.lineno)


def _size(evidence: Evidence, span: Span) -> int:
    """A size as it is written, held by a name, or asked of a tensor that is held; 0 where it is not known."""
    source, node = found_at(span)
    asked = size_asked(node)
    sizes = sizes_of(held_around(evidence, source, node).get(ast.unparse(asked[0]))) if asked is not None else ()
    if asked is not None and -len(sizes) <= asked[1] < len(sizes):
        return sizes[asked[1]]
    return size_held(evidence, span) or 0


def _is_merged(begun: tuple[int, ...], left: tuple[int, ...]) -> bool:
    """Whether some sizes are those of what was begun with two axes that follow each other made one.

    >>> _is_merged((2, 6, 16), (12, 16)), _is_merged((2, 6, 16), (6, 32)), _is_merged((2, 6, 16), (2, 16))
    (True, False, False)
    """
    ways = ((*begun[:at], begun[at] * begun[at + 1], *begun[at + 2 :]) for at in range(len(begun) - 1))
    return len(begun) == len(left) + 1 and min(begun) > 1 and left in ways

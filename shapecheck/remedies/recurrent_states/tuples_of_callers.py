"""A pair that a call hands to a function which reads it as one tensor: its part is taken where the call is written."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.edits import expression, suffixed
from shapecheck.reading.handed_in import HandedIn, handed_in
from shapecheck.reading.recurrent.tuples_given import labels_stand_in_front, takes_part, tuple_given
from shapecheck.reading.sources import home_around, is_named, parameters, walk
from shapecheck.reading.where_made import made

CAUSE = "tuple_not_unpacked"
_COST = 0.12
WHICH_PART = "the first part may be the labels of the other one"
SEVERAL = "the function takes another thing as well, and may be meant to get the parts one by one"


def candidates(evidence: Evidence) -> Iterator[Candidate]:
    """``model(batch.text[0])``, where no function on the way takes anything of what it was handed but the whole."""
    item = tuple_given(evidence)
    if item is None or item.span is None or len(item.value.items) != 2:
        return
    found = None
    for each in handed_in(evidence, item.span.text):
        reads = [read for read in walk(each.home) if is_named(read, each.name)]
        if any(isinstance(read.ctx, ast.Store) or takes_part(read) for read in reads):
            break
        found = each
    if found is None or _is_assigned(found.given):
        # What a name was given is taken apart there.
        return
    named = _part_named(evidence, item)
    at = named or 0
    doubt = WHICH_PART if named is None and labels_stand_in_front(item.value) else SEVERAL * takes_more(found)
    change = suffixed(found.source.span(found.given), f"[{at}]")
    yield Candidate(change.text, (change,), (Step("item", item.role, (at,)),), _COST, doubt)


def _is_assigned(node: ast.expr) -> bool:
    if not isinstance(node, ast.Name):
        return False
    makers = (each for each in walk(home_around(node)) if isinstance(each, ast.Assign))
    return any(is_named(target, node.id) for each in makers for target in each.targets)


def takes_more(call: HandedIn) -> bool:
    """Whether a function that is called with a pair alone takes another thing as well."""
    node = getattr(call.given, "parent", None)
    names = [each for each in parameters(call.home) if each != "self"]
    return isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords and len(names) == 2


def _part_named(evidence: Evidence, item: Argument) -> int | None:
    """Which part of a pair that is written down, ``return lengths, text``, has the name of what was read."""
    for origin in made(evidence, item):
        node = expression(origin.span.text)
        for way in (node.body, node.orelse) if isinstance(node, ast.IfExp) else (node,):
            names = [ast.unparse(each) for each in way.elts] if isinstance(way, ast.Tuple) else []
            if len(names) == 2 and names.count(item.expression) == 1:
                return names.index(item.expression)
    return None

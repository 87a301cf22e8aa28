"""Numbers that were counted: one too few, the largest instead of how many, distinct ones of what is there twice."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import argument, bracketed, expression, piece, whole_number
from shapecheck.reading.layers.positions_outgrown import is_of_each_batch
from shapecheck.reading.mismatches import FEW
from shapecheck.reading.origins import spans_of, trace
from shapecheck.reading.sources import last_name, node_at, parents, source_of, statement_of, user_sources, walk
from shapecheck.remedies.names.shared_numbers import written_items

TWICE = "what was counted once may be there twice"
_ONE_TOO_MANY = "the data may have a column too many, and the count be right"
_IN_PARTS = "the number is a sum, and one of its parts may be too low"
LARGEST_SEEN = "the largest number of this batch need not be the largest that there is, and the rest may be reckoned"
_OTHER_DATA = "the rows were counted by the largest number of some data, and other data may hold larger ones still"
_LARGEST = ("max", "amax")
_DISTINCT = ("set", "frozenset", "fromkeys", "Counter", "unique", "dict")
_FROM_ZERO = ("num_embeddings", "out_features", "out_channels")
_SAME = ("int", "item", "float", "to", "long")
# Layers whose rows or scores are counted from nothing, and where their number stands.
SCORES = {"Linear": ("out_features", 1), "LazyLinear": ("out_features", 0), "Conv1d": ("out_channels", 1)}


def recounted(
    evidence: Evidence,
    name: str,
    given: Span,
    have: int,
    want: int,
    trial: tuple[Step, ...],
    *,
    shared: bool,
    cost: float,
) -> Iterator[Candidate]:
    """Another count, where an argument was counted too few.

    Args:
        evidence: The problem.
        name: The argument's name.
        given: What it was given.
        have: What it is.
        want: What it must be.
        trial: The same as a trial.
        shared: Whether other layers share the count: one of them alone would not go with the others.
        cost: What it costs.
    """
    more = want - have
    if not 0 < more <= FEW:
        return
    for span in counted(evidence, given):
        text = added(span.text, more)
        left_over = -0.05 if shared else 0.03
        node = expression(span.text)
        if _is_largest(node) and more == 1 and name in _FROM_ZERO:
            # The largest is one less than how many there are, if they are counted from 0.
            yield Candidate(text, (Change(span, text),), trial, cost - 0.05)
            return
        total = _total_of(node)
        if total is not None and name in _FROM_ZERO:
            # Each part of a sum may be one too low; one more for all of them only makes this lookup fit.
            largest = [
                each.span for each in trace(evidence, piece(span, total)) if _is_largest(expression(each.span.text))
            ]
            for part in largest[-1:]:
                yield Candidate(added(part.text, 1), (Change(part, added(part.text, 1)),), (), cost - 0.05)
            yield Candidate(text, (Change(span, text),), trial, cost + left_over + 0.2, _IN_PARTS)
            return
        taken_out = list(_named_twice(evidence, span, more))
        yield from (Candidate(f"without the second {text}", (change,), (), cost) for text, change in taken_out)
        doubt = ""
        if name not in _FROM_ZERO and not isinstance(node, ast.BinOp) and not _is_told(evidence, span, more):
            doubt = TWICE if _is_of_distinct(evidence, span) else _ONE_TOO_MANY
        elif _is_one_more(node):
            doubt = _OTHER_DATA
        yield Candidate(text, (Change(span, text),), trial, cost + left_over + (0.2 if taken_out else 0.0), doubt)


def more_scores(evidence: Evidence, have: int, want: int, *, cost: float) -> Iterator[Candidate]:
    """As many scores as there are classes, where their number was counted one or a few too low.

    Args:
        evidence: The problem.
        have: How many scores there are.
        want: How many classes there are at least.
        cost: What it costs.
    """
    more = want - have
    found: dict[Span, bool] = {}
    for source in user_sources(evidence) if 0 < more <= FEW else ():
        for call in source.calls(*SCORES):
            given = argument(source.span(call), *SCORES[last_name(call.func)])
            if given is None:
                continue
            for span in counted(evidence, given):
                held = _held(evidence, spans_of(evidence, given, parts=True), span)
                if held in (None, have):
                    found[span] = held == have
    sure = [span for span, known in found.items() if known] or list(found)
    for span in sure if len(sure) == 1 else ():
        is_sure = _is_largest(expression(span.text)) and more == 1
        text = added(span.text, more)
        yield Candidate(text, (Change(span, text),), (), cost - (0.05 if is_sure else 0.0))


def counted(evidence: Evidence, given: Span) -> Iterator[Span]:
    """Where a number was counted, followed back from an argument: ``len(alphabet)``, ``int(labels.max())``."""
    for span in (*(origin.span for origin in reversed(trace(evidence, given, parts=True))), given):
        for made in (span, *_of_property(span)):
            if _is_count(expression(made.text)):
                yield made
                return


def _of_property(span: Span) -> Iterator[Span]:
    """What a property returns that an attribute is: ``spec.width``."""
    node, source = expression(span.text), source_of(span.file)
    for each in walk(source.tree) if isinstance(node, ast.Attribute) and source is not None else ():
        if isinstance(each, ast.FunctionDef) and isinstance(node, ast.Attribute) and each.name == node.attr:
            is_property = any("property" in last_name(mark) for mark in each.decorator_list)
            returns = [line.value for line in each.body if isinstance(line, ast.Return) and is_property]
            yield from (source.span(value) for value in returns if value is not None and source is not None)


def doubt_of_total(evidence: Evidence, given: Span, more: int = 1) -> str:
    """What speaks against more of a number that is the sum of several, or is reckoned; empty where it is none.

    Args:
        evidence: The problem.
        given: The number as it was given to a layer.
        more: How many more there are to be, by the largest that was seen.
    """
    if (more > FEW and isinstance(expression(given.text), ast.BinOp)) or is_of_each_batch(evidence):
        return LARGEST_SEEN
    return _IN_PARTS if any(_total_of(expression(span.text)) for span in counted(evidence, given)) else ""


def doubt_of_data(evidence: Evidence, given: Span) -> str:
    """What speaks against one row more, where the rows were counted by the largest number of some data, and one.

    Where it cannot be followed how they were counted, any such count of the script may be theirs.
    """
    known = list(counted(evidence, given))
    is_open = not known and isinstance(expression(given.text), ast.Attribute) and not trace(evidence, given, parts=True)
    every = [each for source in user_sources(evidence) for each in walk(source.tree)] if is_open else []
    sums = [expression(each.text) for each in known] or [each for each in every if isinstance(each, ast.BinOp)]
    return _OTHER_DATA if any(map(_is_one_more, sums)) else ""


def _is_one_more(node: ast.expr | None) -> bool:
    """Whether an expression is the largest of some numbers and one: ``int(ids.max()) + 1``."""
    is_sum = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and whole_number(node.right) == 1
    return is_sum and isinstance(node, ast.BinOp) and _is_largest(node.left)


def added(text: str, more: int) -> str:
    """The text of a number with so many added: a number that is taken away or added there already is made to go.

    >>> added("len(names) - 1", 1), added("max(ids)", 1), added("len(names) + 1", 2)
    ('len(names)', 'max(ids) + 1', 'len(names) + 3')
    >>> added("len(names)", -1)
    'len(names) - 1'
    """
    node = expression(text)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub) and isinstance(node.right, ast.Constant):
        number = node.right.value
        if type(number) is int:
            total = (number if isinstance(node.op, ast.Add) else -number) + more
            base = ast.get_source_segment(f"({text}\n)", node.left) or ast.unparse(node.left)
            return f"{base} {'+' if total > 0 else '-'} {abs(total)}" if total else base
    return f"{bracketed(text)} {'+' if more > 0 else '-'} {abs(more)}"


def _is_largest(node: ast.expr | None) -> bool:
    """Whether an expression is the largest of some numbers: ``max(labels)``, ``int(labels.max())``."""
    if isinstance(node, ast.Attribute) and node.attr == "values":
        node = node.value
    while isinstance(node, ast.Call) and last_name(node.func) in _SAME:
        inner = node.args[0] if node.args else getattr(node.func, "value", None)
        node = inner if isinstance(inner, ast.expr) else None
    return isinstance(node, ast.Call) and last_name(node.func) in _LARGEST


def _total_of(node: ast.expr | None) -> ast.expr | None:
    """What a number is the sum of: ``int(sum(sizes))``."""
    while isinstance(node, ast.Call) and last_name(node.func) in _SAME and len(node.args) == 1:
        node = node.args[0]
    if not isinstance(node, ast.Call) or last_name(node.func) != "sum":
        return None
    parts = node.args[0] if node.args else getattr(node.func, "value", None)
    while isinstance(parts, ast.Call) and last_name(parts.func) == "tolist" and isinstance(parts.func, ast.Attribute):
        parts = parts.func.value
    return parts


def _is_count(node: ast.expr | None) -> bool:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub) and isinstance(node.right, ast.Constant):
        node = node.left
    return isinstance(node, ast.Call) and (last_name(node.func) in ("len", "int", "sum") or _is_largest(node))


def _held(evidence: Evidence, texts: Iterable[Span], made: Span) -> int | None:
    """The number that one of the names on the way had, None where nobody holds it."""
    names = {span.text for span in texts}
    node = node_at(made)
    statement = statement_of(node)
    if isinstance(statement, ast.Assign):
        names |= {ast.unparse(target) for target in statement.targets}
    for frame in evidence.frames:
        for name, value in frame.names.items() if frame.is_user else ():
            if name in names and value.kind == "number" and value.text.isdecimal():
                return int(value.text)
    number = worked_out(evidence, made)
    return number if type(number) is int else None


def _is_of_distinct(evidence: Evidence, span: Span) -> bool:
    """Whether a count is of things each of which counts once: ``len(set(names))``."""
    node = expression(span.text)
    if not isinstance(node, ast.Call) or last_name(node.func) != "len" or len(node.args) != 1:
        return False
    inside = piece(span, node.args[0])
    held = [node.args[0], *(expression(each.span.text) for each in trace(evidence, inside)[:2])]
    return any(
        isinstance(each, ast.Set | ast.SetComp | ast.DictComp)
        or (isinstance(each, ast.Call) and last_name(each.func) in _DISTINCT)
        for each in held
    )


def _is_told(evidence: Evidence, span: Span, more: int) -> bool:
    """Whether the script puts so many to what was counted: ``[target] + columns``, ``len(columns) + 1`` elsewhere."""
    node = expression(span.text)
    inside = node.args[0] if isinstance(node, ast.Call) and len(node.args) == 1 else None
    if not isinstance(inside, ast.Name | ast.Attribute):
        return False
    for source in user_sources(evidence):
        for each in walk(source.tree):
            if isinstance(each, ast.BinOp) and ast.unparse(each) == f"{ast.unparse(node or inside)} + {more}":
                return True
            is_joined = isinstance(each, ast.BinOp) and isinstance(each.op, ast.Add)
            is_list = isinstance(each, ast.List) and any(isinstance(part, ast.Starred) for part in each.elts)
            names = {last_name(part) for part in walk(each) if isinstance(part, ast.Name | ast.Attribute)}
            if (is_joined or is_list) and last_name(inside) in names and written_items(each) == more:
                return True
    return False


def _named_twice(evidence: Evidence, span: Span, more: int) -> Iterator[tuple[str, Change]]:
    """The entries that stand in a list a second time, where the distinct ones of it were counted."""
    if not _is_of_distinct(evidence, span):
        return
    names = _names_behind(evidence, span)
    for source in user_sources(evidence):
        for node in walk(source.tree):
            if not isinstance(node, ast.List | ast.Tuple) or not _homes(node) & names:
                continue
            texts = [each.value for each in node.elts if isinstance(each, ast.Constant) and isinstance(each.value, str)]
            second = [at for at, text in enumerate(texts) if text in texts[:at]]
            if len(texts) != len(node.elts) or len(second) != more or more != 1:
                continue
            before, gone = (source.span(node.elts[at]) for at in (second[0] - 1, second[0]))
            place = Span(source.file, before.end_line, before.end_column, gone.end_line, gone.end_column)
            yield gone.text, Change(place, "")


def _names_behind(evidence: Evidence, span: Span) -> set[str]:
    """The names that a count was made of, and those that these were made of."""
    found: set[str] = set()
    todo = [span]
    for _ in range(3):
        more: list[Span] = []
        for place in todo:
            node = expression(place.text)
            for each in walk(node):
                if isinstance(each, ast.Name | ast.Attribute) and last_name(each) not in found:
                    found.add(last_name(each))
                    more += [origin.span for origin in trace(evidence, piece(place, each), parts=True)]
        todo = more
    return found


def _homes(node: ast.expr) -> set[str]:
    """The names that a list is kept by: of a variable, a field, an argument, an entry."""
    found: set[str] = set()
    for up in parents(node):
        if isinstance(up, ast.keyword) and up.arg:
            found.add(up.arg)
        elif isinstance(up, ast.Dict):
            found |= {
                str(key.value)
                for key, value in zip(up.keys, up.values, strict=True)
                if isinstance(key, ast.Constant) and value is node
            }
        elif isinstance(up, ast.stmt):
            targets = up.targets if isinstance(up, ast.Assign) else [up.target] if isinstance(up, ast.AnnAssign) else []
            return found | {last_name(each) for each in targets}
    return found

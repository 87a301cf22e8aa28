"""Numbers of a model that the data contradict: a table made for other sizes than those that come."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Origin, Span
from shapecheck.reading.edits import expression, is_number
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.mismatches import ELEMENTWISE, FEW, sizes_of
from shapecheck.reading.sources import function_at, last_name, user_sources, walk

_NAMES = (*ELEMENTWISE, "matmul", "mm", "bmm", "einsum", "cat", "baddbmm", "addmm")

# What counts the axes and the operands, and is no size.
_WHICH = re.compile(r"\b(dimension|operand|number|dim) \d+")

_ALONG_SAMPLES = "the rows of the table go along the axis that holds the samples, and it may be long enough"


def candidates(evidence: Evidence) -> list[Candidate]:
    """Another number where a table's size is written, if what it goes with is no table of the model."""
    operation = failed(evidence, *_NAMES)
    if operation is None or evidence.crash is None:
        return []
    said = {int(text) for text in re.findall(r"\d+", _WHICH.sub("", evidence.crash.message))}
    tables = [item for item in operation.arguments if _is_table(evidence, item)]
    others = [item for item in tensors(operation) if sizes_of(item) and item not in tables]
    found: list[Candidate] = []
    for table in tables if others else ():
        wanted = {size for item in others for size in sizes_of(item)} & said
        # What a call returned has no name that tells its sizes, but the exception may.
        have = set(sizes_of(table)) if table.value.record is not None else said
        for size in sorted(said & have - wanted):
            new = {each for each in wanted if each not in (1, size)}
            if len(new) == 1:
                found += _numbers(evidence, table, size, new.pop())
    return found


def _is_table(evidence: Evidence, item: Argument) -> bool:
    """Whether it is made of parameters and buffers of the model alone."""
    if item.value.type == "Parameter":
        return True
    history = _history(evidence, item)
    if any(_is_looked_up(each) for each in history):
        return False
    if any("Parameter(" in each.span.text or "register_buffer(" in each.statement.text for each in history):
        return True
    return _is_of_all_rows(evidence, history)


def _is_looked_up(origin: Origin) -> bool:
    """Whether it is what each token of an input finds in a table: as long as the input, however long that is."""
    node = expression(origin.span.text)
    return isinstance(node, ast.Call) and last_name(node.func) == "embedding"


def _is_of_all_rows(evidence: Evidence, history: tuple[Origin, ...]) -> bool:
    """Whether it is reckoned from all rows of an nn.Embedding, asked by a count of them: ``emb(torch.arange(n))``."""
    counted = any(re.fullmatch(r"(torch\.)?arange\(\D[\w.]*\)", each.span.text) for each in history)
    is_embedded = any(
        origin.span.holds(place) and any(re.match(r"(nn\.)?Embedding\(", each.span.text) for each in chain)
        for origin in history
        for place, chain in evidence.chains.items()
    )
    return counted and is_number(history[-1].span.text) and is_embedded


def _numbers(evidence: Evidence, table: Argument, have: int, want: int) -> Iterator[Candidate]:
    """The numbers of this size that the makers of a table read, the farthest (the cause) first."""
    if want < have and _is_of_waves(evidence, table):
        # Of rows of sines those that are too many are left out, and do no harm.
        return
    sizes = tuple(want if size == have else size for size in sizes_of(table))
    trial = (Step("stand_in", table.role, sizes),) if sizes else ()
    seen: set[Span] = set()
    for origin in _history(evidence, table):
        for place, chain in evidence.chains.items():
            number = chain[-1].span
            if origin.span.holds(place) and is_number(number.text) and number not in seen:
                seen.add(number)
                room = 1 << (want - 1).bit_length()
                doubt = _ALONG_SAMPLES if _is_along_samples(evidence, table, want) else ""
                if int(number.text) == have and have + FEW < want < room and _is_of_waves(evidence, table):
                    # The next sequence may be longer still, and more rows of sines change nothing.
                    yield Candidate(f"{number.text} -> {room}", (Change(number, str(room)),), trial, 0.14, doubt)
                if int(number.text) == have:
                    yield Candidate(f"{number.text} -> {want}", (Change(number, str(want)),), trial, 0.15, doubt)


def _is_along_samples(evidence: Evidence, table: Argument, want: int) -> bool:
    """Whether a table's rows go along the first axis of what it meets, in a script with the samples in front."""
    operation = failed(evidence, *_NAMES)
    others = [sizes_of(item) for item in tensors(operation) if item is not table] if operation is not None else []
    is_first = any(len(sizes) == 3 and sizes[0] == want != sizes[1] for sizes in others)
    told = (each for source in user_sources(evidence) for each in walk(source.tree) if isinstance(each, ast.keyword))
    return is_first and any(each.arg == "batch_first" and ast.unparse(each.value) == "True" for each in told)


def _is_of_waves(evidence: Evidence, table: Argument) -> bool:
    """Whether the function that makes a table fills it with sines: nothing in it is drawn or learned."""
    functions = [function_at(origin.span) for origin in _history(evidence, table)]
    nodes = [node for each in functions if each is not None for node in walk(each)]
    return {"sin", "cos"} <= {last_name(each.func) for each in nodes if isinstance(each, ast.Call)}


def _history(evidence: Evidence, item: Argument) -> tuple[Origin, ...]:
    return evidence.origins.get(item.expression, ())

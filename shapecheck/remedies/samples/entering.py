"""Data of float64 that meets weights of float32: converted once, where numpy's numbers become a tensor."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import reduce

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Origin, Span
from shapecheck.reading.edits import expression, piece, suffixed
from shapecheck.reading.entries import Entry, entry_of, only_entry_of_dtype
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import (
    found_at,
    function_at,
    home_around,
    is_named,
    last_name,
    names_in,
    receivers,
    walk,
)

# What makes a tensor of numbers that were something else before, and keeps their dtype.
_ENTRIES = ("from_numpy", "tensor", "as_tensor", "asarray", "from_dlpack")
_NUMPYS = ("np", "numpy")
_WIDE = ("float64", "double")
_CAST = re.compile(r"\.(double\(\)|to\(torch\.(float64|double)\)|type\(torch\.(float64|double|DoubleTensor)\))$")
_NARROW = re.compile(r"\.float\(\)|\bfloat32\b|dtype=torch\.float\b|\.to\(torch\.float\)|\bFloatTensor\b")


def candidates(evidence: Evidence) -> list[Candidate]:
    """A conversion where the data enters, which everything that is made of it then agrees with."""
    operation = failed(evidence)
    if operation is None:
        return []
    items = list(tensors(operation))
    if evidence.operation is not None and evidence.operation is not operation:
        items += tensors(evidence.operation)
    known = {item.value.record.dtype for item in items if item.value.record is not None}
    if str(operation.config.get("dtype", "")) != "float32" and "float32" not in known:
        return []
    found: list[Candidate] = []
    for item in items:
        record = item.value.record
        if record is not None and record.dtype == "float64" and item.span is not None:
            trial = (Step("to", item.role, ("float32",)),)
            histories = (evidence.origins.get(each, ()) for each in (item.expression, *_wide_names(evidence, item)))
            found += [each for history in histories for each in _entries(evidence, history, trial)][:1]
            found += _of_model(evidence, item)
    return found


def _wide_names(evidence: Evidence, item: Argument) -> list[str]:
    """The names in an operand that was reckoned of several which are float64 themselves."""
    held = evidence.held
    records = ((name, held[name].record) for name in sorted(names_in(expression(item.expression))) if name in held)
    return [name for name, record in records if record is not None and record.dtype == "float64"]


def _of_model(evidence: Evidence, item: Argument) -> Iterator[Candidate]:
    """Where the model is called, if what was refused was made of what it was given, and nobody else made it outside."""
    made = list(trace(evidence, item.span, through=True)) if item.span is not None else []
    texts = [item.expression, *(each.span.text for each in made)]
    entry = entry_of(evidence, item)
    if entry is None or entry.record.dtype != "float64":
        # One of several, joined with others on the way.
        entry = only_entry_of_dtype(evidence, "float64")
        if entry is None or not any(_reads(text, name) for name in _names_of(evidence, entry) for text in texts):
            return
    insides = [frame for frame in evidence.frames if frame.is_user and frame not in entry.frames]
    homes = {home for frame in insides if (home := function_at(frame.span)) is not None}
    if all(function_at(each.span) in homes for each in made):
        change = suffixed(entry.place, ".float()")
        yield Candidate(change.text, (change,), (Step("to", item.role, ("float32",)),), -0.08)


def _names_of(evidence: Evidence, entry: Entry) -> set[str]:
    """What goes by a name inside the model and has the shape and the dtype of what came in."""
    inside = [frame for frame in evidence.frames if frame.is_user and frame not in entry.frames]
    kept = (entry.record.shape, entry.record.dtype)
    return {
        name
        for frame in inside
        for name, held in frame.names.items()
        if held.record is not None and (held.record.shape, held.record.dtype) == kept
    }


def _reads(text: str, name: str) -> bool:
    node = expression(text)
    return node is not None and any(is_named(each, name) for each in walk(node))


def _entries(evidence: Evidence, history: tuple[Origin, ...], trial: tuple[Step, ...]) -> Iterator[Candidate]:
    """Where it becomes a tensor in the script; else, as a loader makes tensors of arrays, where the array is made.

    What was reckoned of several is wide by those that are: one that is narrow already is passed over.
    """
    wide_ones = [origin for origin in history if not _is_narrow(evidence, origin)]
    for origin in wide_ones:
        entry = _made_as_tensor(origin)
        if entry is not None and (widened := _widened(origin)) is not None:
            changes = tuple(_narrowed_cast(each) for each in _alike(piece(origin.span, widened)))
            yield Candidate(", ".join(each.text for each in changes), changes, trial, -0.1)
            return
        if entry is not None:
            wide = _wide(entry)
            made = piece(origin.span, entry)
            change = _narrowed(piece(origin.span, wide)) if wide is not None else suffixed(made, ".float()")
            yield Candidate(change.text, (change,), trial, -0.1)
            return
    if any(_made_as_tensor(origin) is not None for origin in history):
        # The array behind a narrow one is none that the others were made of.
        return
    generated = any(_GENERATOR.search(each.span.text) for each in history)
    for origin in history:
        node = expression(origin.span.text)
        if isinstance(node, ast.Call | ast.BinOp) and _is_array(node, generated):
            change = suffixed(origin.span, '.astype("float32")')
            yield Candidate(change.text, (change,), trial, -0.1)
            return


def _made_as_tensor(origin: Origin) -> ast.expr | None:
    """The call in an expression that makes a tensor of other numbers, with nothing but methods and indices behind."""
    node = expression(origin.span.text)
    return next((each for each in receivers(node) if _is_entry(each)), None) if node is not None else None


def _widened(origin: Origin) -> ast.Call | None:
    """The cast to float64 behind what made the tensor: whatever is converted in front of it is made wide again."""
    node = expression(origin.span.text)
    chain = receivers(node) if node is not None else ()
    return next((each for each in chain if isinstance(each, ast.Call) and _CAST.search(ast.unparse(each))), None)


def _alike(place: Span) -> list[Span]:
    """A cast and those of other parts of the same, ``rows[:80]`` and ``rows[80:]``, which are read in its place."""
    source, node = found_at(place)
    if source is None or node is None:
        return [place]
    names = names_in(node)
    casts = [each for each in source.calls("double", "to", "type") if _CAST.search(ast.unparse(each))]
    beside = [each for each in casts if home_around(each) is home_around(node) and names_in(each) == names]
    return [source.span(each) for each in beside] or [place]


def _narrowed_cast(place: Span) -> Change:
    """The same cast to float32."""
    words = (("64", "32"), ("double", "float"), ("Double", "Float"))
    return Change(
        place, _CAST.sub(lambda cast: reduce(lambda text, pair: text.replace(*pair), words, cast[0]), place.text)
    )


def _is_narrow(evidence: Evidence, origin: Origin) -> bool:
    """Whether what an expression made is float32: by the name that holds it, or as it is written."""
    held = [frame.names[origin.expression].record for frame in evidence.frames if origin.expression in frame.names]
    dtypes = {each.dtype if each is not None else "" for each in held}
    return _NARROW.search(origin.span.text) is not None or dtypes == {"float32"}


def _wide(node: ast.AST) -> ast.expr | None:
    """The dtype that a call asks for, if that is float64."""
    words = node.keywords if isinstance(node, ast.Call) and _root(node) not in _NUMPYS else []
    given = [each.value for each in words if each.arg == "dtype" and last_name(each.value) in _WIDE]
    return next((each for each in given if isinstance(each, ast.Attribute)), None)


def _narrowed(place: Span) -> Change:
    """``torch.float32`` for ``torch.float64``."""
    return Change(place, f"{place.text.rpartition('.')[0]}.float32")


def _is_entry(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and last_name(node.func) in _ENTRIES and _root(node) not in _NUMPYS


def _is_array(node: ast.expr, generated: bool) -> bool:
    """Whether an expression calls a function of numpy's, or a method that draws numbers, and so gives an array."""
    calls = [each for each in walk(node) if isinstance(each, ast.Call)]
    if any(_GENERATOR.search(ast.unparse(each.func)) for each in calls):
        return False
    return any(_root(each) in _NUMPYS or (generated and last_name(each.func) in _DRAWN) for each in calls)


def _root(call: ast.Call) -> str:
    func: ast.expr = call.func
    while isinstance(func, ast.Attribute):
        func = func.value
    return func.id if isinstance(func, ast.Name) else ""


_GENERATOR = re.compile(r"default_rng|RandomState|Generator")
_DRAWN = (
    "normal",
    "standard_normal",
    "random",
    "uniform",
    "gamma",
    "beta",
    "exponential",
    "lognormal",
    "rand",
    "randn",
)

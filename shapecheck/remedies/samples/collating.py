"""Batches whose items have several lengths: the script's own collate function, one that pads, or a padded stack."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span, Value
from shapecheck.reading.definitions import values_returned
from shapecheck.reading.edits import expression, with_keyword
from shapecheck.reading.failing import failed, says
from shapecheck.reading.samples.answers import are_classes, are_whole_numbers, become_answers, names_of_item
from shapecheck.reading.sources import (
    Source,
    is_named,
    last_name,
    names_in,
    node_at,
    parents,
    source_of,
    user_sources,
    walk,
)
from shapecheck.reading.steps.fillings import fillings
from shapecheck.reading.vocabulary import ARRAYS, TENSORS
from shapecheck.remedies.samples.cut_as_filled import are_filled_elsewhere
from shapecheck.remedies.samples.cut_to_length import filled_up
from shapecheck.remedies.samples.odd_samples import are_channels
from shapecheck.remedies.samples.windows import whole_windows
from shapecheck.remedies.sequences.paddings import A_CLASS

CAUSE = "sequences_of_different_lengths_stacked"
_PADS = "batch_first=True"
_UNEQUAL = (r"expected sequence of length", r"inhomogeneous shape")
_PADDERS = ("pad_sequence", "pack_sequence")
_FILLED = "the script fills lists or texts up to a length of its own, which these may have been meant to have as well"
_EITHER_MARK = "the truth values may mark what was filled up, and be True for what is filled up here"
_OTHER_MAKERS = "another function of the script puts samples together as well"


def candidates(evidence: Evidence) -> list[Candidate]:
    """Changes where items of several lengths were to become one tensor."""
    return [*_collated(evidence), *_nested_lists(evidence)]


def _collated(evidence: Evidence) -> Iterator[Candidate]:
    items = next((frame.names["data"].items for frame in evidence.frames if _fetches(frame.function, frame.names)), ())
    if not items or not says(evidence, r"equal size", r"different shapes|inconsistent"):
        return
    yield from filled_up(evidence, items)
    yield from whole_windows(evidence, cost=0.05)
    yield from _own_function(evidence)
    fields = [item.items if item.kind in ("tuple", "dict") else (item,) for item in items]
    if any(map(are_channels, zip(*fields, strict=False))):
        # Channels are no steps: filled up with zeros they would run, and be wrong.
        return
    code, doubt = _function(evidence, items)
    for source in user_sources(evidence):
        for call in source.calls("DataLoader"):
            keyword = with_keyword(source.span(call), "collate_fn", "pad_batch")
            if keyword is None or any(each.arg == "collate_fn" for each in call.keywords):
                continue
            spot = _before_top(source, call)
            yield Candidate("collate_fn that pads", (keyword, Change(spot, code)), (), 0.1, doubt)


def _own_function(evidence: Evidence) -> Iterator[Candidate]:
    """The script's own function for putting a batch together, which no loader was given, or only another one."""
    for source in user_sources(evidence):
        loaders = list(source.calls("DataLoader"))
        given = {ast.unparse(each.value) for call in loaders for each in call.keywords if each.arg == "collate_fn"}
        read = names_in(source.tree)
        functions = [node for node in source.tree.body if isinstance(node, ast.FunctionDef)]
        # What is called by name elsewhere, and by no loader, is for something else, if its own name does not tell.
        free = [each for each in functions if each.name not in read or "collate" in each.name]
        fitting = [each for each in functions if each.name in given or (each in free and _takes_samples(each))]
        for node in fitting:
            doubt = _OTHER_MAKERS if len(fitting) > 1 else ""
            for call in loaders:
                keyword = with_keyword(source.span(call), "collate_fn", node.name)
                is_known = node.lineno < call.lineno or any(isinstance(up, ast.FunctionDef) for up in parents(call))
                if keyword is not None and is_known and not any(each.arg == "collate_fn" for each in call.keywords):
                    yield Candidate(f"collate_fn={node.name}", (keyword,), (), 0.0, doubt)


def _takes_samples(function: ast.FunctionDef) -> bool:
    """Whether a function takes a list of samples apart, or fills them up, and gives something back."""
    given = function.args
    names = [each.arg for each in (*given.posonlyargs, *given.args)]
    if len(names) - len(given.defaults) != 1 or any(each is None for each in given.kw_defaults):
        return False
    parts = list(walk(function))
    unzips = any(
        isinstance(node, ast.Call)
        and last_name(node.func) == "zip"
        and any(isinstance(each, ast.Starred) and ast.unparse(each.value) == names[0] for each in node.args)
        for node in parts
    )
    reads = any(is_named(node, names[0]) for node in parts)
    return bool(values_returned(function)) and (
        unzips or (reads and "collate" in function.name) or any(_pads(each, names[0]) for each in parts)
    )


def _pads(node: ast.AST, samples: str) -> bool:
    """Whether a call fills up the samples of a list, or something that is made of each of them, to one length."""
    if not isinstance(node, ast.Call) or last_name(node.func) not in _PADDERS or not node.args:
        return False
    given = node.args[0]
    parts = given.generators if isinstance(given, ast.ListComp | ast.GeneratorExp) else []
    return ast.unparse(parts[0].iter if parts else given) == samples


def _fetches(function: str, names: object) -> bool:
    return function == "fetch" and isinstance(names, dict) and "data" in names


def _function(evidence: Evidence, items: tuple[Value, ...]) -> tuple[str, str]:
    """The source of a function that pads, and what stands against what it fills up with."""
    first = items[0]
    keys = _keys(first)
    if keys:
        values = [[item.items[at] for item in items if at < len(item.items)] for at in range(len(keys))]
        texts = [
            _marked(_joined(held, f"[each[{name!r}] for each in batch]"), held, [str(name)])
            for name, held in zip(keys, values, strict=True)
        ]
        entries = [f"        {name!r}: {text},\n" for name, (text, _) in zip(keys, texts, strict=True)]
        doubt = next((doubt for _, doubt in texts if doubt), "")
        return f"def pad_batch(batch):\n    return {{\n{''.join(entries)}    }}\n\n\n", doubt
    if first.kind != "tuple":
        return f"def pad_batch(batch):\n    return {_joined(list(items), 'batch')}\n\n\n", ""
    fields = [[item.items[at] for item in items if at < len(item.items)] for at in range(len(first.items))]
    names = [f"field{at}" for at in range(len(fields))] if len(fields) > 2 else ["xs", "ys"][: len(fields)]
    parts, doubts = [], []
    for at, (held, name) in enumerate(zip(fields, names, strict=True)):
        text, doubt = _marked(_joined(held, name), held, names_of_item(evidence, at, len(fields)))
        doubts += [doubt] if doubt else []
        if _PADS in text and are_whole_numbers(held) and become_answers(evidence, at, len(fields)):
            told = fillings(evidence, of_answers=True)
            number = next(iter(told.values())) if len(told) == 1 and 0 not in told else ""
            text = text.replace(_PADS, f"{_PADS}, padding_value={number}") if number else text
            doubts += [A_CLASS] if not number and are_classes(held, told) else []
        parts.append(text)
    comma = "," if len(names) == 1 else ""
    head = f"def pad_batch(batch):\n    {', '.join(names)}{comma} = zip(*batch)\n"
    return f"{head}    return {', '.join(parts)}{comma}\n\n\n", next(iter(doubts), "")


def _marked(text: str, values: list[Value], names: Sequence[str]) -> tuple[str, str]:
    """How marks of the steps are filled up, by what they are called, and what stands against it.

    Args:
        text: How they become a tensor.
        values: What the samples have.
        names: What the script calls them.
    """
    if _PADS not in text or any(each.record is None or each.record.dtype != "bool" for each in values):
        return text, ""
    if all(each.facts.get("min") == 1 for each in values):
        # In none of these is anything filled up, and they are true.
        return text, ""
    if any(re.search(r"pad", name) and not re.search(r"(?i)non|not|un|real|valid", name) for name in names):
        # What is put in is no step, and these mark what is none.
        return text.replace(_PADS, f"{_PADS}, padding_value=True"), ""
    is_told = any(re.search(r"(?i)valid|real|keep|present|observed|nonpad|seen|attention", name) for name in names)
    return text, "" if is_told else _EITHER_MARK


def _keys(value: Value) -> list[object]:
    """The keys of a sample that is a dict, where all of them are known."""
    node = expression(f"[{value.text}]") if value.kind == "dict" else None
    keys = [each.value for each in node.elts if isinstance(each, ast.Constant)] if isinstance(node, ast.List) else []
    return list(keys) if len(keys) == len(value.items) else []


def _joined(values: list[Value], name: str) -> str:
    """How the values of one field become a tensor."""
    kind = values[0].kind
    if kind == "tensor":
        shapes = {value.record.shape for value in values if value.record is not None}
        if len(shapes) == 1:
            # A list already, or what zip made, which is a tuple.
            return f"torch.stack({name})" if name == "batch" or name.startswith("[") else f"torch.stack(list({name}))"
        last = _only_other_axis([value.record.shape for value in values if value.record is not None])
        if last:
            turned = f"[each.transpose(0, {last}) for each in {name}]"
            return f"torch.nn.utils.rnn.pad_sequence({turned}, batch_first=True).transpose(1, {last + 1})"
        return f"torch.nn.utils.rnn.pad_sequence({name}, batch_first=True)"
    if kind in ("array", "list"):
        each = f"[torch.as_tensor(each) for each in {name}]"
        sizes = {str(value.record.shape if value.record is not None else value.facts.get("len")) for value in values}
        return (
            f"torch.stack({each})" if len(sizes) == 1 else f"torch.nn.utils.rnn.pad_sequence({each}, batch_first=True)"
        )
    return f"torch.tensor({name})" if kind == "number" else name


def _only_other_axis(shapes: list[tuple[int, ...]]) -> int:
    """The one axis along which samples differ; 0 where it is the first, or not one alone."""
    if len({len(sizes) for sizes in shapes}) != 1:
        return 0
    different = [axis for axis in range(len(shapes[0])) if len({sizes[axis] for sizes in shapes}) > 1]
    return different[0] if len(different) == 1 else 0


def _before_top(source: Source, node: ast.AST) -> Span:
    """The place before the statement of the file that a node stands in, its decorators included."""
    top = next(up for up in (node, *parents(node)) if getattr(up, "parent", None) is source.tree)
    line = min([top.lineno, *(each.lineno for each in getattr(top, "decorator_list", ()))])  # type: ignore[attr-defined]
    return Span(source.file, line, 0, line, 0)


def _nested_lists(evidence: Evidence) -> Iterator[Candidate]:
    """``torch.tensor``, or an array, of lists of several lengths."""
    operation = failed(evidence, *TENSORS, *ARRAYS)
    if operation is None or operation.span is None or not operation.arguments:
        return
    item = operation.arguments[0]
    if item.span is None or not says(evidence, *_UNEQUAL) or _has_unlike_parts(item.value):
        return
    place, inner = operation.span, "torch.tensor" if operation.callee.endswith("tensor") else operation.callee
    row, behind = f"{inner}(each)", ""
    if operation.name.startswith("numpy"):
        if not _are_rows_of_numbers(item.value):
            return
        row = operation.span.text.replace(item.span.text, "each", 1)
        outer = getattr(node_at(place), "parent", None)
        source = source_of(place.file)
        is_made = (
            isinstance(outer, ast.Call) and last_name(outer.func) in (*TENSORS, "from_numpy") and len(outer.args) == 1
        )
        if source is not None and isinstance(outer, ast.Call) and is_made and not outer.keywords:
            row, place = f"{source.span(outer.func).text}({row})", source.span(outer)
        else:
            row, behind = f"torch.as_tensor({row})", ".numpy()"
    told = fillings(evidence, losses=()) if all(each.type == "int" for each in _numbers(item.value)) else {}
    filled = f", padding_value={next(iter(told.values()))}" if len(told) == 1 and 0 not in told else ""
    rows = f"[{row} for each in {item.span.text}]"
    text = f"torch.nn.utils.rnn.pad_sequence({rows}, batch_first=True{filled}){behind}"
    doubt = _FILLED if are_filled_elsewhere(evidence) else ""
    yield Candidate(text, (Change(place, text),), (), 0.1, doubt)


def _numbers(value: Value) -> Iterator[Value]:
    for row in value.items:
        yield from row.items


def _are_rows_of_numbers(value: Value) -> bool:
    """Whether all that is known of some lists are lists of numbers."""
    rows = [each.items for each in value.items]
    return bool(rows) and all(rows) and all(each.kind == "number" for each in _numbers(value))


def _has_unlike_parts(value: Value) -> bool:
    """Whether every item holds the same parts of several lengths, as windows with what follows them: nothing to pad."""
    lengths = {tuple(part.facts.get("len", -1) for part in each.items) for each in value.items}
    return len(value.items) > 1 and len(lengths) == 1 and len(set(lengths.pop())) > 1

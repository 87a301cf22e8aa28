"""A checkpoint of a model that was made with other sizes: the constructor's arguments that it was made with."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Origin
from shapecheck.reading.assignments import is_global
from shapecheck.reading.definitions import method_of
from shapecheck.reading.edits import call_of, is_number, piece, with_keyword
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.sources import Source, last_name, source_of, user_sources, walk
from shapecheck.reading.where_made import literals

CAUSE = "checkpoint_of_other_sizes"
MISMATCH = re.compile(
    r"size mismatch for (\S+): copying a param with shape torch\.Size\(\[([\d, ]*)\]\) from checkpoint, "
    r"the shape in current model is torch\.Size\(\[([\d, ]*)\]\)"
)


def candidates(evidence: Evidence) -> list[Candidate]:
    """Other arguments for the constructor of the model that is to take the checkpoint."""
    operation = failed(evidence, "load_state_dict")
    item = operand(operation, "self")
    if operation is None or evidence.crash is None:
        return []
    name = item.expression if item is not None else operation.callee.rpartition(".")[0]
    made = [each for each in evidence.origins.get(name, ()) if each.is_whole and call_of(each.span) is not None]
    pairs = list(_sizes(evidence.crash.message))
    if not made or not pairs:
        return []
    return [
        each for origin in made for each in (*_as_made_elsewhere(evidence, origin), *_by_ratio(evidence, origin, pairs))
    ]


def _sizes(message: str) -> Iterator[tuple[int, int]]:
    """Each size of the checkpoint that is not the model's, with the model's."""
    for _, stored, held in MISMATCH.findall(message):
        left, right = ([int(size) for size in text.split(",") if size.strip()] for text in (stored, held))
        if len(left) == len(right):
            yield from ((one, other) for one, other in zip(left, right, strict=True) if one != other)


def _as_made_elsewhere(evidence: Evidence, origin: Origin) -> Iterator[Candidate]:
    """What the script gives the same class where it makes the model that was stored."""
    call = call_of(origin.span)
    for source in user_sources(evidence):
        for other in source.calls(last_name(call.func) if call is not None else ""):
            if source.span(other) == origin.span:
                continue
            names = _parameters(source, last_name(other.func))
            given = dict(zip(names, other.args, strict=False))
            given |= {str(each.arg): each.value for each in other.keywords if each.arg}
            ours = {
                name: piece(origin.span, part) for name, part in zip(names, call.args if call else (), strict=False)
            }
            ours |= {str(each.arg): piece(origin.span, each.value) for each in (call.keywords if call else ())}
            for name, part in given.items():
                text = source.span(part).text
                if not is_global(source, part) or (name in ours and ours[name].text == text):
                    continue
                change = Change(ours[name], text) if name in ours else with_keyword(origin.span, name, text)
                if change is not None:
                    # What the call says itself was thought of; what it leaves out was more likely forgotten.
                    yield Candidate(f"{name}={text}", (change,), (), 0.25 if name in ours else 0.1)


def _by_ratio(evidence: Evidence, origin: Origin, pairs: list[tuple[int, int]]) -> Iterator[Candidate]:
    """The one number of which all sizes that differ are multiples, in the model as in the checkpoint."""
    source, call = source_of(origin.span.file), call_of(origin.span)
    if source is None or call is None:
        return
    names = _parameters(source, last_name(call.func))
    ours = {name: piece(origin.span, part) for name, part in zip(names, call.args, strict=False)}
    ours |= {str(each.arg): piece(origin.span, each.value) for each in call.keywords if each.arg}
    for name, default in names.items():
        numbers = list(literals(evidence, ours[name])) if name in ours else []
        old = numbers[0].text if numbers else default if name not in ours else ""
        if not is_number(old) or int(old) < 2:
            continue
        new = {stored * int(old) / held for stored, held in pairs if held % int(old) == 0}
        if len(new) != 1 or any(held % int(old) for _, held in pairs) or not min(new).is_integer():
            continue
        size = str(int(min(new)))
        change: Change | None = Change(numbers[0], size) if numbers else with_keyword(origin.span, name, size)
        if change is not None:
            yield Candidate(f"{name}={size}", (change,), (), 0.2)


def _parameters(source: Source, name: str) -> dict[str, str]:
    """The parameters of a class's constructor, or of a function, in order, with the texts of their defaults."""
    for node in walk(source.tree):
        made = method_of(node, "__init__") if isinstance(node, ast.ClassDef) and node.name == name else None
        if made is not None:
            return _with_defaults(made, made.args.args[1:])
        if isinstance(node, ast.FunctionDef) and node.name == name and isinstance(node.parent, ast.Module):  # type: ignore[attr-defined]
            return _with_defaults(node, node.args.args)
    return {}


def _with_defaults(function: ast.FunctionDef, named: list[ast.arg]) -> dict[str, str]:
    given = [*function.args.posonlyargs, *named]
    texts = ["" for _ in given] + [ast.unparse(part) for part in function.args.defaults]
    found = {item.arg: text for item, text in zip(given, texts[-len(given) :] if given else [], strict=True)}
    extra = zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
    return found | {item.arg: ast.unparse(part) if part is not None else "" for item, part in extra}

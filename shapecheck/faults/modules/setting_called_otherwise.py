"""A setting of a model or an optimizer is asked for under another name than it has."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.assignments import only_value
from shapecheck.reading.failing import says
from shapecheck.reading.script_classes import failed_line
from shapecheck.reading.sources import Source, class_around, is_named, last_name, walk

_MISSED = (r"^KeyError: '(\w+)'$", r"has no attribute '(\w+)'")
_READ_ALREADY = "it is read under this name elsewhere, and another setting may be missing"
_OTHER_WORD = "the name that is there has another word, and may be another setting"
_LEAST = 2
# Words that say only that a setting is a number of something.
_OF_NUMBERS = {"n", "num", "number", "size", "dim", "dims", "width", "count", "rate", "len", "length", "prob"}
_MAKERS = ("Dict", "dict", "SimpleNamespace", "Namespace", "EasyDict", "AttrDict", "DotMap")


def _recognise(evidence: Evidence) -> Recognition | None:
    missed, line = says(evidence, *_MISSED), failed_line(evidence)
    name = next((each for each in missed.groups() if each), "") if missed is not None else ""
    if not name or line is None or not _is_about_torch(line[1]):
        return None
    for node in line[1]:
        base = node.value if isinstance(node, ast.Subscript | ast.Attribute) else None
        key = node.slice if isinstance(node, ast.Subscript) else None
        is_key = isinstance(key, ast.Constant) and key.value == name
        is_field = isinstance(node, ast.Attribute) and node.attr == name
        if not isinstance(base, ast.Name) or not (is_key or is_field):
            continue
        near = [each for each in _settings(line[0], base.id) if _are_near(name, each)]
        if len(near) == 1:
            return _told(line[0], node, near[0])
    return None


def _told(source: Source, node: ast.AST, name: str) -> Recognition:
    """The setting under the name that it has."""
    own = node.slice.value if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) else ""
    own = node.attr if isinstance(node, ast.Attribute) else str(own)
    is_other = own.replace("_", "").lower() != name.replace("_", "").lower()
    doubt = _READ_ALREADY if is_other and _is_read(source, name) else _OTHER_WORD if _adds(own, name) else ""
    if isinstance(node, ast.Subscript):
        span = source.span(node.slice)
        change = Change(span, re.sub(r"\w+(?=['\"]+$)", name, span.text))
    else:
        span = source.span(node)
        change = Change(span, re.sub(r"\w+$", name, span.text))
    because = f"there is no {source.span(node).text}, and there is {name}"
    return Recognition(because, weight=9, candidates=(Candidate(change.text, (change,), (), 0.0, doubt),))


def _settings(source: Source, name: str) -> Iterator[str]:
    """The names of what is kept in a table or an object of settings that a file makes once."""
    value = only_value(source.tree, name)
    if isinstance(value, ast.Dict):
        yield from (each.value for each in value.keys if isinstance(each, ast.Constant) and isinstance(each.value, str))
    elif isinstance(value, ast.Call) and last_name(value.func) in _MAKERS:
        yield from (each.arg for each in value.keywords if each.arg)
    elif isinstance(value, ast.Call) and last_name(value.func) == "parse_args":
        for call in source.calls("add_argument"):
            words = [each.value for each in call.args if isinstance(each, ast.Constant)]
            long = [word for word in words if isinstance(word, str) and word.startswith("--")]
            kept = [
                each.value.value
                for each in call.keywords
                if each.arg == "dest" and isinstance(each.value, ast.Constant)
            ]
            yield from map(str, kept[:1] or [word.lstrip("-").replace("-", "_") for word in long[:1]])


def _are_near(one: str, other: str) -> bool:
    """Whether two names say the same: apart from strokes, by their first letters, or with a word more.

    >>> _are_near("learning_rate", "lr"), _are_near("zdim", "z_dim"), _are_near("hidden", "hidden_size")
    (True, True, True)
    >>> _are_near("num_layers", "num_heads")
    False
    """
    words = [each.lower().split("_") for each in (one, other)]
    plain = ["".join(each) for each in words]
    if plain[0] == plain[1] or plain[0].rstrip("s") == plain[1].rstrip("s"):
        return True
    letters = ["".join(word[:1] for word in each) for each in words]
    if (len(words[0]) >= _LEAST and letters[0] == plain[1]) or (len(words[1]) >= _LEAST and letters[1] == plain[0]):
        return True
    short, long = sorted(map(set, words), key=len)
    return short < long


def _adds(one: str, other: str) -> bool:
    """Whether one of two names has a word more that says what the setting is, or all that says it.

    >>> _adds("hidden", "hidden_size"), _adds("lr", "lr_decay"), _adds("size", "batch_size")
    (False, True, True)
    """
    short, long = sorted((set(each.lower().split("_")) for each in (one, other)), key=len)
    return short < long and not (long - short <= _OF_NUMBERS and short - _OF_NUMBERS)


def _is_read(source: Source, name: str) -> bool:
    """Whether a setting is read under its name somewhere."""
    for each in walk(source.tree):
        if isinstance(each, ast.Attribute) and each.attr == name and isinstance(each.ctx, ast.Load):
            return True
        if isinstance(each, ast.Subscript) and isinstance(each.slice, ast.Constant) and each.slice.value == name:
            return True
    return False


def _is_about_torch(nodes: list[ast.AST]) -> bool:
    """Whether a line makes a layer, a model, an optimizer or a loader, or stands in a module."""
    calls = [each for each in nodes if isinstance(each, ast.Call)]
    names = {last_name(each.func) for each in calls}
    owners = [class_around(each) for each in nodes[:1]]
    bases = [last_name(base) for owner in owners if owner is not None for base in owner.bases]
    is_made = any(name[:1].isupper() for name in names) or any(is_named(each, "torch") for each in nodes)
    return is_made or "Module" in bases


BAD = """\
import torch
from torch import nn

settings = {"width": 4, "lr": 0.1}
model = nn.Linear(settings["width"], 1)
optimizer = torch.optim.SGD(model.parameters(), lr=settings["learning_rate"])
optimizer.step()
"""

GOOD = BAD.replace('["learning_rate"]', '["lr"]')

FAULT = Fault(
    code="SC939",
    slug="setting_called_otherwise",
    headline="a setting is asked for under another name than it has",
    why=(
        "A table of settings finds a value under the very name that it was put in by. argparse keeps what is given as "
        "--batch-size under batch_size."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Write the names of the settings once, and copy them.",
    messages=(r"^(KeyError: )?'\w+'$", r"'Namespace' object has no attribute"),
)

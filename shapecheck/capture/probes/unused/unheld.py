"""Parameters that the loss has a gradient for and no optimizer holds, since no module knows of them."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from torch import nn

from shapecheck.capture.instruments.tensors.learners import with_gradient
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref, Tape
from shapecheck.capture.recording.user_code import is_users, span_of, tree_of
from shapecheck.findings import Fix
from shapecheck.reading.assignments import values_given
from shapecheck.reading.sources import walk

# Every optimizer should have had its turn by then.
_STEPS = 3
_REGISTERED: dict[type, str] = {list: "ModuleList", tuple: "ModuleList", dict: "ModuleDict"}


def unheld(step: Step) -> Iterator[Sighting]:
    """Modules in a plain list or dict of another one, which parameters() does not find, and no optimizer was given.

    A part may be hidden so on purpose: then it has no gradient, or somebody changes it otherwise, or one module that
    came in from outside stands alone in a list that was written for it.
    """
    tape = step.tape
    if len(tape.losses) < _STEPS:
        return
    learned = with_gradient(tape, len(tape.losses))
    for root in step.roots:
        for module in root.module.modules():
            for name, kept in _kept_plainly(module):
                lost = [each for part in _modules_in(kept) for each in part.parameters() if _is_in(tape, each, learned)]
                if not lost or any(tape.trained.is_stepped(each) for each in lost):
                    continue
                seen = _told(module, name, kept, sum(each.numel() for each in lost))
                if seen is not None:
                    yield replace(seen, idle=tuple(tape.trained.watched(each) for each in lost))
                    return


def _kept_plainly(module: nn.Module) -> Iterator[tuple[str, Any]]:
    """The attributes of a module that hold modules in a list, a tuple or a dict."""
    for name, value in vars(module).items():
        if not name.startswith("_") and type(value) in _REGISTERED and _modules_in(value):
            yield name, value


def _modules_in(kept: Any) -> list[nn.Module]:
    return [item for item in (kept.values() if isinstance(kept, dict) else kept) if isinstance(item, nn.Module)]


def _is_in(tape: Tape, parameter: nn.Parameter, learned: set[Ref]) -> bool:
    return parameter.requires_grad and tape.known(parameter) in learned


def _told(module: nn.Module, name: str, kept: Any, count: int) -> Sighting | None:
    found = _assigned(type(module), name)
    if found is None:
        return None
    file, value = found
    if isinstance(value, ast.List | ast.Tuple) and [type(item) for item in value.elts] == [ast.Name]:
        return None
    whole, wanted = ast.unparse(value), _REGISTERED[type(kept)]
    text = (
        f"{type(module).__name__}.{name} is a plain {type(kept).__name__}, of which parameters() and to() know "
        f"nothing: {count} numbers in it have a gradient, and no optimizer holds them"
    )
    new = f"nn.{wanted}({_converted(value) or whole})"
    fix = Fix(new, replaced_text(file, value, new), "no")
    span = span_of(file, value, whole)
    return Sighting("hidden_in_plain_list", span, text, name, (fix,))


def _converted(value: ast.expr) -> str:
    """What a list or tuple is made of: ``branches`` for ``list(branches)``."""
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id in ("list", "tuple"):
        return ast.unparse(value.args[0]) if len(value.args) == 1 else ""
    return ""


def _assigned(kind: type[nn.Module], name: str) -> tuple[str, ast.expr] | None:
    """What an attribute of a class is set to in its constructor."""
    code = getattr(inspect.unwrap(kind.__init__), "__code__", None)
    tree = tree_of(code.co_filename) if code is not None and is_users(code) else None
    if code is None or tree is None:
        return None
    for node in walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == "__init__" and node.lineno == code.co_firstlineno:
            # Whatever the module calls itself.
            target = f"{code.co_varnames[0]}.{name}"
            for item in ast.walk(node):
                value = next((value for one, value in values_given(item) if ast.unparse(one) == target), None)
                if value is not None:
                    return code.co_filename, value
    return None


PROBE = Probe(
    "layers in a plain list or dict are held by an optimizer",
    lambda look: unheld(look.step),
    needs_no_run=True,
)

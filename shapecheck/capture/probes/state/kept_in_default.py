"""Tensors of a batch that a list keeps for the next one, since it is the default of an argument: ``memory=[]``."""

from __future__ import annotations

import ast
import linecache
from collections import deque
from collections.abc import Iterator
from inspect import unwrap
from types import FunctionType

from torch import nn

from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import refs_above
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref, tensors_in
from shapecheck.capture.recording.user_code import is_users, tree_of
from shapecheck.evidence import Span
from shapecheck.findings import Edit, Fix
from shapecheck.reading.sources import walk

_FEWEST = 2


def kept_in_default(step: Step, before: Step | None) -> Iterator[Sighting]:
    """A default list that holds what came of this batch and of the one before, both of which the loss reads at once.

    Python makes a default once, with the function. Who keeps one on purpose keeps what holds for any batch, or lays up
    one thing a call to compare the next with; a list that a call fills piece by piece and reads with what others have
    put there was meant to be empty when the call began.
    """
    for function, at, kept in _defaults(step) if before is not None else ():
        assert before is not None
        known = {ref for one in tensors_in([*kept]) if (ref := step.tape.known(one)) is not None}
        old = {ref for ref in known if before.first <= ref.node < step.first and _is_of_data(before, ref)}
        new = {ref for ref in known if step.first <= ref.node < step.last}
        if not old or len(new) < _FEWEST or not _are_read_at_once(step, old, new):
            continue
        found = _argument(function, at)
        if found is not None:
            yield _told(function, *found, len(old), len(new))
            return


def _defaults(step: Step) -> Iterator[tuple[FunctionType, int, list[object] | deque[object]]]:
    """The lists that are defaults of the user's methods and functions, each with its place among the defaults."""
    kinds = {type(module) for root in step.roots for module in root.module.modules()}
    homes: dict[int, dict[str, object]] = {}
    for kind in kinds:
        for base in kind.__mro__ if not kind.__module__.startswith("torch.") else ():
            if issubclass(base, nn.Module) and base is not nn.Module:
                homes[id(base)] = dict(vars(base))
        forward = getattr(kind, "forward", None)
        if isinstance(forward, FunctionType) and is_users(forward.__code__):
            homes[id(forward.__globals__)] = forward.__globals__
    for home in homes.values():
        for value in [*home.values()]:
            function = unwrap(value) if isinstance(value, FunctionType) else None
            if not isinstance(function, FunctionType) or not is_users(function.__code__):
                continue
            for at, kept in enumerate(function.__defaults__ or ()):
                if isinstance(kept, list) or (isinstance(kept, deque) and kept.maxlen is None):
                    yield function, at, kept


def _is_of_data(step: Step, ref: Ref) -> bool:
    """Whether a tensor is what a step was given, or was made of it."""
    return ref in step.inputs or any(above in step.inputs for above in refs_above(step.tape, ref, step.first))


def _are_read_at_once(step: Step, old: set[Ref], new: set[Ref]) -> bool:
    return any(old & {*node.parents} and new & {*node.parents} for node in step.all_of_loss)


def _argument(function: FunctionType, at: int) -> tuple[ast.FunctionDef, ast.arg, ast.expr] | None:
    """The function as it is written, and the argument that has a default."""
    code = function.__code__
    tree = tree_of(code.co_filename)
    for item in walk(tree) if tree is not None else ():
        if isinstance(item, ast.FunctionDef) and item.name == code.co_name and _begins_at(item, code.co_firstlineno):
            defaults, named = item.args.defaults, [*item.args.posonlyargs, *item.args.args]
            return (item, named[len(named) - len(defaults) + at], defaults[at]) if at < len(defaults) else None
    return None


def _begins_at(function: ast.FunctionDef, line: int) -> bool:
    return min([function.lineno, *(item.lineno for item in function.decorator_list)]) == line


def _told(
    function: FunctionType, written: ast.FunctionDef, argument: ast.arg, default: ast.expr, old: int, new: int
) -> Sighting:
    name, file = argument.arg, function.__code__.co_filename
    text = (
        f"the default of `{name}` is one list for all calls of {written.name}(): it holds {new} tensors of this batch, "
        f"and {old} that the batch before has left there, and the loss reads them as if they were of one sequence"
    )
    fix = Fix(f"{name}=None, and a new list in each call", _edits(file, written, name, default), "no")
    end, last = default.end_lineno or default.lineno, default.end_col_offset or 0
    span = Span(file, argument.lineno, argument.col_offset, end, last, f"{name}={ast.unparse(default)}")
    return Sighting("kept_in_default", span, text, written.name, (fix,))


def _edits(file: str, written: ast.FunctionDef, name: str, default: ast.expr) -> tuple[Edit, ...]:
    """None in the place of the list, and the list at the beginning of what the function does."""
    first = written.body[1 if ast.get_docstring(written) is not None and len(written.body) > 1 else 0]
    row = linecache.getline(file, first.lineno)
    none = replaced_text(file, default, "None")
    if not none or not row.isascii() or first.lineno <= (default.end_lineno or default.lineno):
        return ()
    made = f"{row[: first.col_offset]}{name} = {ast.unparse(default)} if {name} is None else {name}\n"
    return (*none, Edit(file, first.lineno, first.lineno, made + row))


PROBE = Probe(
    "no list that is a default keeps a batch for the next one",
    lambda look: kept_in_default(look.step, look.before),
    needs_no_run=True,
)

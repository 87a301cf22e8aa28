"""Modules that keep a state, of which a loop over the parts of a model resets some, and does not come to others."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from shapecheck.capture.instruments.steps.kept_states import kept_names
from shapecheck.capture.instruments.steps.resets import loop_around, resetters_of_parts
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.user_code import span_of
from shapecheck.capture.recording.vocabulary import HANDS_ON
from shapecheck.findings import Edit, Fix
from shapecheck.reading.sources import function_of_line, last_name, source_of

# What gives the parts of a model that stand in it by themselves, and what gives those within them, too.
_DEEPER = {"children": "modules", "named_children": "named_modules"}
_OF_DICT = {"values": "modules", "items": "named_modules"}
_ALL = frozenset(_DEEPER.values())


@dataclass(frozen=True, slots=True, eq=False)
class _Carried:
    """The first operation of a module in a step that reads what the same module has made in the step before."""

    node: Node
    passed: list[Node]


def reset_of_some(step: Step, before: Step | None) -> Iterator[Sighting]:
    """``for layer in net.children(): layer.reset()``, where others of that class stand within a block of the model.

    The same instruction begins anew with each step in some modules, and goes on in others from what the step before
    has left: the script resets them all, as it thinks. Where it goes on in all of them, the loop must be run in each
    step, for nothing.
    """
    for carried, others in _differing(step, before) if before is not None else ():
        file = carried.node.spot.code.co_filename if carried.node.spot is not None else ""
        for name in sorted(kept_names(step, carried.passed)):
            for loop in resetters_of_parts(file, name):
                if not _goes_deep(loop.iter) and (others or _is_run_in_each_step(step, file, loop)):
                    yield _told(carried.node, others, name, file, loop)
                    return


def _differing(step: Step, before: Step) -> Iterator[tuple[_Carried, int]]:
    """What goes on in a module, and in how many others the same begins anew."""
    firsts: dict[object, dict[int, Node]] = {}
    for node in step.nodes:
        if node.module is not None and node.root >= 0 and node.spot is not None:
            firsts.setdefault((node.name, node.spot.place), {}).setdefault(id(node.module), node)
    for group in firsts.values():
        known = {key: _carried(step, before, node) for key, node in group.items()}
        going = [one for one in known.values() if one is not None]
        anew = [node for key, node in group.items() if known[key] is None and _has_run(before, node)]
        if going and all(type(node.module) is type(going[0].node.module) for node in anew):
            yield going[0], len(anew)


def _carried(step: Step, before: Step, node: Node) -> _Carried | None:
    for ref in node.parents:
        passed = [made for _, made in backwards(step.tape, ref, HANDS_ON, first=before.first)]
        made = passed[-1]
        is_of_before = before.first <= made.index < step.first and made.function is not None
        if is_of_before and made.module is node.module:
            return _Carried(node, passed)
    return None


def _has_run(before: Step, node: Node) -> bool:
    return any(other.module is node.module and other.repeats(node) for other in before.nodes)


def _goes_deep(parts: ast.expr) -> bool:
    """Whether a loop goes over all parts of a model, those within others too."""
    return any(isinstance(item, ast.Attribute) and item.attr in _ALL for item in ast.walk(parts))


def _is_run_in_each_step(step: Step, file: str, loop: ast.For | ast.comprehension) -> bool:
    """Whether the loop in which a script learns holds another one, or calls the function that this stands in."""
    spot = next((spot for loss, spot in step.tape.losses if loss == step.loss), None)
    around = loop_around(spot) if spot is not None and spot.code.co_filename == file else None
    function = function_of_line(source_of(file), loop.iter.lineno)
    if around is None:
        return False
    calls = (item for item in ast.walk(around[1]) if isinstance(item, ast.Call))
    return around[1].lineno < loop.iter.lineno <= (around[1].end_lineno or 0) or (
        function is not None and any(last_name(call.func) == function.name for call in calls)
    )


def _told(node: Node, others: int, name: str, file: str, loop: ast.For | ast.comprehension) -> Sighting:
    kind = type(node.module).__name__
    begun = f"`{name}` of {others} {kind} begins anew with each step, and that of another one is what"
    if not others:
        begun = f"`{name}` of each {kind} is, in each step, what"
    text = (
        f"{begun} the batch before has left: the loop in line {loop.iter.lineno} resets the parts of a model that it "
        "comes to, and these alone: what stands within another part is not among them"
    )
    title, edits = _deeper(file, loop.iter)
    seen = sighted("state_of_another_batch", node, text, (Fix(title, edits, "no"),))
    return replace(seen, span=span_of(file, loop.iter))


def _deeper(file: str, parts: ast.expr) -> tuple[str, tuple[Edit, ...]]:
    """The same loop over all parts."""
    call = parts if isinstance(parts, ast.Call) and isinstance(parts.func, ast.Attribute) else None
    if call is None or not isinstance(call.func, ast.Attribute) or call.args or call.keywords:
        return "a loop over modules(), which come with all that stands in them", ()
    of, name = call.func.value, _DEEPER.get(call.func.attr)
    if isinstance(of, ast.Attribute) and of.attr == "_modules":
        of, name = of.value, _OF_DICT.get(call.func.attr)
    if name is None:
        return "a loop over modules(), which come with all that stands in them", ()
    new = f"{ast.unparse(of)}.{name}()"
    return new, replaced_text(file, call, new)


PROBE = Probe(
    "what resets the parts of a model comes to all of them",
    lambda look: reset_of_some(look.step, look.before),
)

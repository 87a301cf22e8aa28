"""The two widths of one layer in each other's place, ``nn.Linear(out, n)``, as what is made behind it tells."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.assignments import stored_in
from shapecheck.reading.failing import failed, kind, maker, number, operand, shape
from shapecheck.reading.layers.layer_arguments import GIVEN, TAKEN, told_for
from shapecheck.reading.layers.layers_told import Told, is_behind, layers_told, order_of
from shapecheck.reading.recurrent.recurrent_calls import state_roles
from shapecheck.reading.sources import (
    Source,
    class_around,
    function_around,
    home_around,
    last_name,
    names_in,
    parents,
    source_of,
)
from shapecheck.remedies.moves import exchanged

CAUSE = "sizes_exchanged"
_COST = 0.01
# Behind what the names of the two say.
_UNSURE = 0.085
_COMPREHENSIONS = ast.ListComp | ast.GeneratorExp
_OF_TORCH = ("nn.", "torch.")
_EITHER = "what it was given may be what has the wrong width, or the layer may be meant to keep the width"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The two exchanged, where what came is as wide as what the layer was told to give."""
    operation = failed(evidence, *TAKEN)
    item = operand(operation, "input")
    sizes = item.value.record.shape if item is not None and item.value.record is not None else ()
    if operation is None or not sizes or evidence.earlier:
        return []
    taken, given = TAKEN[kind(operation)], GIVEN[kind(operation)]
    if len(sizes) <= taken.axis:
        return []
    have, came = number(operation, taken.name), sizes[taken.axis]
    if have == came or came != number(operation, given.name):
        return []
    origin = maker(evidence, operation)
    spans = [told_for(origin, each.name) for each in (taken, given)]
    source = source_of(origin.span.file) if origin is not None else None
    if source is None or spans[0] is None or spans[1] is None:
        return []
    left, right = map(source.node_at, (spans[0], spans[1]))
    call = getattr(left, "parent", None)
    states = {found[-1] for role in state_roles(operation) if (found := shape(operation, role))}
    is_call = isinstance(call, ast.Call) and getattr(right, "parent", None) is call
    if left is None or right is None or not isinstance(call, ast.Call) or not is_call or came in states:
        return []
    slip = _Slip(evidence, source, call, spans[0], spans[1], have, came)
    doubt = "" if have in states else slip.doubt()
    if doubt is None:
        return []
    steps = (Step("configure", "", (taken.name, came)), Step("configure", "", (given.name, have)))
    one, other = source.span(left), source.span(right)
    return [exchanged(one, other, cost=_UNSURE if doubt else _COST, trial=steps, doubt=doubt)]


@dataclass(frozen=True)
class _Slip:
    """A layer that may have been told its two widths the other way round.

    Args:
        evidence: The problem.
        source: The file.
        call: The call that makes the layer.
        taken: What is written for the width that it takes.
        given: What is written for the width that it gives.
        have: What it takes.
        came: What it gives, and what came.
    """

    evidence: Evidence
    source: Source
    call: ast.Call
    taken: Span
    given: Span
    have: int
    came: int

    def doubt(self) -> str | None:
        """What stands against it: nothing where a reader tells; None where what is there tells something else."""
        others = [each for each in layers_told(self.evidence, self.source) if each.call is not self.call]
        order = order_of(self.call, self.taken.text, self.given.text)
        if self._is_made_often() and order != "reversed":
            return None
        if order == "declared" and not any(_is(each.given, self.given) for each in others):
            # The class may be made with the two in each other's place.
            return None
        behind = [each for each in others if is_behind(each.call, self.call)]
        twins = [each for each in others if (each.takes, each.gives) == (self.have, self.came)]
        # A twin says of its width what this one says: nothing new.
        told = [reads for each in behind if each not in twins and (reads := self._reads(each)) is not None]
        if told:
            return None if not told[0] else _EITHER if any(map(self._is_meant, twins)) else ""
        if self._ran_so() or any(map(self._is_meant, others)):
            return None
        far = [self._reads(each) for each in others if home_around(each.call) is not home_around(self.call)]
        if True in far:
            return ""
        is_shrunk = self.have < self.came and self._is_behind_layers()
        if False not in far and (order == "reversed" or is_shrunk):
            # A last layer that is as wide as what it reads would be a rare thing.
            return ""
        return _EITHER

    def _is_made_often(self) -> bool:
        """Whether a loop makes the layer, or the class or the function that does so is called with several numbers."""
        owner = class_around(self.call) or function_around(self.call)
        named = self.source.calls(owner.name) if owner is not None else ()
        calls = [each for each in named if not ast.unparse(each.func).startswith(_OF_TORCH)]
        is_in_loop = any(isinstance(up, ast.For | _COMPREHENSIONS) for up in parents(self.call))
        return is_in_loop or len({ast.unparse(each) for each in calls}) > 1 or any(map(_is_with_others, calls))

    def _is_behind_layers(self) -> bool:
        """Whether other layers were gone through before: what came is not what the data are."""
        ran = (each.call for each in self.evidence.trace or () if each.call.status == "returned")
        return any(each.type.rpartition(".")[2] in GIVEN for each in ran)

    def _ran_so(self) -> bool:
        """Whether a layer with these two widths was gone through: it, or one that was made here as well."""
        kind = last_name(self.call.func)
        axis = TAKEN[kind].axis if kind in TAKEN else -1
        calls = [each.call for each in self.evidence.trace or () if each.call.status == "returned"]
        ends = [(each.inputs[:1], each.outputs[:1]) for each in calls if each.type.rpartition(".")[2] == kind]
        sizes = (
            [record.shape[axis] for record in (*one, *other) if len(record.shape) > abs(axis)] for one, other in ends
        )
        return [self.have, self.came] in sizes

    def _is_meant(self, other: Told) -> bool:
        """Whether another of its kind has the same widths, which is seldom a slip, or leads to what this one takes."""
        if last_name(other.call.func) != last_name(self.call.func):
            return False
        return (other.takes, other.gives) in ((self.have, self.came), (self.came, self.have))

    def _reads(self, other: Told) -> bool | None:
        return other.reads(self.taken, self.have, self.given, self.came)


def _is_with_others(call: ast.Call) -> bool:
    """Whether a loop makes something of other numbers in each round."""
    if any(isinstance(up, _COMPREHENSIONS) for up in parents(call)):
        return True
    loops = [up for up in parents(call) if isinstance(up, ast.For)]
    stored = {name for loop in loops for name in stored_in(loop)}
    return bool(stored & names_in(*call.args, *(each.value for each in call.keywords)))


def _is(one: Span | None, other: Span) -> bool:
    return one is not None and one.text == other.text

"""Says what each axis of a call's tensors is: by the protocol, by the contract, or by what came in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from shapecheck.contract import Contract, Outcome
from shapecheck.dims import ANY, Bindings, Match, Spec
from shapecheck.records import CallRecord, TensorRecord


@dataclass(frozen=True, slots=True)
class Labelled:
    """A call whose tensors have dims, and the sizes that are known by now, by their teaching names."""

    call: CallRecord
    bindings: Bindings


def label(
    call: CallRecord,
    bindings: Bindings,
    *,
    stages: Mapping[str, tuple[str, ...]] | None = None,
    contract: Contract | None = None,
    outcome: Outcome | None = None,
    seen: Sequence[TensorRecord] = (),
) -> Labelled:
    """Fill in the dims of every tensor of a call.

    The protocol knows best, then the layer's contract, whose letters are given their teaching names; what neither
    names takes the dims of the last tensor of the same shape, and then of sizes that only one dim has.

    Args:
        call: The call as it was seen.
        bindings: The sizes known so far, by teaching name.
        stages: Role -> dims, for tensors that a stage of the protocol names.
        contract: The layer's contract, if it has one.
        outcome: What the contract says of this call.
        seen: Tensors of the same forward that have dims already, in order.
    """
    named = dict(stages or {})
    letters = _letters(call, contract, outcome)
    labelled: list[TensorRecord] = []
    for record in (*call.inputs, *call.outputs):
        before = (*seen, *labelled)
        if record.role in named:
            dims = named[record.role]
        elif contract and outcome and record.role in letters:
            names = _Names({**contract.teaching, **outcome.names}, outcome.bindings, call.module, bindings)
            dims = names.of(letters[record.role], _incoming(record, before, bindings))
            bindings = names.bindings
        else:
            dims = _incoming(record, before, bindings)
        labelled.append(replace(record, dims=dims if any(dim != ANY for dim in dims) else ()))
    split = len(call.inputs)
    outputs = _with_rows(labelled[split:], outcome)
    return Labelled(replace(call, inputs=tuple(labelled[:split]), outputs=outputs), bindings)


class _Names:
    """Gives the letters of one contract their teaching names, and binds these."""

    def __init__(self, teaching: Mapping[str, str], letters: Bindings, module: str, bindings: Bindings) -> None:
        self.teaching, self.letters, self.module, self.bindings = teaching, letters, module, bindings

    def of(self, axes: tuple[str, ...], incoming: tuple[str, ...]) -> tuple[str, ...]:
        """The dims of one tensor, from its axes in letters and what is known of them otherwise."""
        return tuple(self._axis(axis, known) for axis, known in zip(axes, incoming, strict=True))

    def _axis(self, axis: str, known: str) -> str:
        if axis == ANY:
            return known
        # A factor of size 1 (one direction) would only puzzle.
        factors = [factor for factor in Spec.parse(axis).axes[0].factors if self._size(factor) != 1 or axis == factor]
        names = [self._letter(factor, known) if isinstance(factor, str) else str(factor) for factor in factors]
        return "*".join(names) if names and ANY not in names else known

    def _letter(self, letter: str, known: str) -> str:
        # A letter that is a word already, as num_layers is, stands for itself.
        name, size = self.teaching.get(letter, letter if letter.islower() else None), self.letters.size(letter)
        if name is None or size is None:
            return known
        taken = self.bindings.size(name)
        if taken is not None and taken != size:
            # The same word with another size: the second LSTM has a hidden_size of its own.
            if known != ANY:
                return known
            name = f"{self.module.replace('.', '_')}_{name}"
        self.bindings = self.bindings.bind(name, size, by=f"the call of {self.module or 'the model'}")
        return name

    def _size(self, factor: str | int) -> int | None:
        return factor if isinstance(factor, int) else self.letters.size(factor)


def _letters(call: CallRecord, contract: Contract | None, outcome: Outcome | None) -> dict[str, tuple[str, ...]]:
    """Role -> the axes in the contract's letters, of every tensor that fits the form."""
    if contract is None or outcome is None:
        return {}
    form = next((form for form in contract.forms if form.name == outcome.form), None)
    if form is None:
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for record in (*call.inputs, *call.outputs):
        spec = form.inputs.get(record.role) or form.outputs.get(record.role)
        match = Spec.parse(spec).match(record.shape, outcome.bindings) if spec else None
        if isinstance(match, Match):
            found[record.role] = match.dims
    return found


def _incoming(record: TensorRecord, seen: Sequence[TensorRecord], bindings: Bindings) -> tuple[str, ...]:
    """The dims of the last tensor of the same shape; else what the sizes alone make certain."""
    for earlier in reversed(seen):
        if earlier.shape == record.shape and earlier.dims:
            return earlier.dims
    return tuple(_by_size(size, bindings) for size in record.shape)


def _by_size(size: int, bindings: Bindings) -> str:
    """The one dim, or the one product of two, that has this size; ``"_"`` where there is none or a choice."""
    single = [dim for dim, bound in bindings.items() if bound.size == size]
    if size > 1 and len(single) == 1:
        return single[0]
    large = [dim for dim, bound in bindings.items() if bound.size > 1]
    pairs = [
        f"{first}*{second}"
        for first, second in combinations(large, 2)
        if bindings[first].size * bindings[second].size == size
    ]
    return pairs[0] if not single and len(pairs) == 1 else ANY


def _with_rows(records: Sequence[TensorRecord], outcome: Outcome | None) -> tuple[TensorRecord, ...]:
    """The records, told what each item along axis 0 is where the contract says so."""
    rows = {record.role: record.rows for record in outcome.outputs} if outcome else {}
    return tuple(replace(record, rows=rows.get(record.role, ())) for record in records)

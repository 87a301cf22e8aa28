"""Says what each axis of a call's tensors is: by the protocol, the contract, or the tensor that it was made of.

Who is believed, in this order: the stages of the protocol; the name that a tensor came in with; the letters of the
layer's contract, by their teaching names. That two sizes are equal proves nothing: a name is handed on only from the
tensor just before, where reshaping, reordering or picking explains all axes; what nobody knows stays open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from shapecheck.blocks import begin_of, handed_on, own_name
from shapecheck.contract import Contract, Form, Outcome
from shapecheck.descent import agreed, leading, picked, rearranged
from shapecheck.dims import ANY, Bindings, Match, Spec
from shapecheck.records import CallRecord, TensorRecord

Dims = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unlabelled:
    """A call, and who knows something of its axes.

    Args:
        call: The call as it was seen.
        stages: Role -> dims, for tensors that a stage of the protocol names.
        contract: The layer's contract, if it has one.
        outcome: What the contract says of this call.
        ends: Which tensor came in first and which came out first, by number; 0 where nobody knows.
    """

    call: CallRecord
    stages: Mapping[str, Dims] = field(default_factory=dict)
    contract: Contract | None = None
    outcome: Outcome | None = None
    ends: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Labelled:
    """A call whose tensors have dims, and the sizes that are known by now, by their teaching names."""

    call: CallRecord
    bindings: Bindings


def label_forward(steps: Sequence[Unlabelled], bindings: Bindings) -> tuple[tuple[CallRecord, ...], Bindings]:
    """Fill in the dims of every tensor of one forward.

    Args:
        steps: Its calls in the order in which they *ended*.
        bindings: The sizes known before, by teaching name.
    """
    calls = [step.call for step in steps]
    if not steps:
        return (), bindings
    last = _makes_the_output(steps)
    # What comes early is often known only by what comes late: so forth, back, and forth again.
    for _ in range(2):
        names = bindings
        given = _given(steps[-1], calls[-1])
        for at, step in enumerate(steps):
            begin = begin_of(calls, at)
            before = (*given, *_tensors(calls[:begin]))
            found = label(
                calls[at],
                names,
                stages=step.stages,
                contract=step.contract,
                outcome=step.outcome,
                seen=before,
                inside=calls[begin:at],
                is_last=at >= last,
            )
            calls[at], names = found.call, found.bindings
        for at in reversed(range(len(calls))):
            calls[at] = _from_later(calls[at], calls[at + 1 :], steps[at])
    return _as_blocks_say(steps, calls, names)


def label(
    call: CallRecord,
    bindings: Bindings,
    *,
    stages: Mapping[str, Dims] | None = None,
    contract: Contract | None = None,
    outcome: Outcome | None = None,
    seen: Sequence[TensorRecord] = (),
    inside: Sequence[CallRecord] = (),
    is_last: bool = True,
) -> Labelled:
    """Fill in the dims of every tensor of a call; dims that it has already count where nothing better is known.

    Args:
        call: The call as it was seen.
        bindings: The sizes known so far, by teaching name.
        stages: Role -> dims, for tensors that a stage of the protocol names.
        contract: The layer's contract, if it has one.
        outcome: What the contract says of this call.
        seen: Tensors of the same forward that there were before, with their dims, in order.
        inside: The calls inside this one, with their dims, in the order in which they ended.
        is_last: Whether no layer behind this one gives the model's output its width.
    """
    named = dict(stages or {})
    form = _form(contract, outcome)
    letters = _letters(call, form, outcome)
    teaching = {**contract.teaching, **outcome.names} if contract and outcome else {}
    names = _Names(teaching, outcome.bindings if outcome else Bindings(), call.module, bindings, is_last=is_last)
    for record in (*call.inputs, *call.outputs):
        if record.role in named and record.role in letters:
            names.learn(letters[record.role], named[record.role])
    inputs = []
    within = [tensor for inner in inside for tensor in inner.inputs]
    for record in call.inputs:
        known = _known(record, _by_descent(record, seen, bindings), _same_shape(record, within))
        dims = names.of_input(letters[record.role], known, record.shape) if record.role in letters else known
        inputs.append(_with(record, named.get(record.role, dims)))
    outputs = []
    made = [tensor for inner in inside for tensor in (*inner.inputs, *inner.outputs)]
    for record in call.outputs:
        known = _known(record, _through(record, inputs, form), _by_descent(record, made or inputs, names.bindings))
        dims = names.of_output(letters[record.role], known) if record.role in letters else known
        outputs.append(_with(record, named.get(record.role, dims)))
    return Labelled(replace(call, inputs=tuple(inputs), outputs=_with_rows(outputs, outcome)), names.bindings)


# Words that mean the same thing all over a model; any other is the width of one layer, and belongs to that one.
_SHARED = ("batch_size", "seq_length", "source_length", "num_layers", "num_directions", "steps")
# This one is the model's: no layer before the last one may have it.
_OF_THE_MODEL = "out_size"
_CALLER = "the call of "


class _Names:
    """Gives the letters of one call their names, and binds these.

    Args:
        teaching: Letter -> teaching name.
        letters: The sizes of the letters.
        module: Path of the module.
        bindings: The sizes known so far, by teaching name.
        is_last: Whether no layer behind this one gives the model's output its width.
    """

    def __init__(
        self, teaching: Mapping[str, str], letters: Bindings, module: str, bindings: Bindings, *, is_last: bool
    ) -> None:
        self.teaching, self.letters, self.module, self.bindings = teaching, letters, module, bindings
        self._is_last = is_last
        self._chosen: dict[str, str] = {}
        self._incoming: list[str] = []

    def learn(self, axes: Dims, dims: Dims) -> None:
        """Take the names of a tensor that is certain."""
        for axis, dim in zip(axes, dims, strict=True):
            factors = self._factors(axis)
            if len(factors) == 1 and factors[0] not in self._chosen and dim != ANY:
                self._chosen[factors[0]] = dim

    def of_input(self, axes: Dims, known: Dims, shape: tuple[int, ...]) -> Dims:
        """The dims of an input, from its axes in letters and the names that it came in with."""
        dims = []
        for axis, dim, size in zip(axes, known, shape, strict=True):
            factors = self._factors(axis)
            if len(factors) == 1 and factors[0] not in self._chosen:
                # Equal sizes cannot tell two axes apart; the layer can.
                is_plain = self._name(factors[0]) not in _SHARED or shape.count(size) == 1
                self._chosen[factors[0]] = dim if dim != ANY and is_plain else self._own(factors[0], dim)
                if dim.isidentifier() and dim != ANY and dim not in self.bindings:
                    self.bindings = self.bindings.bind(dim, size, by=f"{_CALLER}{self.module or 'the model'}")
            dims.append(self._joined(factors, dim))
        self._incoming += dims
        return tuple(dims)

    def of_output(self, axes: Dims, known: Dims) -> Dims:
        """The dims of an output, from its axes in letters and what else is known of them."""
        return tuple(self._joined(self._factors(axis), dim) for axis, dim in zip(axes, known, strict=True))

    def _factors(self, axis: str) -> list[str]:
        """The letters of an axis. A factor of size 1 (one direction) would only puzzle."""
        if axis == ANY:
            return []
        factors = axis.split("*")
        large = [factor for factor in factors if self._size(factor) != 1]
        return large or factors[-1:]

    def _joined(self, factors: Sequence[str], known: str) -> str:
        names = [factor if factor.isdecimal() else self._letter(factor, known) for factor in factors]
        return "*".join(names) if names and ANY not in names else known

    def _letter(self, letter: str, known: str) -> str:
        if letter not in self._chosen:
            # What slides along an axis leaves another size of the same axis: H_out is H once more.
            base = letter.removesuffix("_out")
            is_slid = base != letter and letter not in self.teaching and base in self._chosen
            self._chosen[letter] = self._chosen[base] if is_slid else self._own(letter, known)
        return self._chosen[letter]

    def _name(self, letter: str) -> str | None:
        # A letter that is a word already, as num_layers is, stands for itself.
        return self.teaching.get(letter, letter if letter.islower() else None)

    def _own(self, letter: str, known: str) -> str:
        """The teaching name of a letter, told apart from that of another layer."""
        name, size = self._name(letter), self.letters.size(letter)
        if name is None or size is None:
            return known
        bound, caller = self.bindings.get(name), f"{_CALLER}{self.module or 'the model'}"
        is_mine = bound is None or name in _SHARED or bound.by == caller or not bound.by.startswith(_CALLER)
        is_free = name != _OF_THE_MODEL or self._is_last
        if not (is_free and is_mine and (bound is None or bound.size == size)):
            if name in _SHARED and known != ANY:
                return known
            # A layer that keeps the width of what comes in keeps its name, so that fifty equal ones read alike.
            kept = [dim for dim in self._incoming if dim == name or dim.endswith(f"_{name}")]
            same = [dim for dim in kept if self.bindings.size(dim) == size]
            if same and not (name == _OF_THE_MODEL and self._is_last):
                return same[0]
            name = own_name(self.module, name)
        self.bindings = self.bindings.bind(name, size, by=caller)
        return name

    def _size(self, factor: str) -> int | None:
        return int(factor) if factor.isdecimal() else self.letters.size(factor)


def _form(contract: Contract | None, outcome: Outcome | None) -> Form | None:
    forms = contract.forms if contract and outcome else ()
    return next((form for form in forms if outcome and form.name == outcome.form), None)


def _letters(call: CallRecord, form: Form | None, outcome: Outcome | None) -> dict[str, Dims]:
    """Role -> the axes in the contract's letters, of every tensor that fits the form."""
    found: dict[str, Dims] = {}
    for record in (*call.inputs, *call.outputs) if form and outcome else ():
        spec = form and (form.inputs.get(record.role) or form.outputs.get(record.role))
        match = Spec.parse(spec).match(record.shape, outcome.bindings) if spec and outcome else None
        if isinstance(match, Match):
            found[record.role] = match.dims
    return found


def _through(record: TensorRecord, inputs: Sequence[TensorRecord], form: Form | None) -> Dims:
    """What ``...`` stands for in an output is what it stood for in the first input."""
    first = next(iter(inputs), None)
    if form is None or first is None or not first.dims:
        return ()
    before, after = (
        Spec.parse(specs.get(role) or "_") for specs, role in ((form.inputs, first.role), (form.outputs, record.role))
    )
    if before.ellipsis_at != after.ellipsis_at or before.ellipsis_at is None:
        return ()
    at = before.ellipsis_at
    end = at + first.ndim - len(before.axes)
    if at + record.ndim - len(after.axes) != end or record.shape[at:end] != first.shape[at:end]:
        return ()
    return (*(ANY,) * at, *first.dims[at:end], *(ANY,) * (record.ndim - end))


def _by_descent(record: TensorRecord, seen: Sequence[TensorRecord], bindings: Bindings) -> Dims:
    """The names of a tensor by those before it: the same one, or one that the last call's can become."""
    named = [tensor for tensor in seen if tensor.dims and tensor.packing == record.packing]
    if not named:
        return ()
    # States stand behind the output that most models go on with.
    at = max((at for at, tensor in enumerate(named) if not tensor.rows), default=len(named) - 1)
    last = named[at]
    if last.shape == record.shape:
        return last.dims
    sizes = {dim: bound.size for dim, bound in bindings.items()}
    return (
        _same_shape(record, named[at:])
        or rearranged(last.dims, last.shape, record.shape, sizes)
        or agreed(
            # Either the same tensor as somewhere before, or a piece of the last: what only one of them says is a guess.
            _same_shape(record, named[::-1]),
            picked([(one.dims, one.shape) for one in named[at:]], record.shape) or (),
        )
        or leading(last.dims, last.shape, record.shape)
    )


def _same_shape(record: TensorRecord, tensors: Sequence[TensorRecord]) -> Dims:
    found = (one.dims for one in tensors if one.shape == record.shape and one.packing == record.packing and one.dims)
    return next(found, ())


def _known(record: TensorRecord, *guesses: Dims) -> Dims:
    """For each axis the first name that somebody has for it."""
    rows = [dims for dims in (*guesses, record.dims) if len(dims) == record.ndim]
    return tuple(next((dims[at] for dims in rows if dims[at] != ANY), ANY) for at in range(record.ndim))


def _with(record: TensorRecord, dims: Dims) -> TensorRecord:
    return replace(record, dims=dims if any(dim != ANY for dim in dims) else ())


def _with_rows(records: Sequence[TensorRecord], outcome: Outcome | None) -> tuple[TensorRecord, ...]:
    """The records, told what each item along axis 0 is where the contract says so."""
    rows = {record.role: record.rows for record in outcome.outputs} if outcome else {}
    return tuple(replace(record, rows=rows.get(record.role, ())) for record in records)


def _given(last: Unlabelled, call: CallRecord) -> tuple[TensorRecord, ...]:
    """What the model itself was given, if the whole forward is its call: it was there before all others."""
    if call.module:
        return ()
    return tuple(_with(one, last.stages.get(one.role, one.dims)) for one in call.inputs)


def _makes_the_output(steps: Sequence[Unlabelled]) -> int:
    """The last call that gives its output a width of its own; those behind it only hand it on."""
    for at in reversed(range(len(steps))):
        form = _form(steps[at].contract, steps[at].outcome)
        before, after = (_words(specs) for specs in (form.inputs, form.outputs)) if form else (set[str](), set[str]())
        if after - before - {"..."}:
            return at
    return 0


def _as_blocks_say(
    steps: Sequence[Unlabelled], calls: Sequence[CallRecord], names: Bindings
) -> tuple[tuple[CallRecord, ...], Bindings]:
    """What goes through blocks has one name, also where a layer inside one had to find one of its own."""
    words = [({*step.contract.teaching.values()} if step.contract else set()) for step in steps]
    blocks = handed_on(calls, words, [step.ends for step in steps])
    kept = names
    if blocks:
        kept = Bindings()
        for dim, bound in names.items():
            kept = kept if dim in blocks else kept.bind(dim, bound.size, bound.by)
    return tuple(_renamed(call, blocks) for call in calls), kept


def _renamed(call: CallRecord, names: Mapping[str, str]) -> CallRecord:
    inputs, outputs = (
        tuple(replace(one, dims=tuple(names.get(dim, dim) for dim in one.dims)) for one in records)
        for records in (call.inputs, call.outputs)
    )
    return replace(call, inputs=inputs, outputs=outputs)


def _words(specs: Mapping[str, str]) -> set[str]:
    return {word for spec in specs.values() for word in spec.split()}


def _tensors(calls: Sequence[CallRecord]) -> list[TensorRecord]:
    return [record for call in calls[-_RECENT:] for record in (*call.inputs, *call.outputs)]


# How many calls before are looked through for a tensor of the same shape.
_RECENT = 24


def _from_later(call: CallRecord, later: Sequence[CallRecord], step: Unlabelled) -> CallRecord:
    """The call, open axes of its outputs named by who takes them next, and those of its inputs by its outputs."""
    taken = [record for other in later[:_RECENT] for record in other.inputs]
    outputs = tuple(_with(one, _known(one, one.dims, _same_shape(one, taken))) for one in call.outputs)
    form = _form(step.contract, step.outcome)
    inputs = call.inputs
    if form is not None and outputs and inputs:
        back = replace(form, inputs=form.outputs, outputs=form.inputs)
        first = _with(inputs[0], _known(inputs[0], inputs[0].dims, _through(inputs[0], outputs[:1], back)))
        inputs = (first, *inputs[1:])
    return replace(call, inputs=inputs, outputs=outputs)

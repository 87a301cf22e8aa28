"""Asks a contract about one call: accepted with what outputs, or refused and why; no tensor is touched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from shapecheck.contract import ARGUMENTS, Call, Contract, Form, Outcome, flat_roles, group_name
from shapecheck.dims import ANY, ELLIPSIS, Axis, Bindings, Match, Mismatch, Spec
from shapecheck.findings import Blame, Violation
from shapecheck.records import CallRecord, Packing, TensorRecord


def check_call(contract: Contract, call: Call) -> Outcome:
    """Say what a layer will do with a call, before torch is asked.

    Every tensor is held against the contract, not only up to the first that breaks it.

    >>> from shapecheck.contracts import find
    >>> config = {"in_features": 3, "out_features": 2, "dtype": "float32"}
    >>> outcome = check_call(find(["Linear"]), Call(config, {"input": TensorRecord("input", (7, 4))}))
    >>> [(found.kind, found.axes, found.blame[0].by) for found in outcome.violations]
    [('size', (1,), 'in_features=3 of the Linear')]
    """
    first = _first(contract, call)
    if first not in call.inputs:
        wrong_types = [_wrong_type(contract, call, role) for role in call.objects]
        absent = () if {first, ARGUMENTS} & set(call.objects) else (_missing(contract, first),)
        return Outcome(False, violations=(*wrong_types, *absent))
    form = next((form for form in contract.forms if form.when(call)), None)
    if form is None:
        return Outcome(False, violations=(_no_form(contract, call, call.inputs[first]),))
    reading = _read(contract, call, form)
    violations = (
        *_sort_out_objects(contract, call, form, reading.violations),
        *_broken_rules(contract, call, form, reading.bindings),
    )
    names = {**contract.teaching, **contract.aliases(call.config)}
    if violations:
        violations = tuple(_advised(contract, call, found) for found in violations)
        return Outcome(False, form.name, violations=violations, bindings=reading.bindings, names=names)
    outputs = tuple(_outputs(contract, call, form, reading, {**names, **reading.names}))
    hazards = contract.hazards(call)
    return Outcome(True, form.name, outputs, hazards=hazards, bindings=reading.bindings, names=names)


def located(outcome: Outcome, call: CallRecord) -> Outcome:
    """The same outcome, with the module's path before each role and the call in each violation."""
    prefix = f"{call.module}." if call.module else ""
    placed = (replace(found, where=f"{prefix}{found.where}", call=call) for found in outcome.violations)
    return replace(outcome, violations=tuple(placed))


def completed(contract: Contract, outcome: Outcome, outputs: Iterable[TensorRecord]) -> Outcome:
    """The outcome of an accepted call with outputs that somebody else worked out, told what their axes are."""
    form = next(form for form in contract.forms if form.name == outcome.form)
    bindings, named = outcome.bindings, []
    for record in outputs:
        match = Spec.parse(form.outputs.get(record.role, ELLIPSIS)).match(record.shape, bindings)
        if isinstance(match, Match):
            bindings = match.bindings
            record = replace(record, dims=tuple(outcome.names.get(dim, dim) for dim in match.dims))
        named.append(record)
    return replace(outcome, outputs=tuple(named), bindings=bindings)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the inputs say, held against one form.

    Args:
        bindings: The sizes of the letters.
        violations: What does not fit.
        leading: What stands for ``...``.
        leading_names: What those axes are.
        names: Letter -> what the caller calls it.
    """

    bindings: Bindings
    violations: tuple[Violation, ...]
    leading: tuple[int, ...]
    leading_names: tuple[str, ...]
    names: Mapping[str, str]


def _first(contract: Contract, call: Call) -> str:
    """The role of the first argument; of a list the role of its first tensor."""
    role = flat_roles(contract.arguments)[0]
    return role.replace("[]", "[0]") if role.replace("[]", "[0]") in call.inputs else role.removesuffix("[]")


def _specs(form: Form, call: Call) -> Iterator[tuple[str, str]]:
    """Role -> spec of each input, a list's own spec repeated for each of its tensors."""
    for role, text in form.inputs.items():
        if role.endswith("[]"):
            yield from ((found, text) for found in call.inputs if found.startswith(role[:-1]))
        else:
            yield role, text


def _read(contract: Contract, call: Call, form: Form) -> _Reading:
    bindings = contract.bind(call.config)
    violations: list[Violation] = []
    leading: tuple[int, ...] | None = None
    leading_names: tuple[str, ...] = ()
    names: dict[str, str] = {}
    unchecked = form.unchecked(call)
    for role, text in _specs(form, call):
        record = call.inputs.get(role)
        if record is None:
            if role not in call.objects and _is_needed(contract, call, form, role):
                violations.append(_missing(contract, role))
            continue
        spec = Spec.parse(text)
        by = f"the {role}" if role.isalpha() else role
        if record.packing is not None:
            bindings = bindings.bind("N", record.packing.sequences, by).bind("L", record.packing.longest, by)
            bindings = bindings.bind("steps", record.packing.steps, by)
        match = spec.match(record.shape, bindings, by)
        if isinstance(match, Mismatch):
            violations.append(_mismatch(contract, role, match, torch_accepts=role in unchecked))
            continue
        violations.extend(_too_small(contract, form, role, spec, match, record))
        before, bindings = bindings, match.bindings
        names.update(_names(spec, match, record))
        if spec.ellipsis_at is not None:
            span = slice(spec.ellipsis_at, record.ndim - len(spec.axes) + spec.ellipsis_at)
            if leading is None:
                leading, leading_names = record.shape[span], (record.dims or (ANY,) * record.ndim)[span]
            elif leading != record.shape[span] and role not in form.spreads:
                violations.append(_other_axes(contract, role, spec, leading, record, before, role in unchecked))
    return _Reading(contract.solve(call, bindings), tuple(violations), leading or (), leading_names, names)


def _is_needed(contract: Contract, call: Call, form: Form, role: str) -> bool:
    """Whether a role may not be left out: it never may, or the rest of its tuple is there."""
    if role not in form.optional:
        return True
    groups = [item for item in contract.arguments if not isinstance(item, str)]
    return any(role in group and any(other in call.inputs for other in group) for group in groups)


def _sort_out_objects(
    contract: Contract, call: Call, form: Form, violations: tuple[Violation, ...]
) -> Iterator[Violation]:
    """Objects of a wrong type before wrong shapes, and no word on the shapes of what is in a wrong object."""
    groups = {group_name(item): item for item in contract.arguments if not isinstance(item, str)}
    told: set[str] = set()
    for role in call.objects:
        if call.objects[role] in contract.accepts.get(role, ()):
            continue
        members = groups.get(role, ())
        inside = [found for found in violations if found.role in members]
        if not (members and form.indexes and set(members) <= set(call.inputs) and not inside):
            told.update(members)
            unseen = any(found.torch_accepts for found in inside)
            yield replace(_wrong_type(contract, call, role), torch_accepts=unseen)
    yield from (found for found in violations if found.role not in told)


def _mismatch(contract: Contract, role: str, found: Mismatch, *, torch_accepts: bool) -> Violation:
    keys = ("ndim",) if found.kind == "ndim" else tuple(found.expected[_row(found, axis)][0] for axis in found.axes)
    return Violation(
        found.kind,
        role,
        expected=found.expected,
        got=found.got,
        axes=found.axes,
        blame=tuple(Blame(dim, bound.size, bound.by) for dim, bound in found.blame),
        reason=_reason(contract, role, keys),
        torch_accepts=torch_accepts,
    )


def _other_axes(
    contract: Contract,
    role: str,
    spec: Spec,
    leading: tuple[int, ...],
    record: TensorRecord,
    bindings: Bindings,
    torch_accepts: bool,
) -> Violation:
    """The axes for which ``...`` stands are not those of the first input."""
    at = spec.ellipsis_at or 0
    rows = spec.expected(bindings)
    same_ndim = record.ndim == len(spec.axes) + len(leading)
    axes = tuple(at + index for index, size in enumerate(leading) if same_ndim and record.shape[at + index] != size)
    return Violation(
        "size" if same_ndim else "ndim",
        role,
        expected=(*rows[:at], *((ANY, size) for size in leading), *rows[at + 1 :]),
        got=record.shape,
        axes=axes,
        reason=_reason(contract, role, (ELLIPSIS,)),
        torch_accepts=torch_accepts,
    )


def _row(found: Mismatch, axis: int) -> int:
    """Where an axis of the shape stands among the expected rows, of which one may be an ellipsis."""
    at = next((at for at, (text, _) in enumerate(found.expected) if text == ELLIPSIS), None)
    return axis if at is None or axis < at else axis - (len(found.got) - len(found.expected))


def _too_small(
    contract: Contract, form: Form, role: str, spec: Spec, match: Match, record: TensorRecord
) -> Iterator[Violation]:
    for letter, minimum in form.minimum.items():
        axes = tuple(at for at, dim in enumerate(match.dims) if dim == letter)
        if axes and record.shape[axes[0]] < minimum:
            yield Violation(
                "size",
                role,
                expected=tuple(
                    (text, None if text == letter else size) for text, size in spec.expected(match.bindings)
                ),
                got=record.shape,
                axes=axes,
                expected_text=f"{letter} of at least {minimum}",
                got_text=f"{letter}={record.shape[axes[0]]}",
                reason=_reason(contract, role, (f"{letter}.minimum", letter)),
            )


def _no_form(contract: Contract, call: Call, first: TensorRecord) -> Violation:
    """No form takes so many axes: name those that this configuration has."""
    role = flat_roles(contract.arguments)[0]
    possible = [form for form in contract.forms if _takes(form, call, first, role)] or list(contract.forms)
    specs = [Spec.parse(form.inputs[role]) for form in possible]
    return Violation(
        "ndim",
        first.role,
        expected=specs[0].expected(contract.bind(call.config)),
        got=first.shape,
        expected_text=" or ".join(dict.fromkeys(f"({', '.join(str(spec).split())})" for spec in specs)),
        got_text=f"{first.ndim} axes" if first.ndim != 1 else "1 axis",
        reason=_reason(contract, first.role, ("ndim",)),
    )


def _takes(form: Form, call: Call, first: TensorRecord, role: str) -> bool:
    """Whether the form would be meant if the first input had as many axes as the form asks for."""
    ndim = len(Spec.parse(form.inputs[role]).axes)
    fitting = replace(first, shape=(1,) * ndim, dims=())
    return form.when(replace(call, inputs={**call.inputs, first.role: fitting}))


def _wrong_type(contract: Contract, call: Call, role: str) -> Violation:
    first = role.strip("()").partition(", ")[0]
    if role == ARGUMENTS:
        expected = f"arguments {group_name(contract.arguments)}"
    else:
        expected = f"a tuple {role}" if role.startswith("(") else "a Tensor"
    return Violation(
        "type",
        first,
        expected_text=expected,
        got_text=call.objects[role],
        reason=_reason(contract, first, ("type",)),
    )


def _missing(contract: Contract, role: str) -> Violation:
    return Violation(
        "missing", role, expected_text="a Tensor", got_text="nothing", reason=_reason(contract, role, ("missing",))
    )


def _broken_rules(contract: Contract, call: Call, form: Form, bindings: Bindings) -> Iterator[Violation]:
    for rule in contract.rules:
        found = rule.broken(call)
        if found is None:
            continue
        expected = found.expected
        if found.kind in ("size", "ndim") and not expected and found.role in form.inputs:
            expected = Spec.parse(form.inputs[found.role]).expected(bindings)
        yield replace(
            found,
            expected=expected,
            reason=found.reason or rule.reason,
            torch_accepts=found.torch_accepts or not rule.torch_raises,
        )


def _advised(contract: Contract, call: Call, found: Violation) -> Violation:
    """The violation, told what to write instead where the contract knows it."""
    advice = found.advice or contract.advise(call, found)
    if not advice:
        return found
    return replace(
        found, advice=advice, reason=f"{found.reason}; write {advice}" if found.reason else f"write {advice}"
    )


def _reason(contract: Contract, role: str, keys: tuple[str, ...]) -> str:
    """The most special sentence that the contract has about this role and these letters."""
    role = role.partition("[")[0]
    candidates = [f"{role}.{key}" for key in keys] + list(keys) + [role]
    return next((contract.reasons[key] for key in candidates if key in contract.reasons), "")


def _names(spec: Spec, match: Match, record: TensorRecord) -> Iterator[tuple[str, str]]:
    for letter, name in zip(match.dims, record.dims, strict=False):
        if name != ANY and letter in spec.dims:
            yield letter, name


def _outputs(
    contract: Contract, call: Call, form: Form, reading: _Reading, names: Mapping[str, str]
) -> Iterator[TensorRecord]:
    first = call.inputs[_first(contract, call)]
    dtypes, shapes = contract.dtypes(call), contract.shapes(call)
    rows = contract.rows(call.config)
    for role, text in form.outputs.items():
        spec = Spec.parse(text)
        shape = shapes.get(role, spec.shape(reading.bindings, reading.leading))
        if shape is None:
            continue
        dims = _output_dims(spec, names, reading)
        yield TensorRecord(
            role,
            shape,
            dtype=dtypes.get(role, first.dtype),
            device=first.device,
            dims=dims if len(dims) == len(shape) else (),
            rows=rows.get(role, ()),
            packing=_packing(reading.bindings) if role in form.packed else None,
        )


def _packing(bindings: Bindings) -> Packing | None:
    sequences, longest, steps = (bindings.size(letter) for letter in ("N", "L", "steps"))
    return None if sequences is None or longest is None or steps is None else Packing(sequences, longest, steps)


def _output_dims(spec: Spec, names: Mapping[str, str], reading: _Reading) -> tuple[str, ...]:
    words = [_word(axis, names, reading.bindings) for axis in spec.axes]
    at = spec.ellipsis_at
    return tuple(words) if at is None else (*words[:at], *reading.leading_names, *words[at:])


def _word(axis: Axis, names: Mapping[str, str], bindings: Bindings) -> str:
    # D is 1 unless a layer is bidirectional, and "1*hidden_size" would only distract.
    factors = [factor for factor in axis.factors if factor != "D" or bindings.size("D") != 1]
    return "*".join(names.get(str(factor), str(factor)) for factor in factors) or ANY

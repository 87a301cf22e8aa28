"""Reads one call of a loss: what its contract says of it, what was found, and what each tensor should be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from torch import nn

from shapecheck.capture.configs import call_of, contract_of, seen_through
from shapecheck.check import check_call, located
from shapecheck.contract import Call, Contract, Form, Outcome
from shapecheck.diagnose import UNKNOWN_SLUG, diagnose
from shapecheck.dims import ELLIPSIS, Bindings, Match, Spec
from shapecheck.evidence import Evidence
from shapecheck.findings import Diagnosis, Operand
from shapecheck.records import CallRecord, TensorRecord
from shapecheck.render.words import tuple_of
from shapecheck.watching.risks import may_learn, risks_of

Loss = nn.Module | Callable[..., Any]

# torch's documentation says "minibatch" where its letters say N.
_WORDS = {"N": "minibatch", ELLIPSIS: "..."}


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known of one call of a loss.

    Args:
        call: The call, its axes named.
        outcome: What the contract says.
        diagnoses: What was found, the worst first.
        translation: For each tensor what it should be, what it means, and what it is.
    """

    call: CallRecord
    outcome: Outcome
    diagnoses: tuple[Diagnosis, ...]
    translation: tuple[str, ...]


def read_loss(loss: Loss, args: tuple[Any, ...], kwargs: Mapping[str, Any], name: str = "loss") -> Reading | None:
    """Hold one call of a loss against its contract; None if it has none."""
    loss = seen_through(loss)
    contract = contract_of(loss)
    if contract is None:
        return None
    call = call_of(loss, args, kwargs, contract=contract, values=True)
    outcome = check_call(contract, call)
    form = _form(contract, outcome)
    record = _record(loss, contract, call, outcome, form, name)
    outcome = located(outcome, record)
    return Reading(
        record,
        outcome,
        tuple(_diagnoses(outcome, record, learns=may_learn(*args, *kwargs.values()))),
        tuple(_translation(contract, call, form)),
    )


def _form(contract: Contract, outcome: Outcome) -> Form | None:
    """The form that was meant; if none was, the one that the documentation names first."""
    meant = next((form for form in contract.forms if form.name == outcome.form), None)
    if meant is not None or not contract.forms:
        return meant
    return next((form for form in contract.forms if "N" in form.inputs[next(iter(form.inputs))]), contract.forms[0])


def _record(loss: Loss, contract: Contract, call: Call, outcome: Outcome, form: Form | None, name: str) -> CallRecord:
    kind = type(loss).__name__ if isinstance(loss, nn.Module) else getattr(loss, "__name__", contract.name)
    kind = contract.name if kind == "hand_written" else kind
    config = loss.extra_repr() if isinstance(loss, nn.Module) else ""
    specs = form.inputs if form is not None else {}
    inputs = (_named(record, specs.get(role), outcome) for role, record in call.inputs.items())
    return CallRecord(name, kind, config, tuple(inputs), outcome.outputs, training=call.training)


def _named(record: TensorRecord, spec: str | None, outcome: Outcome) -> TensorRecord:
    """The tensor with its axes in the contract's letters, if it fits."""
    if record.dims or spec is None:
        return record
    match = Spec.parse(spec).match(record.shape, Bindings())
    if not isinstance(match, Match) or all(dim == "_" for dim in match.dims):
        return record
    names = tuple(outcome.names.get(dim, dim) for dim in match.dims)
    return replace(record, dims=names)


def _diagnoses(outcome: Outcome, call: CallRecord, *, learns: bool) -> Iterator[Diagnosis]:
    """Violations first, each cause once; then hazards, the worst first."""
    seen = tuple(Operand(record.role, record.shape, record.dims) for record in call.inputs)
    causes: set[tuple[str, str]] = set()
    for violation in outcome.violations:
        told = diagnose(Evidence(violation, call))[0]
        # One mistake may break the spec of either tensor: exchanged arguments do.
        if told.slug == UNKNOWN_SLUG or (told.slug, told.explanation) not in causes:
            causes.add((told.slug, told.explanation))
            yield replace(told, evidence=seen)
    yield from risks_of(outcome.hazards, call, may_learn=learns)


def _translation(contract: Contract, call: Call, form: Form | None) -> Iterator[str]:
    if form is None:
        return
    first = next(iter(form.inputs))
    for role in form.inputs:
        record = call.inputs.get(role)
        if record is None and role in form.optional:
            continue
        wanted = "; or ".join(dict.fromkeys(_wishes(contract, call, form, role, first)))
        yours = "missing" if record is None else f"{tuple_of(map(str, record.shape))} {record.dtype}"
        yield f"{role}: {wanted}; yours is {call.objects.get(role, yours)}"


def _wishes(contract: Contract, call: Call, form: Form, role: str, first: str) -> Iterator[str]:
    """What a tensor may be beside this first one: shape and meaning, for each form that fits that one."""
    ndim = call.inputs[first].ndim if first in call.inputs else 0
    for other in contract.forms:
        if other is not form and (role == first or not ndim or not _takes(Spec.parse(other.inputs[first]), ndim)):
            continue
        meaning = other.meanings.get(role, "")
        # A meaning that names a shape of its own says it better than a spec that only lets torch's leniency through.
        shape = "" if meaning.startswith("(") else _shape_words(other, role, first, ndim)
        yield ", ".join(part for part in (shape, meaning) if part)


def _takes(spec: Spec, ndim: int) -> bool:
    return len(spec.axes) == ndim or (spec.ellipsis_at is not None and len(spec.axes) < ndim)


def _shape_words(form: Form, role: str, first: str, ndim: int) -> str:
    spec = form.inputs[role].split()
    if spec == [ELLIPSIS]:
        return "any shape" if role == first else f"the shape of {first}"
    # Two axes leave nothing for the dots to stand for.
    words = [_WORDS.get(word, word) for word in spec if word != ELLIPSIS or ndim > 2 or spec[0] == ELLIPSIS]
    return tuple_of(words) if words else "()"

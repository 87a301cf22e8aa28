"""Holds the tensors of one forward against the stages of a protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType

from shapecheck.dims import Bindings, Mismatch
from shapecheck.errors import ProtocolError, did_you_mean
from shapecheck.findings import Blame, Violation
from shapecheck.protocol import HEADS, LOSS, LOSSES, Protocol, Stage
from shapecheck.records import CallRecord, TensorRecord


@dataclass(frozen=True, slots=True)
class StageResult:
    """What a stage says of the tensor that reached it.

    Args:
        bindings: All sizes known now; unchanged if the stage is violated.
        violation: What is wrong, or None.
        dims: What each axis is by the stage's spec, one word an axis; empty if the stage is violated.
        unsolved: Products whose factors are not known yet, so that their sizes were not checked.
    """

    bindings: Bindings
    violation: Violation | None = None
    dims: tuple[str, ...] = ()
    unsolved: tuple[str, ...] = ()


def initial_bindings(protocol: Protocol) -> Bindings:
    """The sizes that the protocol itself fixes."""
    return Bindings.of(protocol.sizes, by=f"the protocol {protocol.name!r}")


def check_stage(
    stage: Stage,
    record: TensorRecord | None,
    bindings: Bindings,
    call: CallRecord | None = None,
    kinds: Mapping[str, str] = MappingProxyType({}),
) -> StageResult:
    """Hold one tensor against its stage.

    A packed sequence is held against the spec as the padded tensor that it stands for,
    ``(sequences, longest, *features)``, unless the spec asks for as many axes as its data has.

    Args:
        stage: The stage.
        record: What reached it; None if the call had no such tensor.
        bindings: What the stages before bound.
        call: The call that the tensor belongs to, for the message.
        kinds: Role -> type, of what came in or out and is no tensor.
    """
    if record is None:
        expected = stage.parsed_spec.expected(bindings)
        roles = tuple(other.role for other in (*call.inputs, *call.outputs)) if call else ()
        got = f"no tensor called {stage.role!r}"
        if (kind := kinds.get(stage.role)) is not None:
            got = "None" if kind == "NoneType" else f"{'an' if kind[:1] in 'aeiouAEIOU' else 'a'} {kind}, and no tensor"
        elif roles:
            got += f"; there are {', '.join(roles)}{_near_role(stage.role, roles)}"
        return StageResult(bindings, Violation("missing", stage.at, call, expected, got_text=got, stage=stage.name))
    spec = stage.parsed_spec
    shape = _padded(record) if record.packing and len(spec.axes) == record.ndim + 1 else record.shape
    match = spec.match(shape, bindings, by=f"stage {stage.name!r}")
    if isinstance(match, Mismatch):
        blame = tuple(Blame(dim, bound.size, bound.by) for dim, bound in match.blame)
        return StageResult(
            bindings,
            Violation(match.kind, stage.at, call, match.expected, shape, match.axes, blame, stage=stage.name),
        )
    if stage.dtype and record.dtype != stage.dtype:
        return StageResult(
            bindings,
            Violation(
                "dtype",
                stage.at,
                call,
                spec.expected(match.bindings),
                shape,
                expected_text=stage.dtype,
                got_text=record.dtype,
                stage=stage.name,
            ),
        )
    # A packed sequence has one axis of real steps where its padded twin has two.
    dims = match.dims if len(match.dims) == record.ndim else ("steps", *match.dims[2:])
    return StageResult(match.bindings, None, dims, match.unsolved)


def scrambled(stage: Stage, origin: Stage, bindings: Bindings, record: TensorRecord, call: CallRecord) -> Violation:
    """The violation of a tensor that has the right sizes, but not in the order that the step asks for."""
    return Violation(
        "content",
        stage.at,
        call,
        stage.parsed_spec.expected(bindings),
        record.shape,
        expected_text=f"the values of stage {origin.name!r} by {stage.step!r}",
        got_text="the same sizes with other values, or the same values in another order",
        stage=stage.name,
    )


def misread(
    stage: Stage, takes: Sequence[str], bindings: Bindings, record: TensorRecord, call: CallRecord
) -> Violation | None:
    """The violation of a layer that takes the stage's batch for time and its time for the batch; None if it does not.

    Nothing in the sizes shows this. Only the two teaching names are compared, each an axis of its own on both sides:
    what somebody else's names mean is not known, and the steps of one layer may be the samples of the next.

    Args:
        stage: The stage.
        takes: What the layer takes each axis for, in teaching names.
        bindings: All sizes known.
        record: What reached the stage.
        call: The call of the layer.
    """
    spec = stage.parsed_spec
    says = [str(axis) for axis in spec.axes]
    if spec.ellipsis_at is not None or len(says) != len(takes) or record.ndim != len(says):
        return None
    batch, time = _places(says)
    if batch is None or time is None or _places(takes) != (time, batch):
        return None
    return Violation(
        "layout",
        stage.at,
        call,
        spec.expected(bindings),
        record.shape,
        tuple(sorted((batch, time))),
        got_text=f"read as ({', '.join(takes)})",
        stage=stage.name,
        torch_accepts=True,
    )


def _places(dims: Sequence[str]) -> tuple[int | None, int | None]:
    """Where the batch and the time stand, each if it does once."""
    batch, time = (dims.index(dim) if dims.count(dim) == 1 else None for dim in ("batch_size", "seq_length"))
    return batch, time


def validate(
    protocol: Protocol,
    modules: Mapping[str, str],
    *,
    has_loss: bool = True,
    roles: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> None:
    """Make sure that every stage names a module that is there, and a tensor that its calls can have.

    Args:
        protocol: The protocol.
        modules: Path -> class name of every module of the model, the model itself at ``""``.
        has_loss: Whether stages at ``loss`` can be reached.
        roles: Path -> names of the tensors of a call, for the modules whose contract says them.

    Raises:
        ProtocolError: A stage names what is not there; the message says what is near.
    """
    for stage in protocol.stages:
        if stage.module not in modules and not (stage.module == LOSS and has_loss):
            raise ProtocolError(
                f"stage {stage.name!r} is at {stage.at!r}, but the model has no module {stage.module!r}"
                f"{_near_module(stage.module, modules)}{_argument(stage, modules)}"
            )
        if stage.at in modules and stage.role not in ("input", "output"):
            raise ProtocolError(
                f"stage {stage.name!r} is at {stage.at!r}, {_article(modules[stage.at])}: say which of its tensors, "
                f"'{stage.at}.input' or '{stage.at}.output'"
            )
        known = roles.get(stage.module, ())
        if not known or stage.role.partition("[")[0] in known:
            continue
        prefix = f"{stage.module}." if stage.module else ""
        places = [f"{prefix}{role}" for role in known]
        raise ProtocolError(
            f"stage {stage.name!r} is at {stage.at!r}, but {_owner(stage.module, modules)} has no tensor "
            f"{stage.role!r}{did_you_mean(stage.at, places) or '; there are ' + ', '.join(known)}"
        )


def _near_role(role: str, roles: Sequence[str]) -> str:
    """What to write instead of the name of a tensor that is not there."""
    # These two stand for the first tensor of a call, whatever its name is: they are always right to ask for.
    general = ("input", "output")
    return "" if role in general else did_you_mean(role, dict.fromkeys((*roles, *general)))


def _owner(path: str, modules: Mapping[str, str]) -> str:
    return _article(modules[path]) if path in modules else f"the {path}"


def _near_module(path: str, modules: Mapping[str, str]) -> str:
    """What to write instead of the path of a module that is not there."""
    near = get_close_matches(path, modules, n=1, cutoff=0.5) or [
        other for other in modules if other and other.rpartition(".")[2] == path.rpartition(".")[2]
    ]
    if near:
        return f"; did you mean {near[0]!r}, {_article(modules[near[0]])}?"
    there = [repr(other) for other in modules if other]
    return f"; the model has {', '.join(there[:8])}{', ...' if len(there) > 8 else ''}" if there else ""


def _argument(stage: Stage, modules: Mapping[str, str]) -> str:
    """How to tell the documented protocol that a layer bears another name; nothing where none is of its kind."""
    usual = (Protocol.documented(head=head, loss=loss) for head in HEADS for loss in LOSSES)
    kind = {"lstm": "LSTM", "linear": "Linear"}.get(stage.module)
    alike = [path for path, name in modules.items() if name == kind]
    if not alike or not any(stage in each.stages for each in usual):
        return ""
    return f" (Protocol.documented({stage.module}={repr(alike[0]) if len(alike) == 1 else '...'}) names another one)"


def _padded(record: TensorRecord) -> tuple[int, ...]:
    if record.packing is None:
        return record.shape
    return (record.packing.sequences, record.packing.longest, *record.shape[1:])


def _article(name: str) -> str:
    """The name with "a" or "an" before it, as it is spoken: "an LSTM", "a Linear", "an Embedding"."""
    spelled = name[:2].isupper() and name[0] in "AEFHILMNORSX"
    return f"{'an' if spelled or name[0] in 'AEIO' else 'a'} {name}"

"""What a layer or a loss promises: its accepted forms, its rules, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from shapecheck.dims import Bindings
from shapecheck.findings import Certainty, Severity, Violation
from shapecheck.records import TensorRecord
from shapecheck.shown import Shown

ConfigValue = int | float | bool | str | None | tuple[int, ...]
Config = Mapping[str, ConfigValue]
Roles = tuple[str | tuple[str, ...], ...]

# Stands for a role in `Call.objects` where the arguments themselves do not fit the signature.
ARGUMENTS = "arguments"


@dataclass(frozen=True, slots=True)
class Call:
    """A call as a contract is asked about it. Nothing in it is a tensor.

    Args:
        config: The layer's configuration: the attributes that the contract names in ``reads``, and ``dtype`` and
            ``device`` of its first parameter or buffer (left out if it has none); ``type``, the name of the class,
            where a contract holds for several.
        inputs: Role -> record, only of what was given and is a tensor.
        objects: Roles whose argument is no tensor -> the name of its type. A tuple argument that was given as
            something else stands under the name of the group, ``"(h_0, c_0)"``.
        values: Role -> facts about values, where they were looked at (``"min"``, ``"max"``, ...).
        training: Whether the layer is in training mode.
        autocast: The dtype that autocast casts to, or ``""`` if it is off.
        fused: The dtypes that torch's fused kernels for the CPU (oneDNN) take here and now: halves too on some
            processors, while no gradients are kept.
        gradients: Whether torch keeps what it needs for gradients.
    """

    config: Config
    inputs: Mapping[str, TensorRecord]
    objects: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    training: bool = True
    autocast: str = ""
    fused: tuple[str, ...] = ("float32", "bfloat16")
    gradients: bool = True


@dataclass(frozen=True, slots=True)
class Form:
    """One way in which a layer may be called.

    Args:
        name: What distinguishes it, for people: ``"batched, batch_first=True"``.
        when: Whether this form is meant, judged by the configuration and the number of axes, never by sizes.
        inputs: Role -> spec of each input, in the contract's letters. ``...`` stands for the same axes in all of them;
            ``"sequences[]"`` is the spec of each tensor of a list.
        outputs: Role -> spec of each output, in the order in which torch returns them.
        optional: Roles among the inputs that may be left out.
        minimum: Letter -> the smallest size that it may have.
        packed: Outputs that come back as a ``PackedSequence``, of ``N`` sequences, ``L`` steps the longest, and
            ``steps`` together.
        spreads: Roles for which ``...`` may stand for other axes than in the first input: torch broadcasts them.
        meanings: Role -> what its numbers are, in words: ``"one class index for each row of scores"``.
        unchecked: Roles whose sizes torch does not look at in this form: it may read out of bounds.
        indexes: Whether torch only indexes a tuple argument here, so that a stacked tensor or a longer tuple does too.
    """

    name: str
    when: Callable[[Call], bool]
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    optional: tuple[str, ...] = ()
    minimum: Mapping[str, int] = field(default_factory=dict)
    packed: tuple[str, ...] = ()
    spreads: tuple[str, ...] = ()
    meanings: Mapping[str, str] = field(default_factory=dict)
    unchecked: Callable[[Call], tuple[str, ...]] = lambda call: ()
    indexes: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """Something that must hold beyond shapes: a dtype, a device, a value, a configuration.

    Args:
        name: What it asks, in a few words.
        broken: Returns what breaks it, or None if it holds. Asked once a form was chosen.
        reason: Why the layer asks for it.
        torch_raises: Whether torch refuses it too; False where torch would go on and be wrong.
    """

    name: str
    broken: Callable[[Call], Violation | None]
    reason: str = ""
    torch_raises: bool = True


@dataclass(frozen=True, slots=True)
class Hazard:
    """Something to know about a call that is accepted.

    Args:
        slug: Name of the fault that it leads to.
        text: What will happen, in one sentence.
        roles: The tensors in question.
        certainty: How sure it is that it was not meant.
        severity: How bad it is; that of the fault if left out.
        fix: What to write instead, as code; empty where that is not known.
    """

    slug: str
    text: str
    roles: tuple[str, ...] = ()
    certainty: Certainty = "proved"
    severity: Severity | None = None
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Outcome(Shown):
    """What a contract says of one call, before torch is asked.

    Args:
        accepted: Whether the call is right by the contract.
        form: Name of the form that was meant, or ``""`` if none fits.
        outputs: Records of what comes back, with their dims; empty if the call is refused.
        violations: Why it is refused.
        hazards: What to know although it is accepted.
        bindings: The sizes of the contract's letters.
        names: The contract's letters -> teaching names, for this configuration.
    """

    accepted: bool
    form: str = ""
    outputs: tuple[TensorRecord, ...] = ()
    violations: tuple[Violation, ...] = ()
    hazards: tuple[Hazard, ...] = ()
    bindings: Bindings = field(default_factory=Bindings)
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Contract:
    """Everything known about one layer or loss, as data: one file in ``contracts/`` makes one, named ``CONTRACT``.

    Args:
        name: Name of the class, ``"LSTM"``.
        types: Qualified names of the classes that it holds for, ``"torch.nn.modules.rnn.LSTM"``.
        reads: Attributes of the module (or keywords of the function) that make its configuration. A tensor among
            them (``weight`` of a loss) stands among the call's inputs instead; ``weight.shape`` reads a shape.
        arguments: Roles of what forward is given, in order; a nested tuple is a tuple argument:
            ``("input", ("h_0", "c_0"))``, and ``"sequences[]"`` a list of any number of tensors.
        returns: Roles of what forward returns, in order, nested in the same way.
        letters: PyTorch's letters -> what they mean, in words. They are local to this layer.
        bind: The sizes that the configuration fixes.
        solve: Sizes that follow from the call beyond its specs: a length that is a value, a count of tensors.
        forms: The accepted forms; the first one whose ``when`` holds is meant.
        reasons: Why the layer asks for it: ``"h_0.N"`` (a letter or product in one role), ``"N"`` (in any role),
            ``"input.ndim"`` (the number of axes), ``"input"`` (anything else about a role).
        dtypes: Role of an output -> its dtype; those left out have the dtype of the first input.
        shapes: Role of an output -> its shape, where a spec cannot say it (broadcasting).
        accepts: Role -> names of the types other than Tensor that it may have too: ``{"var": ("float",)}``.
        looks: Role -> the facts about its values that the rules and hazards can use.
        computed: Whether the sizes of the outputs are left to torch's meta kernels.
        rules: What must hold beyond shapes.
        advise: Returns what to write instead where a call breaks the contract, as code, or ``""``.
        hazards: Returns what to know about an accepted call.
        teaching: Letter -> teaching name, where the caller has no name of his own for it.
        aliases: Letters whose teaching name depends on the configuration.
        rows: Role -> what each item along axis 0 is, for states.
        about: The layer in one sentence, for the docs.
        source: Where the facts come from.
    """

    name: str
    types: tuple[str, ...]
    reads: tuple[str, ...]
    arguments: Roles
    returns: Roles
    letters: Mapping[str, str]
    bind: Callable[[Config], Bindings]
    forms: tuple[Form, ...]
    solve: Callable[[Call, Bindings], Bindings] = lambda call, bindings: bindings
    reasons: Mapping[str, str] = field(default_factory=dict)
    dtypes: Callable[[Call], Mapping[str, str]] = lambda call: {}
    shapes: Callable[[Call], Mapping[str, tuple[int, ...]]] = lambda call: {}
    accepts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    looks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    computed: bool = False
    rules: tuple[Rule, ...] = ()
    advise: Callable[[Call, Violation], str] = lambda call, violation: ""
    hazards: Callable[[Call], tuple[Hazard, ...]] = lambda call: ()
    teaching: Mapping[str, str] = field(default_factory=dict)
    aliases: Callable[[Config], Mapping[str, str]] = lambda config: {}
    rows: Callable[[Config], Mapping[str, tuple[str, ...]]] = lambda config: {}
    about: str = ""
    source: str = ""


def flat_roles(roles: Roles) -> tuple[str, ...]:
    """The roles of a contract's ``arguments`` or ``returns``, without their nesting.

    >>> flat_roles(("input", ("h_0", "c_0")))
    ('input', 'h_0', 'c_0')
    """
    return tuple(role for item in roles for role in ((item,) if isinstance(item, str) else item))


def group_name(roles: Roles) -> str:
    """How a tuple of arguments is written.

    >>> group_name(("input", ("h_0", "c_0")))
    '(input, (h_0, c_0))'
    """
    return f"({', '.join(item if isinstance(item, str) else group_name(item) for item in roles)})"

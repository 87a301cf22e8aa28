"""What a layer or a loss promises: its accepted forms, its rules, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from shapecheck.dims import Bindings
from shapecheck.findings import Violation
from shapecheck.records import TensorRecord

ConfigValue = int | float | bool | str | None | tuple[int, ...]
Config = Mapping[str, ConfigValue]


@dataclass(frozen=True, slots=True)
class Call:
    """A call as a contract is asked about it. Nothing in it is a tensor.

    Args:
        config: The layer's configuration: the attributes that the contract names in ``reads``.
        inputs: Role -> record, only of what was given. What was given but is no tensor has the type's name as its
            ``dtype`` (``"list"``), no axes, and stands in ``objects`` too.
        objects: Roles whose argument is no tensor -> the name of its type.
        values: Role -> facts about values, where they were looked at (``"min"``, ``"max"``, ...).
        training: Whether the layer is in training mode.
        autocast: The dtype that autocast casts to, or ``""`` if it is off.
    """

    config: Config
    inputs: Mapping[str, TensorRecord]
    objects: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    training: bool = True
    autocast: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """One way in which a layer may be called.

    Args:
        name: What distinguishes it, for people: ``"batched, batch_first=True"``.
        when: Whether this form is meant, judged by the configuration and the number of axes, never by sizes.
        inputs: Role -> spec of each input, in the contract's letters.
        outputs: Role -> spec of each output, in the order in which torch returns them.
        optional: Roles among the inputs that may be left out.
    """

    name: str
    when: Callable[[Call], bool]
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    optional: tuple[str, ...] = ()


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
    """

    slug: str
    text: str
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a contract says of one call, before torch is asked.

    Args:
        accepted: Whether the call is right by the contract.
        form: Name of the form that was meant, or ``""`` if none fits.
        outputs: Records of what comes back, with their dims; empty if the call is refused.
        violations: Why it is refused.
        hazards: What to know although it is accepted.
        bindings: The sizes of the contract's letters.
    """

    accepted: bool
    form: str = ""
    outputs: tuple[TensorRecord, ...] = ()
    violations: tuple[Violation, ...] = ()
    hazards: tuple[Hazard, ...] = ()
    bindings: Bindings = field(default_factory=Bindings)


@dataclass(frozen=True, slots=True)
class Contract:
    """Everything known about one layer or loss, as data: one file in ``contracts/`` makes one, named ``CONTRACT``.

    Args:
        name: Name of the class, ``"LSTM"``.
        types: Qualified names of the classes that it holds for, ``"torch.nn.modules.rnn.LSTM"``.
        reads: Attributes of the module that make its configuration.
        arguments: Roles of what forward is given, in order; a nested tuple is a tuple argument:
            ``("input", ("h_0", "c_0"))``.
        returns: Roles of what forward returns, in order, nested in the same way.
        letters: PyTorch's letters -> what they mean, in words. They are local to this layer.
        bind: The sizes that the configuration fixes.
        forms: The accepted forms; the first one whose ``when`` holds is meant.
        rules: What must hold beyond shapes.
        hazards: Returns what to know about an accepted call.
        teaching: Letter -> teaching name; letters that are missing here take the name that came in.
        rows: Role -> what each item along axis 0 is, for states.
        about: The layer in one sentence, for the docs.
        source: Where the facts come from.
    """

    name: str
    types: tuple[str, ...]
    reads: tuple[str, ...]
    arguments: tuple[object, ...]
    returns: tuple[object, ...]
    letters: Mapping[str, str]
    bind: Callable[[Config], Bindings]
    forms: tuple[Form, ...]
    rules: tuple[Rule, ...] = ()
    hazards: Callable[[Call], tuple[Hazard, ...]] = lambda call: ()
    teaching: Mapping[str, str] = field(default_factory=dict)
    rows: Callable[[Config], Mapping[str, tuple[str, ...]]] = lambda config: {}
    about: str = ""
    source: str = ""

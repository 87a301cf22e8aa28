"""What is known about one problem: the operation that failed, its operands by their names, and where they come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from shapecheck.contract import Hazard
from shapecheck.findings import Crash, Fix, Place, Violation
from shapecheck.records import CallRecord, TensorRecord, Trace

ValueKind = Literal["tensor", "packed", "module", "tuple", "list", "dict", "array", "number", "text", "none", "other"]


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a source file: an expression. Lines count from 1, columns from 0 in characters, the end is excluded.

    Args:
        file: Path of the file.
        line: First line.
        column: First column.
        end_line: Last line.
        end_column: Column behind the last character.
        text: The source text of the piece.
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    text: str = ""

    @property
    def place(self) -> Place:
        """The lines that it stands on."""
        return Place(self.file, self.line, self.end_line, self.text)

    def holds(self, other: Span) -> bool:
        """Whether another piece lies in it, or is the same."""
        begins = (self.line, self.column) <= (other.line, other.column)
        ends = (other.end_line, other.end_column) <= (self.end_line, self.end_column)
        return self.file == other.file and begins and ends


@dataclass(frozen=True, slots=True)
class Value:
    """A value of the user's script, without the value itself.

    Args:
        kind: What sort of thing it is.
        type: Name of its class.
        record: Its shape and dtype, for tensors, arrays and packed sequences.
        items: What it holds, for tuples, lists and dicts (the first few).
        config: For modules: the attributes that its contract reads, and ``training``.
        facts: Facts about its numbers where they were looked at: ``min``, ``max``, ``below_max`` (the largest whole
            number but that), ``sum``, ``contiguous`` (0 or 1), ``row_sum_min`` and ``row_sum_max`` (of floats, and
            of rows of zeros and ones), ``falling`` (0 or 1: whether whole numbers in a row never rise), ``whole``
            (0 or 1: whether floats in a row are all whole numbers), ``filled_along`` (the one of two axes along which
            what is 0, or False, is all at the beginning or all at the end, as padding lies), ``alike_along`` (the one
            axis of three or four channels along which pictures are the same all along). Where a table lacks a key,
            0 or 1: ``has_key`` (whether this one has it), ``has_kind`` (whether it has keys of this kind), ``is_value``
            (whether it is one of its values), ``is_any_key``, ``are_keys`` and ``words_are_keys`` (whether any or all
            in a row, or all words of a text, are keys of the table).
        text: A short text of it, for numbers, strings and shapes.
        inferred: Whether it was worked out from the operands on meta tensors, since no name holds it.
    """

    kind: ValueKind
    type: str = ""
    record: TensorRecord | None = None
    items: tuple[Value, ...] = ()
    config: Mapping[str, object] = field(default_factory=dict)
    facts: Mapping[str, float] = field(default_factory=dict)
    text: str = ""
    inferred: bool = False


@dataclass(frozen=True, slots=True)
class Argument:
    """One operand of the operation that failed.

    Args:
        role: What it is to the operation: ``"input"``, ``"h_0"``, ``"target"``, ``"tensors[1]"``, ``"self"``.
        value: What it was.
        span: Where it stands in the source; None if it has no text of its own there.
        keyword: Its keyword, if it was given by one.
    """

    role: str
    value: Value
    span: Span | None = None
    keyword: str = ""

    @property
    def expression(self) -> str:
        """Its text in the source, or its role where it has none."""
        return self.span.text if self.span else self.role


@dataclass(frozen=True, slots=True)
class Operation:
    """The operation that failed, at the user's line.

    Args:
        name: Qualified name of what was called: ``"torch.nn.LSTM"``, ``"torch.nn.functional.cross_entropy"``,
            ``"torch.cat"``, ``"torch.Tensor.view"``; an operator by its function: ``"torch.matmul"``, ``"torch.add"``,
            in place ``"torch.Tensor.add_"``; ``"unpack"`` and ``"iter"`` (role ``"value"``), ``"builtins.getattr"``
            (roles ``"self"``, ``"name"``), ``"torch.Tensor.__getitem__"`` (roles ``"self"``, ``"index"``).
        arguments: Its operands, in the order of the call.
        span: The whole expression.
        callee: The text of what is called: ``"self.lstm"``; empty for operators.
        module: Path of the module in the model, where it is one.
        config: Configuration of the module, where it is one.
        parameters: What a class of modules is made with, by name, where a module was being made.
    """

    name: str
    arguments: tuple[Argument, ...] = ()
    span: Span | None = None
    callee: str = ""
    module: str = ""
    config: Mapping[str, object] = field(default_factory=dict)
    parameters: tuple[str, ...] = ()

    def argument(self, role: str) -> Argument | None:
        """The operand of this role, or None."""
        return next((item for item in self.arguments if item.role == role), None)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value of the script was made.

    Args:
        expression: The name that it was followed back from: ``"self.lstm"``, ``"h0"``, ``"target"``.
        span: The expression that made it: ``nn.LSTM(10, 16)``; the right side of its assignment.
        statement: The whole assignment.
        arguments: For a call: parameter name (as the callee's signature has it) -> the text given for it.
        frame: Index of the frame in which it was made among `Evidence.frames`, -1 if it has returned.
        is_whole: Whether the span is the value itself, not something that holds it or a name that a call hands on.
    """

    expression: str
    span: Span
    statement: Span
    arguments: Mapping[str, Span] = field(default_factory=dict)
    frame: int = -1
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of the traceback, outermost first.

    Args:
        function: Name of the function.
        span: The expression that was being evaluated.
        statement: The statement that it belongs to.
        is_user: Whether it is the user's code, not a library's.
        names: The names that the statement reads -> what they were.
    """

    function: str
    span: Span
    statement: Span
    is_user: bool = True
    names: Mapping[str, Value] = field(default_factory=dict)


CutKind = Literal["positions", "truths", "whole numbers", "taken out", "numbers", "drawn", "switched off", "frozen"]


@dataclass(frozen=True, slots=True)
class Cut:
    """Something on the way back from a loss to the parameters behind which no gradient goes on.

    Args:
        kind: What it gives, or what was done: ``"positions"`` (argmax), ``"truths"`` (a comparison), ``"taken out"``
            (detach), ``"numbers"`` (item, a new tensor), ``"switched off"`` (no_grad), ``"frozen"`` (a module whose
            parameters ask for no gradient).
        name: Its text, or the name of the module.
        span: Where it stands: the expression, the head of the block, the decorator; None if it is not known.
        kept: The part of an expression that has a way back still, where it can stand in its place.
        is_list: Whether that is a list of tensors, which stands there when it is stacked.
    """

    kind: CutKind
    name: str
    span: Span | None = None
    kept: Span | None = None
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class Observation:
    """How a model behaved when it was probed: what cannot be seen in shapes.

    Args:
        kind: What was seen, by the name that the recognisers know: ``"sample_dependence"``.
        where: Module path and role, or the name of a parameter; empty for the whole model.
        facts: The numbers of this case.
        text: What was done and what came out, in one sentence.
        fixes: What was tried instead, with what came out.
    """

    kind: str
    where: str = ""
    facts: Mapping[str, float] = field(default_factory=dict)
    text: str = ""
    fixes: tuple[Fix, ...] = ()


@dataclass(frozen=True, slots=True)
class Shaped:
    """A call of a method that gives a tensor other axes, which the script had come to: a view, a mean, a squeeze.

    Args:
        span: The call.
        sizes: The shape of what it is of.
        told: The numbers that it was told one by one: sizes, or axes.
    """

    span: Span
    sizes: tuple[int, ...]
    told: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything known about one problem, as plain data.

    Args:
        violation: What was broken, if a contract or a protocol was.
        call: The module call in question, if there was one.
        sizes: The sizes of the dims at that moment, ``(dim, size)``.
        trace: What ran before.
        crash: The exception, if there was one.
        operation: The operation that raised, at the user's line.
        frames: The traceback, outermost first.
        origins: Expression -> where its value was made, nearest first. Keys are the expressions of the operation's
            operands and callee, ``"self.net[1]"`` for a child of a container, and for each argument of a constructor
            ``"self.lstm.input_size"``: where the number that it was given comes from.
        chains: Expression at its place -> how this very value came there, nearest first: for what stands in the
            operation and for what stands in the expressions that `origins` names.
        observation: What a probe saw, if there was one.
        hazard: What a contract warns of although it accepts the call.
        inner: The operation that raised inside a library, where that is another than the one at the user's line:
            the child of an nn.Sequential (``callee`` ``"self.net[1]"``), torch.stack in a DataLoader's collate.
        cuts: What keeps a loss from the parameters, where ``backward()`` was refused; the nearest to the loss first.
        earlier: The calls of the module that failed which went well before, each of its kind once, the last ones first.
        entered: The same of the outermost module that was being called.
        told: Argument of the constructor of the layer that failed -> what is written for it, and what each call farther
            out gave for that, where it is one name that is handed on; of the very calls that made this layer.
        shaped: The calls that give tensors other axes which the frames of the script had come to, nearest first.
    """

    violation: Violation | None = None
    call: CallRecord | None = None
    sizes: tuple[tuple[str, int], ...] = ()
    trace: Trace | None = None
    crash: Crash | None = None
    operation: Operation | None = None
    frames: tuple[Frame, ...] = ()
    origins: Mapping[str, tuple[Origin, ...]] = field(default_factory=dict)
    chains: Mapping[Span, tuple[Origin, ...]] = field(default_factory=dict)
    observation: Observation | None = None
    hazard: Hazard | None = None
    inner: Operation | None = None
    cuts: tuple[Cut, ...] = ()
    earlier: tuple[CallRecord, ...] = ()
    entered: tuple[CallRecord, ...] = ()
    told: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    shaped: tuple[Shaped, ...] = ()

    @property
    def user_frame(self) -> Frame | None:
        """The innermost frame of the user's own code."""
        return next((frame for frame in reversed(self.frames) if frame.is_user), None)

    @property
    def user_frames(self) -> tuple[Frame, ...]:
        """The frames of the user's own code, outermost first."""
        return tuple(frame for frame in self.frames if frame.is_user)

    @property
    def held_anywhere(self) -> tuple[Value, ...]:
        """What the names of all the user's lines were."""
        return tuple(value for frame in self.user_frames for value in frame.names.values())

    @property
    def held(self) -> Mapping[str, Value]:
        """What the names that the user's line reads were; empty where no line of the user's is known."""
        return self.user_frame.names if self.user_frame is not None else {}

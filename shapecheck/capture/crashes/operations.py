"""The operation that failed at one frame's expression: what was called, and with what, by name and role."""

from __future__ import annotations

import ast
import dis
import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from types import CodeType
from typing import Any

import numpy as np
import torch
from torch import nn

from shapecheck.capture.bound import Bound, bind_nodes, made_with
from shapecheck.capture.configs import seen_through
from shapecheck.capture.crashes.assertions import is_beginning, whose_shape
from shapecheck.capture.crashes.frames import LiveFrame
from shapecheck.capture.crashes.operands import Operands
from shapecheck.capture.crashes.parents_called import as_parent
from shapecheck.capture.crashes.qualified import METHOD, qualified
from shapecheck.capture.crashes.shapes import UNKNOWN
from shapecheck.capture.crashes.values import module_config
from shapecheck.evidence import Argument, Operation

_BINARY = {
    "Add": "add",
    "Sub": "sub",
    "Mult": "mul",
    "Div": "div",
    "FloorDiv": "floor_divide",
    "Mod": "remainder",
    "Pow": "pow",
    "MatMult": "matmul",
    "BitAnd": "bitwise_and",
    "BitOr": "bitwise_or",
    "BitXor": "bitwise_xor",
    "Eq": "eq",
    "NotEq": "ne",
    "Lt": "lt",
    "LtE": "le",
    "Gt": "gt",
    "GtE": "ge",
}
_UNARY = {"USub": "neg", "UAdd": "positive", "Invert": "bitwise_not", "Not": "logical_not"}
_LOOPS = ("FOR_ITER", "GET_ITER", "SEND", "LIST_EXTEND")


@dataclass(frozen=True)
class LiveCall:
    """An operation with its live values, for those who want to try it again on copies.

    Args:
        operation: The operation as plain data.
        target: What was called; for an operator torch's function; None if it is not known.
        args: The positional arguments, UNKNOWN where one has no name and is gone.
        kwargs: The keyword arguments, in the same way.
        values: Role -> value, of those operands that are still there.
    """

    operation: Operation
    target: Any = None
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """Whether everything is there to make the call once more."""
        return self.target is not None and not any(value is UNKNOWN for value in (*self.args, *self.kwargs.values()))


def operation_at(frame: LiveFrame, below: LiveFrame | None) -> LiveCall | None:
    """The operation that a frame was at.

    Args:
        frame: The frame.
        below: The frame that it called, if it called Python code.
    """
    node = frame.node
    operands = Operands(frame)
    if frame.instruction in _LOOPS:
        return _loop(node, operands)
    if frame.instruction == "RAISE_VARARGS" and isinstance(node, ast.Compare):
        return _asserted(node, operands)
    if isinstance(node, ast.Call):
        return _call(node, operands, below)
    if isinstance(node, ast.Tuple | ast.List) and isinstance(node.ctx, ast.Store):
        return _unpacking(node, operands)
    if isinstance(node, ast.BinOp):
        return _operator(node, _BINARY[type(node.op).__name__], {"input": node.left, "other": node.right}, operands)
    if isinstance(node, ast.AugAssign):
        name = f"Tensor.{_BINARY.get(type(node.op).__name__, 'add')}_"
        return _operator(node, name, {"self": node.target, "other": node.value}, operands)
    if isinstance(node, ast.UnaryOp):
        return _operator(node, _UNARY[type(node.op).__name__], {"input": node.operand}, operands)
    if isinstance(node, ast.Compare) and type(node.ops[0]).__name__ in _BINARY:
        given = {"input": node.left, "other": node.comparators[0]}
        return _operator(node, _BINARY[type(node.ops[0]).__name__], given, operands)
    if isinstance(node, ast.Subscript):
        return _subscript(node, operands)
    if isinstance(node, ast.Attribute):
        return _attribute(node, operands)
    if isinstance(node, ast.JoinedStr | ast.FormattedValue):
        return _formatted(node, operands)
    return None


def _asserted(node: ast.Compare, operands: Operands) -> LiveCall | None:
    """The two tensors whose shapes a script holds to be the same."""
    left, right = whose_shape(node.left), whose_shape(node.comparators[0])
    if left is None or right is None:
        return None
    if is_beginning(node.left):
        left, right = right, left
    is_whole = not is_beginning(node.left) and not is_beginning(node.comparators[0])
    # The target of the one has more axes, of which the first ones are as those of the input.
    return _operator(node, "same_shape" if is_whole else "same_beginning", {"input": left, "target": right}, operands)


def module_call(frame: LiveFrame | None) -> tuple[nn.Module, tuple[Any, ...], dict[str, Any]] | None:
    """The module and its arguments, if a frame is torch's call of a module."""
    if frame is None or frame.function not in ("_wrapped_call_impl", "_call_impl"):
        return None
    held = frame.frame.f_locals
    module, args, kwargs = held.get("self"), held.get("args", ()), held.get("kwargs", {})
    return (module, tuple(args), dict(kwargs)) if isinstance(module, nn.Module) else None


def inner_module_call(module: nn.Module, args: tuple[Any, ...], kwargs: Mapping[str, Any], callee: str) -> LiveCall:
    """The call of a module inside a library, which has no text in the user's source."""
    bound = bind_nodes(module, [(None, value) for value in args], {name: (None, it) for name, it in kwargs.items()})
    operation = Operation(qualified(module), (), None, callee, config=module_config(module))
    return _made(operation, module, bound, None)


def function_call(frame: LiveFrame) -> LiveCall | None:
    """The call of a function inside a library by the frame that it made, which has no text in the user's source."""
    code = frame.frame.f_code
    target = frame.frame.f_globals.get(code.co_name)
    if target is None or getattr(target, "__code__", None) is not code:
        return None
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    defaults = {name: item.default for name, item in inspect.signature(target).parameters.items()}
    bound = []
    for name in names:
        value = frame.frame.f_locals.get(name, UNKNOWN)
        # What the function has assigned anew says nothing of what it was given, unless it is the default still.
        is_given = name not in _rebound(code) or value is defaults[name]
        bound.append(Bound(name, None, value if is_given else UNKNOWN, name))
    return _made(Operation(qualified(target), (), None, code.co_name), target, bound, None)


def _call(node: ast.Call, operands: Operands, below: LiveFrame | None) -> LiveCall | None:
    called, named = module_call(below), operands.evaluator.get(node.func)
    if str(getattr(named, "__module__", "")).startswith("shapecheck.") and not isinstance(named, nn.Module | type):
        # audit(model, loss, batch) makes the call that failed in its own place: these are not its operands.
        return None
    parent = as_parent(node, below)
    target = called[0] if called else named if parent is None else parent
    if isinstance(node.func, ast.Attribute) and _is_size_of_array(node.func, operands):
        return _attribute(node.func, operands)
    base: ast.expr | None = None
    if isinstance(node.func, ast.Attribute) and not isinstance(target, nn.Module):
        method = operands.method(node.func)
        if method is not None:
            target, base = method, node.func.value
    if isinstance(target, nn.Module):
        target = seen_through(target)
    if target is None and below is not None and not below.is_user:
        return _by_frame(node, operands, below)
    given: list[tuple[ast.expr | None, Any]] = [(argument, UNKNOWN) for argument in node.args]
    keywords: dict[str, tuple[ast.expr | None, Any]] = {
        keyword.arg: (keyword.value, UNKNOWN) for keyword in node.keywords if keyword.arg
    }
    while isinstance(target, partial):
        given = [*((None, value) for value in target.args), *given]
        keywords = {**{name: (None, value) for name, value in target.keywords.items()}, **keywords}
        target = target.func
    if called:
        given, keywords = _with_values(given, keywords, called[1], called[2], operands.frame)
    if base is not None:
        given.insert(0, (base, UNKNOWN))
    bound = [_seen_below(item, target, below) for item in bind_nodes(target, given, keywords, is_method=bool(base))]
    name = qualified(target) if target is not None else _text(node.func, operands)
    config = module_config(target) if isinstance(target, nn.Module) else {}
    callee = "" if base is not None else _text(node.func, operands)
    operation = Operation(name, (), operands.span(node), callee, config=config, parameters=made_with(target))
    return _made(operation, target, bound, operands)


def _is_size_of_array(node: ast.Attribute, operands: Operands) -> bool:
    """Whether the size of an array is called, ``x.size(0)``, which is a number: what matters is whose it is."""
    return node.attr == "size" and type(operands.live(node.value)) is np.ndarray


def _seen_below(item: Bound, target: Any, below: LiveFrame | None) -> Bound:
    """An argument whose value has no name here, but still has one in the function that was called."""
    code = getattr(target, "__code__", None)
    if code is None or below is None or below.frame.f_code is not code or item.value is not UNKNOWN:
        return item
    held = below.frame.f_locals
    if item.role not in held or item.role in _rebound(code):
        return item
    return replace(item, value=held[item.role])


@cache
def _rebound(code: CodeType) -> frozenset[str]:
    """The parameters that a function assigns anew."""
    return frozenset(str(step.argval) for step in dis.get_instructions(code) if step.opname.startswith("STORE_FAST"))


def _by_frame(node: ast.Call, operands: Operands, below: LiveFrame) -> LiveCall:
    """A call of something that has no name here, told by the frame that it made."""
    code, held = below.frame.f_code, below.frame.f_locals
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    skip = 1 if names[:1] in (("self",), ("cls",)) else 0
    home = str(below.frame.f_globals.get("__name__", ""))
    operation = Operation(f"{home}.{code.co_qualname}", (), operands.span(node), _text(node.func, operands))
    positional = [*node.args, *([None] * len(names))]
    keywords = {keyword.arg: keyword.value for keyword in node.keywords}
    bound = [
        Bound(name, keywords.get(name, positional[at]), held.get(name, UNKNOWN), name if name in keywords else "")
        for at, name in enumerate(names[skip:])
        if name in keywords or at < len(node.args)
    ]
    return _made(operation, None, bound, operands)


def _operator(node: ast.AST, name: str, given: Mapping[str, ast.expr], operands: Operands) -> LiveCall:
    bound = [Bound(role, operand, UNKNOWN, "") for role, operand in given.items()]
    made = _made(Operation(f"torch.{name}", (), operands.span(node)), None, bound, operands)
    kinds = [argument.value.kind for argument in made.operation.arguments]
    if not {"tensor", "packed"} & set(kinds) and all(argument.value.type for argument in made.operation.arguments):
        # No tensor has any part in it: numpy arrays, lists, a tuple and a number.
        return replace(made, operation=replace(made.operation, name=f"operator.{name.rpartition('.')[2].strip('_')}"))
    home: Any = torch.Tensor if name.startswith("Tensor.") else torch
    return replace(made, target=getattr(home, name.rpartition(".")[2], None))


def _unpacking(node: ast.Tuple | ast.List, operands: Operands) -> LiveCall:
    up = getattr(node, "parent", None)
    while isinstance(up, ast.Tuple | ast.List) and _is_assigned(up):
        # ``out, (h, c) = gru(x)``: what was called says what there was to take apart.
        up = getattr(up, "parent", None)
    source = (
        up.value if isinstance(up, ast.Assign) else up.iter if isinstance(up, ast.For | ast.comprehension) else None
    )
    name = "unpack" if isinstance(up, ast.Assign) else "unpack_item"
    bound = [Bound("value", source, UNKNOWN, "")] if source is not None else []
    return _made(Operation(name, (), operands.span(node)), None, bound, operands)


def _is_assigned(target: ast.AST) -> bool:
    """Whether names on the left of an assignment are the ones of no loop: there, what is looped over says nothing."""
    up = getattr(target, "parent", None)
    return isinstance(up, ast.Assign) or (isinstance(up, ast.Tuple | ast.List) and _is_assigned(up))


def _loop(node: ast.AST | None, operands: Operands) -> LiveCall | None:
    if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
        iterable: ast.AST | None = node.generators[0].iter
    else:
        iterable = node.iter if isinstance(node, ast.For) else node
    if not isinstance(iterable, ast.expr):
        return None
    return _made(
        Operation("iter", (), operands.span(iterable)), None, [Bound("value", iterable, UNKNOWN, "")], operands
    )


def _subscript(node: ast.Subscript, operands: Operands) -> LiveCall:
    bound = [Bound("self", node.value, UNKNOWN, ""), Bound("index", node.slice, UNKNOWN, "")]
    name = "__getitem__"
    up = getattr(node, "parent", None)
    # ``table[i] += 1`` takes first, and it is there that an index is refused.
    if isinstance(node.ctx, ast.Store) and not isinstance(up, ast.AugAssign):
        name = "__setitem__"
        if isinstance(up, ast.Assign):
            bound.append(Bound("value", up.value, UNKNOWN, ""))
    made = _made(Operation(f"{METHOD}{name}", (), operands.span(node)), getattr(torch.Tensor, name), bound, operands)
    kind = made.operation.arguments[0].value
    if kind.kind != "tensor" and kind.type:
        return replace(made, target=None, operation=replace(made.operation, name=f"{kind.type}.{name}"))
    return made


def _attribute(node: ast.Attribute, operands: Operands) -> LiveCall:
    bound = [Bound("self", node.value, UNKNOWN, ""), Bound("name", None, node.attr, "")]
    return _made(Operation("builtins.getattr", (), operands.span(node)), None, bound, operands)


def _formatted(node: ast.JoinedStr | ast.FormattedValue, operands: Operands) -> LiveCall | None:
    """What a text writes with a format of its own: the first tensor or array, since numbers take any format."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    for part in parts:
        if isinstance(part, ast.FormattedValue) and part.format_spec is not None:
            live = operands.live(part.value)
            if len(getattr(live, "shape", ())) > 0:
                given = [Bound("value", part.value, live, "")]
                return _made(Operation("builtins.format", (), operands.span(part.value)), None, given, operands)
    return None


def _made(operation: Operation, target: Any, bound: list[Bound], operands: Operands | None) -> LiveCall:
    """The call with each operand's value filled in."""
    operands = operands or Operands(None)
    arguments: list[Argument] = []
    values: dict[str, Any] = {}
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    for item in bound:
        live = item.value if item.value is not UNKNOWN else operands.live(item.node)
        for argument, value in _expanded(item, live, operands, target):
            arguments.append(argument)
            if value is not UNKNOWN:
                values[argument.role] = value
        if item.keyword:
            kwargs[item.keyword] = live
        else:
            args.append(live)
    return LiveCall(replace(operation, arguments=tuple(arguments)), target, tuple(args), kwargs, values)


def _expanded(item: Bound, live: Any, operands: Operands, target: Any) -> Iterator[tuple[Argument, Any]]:
    """One argument, or the items of a tuple that a layer takes apart, or a list of tensors and its items."""
    nodes = operands.items(item.node)
    if isinstance(item.role, tuple):
        if isinstance(live, tuple | list) and len(live) <= len(item.role):
            for at, (role, value) in enumerate(zip(item.role, live, strict=False)):
                node = nodes[at] if at < len(nodes) else item.node
                yield operands.argument(role, node, value, item.keyword), value
            return
        if live is UNKNOWN and len(nodes) == len(item.role):
            for role, node in zip(item.role, nodes, strict=True):
                yield operands.argument(role, node, UNKNOWN, item.keyword), UNKNOWN
            return
        yield operands.argument(f"({', '.join(item.role)})", item.node, live, item.keyword), live
        return
    yield operands.argument(item.role, item.node, live, item.keyword), live
    if isinstance(target, nn.Module) or item.role not in ("tensors", "sequences", "seq", "operands", "index"):
        return
    if item.role == "index" and (len(nodes) < 2 or any(isinstance(part, ast.Slice) for part in nodes)):
        # Where slices stand among them, an item says little without its place.
        return
    spread = _spread(nodes, operands) if live is UNKNOWN else []
    for at, (node, value) in enumerate(spread[:16]):
        yield operands.argument(f"{item.role}[{at}]", node, value, ""), value
    count = 0 if spread else len(live) if isinstance(live, tuple | list) else len(nodes)
    for at in range(min(count, 16)):
        node = nodes[at] if at < len(nodes) and not any(isinstance(one, ast.Starred) for one in nodes) else None
        value = live[at] if isinstance(live, tuple | list) else UNKNOWN
        yield operands.argument(f"{item.role}[{at}]", node, value, ""), value


def _spread(nodes: Sequence[ast.expr], operands: Operands) -> list[tuple[ast.expr | None, Any]]:
    """The items of a list into which another one is spread, ``[num, *parts]``; none where that one is not known."""
    found: list[tuple[ast.expr | None, Any]] = []
    for node in nodes if any(isinstance(each, ast.Starred) for each in nodes) else ():
        held = operands.live(node.value) if isinstance(node, ast.Starred) else None
        if isinstance(node, ast.Starred) and not isinstance(held, tuple | list):
            return []
        found += [(None, value) for value in held] if held is not None else [(node, operands.live(node))]
    return found


def _with_values(
    given: list[tuple[ast.expr | None, Any]],
    keywords: dict[str, tuple[ast.expr | None, Any]],
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    frame: LiveFrame | None,
) -> tuple[list[tuple[Any, Any]], dict[str, tuple[Any, Any]]]:
    """The arguments as the module's frame holds them, with the text that was written for each."""
    nodes: list[ast.expr | None] = []
    for node, _ in given:
        # What a function only hands on is written where it was called.
        handed = frame.handed if frame is not None and isinstance(node, ast.Starred) else ()
        nodes += handed or [node.value if isinstance(node, ast.Starred) else node]
    nodes += nodes[-1:] * (len(args) - len(nodes))
    found = [(nodes[at] if at < len(nodes) else None, value) for at, value in enumerate(args)]
    named = {
        **(frame.handed_named if frame is not None else {}),
        **{name: node for name, (node, _) in keywords.items()},
    }
    return found, {name: (named.get(name), value) for name, value in kwargs.items()}


def _text(node: ast.AST, operands: Operands) -> str:
    span = operands.span(node)
    return span.text if span else ""

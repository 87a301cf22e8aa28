"""What a probe saw, as plain data, and the edits that would change it."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass

from shapecheck.capture.instruments.tensors.constructors import argument_of, constructor_of
from shapecheck.capture.instruments.trials.axis_told import told_outside
from shapecheck.capture.instruments.trials.edits import as_primary, replaced_text
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.user_code import expression_at
from shapecheck.evidence import Evidence, Observation, Operation, Span
from shapecheck.findings import Edit, Fix
from shapecheck.reading.sources import items_of
from shapecheck.reading.vocabulary import FUNCTIONAL


@dataclass(frozen=True, slots=True)
class Sighting:
    """One thing that was seen.

    Args:
        kind: By the name that the recognisers know.
        span: Where.
        text: What was seen, with the numbers of this case, in one or two sentences.
        name: What was called there.
        fixes: What was tried instead, and what came out.
        idle: The numbers of the parameters of which it says that they have no gradient; one that comes later disproves
            it.
        check: What holds where nothing is seen, as the probe that saw it says; whoever asks the probe fills it in.
        instead: Where else a change would mend it: where something else is told of one of these, that is told already.
        taken_for_samples: The number of an input of the step, and its axis, where nothing but its behaviour says that
            this holds the samples; if every step has another number of them, it does not.
    """

    kind: str
    span: Span | None
    text: str
    name: str = ""
    fixes: tuple[Fix, ...] = ()
    idle: tuple[int, ...] = ()
    check: str = ""
    instead: tuple[Span, ...] = ()
    taken_for_samples: tuple[int, int] | None = None

    @property
    def evidence(self) -> Evidence:
        """The same as evidence, for the faults to recognise."""
        return Evidence(
            operation=Operation(self.name, span=self.span),
            observation=Observation(self.kind, self.name, text=self.text, fixes=self.fixes),
        )


def sighted(kind: str, node: Node, text: str, fixes: tuple[Fix, ...] = (), instead: Iterable[Node] = ()) -> Sighting:
    """A sighting at a node, and the others at which a change would mend it as well."""
    spans = tuple(other.spot.span for other in instead if other.spot is not None)
    return Sighting(kind, node.spot.span if node.spot is not None else None, text, node.name, fixes, instead=spans)


def other_axis(node: Node, new: int | tuple[int, ...]) -> tuple[Edit, ...]:
    """The edit that has a call run along another axis; nothing where the axis does not stand there as a number."""
    if isinstance(getattr(node.module, "dim", None), int) and type(node.module).__module__.startswith("torch."):
        return in_constructor(node, f"dim={new}")
    call = node_at(node, ast.Call)
    if not isinstance(call, ast.Call):
        return ()
    for keyword in call.keywords:
        if keyword.arg in ("dim", "axis", "dims"):
            return told_outside(node, keyword.value, str(new)) or _replace(node, keyword.value, str(new))
    plain = 0 if _is_method(call) else 1
    behind = dict.fromkeys(("norm", "roll", "chunk", "split", "topk", "take_along_dim"), plain + 1)
    at = {"normalize": 2, "gumbel_softmax": 4, **behind}.get(node.name, plain)
    if len(call.args) > at:
        given = call.args[at]
        parts = given.elts if isinstance(given, ast.Tuple | ast.List) else [given]
        return _replace(node, given, str(new)) if all(map(_is_number, parts)) else told_outside(node, given, str(new))
    return in_call(node, f"{'dims' if node.name == 'roll' else 'dim'}={new}")


def one_for_each(node: Node, arguments: str) -> tuple[Edit, ...]:
    """The edit that gives a reduction of all to one number the axes to run along."""
    call = node_at(node, ast.Call)
    if not isinstance(call, ast.Call) or len(call.args) != (0 if _is_method(call) else 1):
        return ()
    if any(keyword.arg is None or f"{keyword.arg}=" not in arguments for keyword in call.keywords):
        return ()
    inside = f"{ast.unparse(call.args[0])}, {arguments}" if call.args else arguments
    function = ast.unparse(call.func)
    if arguments.startswith("dim=(") and isinstance(call.func, ast.Attribute) and call.func.attr in ("max", "min"):
        # These two run along one axis only.
        function = f"{ast.unparse(call.func.value)}.a{call.func.attr}"
    return _replace(node, call, f"{function}({inside})")


def in_call(node: Node, argument: str) -> tuple[Edit, ...]:
    """The edit that adds an argument to a call, or gives it another value where it is given by name already."""
    call = call_at(node)
    if call is None:
        return ()
    name = argument.partition("=")[0]
    kept = [word for word in call.keywords if word.arg is None or word.arg != name]
    inside = ", ".join([*map(ast.unparse, call.args), *map(ast.unparse, kept), argument])
    return _replace(node, call, f"{ast.unparse(call.func)}({inside})")


def other_item(node: Node, new_axis: int, ndim: int) -> tuple[Edit, ...]:
    """The edit that takes the same item of another axis."""
    subscript = node_at(node, ast.Subscript)
    if not isinstance(subscript, ast.Subscript):
        return ()
    parts = items_of(subscript.slice)
    item = next((part for part in parts if _is_number(part)), None)
    if item is None:
        # One item that is kept as an axis of one.
        cut = [part for part in parts if isinstance(part, ast.Slice) and (part.lower or part.upper)]
        item = cut[0] if len(cut) == 1 else None
    if item is None:
        return ()
    text = ", ".join([":"] * min(new_axis, ndim) + [ast.unparse(item)])
    return _replace(node, subscript.slice, text)


def in_constructor(node: Node, change: str) -> tuple[Edit, ...]:
    """The edit that gives the constructor of a node's module another argument, where it can be found."""
    call = constructor_of(node)
    if call is None or node.module is None or "=" not in change:
        return ()
    name, value = change.split("=", 1)
    old = argument_of(call, type(node.module), name)
    return _replace(node, old, value) if old is not None else _with_keyword(node, call, name, value)


def turned_before(node: Node, order: tuple[int, ...]) -> tuple[Edit, ...]:
    """The edit that lets axes change places in front of a ``view``, ``reshape`` or ``view_as``."""
    call = call_at(node)
    if call is None or not isinstance(call.func, ast.Attribute) or not order or not _is_method(call):
        return ()
    inside = ", ".join([*map(ast.unparse, call.args), *map(ast.unparse, call.keywords)])
    turn = ", ".join(map(str, order))
    name = "reshape_as" if call.func.attr.endswith("_as") else "reshape"
    return _replace(node, call, f"{ast.unparse(call.func.value)}.permute({turn}).{name}({inside})")


def exchanged(node: Node, at: int, behind: str = "") -> tuple[Edit, ...]:
    """The edit that exchanges two neighbouring sizes of a ``view`` or ``reshape``, and puts a call behind it."""
    call = call_at(node)
    if call is None or not _is_method(call) or call.keywords or len(call.args) <= at + 1:
        return ()
    sizes = [ast.unparse(argument) for argument in call.args]
    if any(isinstance(argument, ast.Starred) for argument in call.args):
        return ()
    sizes[at : at + 2] = sizes[at + 1], sizes[at]
    return _replace(node, call, f"{ast.unparse(call.func)}({', '.join(sizes)}){behind}")


def turned_around(node: Node) -> tuple[Edit, ...]:
    """The edit that lets two axes change places in front of a layer of one argument, and back behind it."""
    call = call_at(node)
    if call is None or call.keywords or len(call.args) != 1 or isinstance(call.args[0], ast.Starred):
        return ()
    called = ast.unparse(call.func)
    return _replace(node, call, f"{called}({as_primary(call.args[0])}.transpose(1, 2)).transpose(1, 2)")


def replaced_call(node: Node, text: str) -> tuple[Edit, ...]:
    """The edit that puts a text in the place of the call that a node is."""
    call = call_at(node)
    return _replace(node, call, text) if call is not None else ()


def call_at(node: Node) -> ast.Call | None:
    """The call that a node is, in the user's source."""
    found = node_at(node, ast.Call)
    return found if isinstance(found, ast.Call) else None


def _with_keyword(node: Node, call: ast.Call, name: str, value: str) -> tuple[Edit, ...]:
    last = [*call.args, *(keyword.value for keyword in call.keywords)]
    if not last:
        return _replace(node, call, f"{ast.unparse(call.func)}({name}={value})")
    return _replace(node, last[-1], f"{ast.unparse(last[-1])}, {name}={value}")


def node_at(node: Node, kind: type[ast.AST]) -> ast.AST | None:
    """The expression of a kind that a node is, in the user's source."""
    return expression_at(node.spot, kind) if node.spot is not None else None


def _replace(node: Node, old: ast.expr, new: str) -> tuple[Edit, ...]:
    assert node.spot is not None
    return replaced_text(node.spot.code.co_filename, old, new)


def _is_method(call: ast.Call) -> bool:
    value = call.func.value if isinstance(call.func, ast.Attribute) else None
    return value is not None and ast.unparse(value) not in FUNCTIONAL


def _is_number(node: ast.AST) -> bool:
    inner = node.operand if isinstance(node, ast.UnaryOp) else node
    return isinstance(inner, ast.Constant) and isinstance(inner.value, int)

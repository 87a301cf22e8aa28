"""Where the values of the failed operation were made: its operands, the layer itself, and the layer's arguments."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import replace

from torch import nn

from shapecheck.capture.bound import made_with
from shapecheck.capture.crashes.chains import chain, chains_of, is_changed
from shapecheck.capture.crashes.follower import BUDGET, Follower
from shapecheck.capture.crashes.frames import LiveFrame
from shapecheck.capture.crashes.functions import argument_nodes, arguments_of, class_nodes, methods, scope_in
from shapecheck.capture.crashes.history import Step
from shapecheck.capture.crashes.operations import LiveCall
from shapecheck.capture.crashes.scopes import Scope
from shapecheck.capture.crashes.source import function_around
from shapecheck.capture.crashes.spread_arguments import handed_on
from shapecheck.capture.crashes.told import call_of_birth
from shapecheck.capture.crashes.values import Evaluator
from shapecheck.evidence import Origin, Span
from shapecheck.reading.sources import statement_of

MAX_KEYS = 40
MAX_PARAMETERS = 12


def origins_of(
    frames: list[LiveFrame], at: int, operation: LiveCall | None, inner: LiveCall | None
) -> tuple[Mapping[str, tuple[Origin, ...]], Mapping[Span, tuple[Origin, ...]]]:
    """Expression -> where its value was made, nearest first; and the same, by their places, for what is farther back.

    Args:
        frames: The frames of the crash, outermost first.
        at: Index of the innermost one that is the user's.
        operation: The operation that failed there.
        inner: The operation inside a library.
    """
    if at < 0:
        return {}, {}
    follower = Follower(frames)
    histories: dict[str, list[Step]] = {}
    node = frames[at].node if frames[at].node is not None else frames[at].statement
    if node is None:
        return {}, {}
    scope = follower.scope(at)
    for each in _expressions(node):
        text = frames[at].source.span(each).text
        is_callee = isinstance(each, ast.Attribute) and each is getattr(getattr(each, "parent", None), "func", None)
        if is_callee and not isinstance(scope.names.get(each), nn.Module):
            continue
        if text and text not in histories and len(histories) < MAX_KEYS:
            histories[text] = follower.follow_safely(each, scope)
    handed = handed_on(frames, at)
    seeds = [(each, handed.scope) for each in (*handed.items, *handed.named.values()) if handed.scope is not None]
    for each, place in seeds:
        histories.setdefault(place.source.span(each).text, follower.follow_safely(each, place))
    if operation is not None and inner is not None and isinstance(node, ast.Call):
        child = _made_inside(follower, node, scope, operation, inner)
        if child is not None:
            histories[inner.operation.callee] = [child]
    if operation is not None and isinstance(operation.target, nn.Module):
        callee = operation.operation.callee
        steps = histories.get(callee, [])
        if not any(_could_make(step, operation.target) for step in steps):
            inside = [each for step in steps for each in _calls(callee, step.node, step.scope)]
            child = _born(callee, steps, operation.target) or _best(inside, operation.target)
            child = child or _alike(follower, operation)
        else:
            child = None
        if child is not None:
            histories[callee] = [child, *steps]
    for text, steps in list(histories.items()):
        if text in ("self", "cls"):
            continue
        for parameter, given, place in _constructor_arguments(steps):
            key = f"{text}.{parameter}"
            if len(histories) < MAX_KEYS:
                histories[key] = follower.follow_safely(given, place)
    layer = operation.target if operation is not None else None
    made = {operation.operation.callee: type(layer)} if operation is not None and isinstance(layer, nn.Module) else {}
    chains = chains_of(follower, [(node, scope), *seeds], histories)
    return (
        {
            text: tuple(_spread(follower, step, _origin(step, made.get(text))) for step in steps)
            for text, steps in histories.items()
            if steps
        },
        {
            span: tuple(_spread(follower, step, _origin(step, None)) for step in steps)
            for span, steps in chains.items()
            if steps
        },
    )


def _born(callee: str, steps: list[Step], module: object) -> Step | None:
    """The call that is known to have made a layer, whatever its class is called there: ``kind(params["size"])``."""
    call = call_of_birth(module)
    step = next((each for each in steps if call is not None and each.node is call), None)
    return Step(callee, step.node, step.statement, step.scope) if step is not None else None


def _spread(follower: Follower, step: Step, origin: Origin) -> Origin:
    """The origin with what a constructor was given by ``**settings``, each at the place where it is written."""
    if not isinstance(step.node, ast.Call):
        return origin
    spread = next((item.value for item in step.node.keywords if item.arg is None), None)
    target = step.scope.names.get(step.node.func)
    if spread is None or not isinstance(target, type) or not issubclass(target, nn.Module):
        return origin
    given = dict(origin.arguments)
    for name in made_with(target):
        if name not in given:
            follower.left = BUDGET
            for found in follower.back(spread, step.scope, (name,), 0):
                if found.is_whole:
                    given[name] = found.scope.source.span(found.node)
                    break
    return replace(origin, arguments=given)


def _expressions(node: ast.AST) -> Iterator[ast.expr]:
    """The operands and the callee, from the outside in: the text of an operand first, then the names in it."""
    root = statement_of(node) if isinstance(node, ast.Tuple | ast.Attribute) else node
    for each in ast.walk(root if root is not None else node):
        is_read = isinstance(getattr(each, "ctx", None), ast.Load) or isinstance(each, ast.Call | ast.BinOp)
        if (
            isinstance(each, ast.Name | ast.Attribute | ast.Subscript | ast.Call | ast.BinOp)
            and (is_read or is_changed(each))
            and each is not node
        ):
            yield each


def _constructor_arguments(steps: list[Step]) -> Iterator[tuple[str, ast.AST, Scope]]:
    """What the constructor of a layer was given, where that is more than a literal."""
    for step in steps:
        target = step.scope.names.get(step.node.func) if isinstance(step.node, ast.Call) else None
        if isinstance(step.node, ast.Call) and isinstance(target, type) and issubclass(target, nn.Module):
            given = argument_nodes(step.node, target)
            for parameter, node in list(given.items())[:MAX_PARAMETERS]:
                if not isinstance(node, ast.Constant):
                    yield parameter, node, step.scope
            return


def _made_inside(follower: Follower, node: ast.Call, scope: Scope, operation: LiveCall, inner: LiveCall) -> Step | None:
    """Where a child of a container was made: its own constructor call among the container's arguments."""
    callee = inner.operation.callee
    parts = callee.removeprefix(operation.operation.callee).replace("[", ".").replace("]", "").split(".")
    keys = tuple(int(part) if part.isdecimal() else part for part in parts if part)
    for step in follower.follow(node.func, scope, keys):
        if _could_make(step, inner.target):
            return Step(callee, step.node, step.statement, step.scope)
    return _alike(follower, inner, operation.target)


def _alike(follower: Follower, made: LiveCall, outer: object = None) -> Step | None:
    """The only constructor call in the source that could have made a module: of its class, with its numbers."""
    owners = (frame.frame.f_locals.get("self") for frame in reversed(follower.frames) if frame.is_user)
    for owner in dict.fromkeys(map(type, (outer, *owners))):
        for source, definition, names in class_nodes(owner):
            steps = [
                step
                for method in methods(definition)
                for step in _calls(made.operation.callee, method, scope_in(source, method, names, None))
            ]
            found = _best(steps, made.target)
            if found is not None:
                return found
    # What functions make belongs to no class.
    return _best(list(_everywhere(follower, made)), made.target, follower)


def _everywhere(follower: Follower, made: LiveCall) -> Iterator[Step]:
    """Every call in the files of the user's frames."""
    for frame in {id(each.source): each for each in follower.frames if each.is_user}.values():
        for node in ast.walk(frame.source.tree):
            if isinstance(node, ast.Call):
                function = function_around(node)
                names = frame.frame.f_globals
                level = Scope(frame.source, None, Evaluator(dict(names)), node.lineno)
                scope = level if function is None else scope_in(frame.source, function, names, None)
                yield Step(made.operation.callee, node, statement_of(node) or node, scope.at(node))


def _best(steps: list[Step], module: object, follower: Follower | None = None) -> Step | None:
    """The one step that could have made a module; among several the one that has most of its numbers written out."""
    fitting = sorted((step for step in steps if _could_make(step, module, follower)), key=_literals, reverse=True)
    if len(fitting) > 1 and _literals(fitting[0]) == _literals(fitting[1]):
        return None
    return fitting[0] if fitting else None


def _literals(step: Step) -> int:
    return sum(isinstance(node, ast.Constant) for node in ast.walk(step.node))


def _calls(expression: str, method: ast.AST, scope: Scope) -> Iterator[Step]:
    for node in ast.walk(method):
        if isinstance(node, ast.Call):
            yield Step(expression, node, statement_of(node) or node, scope.at(node))


def _could_make(step: Step, module: object, follower: Follower | None = None) -> bool:
    """Whether a call constructs a module of this class whose numbers do not contradict what is written.

    Args:
        step: The call.
        module: The module.
        follower: Follows names back to the numbers that they stand for, where that is worth the time.
    """
    if not isinstance(step.node, ast.Call):
        return False
    target = step.scope.names.get(step.node.func)
    home = step.node.func.value if isinstance(step.node.func, ast.Attribute) else None
    if home is not None and step.scope.names.get(home) is type(module):
        # A method of the class that makes one of it: of what it was given nothing is a number of the layer.
        return True
    if target is not type(module):
        return False
    for parameter, node in argument_nodes(step.node, target).items():
        held = getattr(module, parameter, None)
        if follower is not None and isinstance(node, ast.Name | ast.Attribute):
            steps = list(chain(node, follower.follow_safely(node, step.scope)))
            node = steps[-1].node if steps else node  # type: ignore[assignment]
        if isinstance(node, ast.Constant) and isinstance(held, int | float | str) and node.value != held:
            return False
    return True


def _origin(step: Step, kind: type | None) -> Origin:
    """A step as plain data; ``kind`` is the class that its call constructs, where the text does not tell."""
    source = step.scope.source
    target = step.scope.names.get(step.node.func, kind) if isinstance(step.node, ast.Call) else None
    arguments = arguments_of(step.node, target, source) if isinstance(step.node, ast.Call) else {}
    statement = step.statement
    span = source.header(statement) if isinstance(statement, ast.stmt) else source.span(statement)
    return Origin(step.expression, source.span(step.node), span, arguments, step.scope.frame, step.is_whole)

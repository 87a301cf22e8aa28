"""How a value came to where it stands, handed from name to name: for expressions far from the line that failed."""

from __future__ import annotations

import ast
import time
from collections.abc import Iterator, Mapping, Sequence

from shapecheck.capture.crashes.follower import Follower
from shapecheck.capture.crashes.history import Step
from shapecheck.capture.crashes.scopes import Scope
from shapecheck.evidence import Span
from shapecheck.reading.sources import last_name

MAX_CHAINS = 160
# A safety only, in seconds of this thread's own work: what is found must not hang on what else the machine does.
MAX_SECONDS = 2.0
_ROUNDS = 3
# Methods that give the same numbers in the same shape.
_SAME = ("clone", "contiguous", "detach", "to", "cpu", "cuda", "float", "double", "requires_grad_", "copy", "int")
_CONTAINERS = ("dict", "SimpleNamespace", "Sequential", "ModuleDict")


def chains_of(
    follower: Follower, failed: Sequence[tuple[ast.AST, Scope]], histories: Mapping[str, Sequence[Step]]
) -> dict[Span, tuple[Step, ...]]:
    """Place of an expression -> the steps by which its very value came there, nearest first.

    Args:
        follower: Follows an expression back.
        failed: What failed, and what was handed on to it from elsewhere, each with where it stands.
        histories: The histories of its operands, whose expressions are followed too.
    """
    found: dict[Span, tuple[Step, ...]] = {}
    until = time.thread_time() + MAX_SECONDS
    seeds = [*failed, *((step.node, step.scope) for steps in histories.values() for step in steps)]
    for _ in range(_ROUNDS):
        more: list[tuple[ast.AST, Scope]] = []
        for root, place in seeds:
            for each in _names_in(root):
                span = place.source.span(each)
                if span in found or len(found) >= MAX_CHAINS or time.thread_time() > until:
                    continue
                found[span] = tuple(chain(each, follower.follow_safely(each, place)))
                more += [(step.node, step.scope) for step in found[span]]
        seeds = more
    return found


def chain(node: ast.AST, steps: Sequence[Step]) -> Iterator[Step]:
    """The steps that hand the very value on, out of a history that branches into all that it was made of."""
    texts = _texts(node)
    for step in steps:
        if step.expression not in texts:
            continue
        yield step
        texts = _texts(step.node)


def _texts(node: ast.AST) -> set[str]:
    """How the next step may name the value that an expression is, or that a loop's items come from."""
    found = {ast.unparse(node)}
    while True:
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant | ast.UnaryOp):
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _SAME:
            node = node.func.value
        elif (
            isinstance(node, ast.Call)
            and last_name(node.func) in ("tuple", "list")
            and isinstance(node.args[0] if node.args else None, ast.GeneratorExp)
        ):
            # A pair of states, each cut off: ``tuple(s.detach() for s in state)``.
            node = node.args[0].elt  # type: ignore[attr-defined]
        elif isinstance(node, ast.Call) and last_name(node.func) in ("enumerate", "iter", "tqdm", "next", "DataLoader"):
            given = [*node.args[:1], *(item.value for item in node.keywords if item.arg == "collate_fn")]
            return found | {ast.unparse(item) for item in given}
        elif isinstance(node, ast.Call) and last_name(node.func) == "zip":
            return found | {ast.unparse(item) for part in node.args for item in _names_in(part)}
        elif isinstance(node, ast.Call) and last_name(node.func) in _CONTAINERS:
            # What a container was made of goes by the container's name.
            return found | {ast.unparse(node.func)}
        else:
            return found
        found.add(ast.unparse(node))


def _names_in(root: ast.AST) -> Iterator[ast.expr]:
    for each in ast.walk(root):
        is_named = isinstance(each, ast.Name | ast.Attribute | ast.Subscript | ast.Call)
        if is_named and (not isinstance(getattr(each, "ctx", None), ast.Store) or is_changed(each)):
            yield each  # type: ignore[misc]


def is_changed(node: ast.AST) -> bool:
    """Whether an expression is what a statement such as ``x *= y`` changes, and so reads."""
    around = getattr(node, "parent", None)
    return isinstance(around, ast.AugAssign) and around.target is node

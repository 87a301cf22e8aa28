"""What a script asks of a copy of a network, as it is written: nothing but to be kept up to date, or now and then."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

from shapecheck.capture.instruments.tensors.names import function_around
from shapecheck.capture.recording.replay import descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.user_code import Spot, expression_at, tree_of
from shapecheck.reading.sources import last_name, parents, walk

_LOOPS = ("parameters", "named_parameters", "buffers")
_COPIES = frozenset(["load_state_dict", *_LOOPS])
# What is asked of a network that is only brought up to date.
_KEEPS = frozenset([*_COPIES, "eval", "train", "requires_grad_", "to", "zero_grad"])
_BRANCHES = (ast.If, ast.IfExp)
_CHOICES = (ast.List, ast.Dict, ast.Tuple)


def never_asked(files: Sequence[str]) -> str:
    """The one copy of a network in some files that is brought up to date, and never called or handed to anybody."""
    trees = [tree for file in files if (tree := tree_of(file)) is not None]
    copies = {
        ast.unparse(item.targets[0])
        for tree in trees
        for item in walk(tree)
        if isinstance(item, ast.Assign) and len(item.targets) == 1 and _is_copy(item.value)
    }
    found = [name for name in copies if _is_only_kept(trees, name)]
    return found[0] if len(found) == 1 else ""


def _is_copy(value: ast.expr) -> bool:
    """``copy.deepcopy(net)``, with whatever is asked of it on the same line."""
    while isinstance(value, ast.Call):
        if ast.unparse(value.func).split(".")[-1] == "deepcopy":
            return True
        value = value.func.value if isinstance(value.func, ast.Attribute) else ast.Constant(None)
    return False


def _is_only_kept(trees: Iterable[ast.Module], name: str) -> bool:
    """Whether nothing is asked of what has a name but what keeps it up to date; each under the name in its own file.

    Who goes through its parameters writes into them: a penalty reads them, and so does who puts them back.
    """
    last, asked = name.split(".")[-1], set[str]()
    for tree in trees:
        if any(item.value == last for item in walk(tree) if isinstance(item, ast.Constant)):
            return False
        for item in walk(tree):
            if last_name(item) != last or not isinstance(getattr(item, "ctx", None), ast.Load):
                continue
            read = getattr(item, "parent", None)
            asked.add(read.attr if isinstance(read, ast.Attribute) else "")
            if isinstance(read, ast.Attribute) and read.attr in _LOOPS and not _is_written(read):
                return False
    return asked <= _KEEPS and bool(asked & _COPIES)


def _is_written(read: ast.Attribute) -> bool:
    """Whether a loop goes through what is read, by itself or beside others, and changes each of them in place."""
    call = getattr(read, "parent", None)
    around = getattr(call, "parent", None)
    places = [at for at, one in enumerate(around.args) if one is call] if isinstance(around, ast.Call) else []
    loop = getattr(around, "parent", None) if places else around
    if not isinstance(loop, ast.For | ast.comprehension):
        return False
    target = loop.target
    if places and isinstance(target, ast.Tuple) and places[0] < len(target.elts):
        target = target.elts[places[0]]
    # The name of a parameter stands in front of it.
    target = target.elts[-1] if isinstance(target, ast.Tuple) else target
    body = loop if isinstance(loop, ast.For) else getattr(loop, "parent", None)
    return isinstance(target, ast.Name) and body is not None and target.id in _changed(body)


def _changed(body: ast.AST) -> Iterator[str]:
    """The names of what is changed in place: ``p.data.copy_(q)``, ``p.data += q``, ``p.requires_grad = False``."""
    for item in ast.walk(body):
        changed: list[ast.expr] = []
        if isinstance(item, ast.Call) and isinstance(item.func, ast.Attribute) and item.func.attr.endswith("_"):
            changed = [item.func.value]
        elif isinstance(item, ast.Assign):
            changed = [one for one in item.targets if not isinstance(one, ast.Name)]
        elif isinstance(item, ast.AugAssign):
            changed = [item.target]
        for one in changed:
            while isinstance(one, ast.Attribute | ast.Subscript):
                one = one.value
            if isinstance(one, ast.Name):
                yield one.id


def is_read_at_times(step: Step, layers: Sequence[Node]) -> bool:
    """Whether an answer, or what is made of it, has a name that is read in a branch, or among others to choose from.

    The branch may go the other way for a time.
    """
    first = layers[0]
    made = [first.index, *descendants(step.tape, {*first.outs}, range(first.index + 1, step.last))]
    spots = {spot.place: spot for index in made for spot in _spots(step.node(index))}
    for spot in spots.values():
        function = function_around(spot) or tree_of(spot.code.co_filename)
        call = expression_at(spot, ast.Call)
        if function is None or call is None:
            continue
        statements = (item for item in ast.walk(function) if isinstance(item, ast.Assign))
        statement = next((item for item in statements if any(one is call for one in ast.walk(item.value))), None)
        if statement is None:
            continue
        names = {*_named(statement, call)}
        around = {*parents(statement)}
        for item in ast.walk(function):
            if isinstance(item, ast.Name) and item.id in names and isinstance(item.ctx, ast.Load):
                holding = [one for one in parents(item) if one not in around]
                if any(isinstance(one, (*_BRANCHES, *_CHOICES)) for one in holding):
                    return True
    return False


def _spots(node: Node) -> Iterator[Spot]:
    return node.spot.with_callers() if node.spot is not None else iter(())


def _named(statement: ast.Assign, call: ast.AST) -> Iterator[str]:
    """The names that an assignment gives to what is called in it; each has its own where both sides are lists."""
    for target in statement.targets:
        value = statement.value
        pairs = [(target, value)]
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
            pairs = [*zip(target.elts, value.elts, strict=True)]
        holding = [one for one, other in pairs if any(item is call for item in ast.walk(other))]
        for one in holding or [one for one, _ in pairs]:
            yield from (item.id for item in ast.walk(one) if isinstance(item, ast.Name))

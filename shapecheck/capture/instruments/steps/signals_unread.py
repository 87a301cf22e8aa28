"""Parts of a batch by which training resets a state, and which another loop over such batches never reads."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from shapecheck.capture.instruments.steps.resets import loop_around
from shapecheck.capture.recording.user_code import Spot, statement_at, tree_of
from shapecheck.capture.recording.vocabulary import ZEROS
from shapecheck.reading.calls import all_given
from shapecheck.reading.sources import Loop, is_named, walk

# Where in a batch a part stands: as the how manyth of how many, or under which key.
Place = tuple[object, ...]
_DEPTH = 2
_FILLS = ZEROS | {"zero_", "masked_fill", "masked_fill_", "index_fill", "index_fill_", "where", "fill_"}


@dataclass(frozen=True, slots=True, eq=False)
class Unread:
    """A part of a batch that one loop reads to reset a state, and the other one does not.

    Args:
        loop: The loop that does not.
        call: The statement in it that calls the model.
        reset: The statement of training by which the state is reset.
        signal: What the part is called in training.
        is_handed: Whether the state is handed on from call to call, and not kept by the model.
        is_behind: Whether it stands behind the call.
        parts: By what names the loop has the signal, and where in these it stands.
    """

    loop: ast.For
    call: ast.stmt
    reset: ast.stmt
    signal: str
    is_handed: bool
    is_behind: bool
    parts: frozenset[Place]


@dataclass(frozen=True, slots=True, eq=False)
class _Loop:
    """A loop over batches that calls a model.

    Args:
        loop: The loop.
        call: The call.
        statement: The statement that it stands in.
        names: Name -> the part of a batch that it stands for.
        whole: The name of a whole batch, if it has one.
    """

    loop: ast.For
    call: ast.Call
    statement: ast.stmt
    names: dict[str, Place]
    whole: str

    def read(self, block: ast.AST) -> dict[Place, str]:
        """The parts of a batch that are read in a block, and how each is spelt."""
        return self._read(ast.walk(block))

    def read_unconditionally(self, block: ast.AST) -> dict[Place, str]:
        """The same without what says whether the call is given a state."""
        conditions = {item for choice in _choices(self.call) for item in ast.walk(choice.test)}
        return self._read(item for item in ast.walk(block) if item not in conditions)

    def _read(self, items: Iterable[ast.AST]) -> dict[Place, str]:
        found: dict[Place, str] = {}
        for item in items:
            if isinstance(item, ast.Name) and isinstance(item.ctx, ast.Load) and item.id in self.names:
                found[self.names[item.id]] = item.id
            place = _key(item, self.whole)
            if place is not None:
                found[place] = ast.unparse(item)
        return found

    @property
    def handed(self) -> set[str]:
        """What the call is given and what is bound anew in the loop, as a state is."""
        bound = {text for item in ast.walk(self.loop) for text in _bound(item)}
        given = [
            *all_given(self.call),
            *(one for choice in _choices(self.call) for one in (choice.body, choice.orelse)),
        ]
        return {ast.unparse(one) for one in given} & bound - self.names.keys()


def unread_signal(evaluated: Spot, trained: Spot) -> Unread | None:
    """The part of a batch that says where training resets what the model goes on with; None if there is none.

    Both loops go over batches of the same form, and call the model with the same part of them.

    Args:
        evaluated: The call of the evaluation.
        trained: The call of training.
    """
    other, own = _loop(evaluated), _loop(trained)
    if other is None or own is None or other.loop is own.loop:
        return None
    given = own.read_unconditionally(own.call)
    if not given or given.keys() != other.read(other.call).keys():
        return None
    read = _read_in(other)
    tree = tree_of(trained.code.co_filename)
    if tree is None or _is_of_one(other, evaluated):
        return None
    for reset, state in _resets(own):
        if not _blanks(reset, tree, state):
            continue
        is_handed = state in own.handed
        for place, spelt in own.read(reset).items():
            is_signal = (
                place not in read and place not in own.read_unconditionally(own.statement) and _has(other, place)
            )
            if is_signal and (_goes_on(other) if is_handed else _is_left_alone(other)):
                is_behind, parts = own.statement.lineno < reset.lineno, _parts(other, place)
                return Unread(other.loop, other.statement, reset, spelt, is_handed, is_behind, parts)
    return None


def _loop(spot: Spot) -> _Loop | None:
    found = loop_around(spot)
    loop = found[1] if found is not None else None
    statement = statement_at(spot.code.co_filename, spot.line)
    if not isinstance(loop, ast.For) or statement is None or isinstance(statement, Loop | ast.With):
        return None
    text = spot.span.text
    calls = [
        item for item in ast.walk(statement) if isinstance(item, ast.Call) and ast.unparse(item) == _unparsed(text)
    ]
    if not calls:
        return None
    target: ast.expr = loop.target
    iterated = loop.iter
    if isinstance(iterated, ast.Call) and ast.unparse(iterated.func) == "enumerate" and isinstance(target, ast.Tuple):
        target = target.elts[1] if len(target.elts) == 2 else target
    names, whole = _names(target), target.id if isinstance(target, ast.Name) else ""
    for item in loop.body:
        value = item.value if isinstance(item, ast.Assign) else None
        if isinstance(item, ast.Assign) and value is not None and whole:
            if is_named(value, whole):
                names |= _names(item.targets[0])
            place = _key(value, whole)
            if place is not None and isinstance(item.targets[0], ast.Name):
                names[item.targets[0].id] = place
    return _Loop(loop, calls[0], statement, names, whole)


def _unparsed(text: str) -> str:
    try:
        return ast.unparse(ast.parse(text.strip(), mode="eval"))
    except SyntaxError:
        return ""


def _names(target: ast.expr) -> dict[str, Place]:
    parts = target.elts if isinstance(target, ast.Tuple | ast.List) else []
    if any(isinstance(part, ast.Starred) for part in parts):
        return {}
    return {part.id: (at, len(parts)) for at, part in enumerate(parts) if isinstance(part, ast.Name)}


def _key(item: ast.AST, whole: str) -> Place | None:
    """``batch["reset"]`` and ``batch.reset``."""
    if not whole or not isinstance(item, ast.Subscript | ast.Attribute) or not isinstance(item.ctx, ast.Load):
        return None
    if not isinstance(item.value, ast.Name) or item.value.id != whole:
        return None
    if isinstance(item, ast.Attribute):
        return ("attribute", item.attr)
    return ("key", item.slice.value) if isinstance(item.slice, ast.Constant) else None


def _read_in(other: _Loop) -> set[Place]:
    """The parts that are read anywhere in a loop; all of them, where the whole batch is handed to somebody."""
    found: set[Place] = set()
    for item in other.loop.body:
        is_unpacked = isinstance(item, ast.Assign) and is_named(item.value, other.whole)
        has_key = isinstance(item, ast.Assign) and _key(item.value, other.whole) is not None
        if not is_unpacked and not has_key:
            found |= other.read(item).keys()
    return found


def _has(other: _Loop, place: Place) -> bool:
    """Whether a loop's batches have such a part: as many of them, or a key beside others of its kind."""
    loads = [item for item in ast.walk(other.loop) if is_named(item, other.whole)]
    if place[0] in ("key", "attribute"):
        keys = [item for item in ast.walk(other.loop) if _key(item, other.whole) is not None]
        # Whoever hands the whole batch on may have it read elsewhere.
        return bool(keys) and len(keys) == len([item for item in loads if isinstance(item.ctx, ast.Load)])
    # Whoever calls it nothing knows that he does without it.
    return any(at == place and not name.startswith("_") for name, at in other.names.items())


def _is_of_one(other: _Loop, spot: Spot) -> bool:
    """Whether a loop goes over the pieces of one item of a loop around it, which may be one sequence."""
    tree = tree_of(spot.code.co_filename)
    loops = [item for item in walk(tree) if isinstance(item, ast.For)]
    around = [loop for loop in loops if any(item is other.loop for block in loop.body for item in ast.walk(block))]
    bound = {item.id for loop in around for item in ast.walk(loop.target) if isinstance(item, ast.Name)}
    return any(isinstance(item, ast.Name) and item.id in bound for item in ast.walk(other.loop.iter))


def _blanks(block: ast.AST, tree: ast.AST, state: str, depth: int = _DEPTH) -> bool:
    """Whether a state is set to zero or multiplied in a block, or something is in a function of the file it calls."""
    for item in ast.walk(block):
        if isinstance(item, ast.BinOp | ast.AugAssign) and isinstance(item.op, ast.Mult):
            parts = (item.left, item.right) if isinstance(item, ast.BinOp) else (item.target,)
            if depth < _DEPTH or any(state in map(ast.unparse, _expressions(part)) for part in parts):
                return True
        if isinstance(item, ast.Assign) and any(map(_is_blank, _branches(item.value))):
            return True
        if not isinstance(item, ast.Call):
            continue
        name = ast.unparse(item.func).rsplit(".", 1)[-1]
        called = [one for one in walk(tree) if isinstance(one, ast.FunctionDef) and one.name == name]
        if name in _FILLS or (depth > 0 and any(_blanks(one, tree, state, depth - 1) for one in called)):
            return True
    return False


def _choices(call: ast.Call) -> list[ast.IfExp]:
    """What a call is given on a condition, or else nothing: ``model(x, None if fresh else state)``."""
    return [one for one in all_given(call) if isinstance(one, ast.IfExp) and any(map(_is_blank, _branches(one)))]


def _branches(value: ast.expr) -> tuple[ast.expr, ...]:
    return (value.body, value.orelse) if isinstance(value, ast.IfExp) else (value,)


def _is_blank(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value in (0, None)


def _resets(own: _Loop) -> Iterator[tuple[ast.stmt, str]]:
    """The statements in front of a call or behind it that change its state, with the branch that they stand in."""
    called = ast.unparse(own.call.func)
    for choice in _choices(own.call):
        for one in (one for one in _branches(choice) if ast.unparse(one) in own.handed):
            said = ast.parse(f"{ast.unparse(one)} = {ast.unparse(choice)}").body[0]
            yield ast.copy_location(said, own.statement), ast.unparse(one)
    for block in own.loop.body:
        for item in ast.walk(block):
            if not isinstance(item, ast.stmt) or item is own.statement or isinstance(item, Loop | ast.If):
                continue
            for state in own.handed:
                if state in _bound(item) or _is_changed(item, state):
                    yield block if isinstance(block, ast.If) else item, state
            if not own.handed and any(one.startswith(f"{called}.") for one in _bound(item)):
                yield block if isinstance(block, ast.If) else item, called
            if isinstance(item, ast.Expr) and isinstance(item.value, ast.Call) and not own.handed:
                function = item.value.func
                if isinstance(function, ast.Attribute) and ast.unparse(function.value) == called:
                    yield block if isinstance(block, ast.If) else item, called


def _bound(item: ast.AST) -> set[str]:
    """The names and attributes that a statement gives another value, or of which it changes a part."""
    targets: list[ast.expr] = []
    if isinstance(item, ast.Assign):
        targets = item.targets
    elif isinstance(item, ast.AugAssign | ast.AnnAssign):
        targets = [item.target]
    parts = [part for one in targets for part in (one.elts if isinstance(one, ast.Tuple | ast.List) else [one])]
    return {ast.unparse(part.value if isinstance(part, ast.Subscript) else part) for part in parts}


def _is_changed(item: ast.stmt, state: str) -> bool:
    """Whether a method that changes a tensor is called of a state, or of a part of it."""
    call = item.value if isinstance(item, ast.Expr) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or not call.func.attr.endswith("_"):
        return False
    value = call.func.value
    return ast.unparse(value.value if isinstance(value, ast.Subscript) else value) == state


def _goes_on(other: _Loop) -> bool:
    """Whether nothing in a loop gives the state anything but what the call has returned, or that converted."""
    states = other.handed
    returned = _bound(other.statement)
    for block in other.loop.body:
        for item in ast.walk(block):
            if not isinstance(item, ast.stmt) or item is other.statement or not _bound(item) & states:
                continue
            value = getattr(item, "value", None)
            read = {one.id for one in ast.walk(value) if isinstance(one, ast.Name)} if value is not None else set()
            if block is not item or not read or not read <= states | returned:
                return False
    return bool(states)


def _is_left_alone(other: _Loop) -> bool:
    """Whether nothing in a loop but the call has to do with the model, so that nobody else resets what it keeps."""
    called, own = ast.unparse(other.call.func), {*ast.walk(other.call.func)}
    for item in (one for block in other.loop.body for one in ast.walk(block)):
        if item in own or not isinstance(item, ast.Name | ast.Attribute):
            continue
        holder = item.value if isinstance(item, ast.Attribute) else None
        # Whoever holds the model may have a method that resets it.
        is_beside = isinstance(holder, ast.Name) and called.startswith(f"{holder.id}.")
        if is_beside or ast.unparse(item) == called:
            return False
    return True


def _parts(other: _Loop, place: Place) -> frozenset[Place]:
    names = {(name,) for name, at in other.names.items() if at == place}
    return frozenset(names | ({(other.whole, *place)} if other.whole else set()))


def _expressions(part: ast.expr) -> Iterator[ast.expr]:
    return (item for item in ast.walk(part) if isinstance(item, ast.expr))

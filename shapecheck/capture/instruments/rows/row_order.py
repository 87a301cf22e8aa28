"""In which order the rows of tensors come that loaders have put together, by the numbers that were drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import combinations

from shapecheck.capture.instruments.rows.items_met import ItemsMet
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.recording.collate import Draw
from shapecheck.capture.recording.step import REDUCING, has_parameters
from shapecheck.capture.recording.tape import Node, Ref, Tape
from shapecheck.capture.recording.user_code import Spot
from shapecheck.capture.recording.vocabulary import RANDOM, TAKES_ROWS
from shapecheck.reading.vocabulary import MADE_OF_SIZES

# A data set, or a tensor that it picks rows of.
_Space = int | Ref

_PAIRS = frozenset(
    ["add", "sub", "rsub", "mul", "div", "eq", "ne", "gt", "lt", "ge", "le", "where", "maximum", "minimum",
     "bitwise_and", "bitwise_or", "logical_and", "logical_or", "cosine_similarity", "pairwise_distance", "isclose"]
) | REDUCING  # fmt: skip
KEEPS = _PAIRS | frozenset(
    ["to", "long", "int", "bool", "detach", "clone", "contiguous", "squeeze", "unsqueeze", "flatten", "view",
     "reshape", "softmax", "log_softmax", "sigmoid", "tanh", "relu", "exp", "log", "log1p", "abs", "neg", "pow",
     "square", "sqrt", "clamp", "round", "argmax", "argmin", "max", "min", "amax", "amin", "mean", "sum", "norm",
     "normalize", "linear", "matmul", "one_hot", "masked_fill", "nan_to_num", "add", "sub", "mul", "div",
     "__setitem__", "sign", "expm1", "floor", "logical_not"]
)  # fmt: skip
_DRAWN = RANDOM | frozenset([*MADE_OF_SIZES, "arange", "linspace"])
_MOVES_ROWS = frozenset(["sort", "argsort", "flip", "roll", "index_select", "gather", "take", "take_along_dim"])
_LEAST = 4
_HOPS = 30


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """Which rows of which data lie in a tensor, in the order of its rows.

    Args:
        rows: For each data set, and each tensor that its items are rows of: their numbers.
        batches: Of how many batches it was put together; 0 for data in its own order.
        loader: Where the loader was made.
    """

    rows: dict[_Space, tuple[int, ...]]
    batches: int = 0
    loader: Spot | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Meeting:
    """Two tensors with the rows of the same samples that meet row by row, in two orders.

    Args:
        collected: What was put together of a loader's batches.
        other: What it meets.
        rows: The numbers of the samples in the rows of the first, and in those of the other.
        order: That of the first.
        node: Where.
        asked: Where the loader was made that drew the numbers by which rows of the first are picked, if they are.
        is_picked: Whether rows of the first are picked by the numbers of the samples.
    """

    collected: Ref
    other: Ref
    rows: tuple[tuple[int, ...], tuple[int, ...]]
    order: Order
    node: Node
    asked: Spot | None = None
    is_picked: bool = False


@dataclass(slots=True, eq=False)
class RowOrders:
    """Follows the rows of batches through what is made of them.

    Args:
        tape: The tape.
        last: The node behind the last one to look at.
    """

    tape: Tape
    last: int
    orders: dict[Ref, Order] = field(default_factory=dict)
    _same: dict[_Space, _Space] = field(default_factory=dict)
    _from_models: dict[Ref, Ref] = field(default_factory=dict)
    _filled: dict[Ref, list[Order]] = field(default_factory=dict)
    _cuts: dict[object, Ref] = field(default_factory=dict)
    _items: ItemsMet = field(init=False)

    def __post_init__(self) -> None:
        self._items = ItemsMet(self.tape)

    def meetings(self) -> Iterator[Meeting]:
        """Where rows of the same samples meet in two orders."""
        roots = sorted((root for root in self.tape.roots if root.last >= 0), key=lambda root: root.last)
        before: tuple[Draw, Node] | None = None
        models = {at for at, root in enumerate(self.tape.roots) if has_parameters(root.module)}
        first = min(
            (at for at, draw in self.tape.drawn.items() if [*draw.rows] != sorted(draw.rows)), default=self.last
        )
        after = self.tape.nodes[first : self.last]
        if not any(node.name in ("cat", "__setitem__") and node.root not in models for node in after):
            return
        for node in self.tape.nodes[min(self.tape.drawn) : self.last]:
            while roots and roots[0].last <= node.index:
                root = roots.pop(0)
                self._through(root.inputs, root.outputs)
            if node.root in models or not node.shapes:
                continue
            draw = self.tape.drawn.get(node.index)
            if draw is not None:
                self._draw(node, draw)
                if before is not None and before[0].rows == draw.rows and before[0].data == draw.data:
                    yield from self._compare(self._whole(before[1]), self._whole(node), node)
                before = draw, node
                continue
            if node.name in TAKES_ROWS and len(node.parents) == 2:
                yield from self._looked_up(*node.parents, node)
            if node.name in _PAIRS or (node.name in ("cat", "stack") and given_axis(node) != 0):
                for one, other in combinations(node.parents[:3], 2):
                    yield from self._compare(one, other, node)
            if node.name in _PAIRS or node.name in ("cat", "stack"):
                for one, other in combinations(node.parents[:3], 2):
                    self._items.meet(one, other, node)
            self._items.taken(node)
            if node.name == "cat" and given_axis(node) == 0:
                found = _joined([self.orders.get(ref) for ref in node.parents])
            else:
                found = self._filled_up(node) if node.name == "__setitem__" else self._kept(node)
            if found is not None:
                self.orders[node.ref] = found
        for one, other, node in self._items.all_met():
            yield from self._compare(one, other, node)

    def _through(self, inputs: tuple[Ref, ...], outputs: tuple[Ref, ...]) -> None:
        """A model returns as many rows as it was given: one for each."""
        self._items.through(inputs, outputs)
        for given in inputs:
            for out in outputs:
                if self.tape.shape(out)[:1] == self.tape.shape(given)[:1]:
                    self._from_models.setdefault(out, given)
                    if given in self.orders:
                        self.orders.setdefault(out, self.orders[given])

    def _draw(self, node: Node, draw: Draw) -> None:
        rows: dict[_Space, tuple[int, ...]] = {draw.data: draw.rows}
        picks = [_row_of(self.tape, parent) for parent in node.parents] if node.name == "stack" else []
        wholes = {pick[0] for pick in picks if pick is not None}
        if picks and None not in picks and len(wholes) == 1:
            picked = tuple(pick[1] for pick in picks if pick is not None)
            whole = wholes.pop()
            rows[whole] = picked
            if picked == draw.rows:
                self._same[self._space(whole)] = self._space(draw.data)
        self.orders[node.ref] = Order(rows, 1, draw.loader)

    def _whole(self, node: Node) -> Ref | None:
        """What the items of a batch are rows of."""
        order = self.orders.get(node.ref)
        return next((space for space in order.rows if isinstance(space, Ref)), None) if order is not None else None

    def _filled_up(self, node: Node) -> Order | None:
        """The order of a tensor whose rows are filled with one batch after the other, once all are."""
        cut, values = _slice(node), node.argument(2)
        found = self.orders.get(values) if isinstance(values, Ref) else None
        if cut is None or found is None or not found.batches:
            return self._kept(node)
        parts = self._filled.get(node.parents[0], [])
        size, known = len(_rows(found)), sum(len(_rows(part)) for part in parts)
        start, stop, _ = cut.indices(node.shapes[0][0])
        if (start, stop) != (known, known + size):
            return None
        self._filled[node.ref] = parts = [*parts, found]
        return _joined([*parts]) if known + size == node.shapes[0][0] else None

    def _kept(self, node: Node) -> Order | None:
        if not node.parents or not node.shapes:
            return None
        if node.name == "__getitem__":
            order, cut = self.orders.get(node.parents[0]), _slice(node)
            if order is None or cut is None:
                return None
            return replace(order, rows={space: rows[cut] for space, rows in order.rows.items()})
        if not self._keeps_rows(node):
            return None
        return next((self.orders[ref] for ref in node.parents if self._is_known(ref, node)), None)

    def _is_known(self, ref: Ref, node: Node) -> bool:
        return ref in self.orders and self.tape.shape(ref)[:1] == node.shapes[0][:1]

    def _keeps_rows(self, node: Node) -> bool:
        if node.name not in KEEPS or self.tape.shape(node.parents[0])[:1] != node.shapes[0][:1]:
            return False
        return node.name == "__setitem__" or given_axis(node, None) not in (0, -len(self.tape.shape(node.parents[0])))

    def _compare(self, one: Ref | None, other: Ref | None, node: Node) -> Iterator[Meeting]:
        if one is None or other is None or one == other:
            return
        size = self.tape.shape(one)[:1]
        if size != self.tape.shape(other)[:1] or not size or size[0] < _LEAST:
            return
        for first, second in ((one, other), (other, one)):
            order = self.orders.get(first)
            if order is None or order.batches < 2:
                continue
            found = self.orders.get(second) or self._own(second, order)
            pairs = [
                (rows, theirs)
                for space, rows in order.rows.items()
                for known, theirs in (found.rows.items() if found is not None else ())
                if self._space(space) == self._space(known) and len(rows) == len(theirs) == size[0]
            ]
            apart = [(rows, theirs) for rows, theirs in pairs if rows != theirs and sorted(rows) == sorted(theirs)]
            if apart and len(apart) == len(pairs) and len(set(apart[0][0])) == size[0]:
                yield Meeting(first, second, apart[0], order, node)
                return

    def _looked_up(self, table: Ref, by: Ref, node: Node) -> Iterator[Meeting]:
        """``table[numbers]``, with the numbers of samples, where row k of the table is not sample k."""
        order, draw = self.orders.get(table), self.tape.drawn.get(by.node)
        numbers = self.tape.held.get(by)
        if order is None or draw is None or numbers is None or order.batches < 2 or numbers.ndim != 1:
            return
        asked = tuple(numbers.tolist())
        for space, rows in order.rows.items():
            # What a data set says beside an item is the number of that item, and not any other.
            is_same = self._space(space) == self._space(draw.data) and asked == draw.rows
            if is_same and len(rows) == self.tape.shape(table)[0] and sorted(rows) == list(range(len(rows))):
                found = tuple(rows[number] for number in asked)
                if found != asked and len(asked) >= _LEAST:
                    yield Meeting(table, by, (found, asked), order, node, draw.loader, is_picked=True)
                    return

    def _own(self, ref: Ref, order: Order) -> Order | None:
        """The order of data that nobody has moved, as far as it belongs to what another was picked from."""
        chain = [*self._back(ref)]
        if any(item in self.orders for item in chain):
            return None
        found: dict[_Space, tuple[int, ...]] = {}
        own = tuple(range(self.tape.shape(ref)[0]))
        origins: frozenset[Ref] | None = None
        for space in order.rows:
            if any(self._space(item) == self._space(space) for item in chain):
                found[space] = own
            elif isinstance(space, Ref) and self.tape.shape(space)[:1] == self.tape.shape(ref)[:1]:
                origins = origins if origins is not None else frozenset(self._origins(ref))
                if origins & frozenset(self._origins(space)):
                    found[space] = own
        return Order(found) if found else None

    def _back(self, ref: Ref) -> Iterator[Ref]:
        """A tensor, and what it was made of with each row left in its place."""
        for _ in range(_HOPS):
            yield ref
            node = self.tape.nodes[ref.node]
            given = self._from_models.get(ref)
            if given is not None:
                ref = given
            elif node.parents and (self._keeps_rows(node) or (node.name == "__getitem__" and _is_of_columns(node))):
                ref = node.parents[0]
            else:
                return

    def _origins(self, ref: Ref) -> Iterator[Ref]:
        """All that a tensor was made of row by row."""
        size, open_refs = self.tape.shape(ref)[:1], [ref]
        seen: set[Ref] = set()
        while open_refs and len(seen) < 80:
            at = open_refs.pop()
            node = self.tape.nodes[at.node]
            if at in seen or self.tape.shape(at)[:1] != size or node.kind == "parameter":
                continue
            seen.add(at)
            yield at
            if node.name == "__getitem__" and not _is_of_columns(node):
                continue
            if node.name not in _DRAWN | _MOVES_ROWS:
                open_refs += [*node.parents, *([self._from_models[at]] if at in self._from_models else [])]

    def _same_cut(self, space: _Space) -> _Space:
        """The same rows of the same data are cut out more than once: they are what was cut out first."""
        node = self.tape.nodes[space.node] if isinstance(space, Ref) else None
        cut = _slice(node) if node is not None and node.name == "__getitem__" and len(node.parents) == 1 else None
        if node is None or cut is None or not isinstance(node.args[1], slice) or not isinstance(space, Ref):
            return space
        return self._cuts.setdefault((node.parents[0], cut.start, cut.stop, cut.step), space)

    def _space(self, space: _Space) -> _Space:
        space = self._same_cut(space)
        for _ in range(_HOPS):
            if space not in self._same or self._same[space] == space:
                return space
            space = self._same[space]
        return space


def _joined(parts: list[Order | None]) -> Order | None:
    found = [part for part in parts if part is not None and part.batches]
    if not found or len(found) != len(parts):
        return None
    spaces = set(found[0].rows).intersection(*(part.rows for part in found))
    rows = {space: tuple(row for part in found for row in part.rows[space]) for space in spaces}
    return Order(rows, sum(part.batches for part in found), found[0].loader) if rows else None


def _rows(order: Order) -> tuple[int, ...]:
    return next(iter(order.rows.values()))


def _row_of(tape: Tape, ref: Ref) -> tuple[Ref, int] | None:
    """Of which tensor an item is which row."""
    for _, node in backwards(tape, ref, KEEPS, 4):
        if node.name == "__getitem__" and len(node.args) > 1 and type(node.args[1]) is int:
            return node.parents[0], node.args[1]
    return None


def given_axis(node: Node, default: int | None = 0) -> object:
    """The axis that an operation was given, or what it takes where it was given none."""
    at = 2 if node.name in ("normalize", "norm") else 1
    given = node.args[at] if len(node.args) > at and node.name not in _PAIRS else default
    return node.kwargs.get("dim", node.kwargs.get("axis", given))


def _slice(node: Node) -> slice | None:
    index = node.argument(1)
    first = index[0] if isinstance(index, tuple) and index else index
    if first is Ellipsis:
        return slice(None)
    is_plain = isinstance(first, slice) and all(
        part is None or type(part) is int for part in (first.start, first.stop, first.step)
    )
    return first if is_plain and isinstance(first, slice) else None


def _is_of_columns(node: Node) -> bool:
    return _slice(node) == slice(None)

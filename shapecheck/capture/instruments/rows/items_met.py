"""Single rows of tensors that meet one by one: row k of one with row k of the other, for every k."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product

from shapecheck.capture.recording.tape import Node, Ref, Tape

# A row of a tensor: which tensor, and the number of the row.
_Item = tuple[Ref, int]

# So many tensors one thing is made of the rows of.
_MOST = 3


@dataclass(slots=True, eq=False)
class ItemsMet:
    """Follows rows that a script takes by a number, and keeps which two of them came together.

    Args:
        tape: The tape.
    """

    tape: Tape
    _made: dict[Ref, frozenset[_Item]] = field(default_factory=dict)
    _met: dict[tuple[Ref, Ref], dict[int, Node]] = field(default_factory=dict)
    _crossed: set[tuple[Ref, Ref]] = field(default_factory=set)

    def taken(self, node: Node) -> None:
        """Note what a node takes, or makes of what was taken."""
        if node.name == "unbind" and node.argument(1, "dim", default=0) == 0:
            self._made.update((out, frozenset([(node.parents[0], at)])) for at, out in enumerate(node.outs))
            return
        row = _row(self.tape, node)
        if row is not None:
            self._made[node.ref] = frozenset([(node.parents[0], row)])
            return
        self.through(node.parents, node.outs)

    def through(self, inputs: tuple[Ref, ...], outputs: tuple[Ref, ...]) -> None:
        """Something was made of what stands in front of it."""
        given = [self._made[ref] for ref in inputs if ref in self._made]
        made = frozenset[_Item]().union(*given) if given else frozenset[_Item]()
        # What was made of several rows of one tensor is none of them.
        if made and len(made) == len({whole for whole, _ in made}) <= _MOST:
            self._made.update(dict.fromkeys(outputs, made))

    def meet(self, one: Ref, other: Ref, node: Node) -> None:
        """Two tensors come together in a node."""
        mine, theirs = self._made.get(one, frozenset()), self._made.get(other, frozenset())
        if not {whole for whole, _ in mine}.isdisjoint(whole for whole, _ in theirs):
            # Rows of the same tensor are put together again.
            return
        for (first, row), (second, column) in product(mine, theirs):
            if row != column:
                self._crossed |= {(first, second), (second, first)}
            self._met.setdefault((first, second), {})[row] = node

    def all_met(self) -> Iterator[tuple[Ref, Ref, Node]]:
        """The tensors of which each row met the one of the same number, and no other one."""
        for (one, other), rows in self._met.items():
            size = self.tape.shape(one)[0]
            if len(rows) == size == self.tape.shape(other)[0] and (one, other) not in self._crossed:
                yield one, other, rows[0]


def _row(tape: Tape, node: Node) -> int | None:
    """The number of the row that a node takes, if it takes one by a number."""
    if node.name not in ("__getitem__", "select") or not node.parents or not tape.shape(node.parents[0]):
        return None
    if node.name == "select":
        is_first = node.argument(1, "dim") == 0
        given = node.argument(2, "index") if is_first else None
    else:
        given = node.index_parts[0] if node.index_parts else None
    return given % tape.shape(node.parents[0])[0] if type(given) is int else None

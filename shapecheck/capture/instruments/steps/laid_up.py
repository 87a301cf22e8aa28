"""What was laid up step by step in one tensor, and is taken out of it again: which of its items a tensor holds."""

from __future__ import annotations

from dataclasses import dataclass, field

from shapecheck.capture.instruments.rows.row_order import given_axis
from shapecheck.capture.recording.tape import Node, Ref, Tape
from shapecheck.capture.recording.vocabulary import AXES_OF_ONE, CONVERTS, SELECTS, ZEROS

# Of one tensor these work number by number.
_EACH = CONVERTS | frozenset(["mul", "div", "sub", "rsub", "add", "neg", "logical_not", "bitwise_not"])
_BLANKS = ZEROS | {"empty", "empty_like"}

Items = tuple[Ref | None, ...]
"""Items along the first axis, or the tensor alone where it was not put together; None where it is not known."""


@dataclass(frozen=True, slots=True)
class LaidUp:
    """Looks up what tensors hold.

    Args:
        tape: The tape.
        known: What was looked up before.
    """

    tape: Tape
    known: dict[Ref, Items] = field(default_factory=dict)

    def items_of(self, ref: Ref) -> Items:
        """The tensors that one holds along its first axis, however they were scaled or turned round since.

        Args:
            ref: A ``stack``, a blank that was filled item by item, a part of one of them, one item.
        """
        if ref not in self.known:
            node = self.tape.nodes[ref.node]
            self.known[ref] = self._items(node, ref) if node.function is not None and node.parents else (ref,)
        return self.known[ref]

    def _items(self, node: Node, ref: Ref) -> Items:
        source = node.parents[0]
        if node.name == "__setitem__":
            return self._filled(node, ref)
        if node.name in ("stack", "cat") and given_axis(node) == 0:
            return self._joined(node)
        if node.name == "unbind" and given_axis(node) == 0:
            return self._taken(node, ref, ref.out)
        if node.name in SELECTS and len(node.parents) == 1:
            return self._taken(node, ref, _index(node))
        before, after = self.tape.shape(source), node.shapes[0]
        is_as_before = node.name in _EACH and after == before
        is_without_one = node.name in AXES_OF_ONE and after[:1] == before[:1]
        is_alone = len(dict.fromkeys(node.parents)) == 1
        return self.items_of(source) if is_alone and (is_as_before or is_without_one) else (ref,)

    def _joined(self, node: Node) -> Items:
        found: list[Ref | None] = []
        for part in node.parents:
            items = self.items_of(part)
            count = 1 if node.name == "stack" else self.tape.shape(part)[0]
            found += items if len(items) == count else [None] * count
        return tuple(found)

    def _taken(self, node: Node, ref: Ref, index: object) -> Items:
        items = self.items_of(node.parents[0])
        if index is None:
            # An axis of one in front: the same item.
            return items if len(items) == 1 else (None,) * node.shapes[0][0]
        if len(items) < 2 or self.tape.shape(node.parents[0])[0] != len(items):
            return (ref,)
        if type(index) is int and -len(items) <= index < len(items):
            return (items[index],)
        return items[index] if isinstance(index, slice) else (ref,)

    def _filled(self, node: Node, ref: Ref) -> Items:
        found: dict[int, Ref] = {}
        size = (node.shapes[0] or (0,))[0]
        while node.name == "__setitem__":
            index, value = node.args[1], node.args[2]
            if type(index) is not int or not isinstance(value, Ref):
                return (ref,)
            found.setdefault(index % size, value)
            node = self.tape.nodes[node.parents[0].node]
        if node.name not in _BLANKS:
            return (ref,)
        items = [self.items_of(found[at]) if at in found else () for at in range(size)]
        return tuple(item[0] if len(item) == 1 else None for item in items)


def _index(node: Node) -> object:
    """What is taken along the first axis; all of it where that is not said."""
    if node.name == "select":
        return node.args[2] if node.args[1:2] == (0,) and len(node.args) > 2 else slice(None)
    return node.argument(1, default=slice(None))

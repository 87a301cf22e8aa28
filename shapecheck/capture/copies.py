"""Keeps our hooks out of the copies and the pickles of a watched model."""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import Any, Self
from weakref import ref

from torch import nn

# Each table of hooks with those that say more of the same hooks, by the same keys.
_TABLES = {
    "_forward_hooks": ("_forward_hooks_with_kwargs", "_forward_hooks_always_called"),
    "_forward_pre_hooks": ("_forward_pre_hooks_with_kwargs",),
}
_ASKED = ("__deepcopy__", "__reduce_ex__")

Table = OrderedDict[int, Any]


class Private:
    """Base of our hooks, which belong to one model and to no copy of it.

    `keep_out_of_copies` leaves them out. Where somebody copies the tables in a way of his own, a copy of a hook has no
    one to tell, and a pickle holds in its place something of the standard library that does nothing, so that it can be
    loaded where shapecheck is not installed.
    """

    __slots__ = ()

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return type(self)()

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return getattr, (nullcontext(), "__exit__")


class Guard:
    """Lets a module be copied without our hooks for as long as any hangs on it. Made by `keep_out_of_copies`.

    Args:
        module: The module.
    """

    def __init__(self, module: nn.Module) -> None:
        self._module = ref(module)

    def remove(self) -> None:
        """Leave the tables as they were, unless another watch still needs it. To be called when the hooks are off."""
        module = self._module()
        for hooks, table in _tables(module) if module is not None else ():
            if not any(isinstance(hook, Private) for hook in hooks.values()):
                for name in _ASKED:
                    vars(table).pop(name, None)


def keep_out_of_copies(module: nn.Module) -> Guard:
    """Leave our hooks out of every copy and pickle of a module, and nobody else's.

    Torch keeps hooks in dicts of the module, and both `copy` and `pickle` ask an object how it wants to be copied. A
    dict of its own kind is what torch's handles of other hooks hold on to, so it stays the same object of the same
    class, and gets the two answers as attributes.
    """
    for hooks, table in _tables(module):
        others = _Others(table, hooks)
        vars(table).update(dict(zip(_ASKED, (others.copied, others.reduced), strict=True)))
    return Guard(module)


class _Others:
    """The entries of a table that belong to hooks of others."""

    def __init__(self, table: Table, hooks: Table) -> None:
        # The table holds this: a strong reference would be a cycle, and keep it until the garbage is collected.
        self._table, self._hooks = ref(table), ref(hooks)

    def copied(self, memo: dict[int, Any]) -> Table:
        return OrderedDict((key, copy.deepcopy(value, memo)) for key, value in self._items())

    def reduced(self, protocol: object) -> tuple[object, ...]:
        return OrderedDict, (), None, None, self._items()

    def _items(self) -> Iterator[tuple[int, Any]]:
        table, hooks = self._table(), self._hooks()
        if table is None or hooks is None:
            return iter(())
        return iter([(key, value) for key, value in table.items() if not isinstance(hooks.get(key), Private)])


def _tables(module: nn.Module) -> Iterator[tuple[Table, Table]]:
    """Each table of a module, behind the one that holds the hooks themselves."""
    for name, others in _TABLES.items():
        hooks = getattr(module, name)
        yield from ((hooks, getattr(module, table)) for table in (name, *others))

"""The book of distinct calls: each with its count, in the order in which it was first begun."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count
from threading import Lock
from typing import Protocol, TypeVar

from shapecheck.contract import Contract, Outcome
from shapecheck.dims import Bindings
from shapecheck.findings import Diagnosis, Violation
from shapecheck.records import CallRecord, Trace, TraceEntry


class Counter:
    """Counts without losing a tick to another thread, and without a lock where it counts."""

    __slots__ = ("_lock", "_reads", "tick")

    def __init__(self) -> None:
        # `next` of itertools.count is one step of the interpreter; `n += 1` is three.
        self.tick = count().__next__
        self._reads = 0
        self._lock = Lock()

    def value(self) -> int:
        """The number of ticks so far."""
        with self._lock:
            ticks = self.tick() - self._reads
            self._reads += 1
            return ticks


class Seen:
    """One distinct call of one module.

    Args:
        call: Its record; replaced by one with dims once the forward is over.
        paths: Every path of the module.
        contract: The module's contract, if it has one.
        outcome: What the contract says of the call.
        violations: What to tell of each time that the call occurs.
        risks: What to know of a call that is accepted, the worst first; values of type `shapecheck.Diagnosis`.
        ends: Which tensor came in first and which came out first, by `id`; 0 where there was none.
    """

    __slots__ = ("call", "contract", "counter", "ends", "names", "outcome", "paths", "risks", "tick", "violations")

    def __init__(
        self,
        call: CallRecord,
        paths: tuple[str, ...],
        contract: Contract | None = None,
        outcome: Outcome | None = None,
        violations: tuple[Violation, ...] = (),
        risks: tuple[Diagnosis, ...] = (),
        ends: tuple[int, int] = (0, 0),
    ) -> None:
        self.call, self.paths, self.contract, self.outcome, self.violations = call, paths, contract, outcome, violations
        self.risks, self.ends = risks, ends
        self.names = Bindings()
        self.counter = Counter()
        self.tick = self.counter.tick


class Ledger:
    """All distinct calls of one model."""

    def __init__(self) -> None:
        self._order: list[Seen] = []
        self.dropped = Counter()

    def add(self, finished: Sequence[Seen]) -> None:
        """Enter the calls that one forward saw for the first time, given in the order in which they ended."""
        self._order += in_order_of_begin(finished)

    def calls(self) -> Iterable[CallRecord]:
        """The distinct calls."""
        return [seen.call for seen in self._order]

    def trace(
        self,
        model: str,
        *,
        pending: Iterable[Sequence[Seen]] = (),
        parameters: tuple[tuple[str, int], ...] = (),
        protocol: str = "",
        sizes: Iterable[tuple[str, int]] = (),
        stages: tuple[tuple[str, str], ...] = (),
    ) -> Trace:
        """A frozen copy of the book as it stands.

        Args:
            model: Name of the model's class.
            pending: Calls of forwards that are still running, or were interrupted.
            parameters: Module path -> number of its parameters.
            protocol: Name of the protocol.
            sizes: Sizes of the dims in the last forward.
            stages: The protocol's stages, ``(place, name)``.
        """
        order = [*self._order]
        for finished in pending:
            order += in_order_of_begin(finished)
        entries = tuple(TraceEntry(seen.call, seen.counter.value()) for seen in order)
        aliases = {path: seen.paths[0] for seen in order for path in seen.paths[1:]}
        return Trace(
            model, entries, parameters, self.dropped.value(), protocol, tuple(sizes), stages, tuple(aliases.items())
        )


class _Placed(Protocol):
    """A call whose module has paths."""

    @property
    def paths(self) -> tuple[str, ...]: ...


_Call = TypeVar("_Call", bound=_Placed)


def in_order_of_begin(finished: Sequence[_Call]) -> list[_Call]:
    """Calls in the order in which they began, from the order in which they ended.

    A module begins before those inside it and ends behind them, so it goes in front of the modules inside it that
    ended just before it did. That spares a hook before every call. (Calls of a module that calls itself cannot be told
    from calls one after the other, and stay in the order in which they ended.)
    """
    # Each call with all that ran inside it, begun in the order of the list.
    whole: list[list[_Call]] = []
    for seen in finished:
        at = len(whole)
        while at and _is_inside(whole[at - 1][0].paths, seen.paths):
            at -= 1
        whole[at:] = [[seen, *(inner for calls in whole[at:] for inner in calls)]]
    return [seen for calls in whole for seen in calls]


def _is_inside(paths: tuple[str, ...], parents: tuple[str, ...]) -> bool:
    return any(path != parent and (not parent or path.startswith(f"{parent}.")) for parent in parents for path in paths)

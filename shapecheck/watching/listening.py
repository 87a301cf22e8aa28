"""Listens to the hooks of one watched model: records what is new, follows the protocol, tells what is wrong."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Hashable, Sequence
from functools import partial
from typing import Any
from weakref import WeakSet

from torch import nn

from shapecheck.capture.calls import Role, call_record, inputs_of, kinds_in, kinds_out, outputs_of, parameter_names
from shapecheck.capture.configs import contract_of
from shapecheck.capture.hooks import Point, is_early_stop, is_running_twice
from shapecheck.capture.ledger import Ledger, Seen
from shapecheck.capture.likeness import Last
from shapecheck.capture.places import unwrapped
from shapecheck.capture.signature import UntraceableError, signature
from shapecheck.contract import flat_roles
from shapecheck.dims import Bindings
from shapecheck.errors import ShapeError, ShapeWarning, let_through
from shapecheck.evidence import Evidence
from shapecheck.protocol import LOSS, Protocol, Stage
from shapecheck.records import CallRecord
from shapecheck.watching.first_look import FirstLook
from shapecheck.watching.stages import Passage, Stages
from shapecheck.watching.taken import axes_taken
from shapecheck.watching.trail import State
from shapecheck.watching.verdicts import Verdicts

# Distinct calls that are kept of one module; more of them are only counted. Packed sequences bring a new one nearly
# every batch.
MAX_DISTINCT = 64


class Forward(Passage):
    """One forward of the model while it runs, in one thread."""

    __slots__ = ("depth", "finished", "seen")

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.depth = 0
        self.finished: list[Seen] = []
        self.seen: Seen | None = None


class Thread:
    """What one thread knows: its running forward, and what the last one left for the loss."""

    __slots__ = ("__weakref__", "after", "forward", "names")

    def __init__(self, state: State) -> None:
        self.forward: Forward | None = None
        self.after = Passage(state)
        self.names = Bindings()


class Listener:
    """The one whom all hooks of a watch tell of the calls.

    Args:
        protocol: The protocol, or None.
        verdicts: Who tells of violations.
    """

    def __init__(self, protocol: Protocol | None, verdicts: Verdicts) -> None:
        self.armed = 0
        self.off = ""
        self.root: Point | None = None
        self.verdicts, self.ledger, self.stages = verdicts, Ledger(), Stages(protocol, verdicts)
        self.first_look = FirstLook(self.stages, verdicts)
        self.latest: tuple[State, Bindings] = (self.stages.start, Bindings())
        self._at: dict[tuple[Point, bool], tuple[Stage, ...]] = {}
        self._live: set[Forward] = set()
        self._lock = threading.RLock()
        self._local = threading.local()
        self._threads: WeakSet[Thread] = WeakSet()

    def expect(self, point: Point, module: nn.Module) -> bool:
        """Learn which stages are at a module; say whether any is at its inputs."""
        module = unwrapped(module)
        contract = contract_of(module)
        roles = flat_roles(contract.arguments) if contract else parameter_names(module)
        for inside in (True, False):
            self._at[point, inside] = self.stages.of(point.paths, roles, inside=inside)
        point.is_quiet = not self._at[point, False]
        return bool(self._at[point, True])

    def pending(self) -> list[list[Seen]]:
        """The calls of forwards that are running, or were interrupted."""
        with self._lock:
            return [list(forward.finished) for forward in self._live]

    def close(self) -> None:
        """Let go of everything that belongs to the model."""
        with self._lock:
            self.off = self.off or "the watch is over"
            for thread in list(self._threads):
                if thread.forward is not None:
                    self._leave(thread)
                thread.after = Passage(self.stages.start)
            self._at.clear()

    # The two things that hooks call. Nothing but what was asked for may leave them.

    def began(self, point: Point, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """A module with a gate is about to run."""
        if self.off:
            return
        try:
            self._begin(point, module, args, kwargs)
        except (ShapeError, ShapeWarning):
            raise
        except UntraceableError:
            self.verdicts.miss("calls with symbolic sizes", "looking at a size would pin it down")
        except Exception as bug:
            self._step_aside(bug)

    def passed(self, point: Point, last: Last) -> bool:
        """A module has run with the shapes of the last time: go one step on, if nothing else is to be done."""
        thread: Thread | None = getattr(self._local, "thread", None)
        if thread is None or last.seen is None:
            return False
        forward, is_root = thread.forward, point is self.root
        passage = forward or (thread.after if point.path == LOSS else None)
        if passage is None or passage.is_armed or (is_root and (forward is None or forward.depth)):
            return False
        if self._at.get((point, False)):
            arrival = passage.state.arrivals.get(last.seen)
            if arrival is None or not arrival.is_settled:
                return False
            passage.state = arrival.state
        if is_root:
            thread.forward, thread.after, thread.names = None, passage, last.seen.names
        if is_root or forward is None:
            self.latest = passage.state, thread.names
        last.tick()
        return True

    def ended(
        self,
        point: Point,
        module: nn.Module,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        output: object,
        error: BaseException | None,
    ) -> None:
        """A module has run, or failed."""
        if self.off:
            return
        thread = self._thread()
        try:
            try:
                if not is_early_stop(error):
                    self._end(thread, point, module, args, kwargs, output, error)
            finally:
                if point is self.root:
                    self._leave(thread)
        except (ShapeError, ShapeWarning):
            raise
        except UntraceableError:
            self.verdicts.miss("calls with symbolic sizes", "looking at a size would pin it down")
        except Exception as bug:
            self._step_aside(bug)

    def by_hand(self, stages: Sequence[Stage], tensors: Sequence[Role], call: CallRecord | None = None) -> None:
        """Hold tensors that no hook sees against their stages.

        Args:
            stages: The stages.
            tensors: The tensors, each with the role of its stage.
            call: What to enter into the trace; None for nothing.
        """
        thread = self._thread()
        passage = thread.forward or thread.after
        key = ("by hand", tuple(stage.name for stage in stages), signature([tensor for _, tensor in tensors]))
        of = call or CallRecord(stages[0].module, "by hand")
        violations = self.stages.arrive(passage, stages, key, lambda: tensors, lambda: of) if stages else ()
        self.latest = passage.state, thread.names
        self.verdicts.tell(violations, lambda: self._context(passage.state, of))

    def enter_by_hand(self, point: Point, call: CallRecord) -> None:
        """Enter a call that no hook sees into the trace."""
        seen = point.known.get(call)
        if seen is None and len(point.known) < MAX_DISTINCT:
            seen = point.known[call] = Seen(call, point.paths)
            thread = self._thread()
            self.first_look.label([seen], thread.after.state, thread.names)
            self.ledger.add([seen])
        (seen or self.ledger.dropped).tick()

    def _begin(self, point: Point, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        thread = self._thread()
        if point is self.root:
            self._enter(thread, point, module, args, kwargs)
        stages = self._at.get((point, True), ())
        if stages:
            key, _ = point.inputs(module, args, kwargs, MAX_DISTINCT)
            self._bring(thread, point, module, stages, key, args, kwargs)

    def _end(
        self,
        thread: Thread,
        point: Point,
        module: nn.Module,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        output: object,
        error: BaseException | None,
    ) -> None:
        key = (signature(args), signature(kwargs), signature(output), module.training, error is not None)
        stages = self._at.get((point, False), ()) if error is None else ()
        seen = point.known.get(key)
        if seen is None:
            seen = self._meet(thread, point, module, key, args, kwargs, output, error)
        if seen is None:
            self.ledger.dropped.tick()
            self.verdicts.miss(
                f"calls of {point.path or 'the model'} with ever new shapes",
                f"only {MAX_DISTINCT} distinct calls of a module are kept and held against its contract; "
                "the others were counted",
            )
        else:
            seen.tick()
        if point is self.root and thread.forward is not None:
            thread.forward.seen = seen
        violations = seen.violations if seen else ()
        state = self._passage(thread, point).state
        if error is not None:
            self.verdicts.attach(error, violations, lambda: self._context(state, seen.call if seen else None))
            return
        self.verdicts.tell(violations, lambda: self._context(state, seen.call if seen else None))
        if seen is not None and seen.risks:
            self.verdicts.tell_risks(point.path, seen.risks)
        if stages:
            known = (point.path, key) if seen is None else seen
            self._bring(thread, point, module, stages, known, args, kwargs, output, is_over=True)
        if seen is not None and not violations:
            point.remember(seen, module, args, kwargs, output)

    def _enter(
        self, thread: Thread, point: Point, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        """A forward of the whole model begins."""
        running = thread.forward
        if running is not None and is_running_twice(module):
            running.depth += 1
            return
        if running is not None:
            # Left behind by an interrupt, which no hook is told of.
            self._leave(thread)
        if thread.after.held:
            thread.after = Passage(self.stages.start)
        thread.forward = forward = Forward(self.stages.start)
        _, is_new = point.inputs(module, args, kwargs, MAX_DISTINCT)
        if is_new or self.stages.wants_next:
            self.stages.wants_next = False
            forward.is_armed = forward.is_complete = True
            self._arm(forward)

    def _leave(self, thread: Thread) -> None:
        """A forward of the whole model is over."""
        forward = thread.forward
        if forward is None:
            return
        if forward.depth:
            forward.depth -= 1
            return
        thread.forward = None
        thread.after = self.stages.kept_for_later(forward)
        with self._lock:
            if forward in self._live:
                self._live.discard(forward)
                self.armed -= 1
            root = forward.seen
            names = self.first_look.label(forward.finished, forward.state, root.names if root else Bindings())
            if root is not None and not root.names:
                root.names = names
            thread.names = root.names if root is not None else names
            self.latest = forward.state, thread.names
            self.ledger.add(forward.finished)

    def _arm(self, forward: Forward) -> None:
        """Let every hook look closely for the rest of this forward."""
        with self._lock:
            if forward not in self._live:
                self._live.add(forward)
                self.armed += 1
            forward.is_armed = True

    def _meet(
        self,
        thread: Thread,
        point: Point,
        module: nn.Module,
        key: Hashable,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        output: object,
        error: BaseException | None,
    ) -> Seen | None:
        """Record a call that is unlike those before; None if there are too many of them."""
        if len(point.known) >= MAX_DISTINCT and error is None:
            return None
        seen = self.first_look.see(point, module, args, kwargs, output, error)
        if len(point.known) >= MAX_DISTINCT:
            return seen
        with self._lock:
            first = point.known.setdefault(key, seen)
            if first is not seen:
                return first
        if thread.forward is None:
            after = thread.after if point.path == LOSS else Passage(self.stages.start)
            self.first_look.label([seen], after.state, thread.names if point.path == LOSS else Bindings())
            with self._lock:
                self.ledger.add([seen])
        else:
            self._arm(thread.forward)
            thread.forward.finished.append(seen)
        return seen

    def _bring(
        self,
        thread: Thread,
        point: Point,
        module: nn.Module,
        stages: Sequence[Stage],
        key: Hashable,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        output: object = None,
        *,
        is_over: bool = False,
    ) -> None:
        """Bring the inputs or the outputs of a call to their stages."""
        passage = self._passage(thread, point)
        arrival = passage.state.arrivals.get(key)
        if arrival is not None and arrival.is_settled and not passage.is_armed:
            passage.state = arrival.state
            if passage is thread.after:
                self.latest = passage.state, thread.names
            return

        inner = unwrapped(module)

        def tensors() -> list[Role]:
            contract = contract_of(inner)
            return outputs_of(output, contract) if is_over else inputs_of(inner, args, kwargs, contract)

        def call() -> CallRecord:
            contract = contract_of(inner)
            outputs = outputs_of(output, contract) if is_over else []
            return call_record(point.path, inner, inputs_of(inner, args, kwargs, contract), outputs)

        takes = partial(axes_taken, inner, args, kwargs)
        kinds = partial(kinds_out, output) if is_over else partial(kinds_in, inner, args, kwargs)
        violations = self.stages.arrive(passage, stages, key, tensors, call, takes, kinds)
        if isinstance(passage, Forward) and passage.is_armed:
            self._arm(passage)
        elif passage is thread.after:
            self.latest = passage.state, thread.names
        if violations:
            self.verdicts.tell(violations, lambda: self._context(passage.state, call()))

    def _passage(self, thread: Thread, point: Point) -> Passage:
        """How far the protocol was followed: in this forward, after it (the loss), or not at all."""
        if thread.forward is not None:
            return thread.forward
        if point.path == LOSS:
            return thread.after
        return Passage(self.stages.start, is_armed=True, is_complete=True)

    def _context(self, state: State, call: CallRecord | None) -> Evidence:
        sizes = tuple((dim, bound.size) for dim, bound in state.bindings.items())
        return Evidence(call=call, sizes=sizes, trace=self.ledger.trace("", pending=self.pending(), sizes=sizes))

    def _thread(self) -> Thread:
        thread: Thread | None = getattr(self._local, "thread", None)
        if thread is None:
            thread = self._local.thread = Thread(self.stages.start)
            self._threads.add(thread)
        return thread

    def _step_aside(self, bug: Exception) -> None:
        """A bug of ours is no reason to stop somebody's training."""
        let_through(bug)
        self.off = f"shapecheck failed and stepped aside: {bug!r}"
        self.armed += 1 << 40  # no hook takes the short way any more, and the long one ends at once
        self.verdicts.miss("every call from then on", self.off)
        try:
            warnings.warn(f"{self.off}; the model is not affected", RuntimeWarning, stacklevel=2)
        except RuntimeWarning:
            # Warnings are errors here, but this one must not be: the report names it.
            return

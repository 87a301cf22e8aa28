"""One training step on the tape: what goes in, what the loss is made of, and what hangs on what."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn

from shapecheck.capture.recording.columns import of_own_columns
from shapecheck.capture.recording.replay import Run, Values, ancestors, descendants, holding, replay
from shapecheck.capture.recording.tape import Node, Ref, Root, Tape
from shapecheck.capture.recording.vocabulary import TAKES_ROWS, TOTALS

REDUCING = frozenset(
    [
        "cross_entropy",
        "nll_loss",
        "mse_loss",
        "l1_loss",
        "smooth_l1_loss",
        "huber_loss",
        "binary_cross_entropy",
        "binary_cross_entropy_with_logits",
        "kl_div",
        "poisson_nll_loss",
        "gaussian_nll_loss",
        "hinge_embedding_loss",
        "soft_margin_loss",
        "multilabel_soft_margin_loss",
        "multilabel_margin_loss",
        "multi_margin_loss",
        "margin_ranking_loss",
        "triplet_margin_loss",
        "cosine_embedding_loss",
        "ctc_loss",
        "triplet_margin_with_distance_loss",
    ]
)
_MAX_TERMS = 6


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """The numbers that a loss adds up: what one node reads, or what it would return without its reduction."""

    node: int
    ref: Ref
    without_reduction: Run | None = None


@dataclass(slots=True, eq=False)
class Step:
    """A segment of the tape that ends in a loss.

    Args:
        tape: The tape.
        first: Its first node.
        last: The node behind its last one.
        loss: The loss.
        roots: The outermost module calls in it.

    Of these follow the nodes of a replay, those of them that the loss is made of, and all that it is made of, also what
    adds its terms up: each of them in order.
    """

    tape: Tape
    first: int
    last: int
    loss: Ref
    roots: tuple[Root, ...]
    order: list[int] = field(init=False)
    to_loss: set[int] = field(init=False)
    nodes: list[Node] = field(init=False)
    of_loss: list[Node] = field(init=False)
    all_of_loss: list[Node] = field(init=False)
    terms: list[Term] = field(init=False)
    inputs: list[Ref] = field(init=False)
    targets: list[Ref] = field(init=False)
    learned: set[Ref] = field(init=False)
    inner: set[Ref] = field(init=False)
    _runs: dict[Any, Values] = field(init=False, default_factory=dict)
    _replayed: frozenset[int] = field(init=False)
    _behind_each: dict[frozenset[Ref], list[int]] = field(init=False, default_factory=dict)
    _readers: dict[Ref, list[Node]] = field(init=False)

    def __post_init__(self) -> None:
        measured = {ref for ref in self.tape.escaped if self.first <= ref.node < self.last}
        self.order = ancestors(self.tape, [self.loss, *self._known_still(measured)], self.first)
        self.to_loss = set(ancestors(self.tape, [self.loss], self.first))
        self.inner = _held_by_modules(self.tape, self.roots)
        leaves = {ref for index in self.order for ref in self.tape.nodes[index].parents if self.is_leaf(ref)}
        parameters = {ref for ref in leaves if self._is_parameter(ref)}
        self.learned = parameters | _outs(self.tape, holding(self.tape, parameters, self.order))
        data = sorted(leaves - parameters - self.inner, key=lambda ref: (ref.node, ref.out))
        self.terms = _terms(self)
        # Behind a term stands what adds terms up, which does not run on numbers that were not reduced.
        reduced = {Ref(term.node) for term in self.terms if term.without_reduction is not None}
        behind = set(descendants(self.tape, reduced, self.order))
        self.order = [index for index in self.order if index not in behind]
        self._replayed = frozenset(self.order)
        self.nodes = [self.node(index) for index in self.order]
        self.of_loss = [node for node in self.nodes if node.index in self.to_loss]
        self.all_of_loss = [self.node(index) for index in sorted(self.to_loss)]
        self._readers = readers_in(self.tape, sorted(self._replayed | self.to_loss))
        whole = [ref for ref in data if self._enters_model(ref)]
        self.inputs = list(dict.fromkeys(given for ref in whole for given in self._given(ref)))
        self.targets = [ref for ref in data if ref not in whole and not self._is_number_of_rows(ref)]

    def _known_still(self, measured: set[Ref]) -> set[Ref]:
        """Those that can be computed again: gradients that a parameter holds were computed by a step before."""
        order = ancestors(self.tape, measured, self.first)
        held = [node for node in map(self.node, order) if node.name == "grad" and is_attribute(node)]
        lost = {node.index for node in held} | {*descendants(self.tape, {node.ref for node in held}, order)}
        return {ref for ref in measured if ref.node not in lost}

    @property
    def recorded(self) -> list[Node]:
        """All nodes of the segment, in order: also those that the loss has nothing to do with."""
        return self.tape.nodes[self.first : self.last]

    @property
    def compared(self) -> list[Ref]:
        """What was made of the targets in this step and then met something learned: parts of them, or other shapes."""
        found: list[Ref] = []
        for index in self.order:
            parents = self.node(index).parents
            if index in self.to_loss and any(parent in self.learned for parent in parents):
                found += [ref for ref in parents if ref not in self.learned and not self.is_leaf(ref)]
        return list(dict.fromkeys(found))

    def node(self, index: int) -> Node:
        """The node at a place."""
        return self.tape.nodes[index]

    def readers(self, made: Ref | Node, *, to_loss: bool = False) -> list[Node]:
        """The nodes that read a tensor, or the first one of a node: those that are replayed, or that make the loss."""
        ref = made if isinstance(made, Ref) else made.ref
        among = self.to_loss if to_loss else self._replayed
        return [node for node in self._readers.get(ref, ()) if node.index in among]

    def value(self, ref: Ref) -> Tensor:
        """The value of a tensor, from the tape or from the run as it is."""
        return self.tape.held[ref] if self.is_leaf(ref) else self.run()[ref]

    def known(self, ref: Ref) -> Tensor | None:
        """The same; None if it is lost."""
        try:
            return self.value(ref)
        except KeyError:
            return None

    def value_of_input(self, ref: Ref) -> Tensor | None:
        """The value of what a model was given, also where the loss has nothing to do with it; None if it is lost."""
        if ref in self.tape.held:
            return self.tape.held[ref]
        run, reduced = self._runs.get(None, {}), self._instead(None)
        if ref in run and ref.node not in reduced:
            return run[ref]
        try:
            return replay(self.tape, ancestors(self.tape, [ref], self.first))[ref]
        except (KeyError, RuntimeError):
            return None

    def run(self) -> Values:
        """All values of the step as it is, in evaluation mode."""
        return self.run_with(None)

    def run_with(self, instead: dict[int, Run] | None) -> Values:
        """All values with some nodes replaced, and with the terms of the loss not reduced."""
        # The runs themselves, not their numbers: one that is gone may leave its number to the next.
        key = None if instead is None else frozenset(instead.items())
        if key not in self._runs:
            if instead is None:
                self._runs[key] = replay(self.tape, self.order, instead=self._instead(None))
            else:
                self._runs = {None: self.run()}
                self._runs[key] = self._run_from(instead)
        return self._runs[key]

    def _run_from(self, instead: dict[int, Run]) -> Values:
        """All values, of which only those behind the replaced nodes are computed."""
        made = {out for index in instead for out in self.node(index).outs}
        order = sorted(self._replayed & {*instead, *self._behind(made)})
        again = {*order}
        kept = {ref: value for ref, value in self.run().items() if ref.node not in again}
        return {**kept, **replay(self.tape, order, None, self._instead(instead), kept)}

    def changed(self, source: Ref, value: Tensor, instead: dict[int, Run] | None = None) -> Values:
        """The values that come out with another value of one source; only what depends on it is computed.

        Where a table has no row for a number that occurs in another column, the number is one of its own column.
        """
        known = self.run_with(instead)
        order = self._behind({source})
        try:
            return replay(self.tape, order, {source: value}, self._instead(instead), known)
        except IndexError:
            if value.ndim < 2:
                raise
            value = of_own_columns(self.value(source), value)
            return replay(self.tape, order, {source: value}, self._instead(instead), known)

    def changed_together(self, values: Values) -> Values:
        """The same with other values of several tensors, of what was computed too."""
        order = self._behind(set(values))
        return {**replay(self.tape, order, values, self._instead(None), self.run()), **values}

    def _behind(self, sources: set[Ref]) -> list[int]:
        """Those of the nodes of a replay that depend on any of some tensors, in order."""
        key = frozenset(sources)
        if key not in self._behind_each:
            self._behind_each[key] = descendants(self.tape, key, self._replayed)
        return self._behind_each[key]

    def rearranged(
        self, values: Values, instead: dict[int, Run] | None = None, order: Sequence[int] | None = None
    ) -> Values:
        """The values that come out with other values of several sources; all is computed anew, or some nodes alone."""
        if order is None:
            return replay(self.tape, self.order, values, self._instead(instead))
        return replay(self.tape, order, values, self._instead(instead), self.run())

    def forget(self) -> None:
        """Let go of all values."""
        self._runs.clear()

    def _instead(self, instead: dict[int, Run] | None) -> dict[int, Run]:
        reduced = {term.node: term.without_reduction for term in self.terms if term.without_reduction is not None}
        return {**reduced, **(instead or {})}

    def is_leaf(self, ref: Ref) -> bool:
        """Whether nothing of the step has made a tensor: it is data, a parameter, or older than the step."""
        return ref.node < self.first or self.tape.nodes[ref.node].function is None

    def picked(self, source: Ref) -> Ref:
        """The items of a store that a step picks for itself, if it reads nothing else of it; else the tensor itself."""
        readers = [node.index for node in self.readers(source)]
        if len(readers) > 1 and all(self.node(index).name in ("__getitem__", "select") for index in readers):
            made = {Ref(index) for index in readers}
            stacks = [index for index in self.order if made & set(self.node(index).parents)]
            if len(stacks) == 1 and made == set(self.node(stacks[0]).parents) and self._is_of_items(stacks[0], readers):
                return Ref(stacks[0])
        node = self.node(readers[0]) if len(readers) == 1 else None
        is_pick = node is not None and node.root < 0 and node.name in TAKES_ROWS
        if node is None or not is_pick or node.parents[0] != source:
            return source
        sizes = zip(self.tape.shape(source), node.shapes[0], strict=False)
        is_part = len(node.shapes[0]) == len(self.tape.shape(source)) and sum(a != b for a, b in sizes) < 2
        return node.ref if is_part else source

    def _given(self, source: Ref) -> list[Ref]:
        """What a model is given of some data: itself, what is picked of it, or the batches that it was stacked into."""
        picked = self.picked(source)
        stacks = self._stacks(picked)
        return stacks if stacks and not self._enters_model(picked, beside=set(stacks)) else [picked]

    def _stacks(self, source: Ref) -> list[Ref]:
        """The batches that a script made of its data with ``torch.stack``, before any model was given them."""
        reached, found = {source}, list[Ref]()
        for node in self.of_loss:
            if node.root < 0 and node.ref not in self.learned and reached.intersection(node.parents):
                is_batch = node.name == "stack" and len(node.parents) > 1 and node.ref != source
                reached |= set() if is_batch else {*node.outs}
                found += [node.ref] if is_batch and self._enters_model(node.ref) else []
        return found

    def _is_of_items(self, stack: int, picks: list[int]) -> bool:
        """Whether items were put one upon the other: by a loader, or by the script that picked each by its number."""
        node = self.node(stack)
        is_plain = node.name == "stack" and len(node.args) == 1 and not node.kwargs
        first = [self.node(pick).args[1] if self.node(pick).name == "__getitem__" else None for pick in picks]
        return node.collated or (is_plain and all(type(item) is int for item in first))

    def _is_number_of_rows(self, source: Ref) -> bool:
        """Whether it only says which rows of a store are picked: other numbers there pick other samples."""
        readers = self.readers(source)
        picks = [node for node in readers if node.name in TAKES_ROWS and node.root < 0 and node.parents[0] != source]
        return bool(readers) and len(picks) == len(readers) and all(self.is_leaf(node.parents[0]) for node in picks)

    def _is_parameter(self, ref: Ref) -> bool:
        return self.tape.nodes[ref.node].kind == "parameter" or ref in self.tape.bare

    def _enters_model(self, source: Ref, beside: Collection[Ref] = ()) -> bool:
        """Whether it meets a parameter, or what was made of some, inside a module that has any; not through others."""
        reached = {source}
        for index in self.order:
            node = self.node(index)
            parents = node.parents
            if index not in self.to_loss or not any(parent in reached for parent in parents):
                continue
            reached |= {ref for ref in node.outs if ref not in beside}
            in_model = node.root >= 0 and has_parameters(self.tape.roots[node.root].module)
            if any(map(self._is_parameter, parents)):
                return True
            if in_model and any(parent in self.learned and parent not in reached for parent in parents):
                return True
        return False


def readers_in(tape: Tape, order: Iterable[int]) -> dict[Ref, list[Node]]:
    """The nodes among some that read each tensor, in their order."""
    found: dict[Ref, list[Node]] = {}
    for index in order:
        for parent in dict.fromkeys(tape.nodes[index].parents):
            found.setdefault(parent, []).append(tape.nodes[index])
    return found


def _outs(tape: Tape, nodes: list[int]) -> set[Ref]:
    return {Ref(index, out) for index in nodes for out in range(len(tape.nodes[index].shapes))}


def has_parameters(module: nn.Module) -> bool:
    """Whether there is anything to learn in a module."""
    return next(module.parameters(), None) is not None


def parts_that_learn(module: nn.Module) -> Iterator[nn.Module]:
    """A model and all of its parts that have anything to learn: a script that decodes may call these by themselves."""
    return (part for part in module.modules() if has_parameters(part))


def _held_by_modules(tape: Tape, roots: tuple[Root, ...]) -> set[Ref]:
    """Buffers, and tensors that modules keep as plain attributes."""
    held: list[Tensor] = []
    for root in {id(root.module): root for root in roots}.values():
        for module in root.module.modules():
            held += [value for value in module._buffers.values() if value is not None]
            held += [value for value in vars(module).values() if isinstance(value, Tensor)]
    return {ref for value in held if (ref := tape.known(value)) is not None}


def is_attribute(node: Node) -> bool:
    """Whether it reads an attribute of a tensor, such as the gradient that a parameter holds."""
    return getattr(node.function, "__name__", "") == "__get__"


def _terms(step: Step) -> list[Term]:
    """Follow the loss back through single numbers to what was reduced; empty where that cannot be told."""
    found: list[Term] = []
    seen: set[int] = set()
    open_refs = [step.loss]
    while open_refs:
        ref = open_refs.pop()
        if ref.node in seen or ref not in step.learned or step.is_leaf(ref):
            continue
        seen.add(ref.node)
        node = step.node(ref.node)
        if node.name in REDUCING and _numel(step.tape.shape(ref)) == 1:
            found.append(Term(node.index, node.ref, _unreduced(node)))
            continue
        many = [parent for parent in node.parents if parent in step.learned and _numel(step.tape.shape(parent)) > 1]
        if not many:
            open_refs += [parent for parent in node.parents if parent in step.learned]
        elif node.name in TOTALS:
            found.append(Term(node.index, many[0]))
        elif _numel(step.tape.shape(ref)) > 1:
            found.append(Term(node.index, ref))
        elif node.name in ("reshape", "view", "squeeze", "to"):
            open_refs += many
    return found[:_MAX_TERMS]


def _numel(shape: tuple[int, ...]) -> int:
    product = 1
    for size in shape:
        product *= size
    return product


def _unreduced(node: Node) -> Run:
    function: Callable[..., Any] = node.function  # type: ignore[assignment]

    def run(*args: Any, **kwargs: Any) -> Any:
        kwargs = {key: value for key, value in kwargs.items() if key not in ("size_average", "reduce")}
        return function(*args, **kwargs | {"reduction": "none"})

    return run

"""Terms of a loss that are cut off from all that is stepped for it, beside others that are not."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.tensors.graphs import graph_of, records
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import descendants, refs_above
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, Tape
from shapecheck.capture.recording.user_code import Spot, expression_at, tree_of
from shapecheck.capture.recording.vocabulary import DETACHES, SHIFTS
from shapecheck.findings import Fix
from shapecheck.reading.sources import walk

_SCALES = frozenset(["mul", "div", "neg", "mean", "sum", "squeeze", "rsub", "radd"])


@dataclass(slots=True, eq=False)
class _Graph:
    """Which parameters backwards arrive at."""

    tape: Tape
    carries: dict[int, bool]

    def parameters(self, ref: Ref) -> set[Ref]:
        """Those that a tensor has a gradient by."""
        nodes = graph_of(self.tape, ref, self.carries)
        parents = (parent for index in nodes for parent in self.tape.nodes[index].parents)
        return {parent for parent in parents if self.tape.nodes[parent.node].kind == "parameter"}


def term_cut_off(step: Step) -> Iterator[Sighting]:
    """``adversarial(judge(fake.detach())) + similar(fake, real)`` in the turn of the part that makes the fake.

    Or a penalty on weights that is reckoned of their numbers alone.

    The optimizer that steps for this loss holds what made the tensor that is cut off. What reads it has an optimizer of
    its own, which had its turn for another loss: the gradient that it gets here is nobody's.
    """
    stepped, others = _turns(step)
    if not stepped:
        return
    graph = _Graph(step.tape, {})
    terms = list(_addends(step, step.loss))
    reached = {term: graph.parameters(term) for term in terms}
    kept = [term for term, found in reached.items() if found & stepped]
    if len(terms) < 2 or not kept:
        return
    for term, found in reached.items():
        if found & stepped or found - others:
            continue
        cut = None if _may_be_put_by(step, found) else _cut(step, graph, term, stepped, others)
        if cut is not None and _is_told_with_graph(step, term, kept, others):
            continue
        if cut is None and not found:
            reads = set[Ref]().union(*(refs for one, refs in reached.items() if _of_nothing_else(step, one)))
            cut = _of_weights(step, term, stepped, reads)
        if cut is not None and not _is_conditional(step, cut):
            yield _told(step, term, cut, stepped)
            return


def _gone_back_at(step: Step) -> Spot | None:
    """Where backward() is called of the loss."""
    return next((spot for ref, spot in step.tape.losses if ref == step.loss), None)


def _turns(step: Step) -> tuple[set[Ref], set[Ref]]:
    """What is stepped for this loss, here or in another round, and what was stepped for others before."""
    losses, spot = step.tape.losses, _gone_back_at(step)
    mine, others = set[Ref](), set[Ref]()
    for at, (ref, other) in enumerate(losses):
        end = losses[at + 1][0].node if at + 1 < len(losses) else len(step.tape.nodes)
        held = {one for place, refs in step.tape.stepped if ref.node < place <= end for one in refs}
        is_mine = ref == step.loss or (spot is not None and other is not None and spot.places == other.places)
        (mine if is_mine else others).update(held)
    return mine, others - mine


def _may_be_put_by(step: Step, reading: set[Ref]) -> bool:
    """Whether what reads a term keeps the gradient of it until it has another one, and may be stepped for both."""
    spot, mine = _gone_back_at(step), {step.loss}
    mine |= {ref for ref, one in step.tape.losses if spot is not None and one is not None and spot.places == one.places}
    return any(step.tape.unspent.get(ref, frozenset()) & reading for ref in mine)


def _addends(step: Step, ref: Ref) -> Iterator[Ref]:
    """What is added up to a loss, each as far back as it is a single number with a factor."""
    node = step.node(ref.node)
    numbers = [one for one in node.parents if step.tape.dtype(one).is_floating_point]
    if ref.node < step.first or any(step.tape.shape(one) not in ((), (1,)) for one in numbers) or not numbers:
        yield ref
    elif node.name in SHIFTS:
        for one in numbers:
            yield from _addends(step, one)
    elif node.name in _SCALES and len(numbers) == 1:
        yield from _addends(step, numbers[0])
    else:
        yield ref


def _cut(step: Step, graph: _Graph, term: Ref, stepped: set[Ref], others: set[Ref]) -> Node | None:
    """The last place in front of a term at which the gradient by what is stepped ends, and behind which others read."""
    above = {ref.node for ref in refs_above(step.tape, term)}
    for index in sorted(above, reverse=True):
        node = step.node(index)
        if node.function is None or records(node) or not node.parents or index < step.first:
            continue
        if not graph.parameters(node.parents[0]) & stepped:
            continue
        behind = descendants(step.tape, {*node.outs}, sorted(at for at in above if at > index))
        if any(others & {*step.node(at).parents} for at in (index, *behind)):
            return node
    return None


def _is_told_with_graph(step: Step, term: Ref, kept: list[Ref], others: set[Ref]) -> bool:
    """Whether what reads a term reads one of those that keep their graph, too: this one may be the level of that."""
    readers = {ref for ref in refs_above(step.tape, term) if ref in others}
    return any(readers <= {*refs_above(step.tape, one)} for one in kept)


def _of_weights(step: Step, term: Ref, stepped: set[Ref], reads: set[Ref]) -> Node | None:
    """Where a penalty on weights, which is made of nothing else, is cut off from them: ``p.data.pow(2).sum()``.

    Where the weights decay in another way, the loss may tell of it; and where they are read with their graph by a term
    of nothing else, this one may only take its number off.
    """
    above = refs_above(step.tape, term)
    leaves = {ref for ref in above if step.node(ref.node).function is None}
    if not leaves & stepped or any(step.node(ref.node).kind != "parameter" for ref in leaves):
        return None
    if leaves & reads or _decay(step, leaves):
        return None
    cuts = [node for ref in above if (node := step.node(ref.node)).function is not None and not records(node)]
    return next((node for node in cuts if node.parents and node.parents[0] in stepped), None)


def _of_nothing_else(step: Step, term: Ref) -> bool:
    """Whether a term is made of parameters alone."""
    begins = (node for ref in refs_above(step.tape, term) if not (node := step.node(ref.node)).parents)
    return all(node.kind == "parameter" for node in begins)


def _decay(step: Step, weights: set[Ref]) -> bool:
    """Whether an optimizer was told to let some weights decay, or something else than an optimizer changes them."""
    tape = step.tape
    begun = tape.stepped[0][0] if tape.stepped else len(tape.nodes)
    changed = (node for node in tape.nodes[begun:] if node.is_in_place and node.parents)
    by_data = (origin(tape, node.parents[0], DETACHES)[0] for node in changed)
    return bool(weights & (tape.moved | tape.decayed)) or any(ref in weights for ref in by_data)


def _is_conditional(step: Step, cut: Node) -> bool:
    """Whether it stands in a branch that the loss does not end in: the branch may go the other way for a time."""
    ends = [
        each for spot in (step.node(step.loss.node).spot, _gone_back_at(step)) if spot for each in spot.with_callers()
    ]
    for spot in cut.spot.with_callers() if cut.spot is not None else ():
        tree = tree_of(spot.code.co_filename)
        for item in walk(tree):
            if not isinstance(item, ast.If | ast.IfExp) or _is_main(item) or not _holds(item, spot.line):
                continue
            if isinstance(item, ast.IfExp) or not any(end.code is spot.code and _holds(item, end.line) for end in ends):
                return True
    return False


def _holds(item: ast.If | ast.IfExp, line: int) -> bool:
    return item.lineno <= line <= (item.end_lineno or item.lineno)


def _is_main(item: ast.If | ast.IfExp) -> bool:
    return ast.unparse(item.test).startswith("__name__")


def _told(step: Step, term: Ref, cut: Node, stepped: set[Ref]) -> Sighting:
    where = step.node(term.node).spot
    line = where.line if where is not None else 0
    text = (
        f"what the optimizer that steps for this loss holds, {len(stepped)} parameters, made the "
        f"{step.tape.shape(cut.ref)} that is cut off here, and the term of line {line} is made of that without its "
        "graph: it has no gradient by any of them, and that by others is not stepped for. The other terms alone train "
        "them"
    )
    if cut.parents[0] in stepped:
        text = (
            f"the weights, {step.tape.shape(cut.parents[0])} here, are cut off from their graph, and the term of line "
            f"{line} is made of nothing else: it changes the number of the loss, and draws no weight anywhere"
        )
    call = expression_at(cut.spot, ast.Call) if cut.spot is not None else None
    fix = Fix(f"without {cut.name}" if cut.name in DETACHES else "the same outside of torch.no_grad()", (), "no")
    read = expression_at(cut.spot, ast.Attribute) if cut.spot is not None else None
    part = call.func if isinstance(call, ast.Call) else read
    if cut.name in DETACHES and cut.spot is not None and isinstance(part, ast.Attribute) and part.attr in DETACHES:
        call = call if isinstance(call, ast.Call) else part
        new = ast.unparse(part.value)
        fix = Fix(new, replaced_text(cut.spot.code.co_filename, call, new), "no")
    return sighted("term_cut_off", cut, text, (fix,))


PROBE = Probe(
    "no term of a loss is cut off from what is stepped for it",
    lambda look: term_cut_off(look.step),
    needs_no_run=True,
)

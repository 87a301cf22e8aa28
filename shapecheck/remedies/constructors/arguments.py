"""Another size for an argument of a layer's constructor: where the number is written, and in the call."""

from __future__ import annotations

from dataclasses import replace

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence, Operation
from shapecheck.reading.definitions import is_told_to_several
from shapecheck.reading.edits import is_number
from shapecheck.reading.failing import maker
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.samples.counts_samples import counts_samples
from shapecheck.reading.sizes.names_of_size import is_shared, names_of_size
from shapecheck.reading.sizes.numbers_behind import numbers_behind
from shapecheck.reading.sizes.numbers_beside import would_be_told_twice
from shapecheck.reading.sizes.written_products import is_written_out, product_of_layer, written_anew
from shapecheck.remedies.constructors.columns_left_out import with_columns_left_out
from shapecheck.remedies.constructors.given_beside import given_beside
from shapecheck.remedies.constructors.heads_in_a_loop import doubt_of_heads
from shapecheck.remedies.constructors.told_by_block import told_by_block
from shapecheck.remedies.names.branches import of_branches
from shapecheck.remedies.names.other_names import neighbours
from shapecheck.remedies.targets.counts import recounted
from shapecheck.remedies.widths.given_in_vain import doubt_of_told
from shapecheck.remedies.widths.halves import doubted
from shapecheck.remedies.widths.products_told_twice import AS_WRITTEN, WRITTEN_TWICE, is_written_elsewhere
from shapecheck.remedies.widths.reckoned import WRITTEN_OVER, reckoned
from shapecheck.remedies.widths.summed_widths import summed, with_right_terms_kept
from shapecheck.remedies.widths.widths_nobody_gives import doubt_of_width

# How wide what a layer reads is, by what its constructor calls it.
_READ = ("in_features", "input_size", "in_channels")
_OF_SAMPLES = "the number says how many samples there are, and there would be as many of these as well"
_TOLD_APART = "two sizes that are told apart would be the same, and a layer may have been told the wrong one of them"


def constructor_argument(
    evidence: Evidence, operation: Operation, name: str, size: int, *, cost: float = 0.0, text: str = ""
) -> list[Candidate]:
    """Another size for an argument of the layer's constructor: where the number is written, and in the call.

    Args:
        evidence: The problem.
        operation: The call of the layer.
        name: The argument: ``"in_features"``.
        size: What it must be.
        cost: What it costs.
        text: How to write it in the constructor's call, if not as the number.
    """
    origin = maker(evidence, operation)
    if origin is None or size < 1:
        # A layer for rows without a number would run, and learn nothing: what is empty is wrong, not the layer.
        return []
    trial = (Step("configure", "", (name, size)),)
    given = told_for(origin, name)
    have = operation.config.get(name)
    if isinstance(have, tuple) and len(have) == 1:
        (have,) = have
    if given is None:
        return []
    found = []
    if text:
        found.append(Candidate(f"{name}={text}", (Change(given, text),), trial, cost))
    shared = is_shared(given)
    others = names_of_size(evidence, given, size, products=name in _READ) if shared else iter(())
    found += [Candidate(f"{name}={other}", (Change(given, other),), trial, cost + 0.2) for other in others]
    product = product_of_layer(evidence) if name == "in_features" else None
    # Of the sides of a map no single one is another.
    behind = numbers_behind(evidence, given, have, size) if product is None else iter(())
    is_read_often = any(map(is_shared, (given, *evidence.told.get(name, ()))))
    in_loop = doubt_of_heads(evidence) or doubt_of_width(evidence) if name == "in_features" else ""
    for far, (number, new) in enumerate(behind):
        # A number that other layers were made with as well is seldom the one that is wrong.
        more = 0.3 + 0.1 * far + (0.3 if shared and number != given else 0.0)
        # How many samples there are is no width, and would be another number with it.
        is_count = number != given and counts_samples(number)
        more, doubt = (more + 0.6, in_loop or _OF_SAMPLES) if is_count else (more, in_loop)
        if is_read_often and number != given and would_be_told_twice(number, new):
            doubt = doubt or _TOLD_APART
        changed = Candidate(f"{number.text} -> {new}", (Change(number, str(new)),), trial, cost + more, doubt)
        found.append(changed)
    found += neighbours(evidence, given, cost=min(cost, 0.1) + 0.05)
    found += of_branches(evidence, given, have, size, trial, cost=min(cost, 0.1) + 0.05)
    if type(have) is int:
        found += recounted(evidence, name, given, have, size, trial, shared=shared, cost=cost)
        found += reckoned(evidence, given, have, size, trial, cost=cost + 0.25)
    found += given_beside(evidence, given, size, trial, cost=min(cost, 0.1))
    found += summed(evidence, operation, name, given, have, size, trial, cost=min(cost, 0.1))
    if type(have) is int and is_told_to_several(given):
        # A number in a class that is made at several places would be that of all of them.
        found += told_by_block(evidence, given, have, size, trial, cost=min(cost, 0.1))
    else:
        anew = written_anew(given.text, size)
        is_map = is_written_out(given.text) and anew.count("*") > 1
        doubt = "" if is_number(given.text) or is_map else WRITTEN_OVER
        title = f"{name}={anew}" if anew == str(size) else f"{given.text} -> {anew}"
        found.append(Candidate(title, (Change(given, anew),), trial, cost + 0.8, doubt))
    if name in ("input_size", "in_features"):
        found = list(with_columns_left_out(evidence, have, size, found))
    found = list(with_right_terms_kept(evidence, operation, name, given, size, found))
    if product is not None:
        unsure = "" if product.is_sure else AS_WRITTEN
        unsure = unsure or (WRITTEN_TWICE if is_written_elsewhere(product.span) else "")
        found = [each if each.doubt else replace(each, doubt=unsure) for each in found]
    found = list(doubted(evidence, given, have, size, found))
    told = doubt_of_told(evidence)
    return [each.doubted(told) for each in found] if told else found

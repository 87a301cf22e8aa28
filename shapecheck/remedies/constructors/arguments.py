"""Another size for an argument of a layer's constructor: where the number is written, and in the call."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence, Operation, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.assignments import values_given
from shapecheck.reading.edits import (
    expression,
    is_number,
    piece,
    whole_number,
)
from shapecheck.reading.failing import maker
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.sizes.written_products import is_written_out, product_of_layer, written_anew
from shapecheck.reading.sizes.written_settings import class_numbers, holder, settings_beside, written_setting
from shapecheck.reading.sources import class_around, found_at, function_at, names_in, parameters, source_of
from shapecheck.reading.where_made import literals
from shapecheck.remedies.constructors.columns_left_out import with_columns_left_out
from shapecheck.remedies.constructors.given_beside import given_beside
from shapecheck.remedies.constructors.heads_in_a_loop import doubt_of_heads
from shapecheck.remedies.constructors.told_by_block import is_told_to_several, told_by_block
from shapecheck.remedies.names.branches import of_branches
from shapecheck.remedies.names.other_names import neighbours
from shapecheck.remedies.names.shared_numbers import counts_samples
from shapecheck.remedies.targets.counts import recounted
from shapecheck.remedies.widths.halves import doubted
from shapecheck.remedies.widths.products_told_twice import AS_WRITTEN, WRITTEN_TWICE, is_written_elsewhere
from shapecheck.remedies.widths.reckoned import WRITTEN_OVER, reckoned
from shapecheck.remedies.widths.summed_widths import summed, with_right_terms_kept
from shapecheck.remedies.widths.widths_nobody_gives import doubt_of_width

_OF_SAMPLES = "the number says how many samples there are, and there would be as many of these as well"


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
    others = names_of_size(evidence, given, size) if shared else iter(())
    found += [Candidate(f"{name}={other}", (Change(given, other),), trial, cost + 0.2) for other in others]
    product = product_of_layer(evidence) if name == "in_features" else None
    # Of the sides of a map no single one is another.
    behind = numbers_behind(evidence, given, have, size) if product is None else iter(())
    in_loop = doubt_of_heads(evidence) or doubt_of_width(evidence) if name == "in_features" else ""
    for far, (number, new) in enumerate(behind):
        # A number that other layers were made with as well is seldom the one that is wrong.
        more = 0.3 + 0.1 * far + (0.3 if shared and number != given else 0.0)
        # How many samples there are is no width, and would be another number with it.
        is_count = number != given and counts_samples(number)
        more, doubt = (more + 0.6, in_loop or _OF_SAMPLES) if is_count else (more, in_loop)
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
    return list(doubted(evidence, given, have, size, found))


def is_shared(given: Span) -> bool:
    """Whether an argument is a name, or a setting as ``cfg.hidden``, that the same function reads elsewhere too."""
    function, name = function_at(given), expression(given.text)
    if function is None or name is None or not (given.text.isidentifier() or holder(name)):
        return False
    reads = [node for node in ast.walk(function) if isinstance(node, _READ) and ast.unparse(node) == ast.unparse(name)]
    return sum(isinstance(node.ctx, ast.Load) for node in reads) > 1


_READ = ast.Name | ast.Attribute | ast.Subscript


def names_of_size(evidence: Evidence, given: Span, size: int) -> Iterator[str]:
    """Parameters of the same function that are this number, or settings beside it, if it is a single one.

    Where there is none, what the function itself has reckoned from them: ``inner = heads * width_of_head``.
    """
    function, source = function_at(given), source_of(given.file)
    if function is None or source is None:
        return
    home = holder(expression(given.text))
    names = set(parameters(function)) - {given.text, "self"}
    reads = {
        source.span(node).text: node
        for node in ast.walk(function)
        if (holder(node) == home if home else isinstance(node, ast.Name) and node.id in names)
    }
    fitting = [
        name
        for name, node in sorted(reads.items())
        if any(int(found.text) == size for found in literals(evidence, source.span(node)))
        or (home and written_setting(source, node) == size)
    ]
    if len(fitting) == 1:
        yield fitting[0]
    elif not fitting and home:
        # A setting that no layer beside it reads, if what came was made by it.
        found, node = found_at(given)
        told = {each.span for steps in evidence.origins.values() for each in steps}
        others = settings_beside(found, node) if found is not None and node is not None else ()
        fit = [name for name, value in others if found and found.span(value) in told and whole_number(value) == size]
        yield from fit[: len(fit) == 1]
    elif not fitting and (made := _reckoned_above(evidence, function, given, size)):
        yield from made[: len(made) == 1]
    elif not fitting:
        # A number that the class has for all that are made of it.
        own = [name for name, number in class_numbers(class_around(function)) if number == size]
        yield from (f"self.{name}" for name in own if len(own) == 1)


def _reckoned_above(evidence: Evidence, function: ast.FunctionDef, given: Span, size: int) -> list[str]:
    """The names that a function gives a product of names, once and above a place, if it comes to this number."""
    source, nodes = source_of(given.file), list(ast.walk(function))
    stored = [each.id for each in nodes if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)]
    found = set()
    for target, value in (pair for each in nodes for pair in values_given(each)):
        is_product = isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mult) and len(names_in(value)) > 1
        is_above = is_product and value.lineno < given.line
        if not isinstance(target, ast.Name) or not is_above or stored.count(target.id) != 1 or source is None:
            continue
        if worked_out(evidence, source.span(value)) == size:
            found.add(target.id)
    return sorted(found)


def numbers_behind(evidence: Evidence, given: Span, have: object, want: int) -> Iterator[tuple[Span, int]]:
    """The whole numbers in the source that an argument comes from, and what each must be for the argument to be right.

    Args:
        evidence: The problem.
        given: The argument's text: ``n``, ``n + m``, ``2 * n``.
        have: What it is.
        want: What it must be.
    """
    node = expression(given.text)
    if not isinstance(node, ast.BinOp) or type(have) is not int:
        yield from ((found, want) for found in literals(evidence, given))
        yield from ((found, want) for found in _among_several(evidence, given, have))
        return
    if isinstance(node.op, ast.Mult) and str(want) in (piece(given, node.left).text, piece(given, node.right).text):
        # It is the other factor that is too many.
        return
    for part in (node.left, node.right):
        span = piece(given, part)
        for found in literals(evidence, span):
            old = int(found.text)
            if isinstance(node.op, ast.Add):
                new = old + want - have
            elif isinstance(node.op, ast.Mult) and old and have % old == 0 and want % (have // old) == 0:
                new = want // (have // old)
            else:
                continue
            is_no_factor = new == 1 and isinstance(node.op, ast.Mult) and found == span
            if new > 0 and not is_no_factor:
                yield found, new


def _among_several(evidence: Evidence, given: Span, have: object) -> Iterator[Span]:
    """The one number of a list that a loop took its items from: ``widths = [8, 16, 4]``."""
    for origin in evidence.chains.get(given, ()):
        node = expression(origin.span.text)
        parts = node.elts if isinstance(node, ast.List | ast.Tuple) and not origin.is_whole else []
        fitting = [part for part in parts if isinstance(part, ast.Constant) and part.value == have]
        if len(fitting) == 1:
            yield piece(origin.span, fitting[0])

"""``shapecheck trace``: runs anybody's model once on inputs of given sizes, and shows what its axes are."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import replace
from difflib import get_close_matches
from io import StringIO
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any

from shapecheck.commands._formats import add_format, format_of, takes_color, writable
from shapecheck.commands._inputs import asked_size, make_inputs, read_sizes, runs, shapes_of, sizes_of_convolution
from shapecheck.commands._targets import called_without_arguments, find_target, kind_of
from shapecheck.errors import DataError

if TYPE_CHECKING:
    import torch
    from torch import nn

    from shapecheck.protocol import Protocol
    from shapecheck.records import Trace

NAME = "trace"
HELP = "run a model once and show the shape of every tensor, each axis by name"

_ENDINGS = {".svg": "svg", ".html": "html", ".htm": "html", ".json": "json", ".md": "markdown"}
_DEFAULT_SIZES = "batch_size=4 seq_length=7 num_features=1"
_USUAL = ("batch_size", "seq_length", "num_features", "in_channels", "height", "width")
# An embedding makes the axis of the features itself.
_SIZES_OF_TOKENS = "batch_size=4 seq_length=7"


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument(
        "model", metavar="PACKAGE.MODULE:NAME", help="a function or class that makes the model, or a model"
    )
    about = (
        f'size of each dim (default: "{_DEFAULT_SIZES}", or the num_features that the first layer was made for; '
        "without num_features for a model that begins with tokens; for one that begins with a convolution its channels "
        'and a usual side: "batch_size=4 in_channels=3 height=32 width=32")'
    )
    parser.add_argument("--sizes", help=about)
    parser.add_argument(
        "--input",
        action="append",
        default=[],
        metavar="SPEC",
        help='dims of one input, "batch_size seq_length"; repeat it for several (default: all dims of --sizes)',
    )
    about = "dtype of all inputs, or repeated, of each (default: what the model takes)"
    parser.add_argument("--dtype", action="append", default=[], help=about)
    parser.add_argument("--protocol", metavar="PACKAGE.MODULE:NAME", help="the protocol that the model is to keep")
    about = "how many modules deep to show: 0 the model alone, 1 what it calls, ... (default: all)"
    parser.add_argument("--depth", type=int, help=about)
    forms = ("text", "markdown", "json", "svg", "html")
    add_format(parser, forms, about="(default: by the ending of --output, otherwise text)")
    parser.add_argument("-o", "--output", metavar="FILE", help="write to a file instead of the terminal")
    parser.add_argument("--width", type=int, help="columns of the text, or pixels of the picture")


def run(args: Namespace) -> int:
    """Run the model and show the trace; 1 if it crashes or breaks its protocol."""
    from shapecheck.render.text import NARROWEST

    # All that can be wrong with the command is found before the model runs.
    is_open = args.sizes is None
    args.sizes = _DEFAULT_SIZES if is_open else args.sizes
    shapes = shapes_of(args.input, read_sizes(args.sizes))
    args.format = format_of(args.format, args.output, _ENDINGS)
    least = NARROWEST if args.format == "text" else 1
    if args.width is not None and args.width < least:
        raise DataError(f"expected a width of {least} or more, got {args.width}")
    if args.depth is not None and args.depth < 0:
        raise DataError(f"expected a depth of 0 or more, got {args.depth}")
    output = None if args.output is None else Path(writable(args.output))
    # What the user's code prints is not part of the trace, which may be JSON for another program.
    with redirect_stdout(sys.stderr):
        model = _model(args.model)
        protocol = None if args.protocol is None else _protocol(args.protocol)
    inputs = make_inputs(model, shapes, args.dtype)
    if is_open and not args.input:
        args.sizes = _sizes_for(model, inputs[0], args.dtype)
        inputs = make_inputs(model, shapes_of([], read_sizes(args.sizes)), args.dtype)
    specs = args.input or [" ".join(read_sizes(args.sizes))]
    return _trace(args, model, protocol or _names_of_inputs(model, inputs, specs), inputs, output)


def _sizes_for(model: nn.Module, made: torch.Tensor, dtypes: list[str]) -> str:
    """The sizes where none were given: as many features, or channels, as the first layer was made for."""
    if not made.is_floating_point():
        return _SIZES_OF_TOKENS
    sizes = read_sizes(_DEFAULT_SIZES)
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        asked = asked_size(model, "num_features", sizes)
        usual = " ".join(f"{dim}={size}" for dim, size in (sizes | ({"num_features": asked} if asked else {})).items())
        convolved = list(sizes_of_convolution(model))
        if not convolved:
            return usual
        # Along the steps a convolution mostly takes what a transpose has turned; a picture comes as it is.
        tried = [usual, *convolved] if "seq_length" in read_sizes(convolved[0]) else [*convolved, usual]
        made_of = ((each, make_inputs(model, shapes_of([], read_sizes(each)), dtypes)) for each in tried)
        return next((each for each, inputs in made_of if runs(model, inputs)), convolved[0])


def _trace(args: Namespace, model: nn.Module, protocol: Protocol, inputs: list[Any], output: Path | None) -> int:
    import torch

    from shapecheck.render.diagnosis import diagnosis_text
    from shapecheck.watcher import watch

    crash: Exception | None = None
    model.eval()
    with _each_layer_by_itself(), watch(model, protocol=protocol, on_violation="record") as seen, torch.no_grad():
        try:
            with redirect_stdout(sys.stderr):
                model(*inputs)
        except Exception as error:
            crash = error
    # The names of the inputs are no promise of the model's, so that nobody shall read of stages.
    trace = seen.trace if args.protocol else replace(seen.trace, protocol="", stages=())
    trace = trace if args.depth is None else trace.down_to(args.depth)
    text = _rendered(trace, args.format, args.width, to_terminal=output is None)
    if output is None:
        print(text)
    else:
        output.write_text(text + "\n", encoding="utf-8")
    if crash is not None:
        print(f"\n{type(crash).__name__}: {crash}", *getattr(crash, "__notes__", ()), sep="\n", file=sys.stderr)
        print(f"\n{_made(args, inputs)}", file=sys.stderr)
        return 1
    for diagnosis in seen.report.diagnoses:
        print(f"\n{diagnosis_text(diagnosis)}", file=sys.stderr)
    return 0 if seen.report.ok else 1


def _made(args: Namespace, inputs: list[Any]) -> str:
    """That the input is none of the user's, which a crash may be about."""
    from shapecheck.render.lines import fill

    made = " and ".join(f"{tuple(each.shape)} {str(each.dtype).removeprefix('torch.')}" for each in inputs)
    told = f"--sizes {args.sizes!r}".replace("'", '"')
    said = (
        f"shapecheck: the model was called with what {told} makes, {made}; if it takes something else, --sizes, "
        f"--input and --dtype say what.{_unusual(args)}"
    )
    return "\n".join(fill(said, max(min(get_terminal_size((100, 24)).columns, 100), 40)))


def _unusual(args: Namespace) -> str:
    """The dims that are called nearly as one that is usual; a name of one's own is as good as any."""
    if args.input:
        return ""
    dims = list(read_sizes(args.sizes))
    near = {dim: get_close_matches(dim, _USUAL, n=1, cutoff=0.55) for dim in dims if dim not in _USUAL}
    asked = [f"{dim} is a name of your own; did you mean {match[0]}?" for dim, match in near.items() if match]
    asked += [f"Without --input, --sizes names every axis of the one input: {' '.join(dims)}."] * bool(asked)
    return "".join(f" {each}" for each in asked)


def _names_of_inputs(model: nn.Module, inputs: list[Any], specs: list[str]) -> Protocol:
    """A protocol that says what the inputs are and nothing else, so that their axes bear the names that were given."""
    from shapecheck.capture.calls import inputs_of
    from shapecheck.capture.configs import contract_of
    from shapecheck.protocol import Protocol, Stage

    roles = [role for role, _ in inputs_of(model, tuple(inputs), {}, contract_of(model))]
    pairs = zip(roles, specs, strict=False)
    return Protocol("", tuple(Stage(f"input {at}", role, spec) for at, (role, spec) in enumerate(pairs)))


@contextmanager
def _each_layer_by_itself() -> Iterator[None]:
    """Outside training torch computes a whole Transformer layer in one step, in which there is nothing to see."""
    import torch

    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)


def _model(text: str) -> nn.Module:
    from torch import nn

    value = find_target(text)
    if not isinstance(value, nn.Module):
        value = called_without_arguments(value, text)
    if not isinstance(value, nn.Module):
        raise DataError(f"expected {text} to make an nn.Module, got {kind_of(value)}")
    return value


def _protocol(text: str) -> Protocol:
    from torch import nn

    from shapecheck.protocol import Protocol

    if text == Protocol.documented.__name__:
        raise DataError(f"expected package.module:name, got {text!r}; did you mean shapecheck:Protocol.{text}?")
    value = find_target(text)
    if not isinstance(value, Protocol) and not isinstance(value, nn.Module):
        value = called_without_arguments(value, text, makes="the protocol")
    if not isinstance(value, Protocol):
        raise DataError(f"expected {text} to be a Protocol, or a function that makes one, got {kind_of(value)}")
    return value


def _rendered(trace: Trace, form: str, width: int | None, *, to_terminal: bool) -> str:
    from shapecheck.render.markdown import trace_markdown
    from shapecheck.render.report_html import trace_page
    from shapecheck.render.svg import WIDTH, flow_svg
    from shapecheck.render.text import trace_text

    if form == "json":
        return trace.to_json(indent=2)
    if form == "markdown":
        return trace_markdown(trace).rstrip("\n")
    if form == "html":
        return trace_page(trace).rstrip("\n")
    if form == "svg":
        return flow_svg(trace, width=width or WIDTH).rstrip("\n")
    unicode = not to_terminal or (sys.stdout.encoding or "").lower().startswith("utf")
    columns = width or get_terminal_size((100, 24)).columns
    return trace_text(trace, columns, color=to_terminal and takes_color(sys.stdout), unicode=unicode)

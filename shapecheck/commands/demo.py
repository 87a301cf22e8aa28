"""``shapecheck demo``: trains one of the two reference models, or uses a trained one."""

from __future__ import annotations

from argparse import SUPPRESS, ArgumentParser, Namespace
from dataclasses import fields
from pathlib import Path
from typing import Any

NAME = "demo"
HELP = "train a reference model on real data: regression or classification"

KINDS = {
    "regression": "predict the next day's price from the seven days before it (MSE)",
    "classification": "predict the next character of a text (cross entropy), and write text",
}


def add_arguments(parser: ArgumentParser) -> None:
    """Add the two demos, each with its own options."""
    demos = parser.add_subparsers(title="demos", dest="kind", metavar="DEMO")
    for kind, about in KINDS.items():
        demo = demos.add_parser(kind, help=about, description=about[0].upper() + about[1:] + ".")
        _add_settings(demo, kind)
        _add_options(demo, kind)
        if kind == "classification":
            _add_request(demo)


def run(args: Namespace) -> int:
    """Run the demo that was asked for."""
    if args.kind is None:
        known = " or ".join(f"shapecheck demo {kind}" for kind in KINDS)
        args._parser.error(f"say which demo: {known}")
    from rich.console import Console

    from shapecheck.models.demo import DemoOptions, run_demo

    # Settings that were not given are not there: a checkpoint knows them, and otherwise their defaults hold.
    names = {each.name for each in fields(_settings_of(args.kind))}
    given = {name: value for name, value in vars(args).items() if name in names}
    options = DemoOptions(
        out=_out_folder(args),
        train=args.checkpoint is None,
        trace=args.trace,
        plot=not args.no_plot,
        quiet=args.quiet,
    )
    run_demo(lambda: _make(args, given), options, Console())
    return 0


def _make(args: Namespace, given: dict[str, Any]) -> Any:
    if args.kind == "regression":
        from shapecheck.models.demo_regression import RegressionDemo

        if args.checkpoint is not None:
            return RegressionDemo.from_checkpoint(args.checkpoint, given)
        return RegressionDemo(_settings_of(args.kind)(**given))

    from shapecheck.models.demo_classification import ClassificationDemo

    request = {"prompt": args.prompt, "length": args.length, "temperature": args.temperature}
    if args.checkpoint is not None:
        return ClassificationDemo.from_checkpoint(args.checkpoint, given, **request)
    return ClassificationDemo(_settings_of(args.kind)(**given), **request)


def _settings_of(kind: str) -> Any:
    # Free of torch, as all that `--help` needs must be.
    from shapecheck.models.settings import ClassificationSettings, RegressionSettings

    return {"regression": RegressionSettings, "classification": ClassificationSettings}[kind]


def _out_folder(args: Namespace) -> Path | None:
    if args.out is not None:
        return Path(args.out)
    # Using a model again must not write over what its training left.
    return Path("runs", args.kind) if args.checkpoint is None else None


def _add_settings(parser: ArgumentParser, kind: str) -> None:
    """One option for each setting, with its help, type and default."""
    from shapecheck.models.settings import about

    group = parser.add_argument_group("settings")
    for each in fields(_settings_of(kind)):
        known = about(each)
        default = "" if each.default is None else f" (default: {each.default})"
        group.add_argument(
            "--" + each.name.replace("_", "-"),
            type=known.read_as,
            choices=known.choices or None,
            default=SUPPRESS,
            metavar=None if known.choices else known.read_as.__name__.upper(),
            help=known.text + default,
        )


def _add_options(parser: ArgumentParser, kind: str) -> None:
    group = parser.add_argument_group("what to do")
    group.add_argument("--trace", action="store_true", help="print the trace of the first batch, all five stages")
    group.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help=f"folder for checkpoint, pictures and metrics (default: runs/{kind}; none with --checkpoint)",
    )
    group.add_argument(
        "--checkpoint", type=Path, metavar="FILE", help="use this trained model: evaluate it, without training"
    )
    group.add_argument("--no-plot", action="store_true", help="draw no pictures")
    group.add_argument("-q", "--quiet", action="store_true", help="show no progress, only the result")


def _add_request(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("text to write")
    group.add_argument("--prompt", help="what to continue (default: 'The ')")
    group.add_argument("--length", type=int, default=300, metavar="INT", help="characters to write (default: 300)")
    group.add_argument(
        "--temperature",
        type=float,
        default=0.7,
        metavar="FLOAT",
        help="below 1 is careful, above is wild, 0 takes the most likely character (default: 0.7)",
    )

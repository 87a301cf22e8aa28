"""The command line: finds the commands, runs one, and turns what goes wrong into a message and an exit code."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from difflib import get_close_matches

from shapecheck import __version__
from shapecheck.commands import find_commands
from shapecheck.errors import ShapecheckError
from shapecheck.other_distribution import warn_of_other_distribution

OK, PROBLEM, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``shapecheck`` with these arguments, those of the process if None.

    Returns:
        The exit code: 0 if all is well, 1 if a problem was found or a run failed, 2 for a wrong usage, 130 after
        Ctrl-C. What argparse itself says (``--help``, an unknown option) leaves through ``SystemExit``.
    """
    _never_fail_on_a_character()
    parser = build_parser()
    given = _as_option(sys.argv[1:] if argv is None else list(argv))
    if astray := _no_command(given, parser) or _option_in_front(given, parser):
        parser.error(astray)
    args, unknown = parser.parse_known_args(given)
    if unknown:
        # By the parser of the command, which shows the usage of the command.
        of_command = getattr(args, "_parser", parser)
        of_command.error(f"unrecognized arguments: {' '.join(unknown)}{_meant(unknown, of_command)}")
    if args._command is None:
        parser.print_help(sys.stderr)
        return WRONG_USAGE
    warn_of_other_distribution()
    try:
        code: int = args._run(args)
        with suppress(ValueError, AttributeError):
            # A script that was run may have closed it, or put None there.
            sys.stdout.flush()
    except ShapecheckError as error:
        print(f"shapecheck: error: {error}", file=sys.stderr)
        return WRONG_USAGE
    except KeyboardInterrupt:
        print("shapecheck: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader went away (`shapecheck ... | head`). Python would flush once more at exit and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PROBLEM
    return code


def build_parser() -> argparse.ArgumentParser:
    """The parser with every command that the folder ``shapecheck/commands`` holds."""
    parser = argparse.ArgumentParser(
        prog="shapecheck",
        description="See, check and learn how tensors are shaped as they move through a\nPyTorch model.",
        epilog=_BEGIN,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("-V", "--version", action="version", version=f"shapecheck {__version__}")
    commands = parser.add_subparsers(title="commands", dest="_command", metavar="COMMAND")
    for command in find_commands():
        sub = commands.add_parser(command.NAME, help=command.HELP, description=command.HELP)
        command.add_arguments(sub)
        sub.set_defaults(_run=command.run, _parser=sub)
    return parser


_BEGIN = """\
where to begin:
  shapecheck run train.py          in the place of: python train.py
  shapecheck run --audit train.py  looks for mistakes that raise nothing, too
  shapecheck fix train.py          looks for changes with which it runs
  shapecheck COMMAND --help        tells what a command takes
"""


def _as_option(given: list[str]) -> list[str]:
    """``help``, ``help run`` and ``version``, which many commands have, as the options that they are here."""
    if given[:1] == ["help"]:
        return [*given[1:2], "--help"]
    return ["--version"] if given == ["version"] else given


def _option_in_front(given: Sequence[str], parser: argparse.ArgumentParser) -> str:
    """What to write instead of an option of a command that stands in front of it; empty where none does."""
    option = next(iter(given), "")
    commands = {name: sub for action in parser._actions for name, sub in _commands_of(action).items()}
    if not option.startswith("-") or option in parser._option_string_actions:
        return ""
    name = next((word for word in given if word in commands), "")
    takers = [each for each, sub in commands.items() if option.partition("=")[0] in sub._option_string_actions]
    if name in takers:
        rest = [word for at, word in enumerate(given) if at and at != given.index(name)]
        return f"{option} stands behind the command: {shlex.join(['shapecheck', name, option, *rest])}"
    if not takers or name:
        return ""
    taker = "run" if "run" in takers else takers[0]
    meant = shlex.join(["shapecheck", taker, *given]) if given[1:] else f"shapecheck {taker} {option} ..."
    version = "; -V tells the version" if option == "-v" else ""
    return f"{option} is an option of {' and '.join(takers)}; did you mean: {meant}{version}"


def _no_command(given: Sequence[str], parser: argparse.ArgumentParser) -> str:
    """What to write instead of a first word that is no command; empty where it is one, or an option."""
    commands = {name: sub for action in parser._actions for name, sub in _commands_of(action).items()}
    word = next(iter(given), "-")
    if word.startswith("-") or word in commands:
        return ""
    near = [[each] for each in get_close_matches(word.lower(), commands, n=1)]
    near += [[name, f"--{word}"] for name, sub in commands.items() if f"--{word}" in _options(sub)]
    if near:
        return f"there is no command {word!r}; did you mean: {shlex.join(['shapecheck', *near[0], *given[1:]])}"
    if word.endswith(".py") or os.path.isfile(word):
        return f"{word} is no command; did you mean: {shlex.join(['shapecheck', 'run', *given])}"
    return f"there is no command {word!r}; there are {', '.join(commands)}"


def _meant(unknown: Sequence[str], parser: argparse.ArgumentParser) -> str:
    """The options that are near to those that nobody knows; empty where none is."""
    known = list(_options(parser))
    asked = [each.partition("=")[0] for each in unknown if each.startswith("--")]
    near = [match for each in asked for match in get_close_matches(each, known, n=1, cutoff=0.75)]
    near += [each.swapcase() for each in unknown if len(each) == 2 and each.swapcase() in known]
    return f"; did you mean {' and '.join(dict.fromkeys(near))}?" if near else ""


def _options(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in parser._actions:
        yield from action.option_strings
        for below in _commands_of(action).values():
            yield from _options(below)


def _commands_of(action: argparse.Action) -> Mapping[str, argparse.ArgumentParser]:
    return action.choices if isinstance(action, argparse._SubParsersAction) else {}


def _never_fail_on_a_character() -> None:
    """Print a ``?`` for what an ASCII terminal cannot show, where Python would raise after all the work is done."""
    for stream in (sys.stdout, sys.stderr):
        encoding = (getattr(stream, "encoding", None) or "").lower()
        if not encoding.startswith("utf") and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")

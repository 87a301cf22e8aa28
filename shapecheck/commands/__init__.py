"""The commands of ``shapecheck``: each file of this folder is one, found by a scan.

A command is a module with a ``NAME``, a one-line ``HELP``, ``add_arguments(parser)`` and ``run(args)``, which
returns the exit code: 0 if all is well, 1 if it found a problem, 2 for a wrong usage. Its file is read for every
``shapecheck --help``, so it imports torch inside ``run`` only. A file whose name begins with ``_`` is no command.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol


class Command(Protocol):
    """What a module of this folder offers."""

    NAME: str
    HELP: str

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the command's options to its parser."""

    def run(self, args: Namespace) -> int:
        """Do the work; return the exit code."""


def find_commands() -> tuple[Command, ...]:
    """Every command of the folder, by name."""
    names = (module.name for module in iter_modules(__path__) if not module.name.startswith("_"))
    commands: list[Command] = [import_module(f"{__name__}.{name}") for name in names]
    return tuple(sorted(commands, key=lambda command: command.NAME))

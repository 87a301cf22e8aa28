"""Reads from the arguments of a command what it is to run, and finds the file of it."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from importlib.machinery import ModuleSpec, PathFinder
from typing import TYPE_CHECKING

from shapecheck.errors import ShapecheckError

if TYPE_CHECKING:
    from shapecheck.scripts.running import Kind, Target


def target_of(args: Namespace) -> Target:
    """What stands behind ``-m`` or ``-c``, or the script.

    Raises:
        ShapecheckError: There is nothing of them.
    """
    from shapecheck.scripts.running import Target

    rest = ([args.script] if args.script is not None else []) + args.arguments
    kinds: tuple[tuple[Kind, list[str] | None], ...] = (("module", args.module), ("code", getattr(args, "code", None)))
    for kind, given in kinds:
        if given is not None:
            if not given:
                raise ShapecheckError(
                    f"-{kind[0]} needs {'the name of a module' if kind == 'module' else 'code'} behind it"
                )
            return Target(kind, given[0], (*given[1:], *rest))
    if args.script is None:
        raise ShapecheckError(f"name the script to run: shapecheck {args._parser.prog.split()[-1]} script.py")
    if args.script.endswith(".ipynb"):
        raise ShapecheckError(
            f"{args.script} is a notebook, not a script: `%load_ext shapecheck` in its first cell explains what its "
            "cells raise"
        )
    return Target("script", args.script, tuple(args.arguments))


def file_of(target: Target) -> tuple[str, str]:
    """The file that is run, by its whole path, and its text, which python can read.

    Raises:
        ShapecheckError: There is no such file, or it is no Python.
    """
    from shapecheck.scripts.fixing import read_source

    name = target.shown
    if target.kind == "module":
        path = _file_of_module(target.name)
    elif name == "<stdin>" or os.path.isdir(target.name):
        raise ShapecheckError(f"{target.name} is no file that could be changed; name the script that crashes")
    else:
        path = os.path.abspath(target.name)
    try:
        text, _ = read_source(path)
        compile(text, path, "exec", dont_inherit=True)
    except OSError as error:
        raise ShapecheckError(f"cannot read {name}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ShapecheckError(f"{name} is no text that Python can read: {error}") from error
    except (SyntaxError, ValueError) as error:
        raise ShapecheckError(f"{name} cannot be read as Python: {error}") from error
    return path, text


def _file_of_module(name: str) -> str:
    """The file of a module, of a package that of its ``__main__``; nothing is imported, for that may crash."""
    spec = _spec_of(name)
    if spec is not None and spec.submodule_search_locations is not None:
        name = f"{name}.__main__"
        spec = _spec_of(name)
    if spec is None or not spec.origin or not os.path.isfile(spec.origin):
        raise ShapecheckError(f"-m {name}: there is no such module with a file that could be changed")
    return os.path.abspath(spec.origin)


def _spec_of(name: str) -> ModuleSpec | None:
    places: list[str] | None = [os.getcwd(), *sys.path]
    spec, parent = None, ""
    for part in name.split("."):
        parent = f"{parent}.{part}".lstrip(".")
        spec = PathFinder.find_spec(parent, places) if places is not None else None
        if spec is None:
            return None
        locations = spec.submodule_search_locations
        places = None if locations is None else list(locations)
    return spec

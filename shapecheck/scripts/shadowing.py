"""Finds a file beside the script that Python takes for a library's module, since both have one name."""

from __future__ import annotations

import linecache
import os
import sys
from collections.abc import Iterator
from importlib.machinery import PathFinder
from itertools import pairwise
from types import FrameType, ModuleType, TracebackType

from shapecheck.capture.libraries import is_of_library
from shapecheck.scripts import arrival

_SHADOWS = "{} is called like {}, and Python finds the file first"


def in_the_way(error: BaseException, folder: str) -> str:
    """That a file of the user's is what an import found in the place of a library, if the error tells so.

    Args:
        error: What went wrong.
        folder: Where Python looks first: the script's own folder.

    Returns:
        A clause; empty where nothing says so.
    """
    for file, whose in _imported_by_library(error, folder):
        return f"{_SHADOWS.format(os.path.basename(file), whose)}; give it another name"
    for file, whose in _taken_for_library(error, folder):
        return f"{_SHADOWS.format(os.path.basename(file), whose)}; if the library is meant, give the file another name"
    return ""


def folder_of(error: BaseException) -> str:
    """The folder of what runs as ``__main__`` where the error was raised; the working directory if nothing does."""
    for frame in _frames(error.__traceback__):
        file = frame.f_globals.get("__file__")
        if frame.f_globals.get("__name__") == "__main__" and isinstance(file, str):
            return os.path.dirname(os.path.abspath(file))
    return os.getcwd()


def without_our_import(error: BaseException) -> None:
    """Take our loader out of the traceback of what went wrong while torch was imported, and Python's importer with it.

    Python takes its own importer out of a traceback, but only where no other loader stands behind it.
    """
    chain: list[TracebackType] = []
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == arrival.__file__:
            while chain and "importlib._bootstrap" in chain[-1].tb_frame.f_code.co_filename:
                chain.pop()
        else:
            chain.append(trace)
        trace = trace.tb_next
    built: TracebackType | None = None
    for one in reversed(chain):
        built = TracebackType(built, one.tb_frame, one.tb_lasti, one.tb_lineno)
    error.__traceback__ = built


def _taken_for_library(error: BaseException, folder: str) -> Iterator[tuple[str, str]]:
    """The module that lacks something, where another one of its name is installed."""
    name, file = "", None
    if isinstance(error, AttributeError) and isinstance(error.obj, ModuleType):
        name, file = error.obj.__name__, getattr(error.obj, "__file__", None)
    elif isinstance(error, ImportError) and error.name:
        # One whose import failed is there no more, and the error has its path.
        name = error.name.partition(".")[0]
        file = getattr(sys.modules.get(name), "__file__", None) or error.path
    if not isinstance(file, str) or not _lies_in(file, folder):
        return
    elsewhere = [path for path in sys.path if os.path.abspath(path) != folder]
    if name in sys.stdlib_module_names or PathFinder.find_spec(name, elsewhere) is not None:
        yield file, f"the module {name}"


def _imported_by_library(error: BaseException, folder: str) -> Iterator[tuple[str, str]]:
    """The file that an ``import`` at the head of a library's module ran."""
    frames = [frame for frame in _frames(error.__traceback__) if not _is_importer(frame)]
    lines = _lines(error.__traceback__)
    for before, after in pairwise(frames):
        file, library = after.f_code.co_filename, before.f_code.co_filename
        is_head = before.f_code.co_name == after.f_code.co_name == "<module>"
        if not is_head or not _lies_in(file, folder) or not is_of_library(library):
            continue
        if linecache.getline(library, lines[before]).lstrip().startswith(("import ", "from ")):
            yield file, f"a module that {str(before.f_globals.get('__name__', library)).partition('.')[0]} imports"


def _lies_in(file: str, folder: str) -> bool:
    path = os.path.abspath(file)
    at = os.path.dirname(path)
    return (os.path.dirname(at) if os.path.basename(path) == "__init__.py" else at) == folder


def _is_importer(frame: FrameType) -> bool:
    file = frame.f_code.co_filename
    return file == arrival.__file__ or "importlib._bootstrap" in file


def _frames(trace: TracebackType | None) -> Iterator[FrameType]:
    while trace is not None:
        yield trace.tb_frame
        trace = trace.tb_next


def _lines(trace: TracebackType | None) -> dict[FrameType, int]:
    found: dict[FrameType, int] = {}
    while trace is not None:
        found[trace.tb_frame] = trace.tb_lineno
        trace = trace.tb_next
    return found

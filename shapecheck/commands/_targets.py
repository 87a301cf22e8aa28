"""Finds what ``package.module:name`` means, and says what is near when there is no such thing."""

from __future__ import annotations

import ast
import inspect
import os
import sys
import traceback
from collections.abc import Iterable
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from shapecheck.capture.libraries import is_of_library
from shapecheck.errors import DataError
from shapecheck.scripts.shadowing import in_the_way

_MOST = 8


def find_target(text: str) -> Any:
    """Import the module and return the attribute that ``package.module:name`` names.

    Modules of the working directory are found too, as ``python`` itself finds them.

    Raises:
        DataError: The text has another form, there is no such module or attribute, or the import fails.

    >>> find_target("collections:OrderedDict").__name__
    'OrderedDict'
    """
    module_name, colon, name = text.partition(":")
    if module_name.endswith(".py"):
        dotted = _dotted(module_name)
        meant = f"; did you mean {dotted}:{name}?" if name else _to_name(Path(module_name), dotted)
        raise DataError(f"expected package.module:name, got the file {module_name}{meant}")
    if not colon or not name or not module_name:
        meant = _to_name(Path(*module_name.split(".")).with_suffix(".py"), module_name) if module_name else ""
        raise DataError(f"expected package.module:name, got {text!r}{meant}")
    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    value: Any = _import(module_name)
    for part in name.split("."):
        if not hasattr(value, part):
            raise DataError(f"{module_name} has no {name!r}{_hint(part, _public(value))}")
        value = getattr(value, part)
    return value


def called_without_arguments(value: Any, text: str, makes: str = "the model") -> Any:
    """What a factory makes; a class or a function that needs arguments is refused before it is called.

    Raises:
        DataError: It cannot be called, not without arguments, or it raises; then the message ends as Python would
            have shown the error, without a frame of ours.
    """
    if not callable(value):
        raise DataError(f"{text} is a {type(value).__name__}, which cannot be called")
    try:
        missing = [
            parameter.name
            for parameter in inspect.signature(value).parameters.values()
            if parameter.default is parameter.empty
            and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        ]
    except (TypeError, ValueError):
        missing = []
    if missing:
        needs = ", ".join(missing)
        raise DataError(f"{text} needs {needs}; name a function without arguments that makes {makes}")
    try:
        return value()
    except (Exception, SystemExit) as error:
        # The first frame is this one, which is nobody's fault.
        theirs = error.__traceback__.tb_next if error.__traceback__ else None
        shown = "".join(traceback.format_exception(type(error), error, theirs)).rstrip("\n")
        raise DataError(f"{text} was called to make {makes}, and raised an error:\n{shown}") from None


def kind_of(value: object) -> str:
    """What a value is, in words: ``"int"``, or ``"the class Net"``."""
    return f"the class {value.__name__}" if isinstance(value, type) else type(value).__name__


def _dotted(file: str) -> str:
    """The module that a file is, as it is imported from the working directory."""
    path = Path(file).with_suffix("")
    if path.is_absolute():
        path = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else Path(path.name)
    return ".".join(path.parts)


def _to_name(path: Path, module: str) -> str:
    """What may be named of a file, which is read and not run: its modules, and what can be called without arguments."""
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return ""
    modules: set[str] = set()
    found: list[str] = []
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            bases = {ast.unparse(base).rpartition(".")[2] for base in node.bases}
            if bases & modules or any(base.endswith("Module") for base in bases):
                modules.add(node.name)
                found.append(f"{module}:{node.name}")
        elif isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and not _needs_arguments(node.args):
            found.append(f"{module}:{node.name}")
    return f"; there are {', '.join(found[:_MOST])}{', ...' * (len(found) > _MOST)}" if found else ""


def _needs_arguments(given: ast.arguments) -> bool:
    return len(given.posonlyargs + given.args) > len(given.defaults) or None in given.kw_defaults


def _import(name: str) -> ModuleType:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise _failed(name, error) from error
        parent, _, last = error.name.rpartition(".")
        raise DataError(f"there is no module {error.name!r}{_hint(last, _modules_in(parent), parent)}") from None
    except (Exception, SystemExit) as error:
        raise _failed(name, error) from error


def _failed(name: str, error: BaseException) -> DataError:
    """An import that fails says where, which the message of the error alone does not."""
    frames = traceback.extract_tb(error.__traceback__)
    # The line of the user's, where there is one: what a library raised, it raised on that.
    at = next((frame for frame in reversed(frames) if not is_of_library(frame.filename)), None)
    where = f" at {os.path.relpath(at.filename)}:{at.lineno}" if at is not None else ""
    if isinstance(error, SyntaxError):
        # It is the importer that stumbles over the file; the file's own place stands in the error.
        where, error = f" at {error.filename}:{error.lineno}", SyntaxError(error.msg)
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    shadowed = in_the_way(error, str(Path.cwd()))
    script = Path(*name.split(".")).with_suffix(".py")
    hint = shadowed or (f"shapecheck run {script} looks at why" if script.is_file() else "")
    return DataError(f"importing {name} failed{where}: {text}{'; ' if hint else ''}{hint}")


def _modules_in(parent: str) -> list[str]:
    """Names of the modules of a package; of the working directory for no package."""
    try:
        paths: Iterable[str] = import_module(parent).__path__ if parent else [str(Path.cwd())]
    except (ImportError, AttributeError):
        return []
    return [module.name for module in iter_modules(paths)]


def _public(value: Any) -> list[str]:
    return [name for name in dir(value) if not name.startswith("_")]


def _hint(name: str, known: Iterable[str], parent: str = "") -> str:
    near = get_close_matches(name, known, n=1, cutoff=0.6)
    prefix = f"{parent}." if parent else ""
    return f"; did you mean {prefix + near[0]!r}?" if near else ""

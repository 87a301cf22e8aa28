"""Finds knowledge files: the modules of a folder, and what other distributions add through entry points."""

from __future__ import annotations

import warnings
from importlib import import_module
from importlib.metadata import entry_points
from pkgutil import walk_packages
from typing import TypeVar

T = TypeVar("T")


def scan(package: str, name: str, kind: type[T]) -> tuple[T, ...]:
    """Collect the values called ``name`` from every module of a package, in whichever folder of it.

    Entry points of the group that is called like the package add to them: each names such a value. One that cannot be
    loaded is passed over with a warning, so that a broken extension does not stop anybody's training.

    Args:
        package: Name of the package: ``"shapecheck.faults"``.
        name: Name of the value in each module: ``"FAULT"``. Modules without it (shared helpers) are passed over.
        kind: The type that it must have.

    Returns:
        Our own values in the order of the files' names, then those of others.
    """
    found: list[T] = []
    modules = [module.name for module in walk_packages(import_module(package).__path__, f"{package}.")]
    for module in sorted(modules, key=lambda module: module.rsplit(".", 1)[-1]):
        value = getattr(import_module(module), name, None)
        if isinstance(value, kind):
            found.append(value)
    for entry in entry_points(group=package):
        try:
            value = entry.load()
        except Exception as error:
            warnings.warn(f"{entry.value!r}, an extension of {package}, was passed over: {error!r}", stacklevel=2)
            continue
        if isinstance(value, kind):
            found.append(value)
        else:
            got = type(value).__name__
            warnings.warn(
                f"{entry.value!r}, an extension of {package}, was passed over: expected a {kind.__name__}, got {got}",
                stacklevel=2,
            )
    return tuple(found)

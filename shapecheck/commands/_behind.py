"""Options of a command that stand behind the script, to which they then belong: a hint, unless it knows them."""

from __future__ import annotations

import re
from argparse import Namespace
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

_NAMED_OTHERWISE = ("script", "arguments", "module", "code")
_IMPORTED = re.compile(r"^\s*(?:from|import)\s+(\w+)", re.MULTILINE)
_MAX_FILES = 200


def behind(args: Namespace, given: Sequence[str], text: str, folder: str) -> list[str]:
    """The options among a script's arguments that look like the command's, each with its value.

    Args:
        args: What the command was given.
        given: What the script was given.
        text: The source of the script; its own options, and those of what it imports from its folder, are left to it.
        folder: Where it lies.
    """
    found = list(_alike(vars(args), given))
    if not found:
        return []
    texts = [text, *_imported(text, folder)]
    return [option for option in found if not any(_knows(each, option) for each in texts)]


def hint(command: str, options: Sequence[str], script: str) -> str:
    """What to write instead, as a line for stderr."""
    names = " and ".join(dict.fromkeys(_name(option) for option in options))
    stand, it = ("stand", "them") if " and " in names else ("stands", "it")
    return (
        f"shapecheck: {names} {stand} behind {script}, so the script was given {it}. Options of shapecheck stand in "
        f"front: shapecheck {command} {' '.join(options)} {script}\n"
    )


def text_of_module(name: str) -> str:
    """The sources of the package that a module belongs to, one behind the other; empty where there are none."""
    with suppress(ImportError, ValueError, AttributeError):
        spec = find_spec(name.partition(".")[0])
        if spec is not None and spec.origin:
            path = Path(spec.origin)
            return "\n".join(_texts(path.parent if path.name == "__init__.py" else path))
    return ""


def _alike(known: dict[str, object], given: Sequence[str]) -> Iterator[str]:
    for at, argument in enumerate(given):
        name = _name(argument)
        key = name[2:].replace("-", "_")
        if not name.startswith("--") or key not in known or key.startswith("_") or key in _NAMED_OTHERWISE:
            continue
        has_value = "=" not in argument and not isinstance(known[key], bool) and at + 1 < len(given)
        yield f"{argument} {given[at + 1]}" if has_value else argument


def _name(option: str) -> str:
    return option.partition(" ")[0].partition("=")[0]


def _knows(text: str, option: str) -> bool:
    """Whether a text speaks of an option, may take any, or has a parameter that a library may have made it of."""
    name = _name(option)
    word = name[2:].replace("-", "_")
    return re.search(rf"\bargv\b|{name}\b|\b{word}\s*(:\s*[\w\[]|=(?!=))", text) is not None


def _imported(text: str, folder: str) -> Iterator[str]:
    for name in dict.fromkeys(_IMPORTED.findall(text)):
        for path in (Path(folder, name), Path(folder, f"{name}.py")):
            yield from _texts(path)


def _texts(path: Path) -> Iterable[str]:
    with suppress(OSError):
        files = sorted(path.rglob("*.py"))[:_MAX_FILES] if path.is_dir() else [path]
        return [file.read_text(encoding="utf-8", errors="replace") for file in files if file.is_file()]
    return []

"""Which tables have a key that another one lacks, and which rows of keys stand in a table as a whole."""

from __future__ import annotations

import re
from collections import OrderedDict, defaultdict
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import torch

from shapecheck.capture.crashes.crash import LiveCrash
from shapecheck.capture.crashes.frames import LiveFrame
from shapecheck.capture.crashes.values import MAX_LISTED
from shapecheck.capture.kept import kept_by
from shapecheck.evidence import Value, ValueKind

_UNKNOWN = re.compile(r"\W*unk(nown)?\W*", re.IGNORECASE)
_TABLES = (dict, OrderedDict, defaultdict)
_ROWS: Mapping[type, ValueKind] = {list: "list", tuple: "tuple", str: "text"}
_KEYS = (str, int, float, bool, type(None))
# So many names of a file, and attributes of an object, are looked at.
MAX_NAMES = 256


def other_tables(crash: LiveCrash, frame: LiveFrame) -> Iterator[tuple[str, Value]]:
    """What a frame holds of tables and of rows of keys, where a key was looked up that a table does not have.

    Args:
        crash: The crash.
        frame: One of its frames.

    Returns:
        Names with values. Of a table, ``has_key`` is 1 if it has the key, of a tensor that holds one number that
        number, ``is_value`` if that is one of its values, and ``has_kind`` if keys of its kind stand in the table; its
        text is its key for words that are not known. Of a row, ``are_keys`` is 1 if the table that was asked has all
        that stands in it, ``is_any_key`` if it has some of it, and of a text ``words_are_keys`` if it has its words.
    """
    call = crash.operation
    if not isinstance(crash.exception, KeyError) or call is None or call.operation.name != "dict.__getitem__":
        return
    asked, key = next(iter(call.args), None), next(iter(crash.exception.args), None)
    key = key.item() if isinstance(key, torch.Tensor) and key.numel() == 1 and key.device.type == "cpu" else key
    if type(asked) not in _TABLES or not _is_plain(key):
        return
    names = {**frame.frame.f_globals, **frame.frame.f_locals}
    for name, value in list(names.items())[:MAX_NAMES]:
        if not name.startswith("__"):
            yield from _of(name, value, asked, key)


def _of(name: str, value: Any, asked: Any, key: Any) -> Iterator[tuple[str, Value]]:
    if type(value) in _TABLES:
        keys = list(islice(dict.keys(value), MAX_LISTED))
        facts = {"has_key": float(dict.__contains__(value, key))}
        facts["has_kind"] = float(any(type(each) is type(key) for each in keys))
        if len(value) <= MAX_LISTED and all(map(_is_plain, dict.values(value))):
            facts["is_value"] = float(key in dict.values(value))
        unknown = next((each for each in keys if type(each) is str and _is_for_unknown(each)), "")
        yield name, Value("dict", type(value).__name__, facts=facts, text=unknown)
    elif type(value) in _ROWS and 0 < len(value) <= MAX_LISTED and all(map(_is_plain, value)):
        facts = {"are_keys": float(all(dict.__contains__(asked, each) for each in value))}
        facts["is_any_key"] = float(any(dict.__contains__(asked, each) for each in value))
        if type(value) is str:
            facts["words_are_keys"] = float(all(dict.__contains__(asked, each) for each in value.split()))
        yield name, Value(_ROWS[type(value)], type(value).__name__, facts=facts)
    elif name == "self" and not isinstance(value, type):
        for path, each in list(kept_by(value).items())[:MAX_NAMES]:
            if type(each) in _TABLES and not path.startswith("_"):
                yield from _of(f"{name}.{path}", each, asked, key)


def _is_plain(key: Any) -> bool:
    """Whether to ask for it runs nothing of the script's own."""
    return type(key) in _KEYS or (type(key) is tuple and all(type(each) in _KEYS for each in key))


def _is_for_unknown(word: str) -> bool:
    """Whether a key stands for all words that are not known.

    >>> _is_for_unknown("<unk>"), _is_for_unknown("[UNK]"), _is_for_unknown("trunk")
    (True, True, False)
    """
    return _UNKNOWN.fullmatch(word) is not None

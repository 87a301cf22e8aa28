"""Tells the items of a list together that are alike, so that a batch of samples does not fill the screen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

_ITEM = re.compile(r"(?P<base>.+)\[(?P<at>\d+)\](?P<of>.*)")
# A few are told one by one.
_MOST = 4
_MOST_KINDS = 6

Pair = tuple[str, str]
_Key = tuple[str, str]


def gathered(pairs: Iterable[Pair]) -> Iterator[Pair]:
    """Pairs of a name and what there is to say of it, with the items of one list that are alike made one pair.

    >>> list(gathered([(f"xs[{at}] of torch.stack", f"({3 + at % 2}, 5)") for at in range(6)]))
    [('xs[0, 2, 4] of torch.stack', '(3, 5)'), ('xs[1, 3, 5] of torch.stack', '(4, 5)')]
    >>> list(gathered([("xs[0]", "(3, 5)"), ("xs[1]", "(4, 5)")]))
    [('xs[0]', '(3, 5)'), ('xs[1]', '(4, 5)')]
    """
    told = [(name, said, _ITEM.fullmatch(name)) for name, said in pairs]
    lists: dict[_Key, dict[str, list[str]]] = {}
    for _, said, item in told:
        if item is not None:
            lists.setdefault((item["base"], item["of"]), {}).setdefault(said, []).append(item["at"])
    long = {key for key, kinds in lists.items() if sum(map(len, kinds.values())) > _MOST}
    done: set[_Key] = set()
    for name, said, item in told:
        key = ("", "") if item is None else (item["base"], item["of"])
        if key not in long:
            yield name, said
        elif key not in done:
            done.add(key)
            yield from _kinds(key, lists[key])


def _kinds(key: _Key, kinds: Mapping[str, Sequence[str]]) -> Iterator[Pair]:
    base, of = key
    for said, places in list(kinds.items())[:_MOST_KINDS]:
        more = ", ..." if len(places) > _MOST else ""
        yield f"{base}[{', '.join(places[:_MOST])}{more}]{of}", said
    if len(kinds) > _MOST_KINDS:
        yield f"{base}[...]{of}", "others yet"

"""A change must not call the script's own modules and functions more often than the script does."""

import linecache

import pytest

from shapecheck.candidate import Change
from shapecheck.evidence import Span
from shapecheck.reading.called_twice import calls_twice

FILE = "<called twice>"


def change(line: str, old: str, new: str) -> Change:
    """A piece of the one line of a file replaced."""
    linecache.cache[FILE] = (len(line), None, [f"{line}\n"], FILE)
    at = line.index(old)
    return Change(Span(FILE, 1, at, 1, at + len(old), old), new)


@pytest.mark.parametrize(
    ("line", "old", "new"),
    [
        ("loss = crit(net(x), y)", " y", " y.view_as(net(x))"),
        ("loss = crit(self.net(x), y)", " y", " y.expand(self.net(x).size(0), -1)"),
        ("loss = crit(net(x), y)", "net(x)", "net(x) + net(x)"),
        ("loss = crit(self.drop.last(x), y)", " y", " self.drop.last(x)"),
    ],
)
def test_a_call_that_stands_there_is_repeated(line, old, new):
    assert calls_twice([change(line, old, new)])


@pytest.mark.parametrize(
    ("line", "old", "new"),
    [
        ("loss = crit(net(x), y)", "net(x)", "net(x).squeeze(1)"),
        ("loss = crit(net(x), y)", "net(x), y", "y, net(x)"),
        ("both = torch.cat([a, b.size(0)])", "a", "a[: b.size(0)]"),
        ("both = torch.cat([torch.relu(a), b])", "b", "torch.relu(a)"),
        ("n = int(m) + len(x)", "len(x)", "len(x) + len(x)"),
        # One of two branches is taken.
        ("x = net(x)", "net(x)", "(net(x)[0] if isinstance(net, nn.GRU) else net(x))"),
        # It stands nowhere yet.
        ("layers = [first]", "first", "first, make(3)"),
        ("x = a.view(b.mean(0))", "a", "a[b.mean(0)]"),
    ],
)
def test_what_is_called_as_often_as_before_or_only_looks_is_not(line, old, new):
    assert not calls_twice([change(line, old, new)])


def test_a_call_that_is_moved_is_called_once():
    line = "loss = crit(net(x), y)"
    assert not calls_twice([change(line, "net(x)", "y"), change(line, " y", " net(x)")])

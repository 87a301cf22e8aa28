"""Lines of a notebook are called as IPython calls them, and those of files by their path."""

import os
import sys
from types import SimpleNamespace

import pytest

from shapecheck.findings import Diagnosis, Edit, Fix, Place
from shapecheck.render.cells import line_of
from shapecheck.render.diagnosis import diagnosis_text

CELLS = {"<ipython-input-3-ab>": ("Cell", "In[3]"), os.path.abspath("kernel_5/7.py"): ("Cell", "In[8]")}


def running(shell):
    return SimpleNamespace(get_ipython=lambda: shell)


SHELL = SimpleNamespace(compile=SimpleNamespace(format_code_name=CELLS.get))


def test_a_line_of_a_cell_is_called_as_ipython_calls_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "IPython", running(SHELL))
    assert line_of("<ipython-input-3-ab>", 14) == "Cell In[3], line 14"
    assert line_of("kernel_5/7.py", 2) == "Cell In[8], line 2"
    found = Diagnosis("", "", "it does not fit", "", place=Place("<ipython-input-3-ab>", 4, 4, "y = f(x)\n"))
    assert diagnosis_text(found).splitlines()[2] == "  --> Cell In[3], line 4"


@pytest.mark.parametrize("shell", [None, SHELL, SimpleNamespace(), SimpleNamespace(compile=None)])
def test_all_else_is_called_by_its_path(monkeypatch, shell):
    monkeypatch.setitem(sys.modules, "IPython", running(shell))
    assert line_of("train.py", 14) == "train.py:14"


def test_without_ipython_nothing_is_asked(monkeypatch):
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    assert line_of("<ipython-input-3-ab>", 14) == "<ipython-input-3-ab>:14"


def test_a_change_is_told_with_its_cell_or_with_its_file_where_that_is_another(monkeypatch):
    monkeypatch.setitem(sys.modules, "IPython", running(SHELL))
    edits = (
        Edit("<ipython-input-3-ab>", 4, 4, "y = g(x)"),
        Edit("of/net.py", 7, 7, "z = 2"),
        Edit("a.py", 2, 2, "x = 1"),
    )
    found = Diagnosis("", "", "it does not fit", "", place=Place("a.py", 1, 1, ""), fixes=(Fix("2", edits),))
    lines = [line.strip() for line in diagnosis_text(found).splitlines()]
    assert lines[-3:] == ["Cell In[3], line 4  y = g(x)", "net.py:7  z = 2", "line 2  x = 1"]

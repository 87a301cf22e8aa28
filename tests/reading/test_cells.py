"""What one cell of a notebook made is followed back to from another one."""

import linecache
import sys
from types import SimpleNamespace

import pytest

from shapecheck.reading.cells import other_cells
from shapecheck.render.report_text import report_text
from shapecheck.scripts.crash_report import report_of

# This file is the frame around the cells, and must not say itself what only a cell says.
BOTH = "True"
LAYERS = f"from torch import nn\nlstm = nn.LSTM(8, 16, batch_first=True, bidirectional={BOTH})\nfc = nn.Linear(16, 3)\n"
ONE_WAY = "lstm = nn.LSTM(8, 24, batch_first=True)\n"
INPUT = "import torch\nx = torch.randn(4, 9, 8)\n"
CALL = "out, _ = lstm(x)\nlogits = fc(out)\n"


@pytest.fixture
def notebook(monkeypatch):
    """Runs texts as the cells of a notebook: the diagnosis of the one that crashes, with its report as text."""
    ran = {}
    named = lambda file: ("Cell", f"In[{ran[file]}]") if file in ran else None  # noqa: E731
    shell = SimpleNamespace(compile=SimpleNamespace(_filename_map=ran, format_code_name=named))
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    names = {"__name__": "__main__"}

    def run(*cells):
        for at, text in enumerate(cells, 1):
            file = f"<ipython-input-{at}-cells>"
            monkeypatch.setitem(linecache.cache, file, (len(text), None, text.splitlines(keepends=True), file))
            ran[file] = at
            try:
                exec(compile(text, file, "exec"), names)
            except Exception as error:
                found = report_of(error)
                return found.report.diagnoses[0], report_text(found.report, found.evidence, width=100)
        return None

    return run


def test_the_layer_of_an_earlier_cell_is_mended_in_its_cell(notebook):
    found, text = notebook(LAYERS, INPUT, CALL)
    assert (found.code, found.place.file, found.place.line) == ("SC307", "<ipython-input-1-cells>", 3)
    assert [edit.replacement for edit in found.fixes[0].edits] == ["fc = nn.Linear(32, 3)"]
    assert "  --> Cell In[3], line 2, in <module>" in text
    assert "  --> Cell In[1], line 3\n" in text
    assert "Cell In[1], line 3  fc = nn.Linear(32, 3)" in text


def test_of_two_cells_that_make_it_the_last_one_counts(notebook):
    found, _ = notebook(LAYERS, ONE_WAY + "fc = nn.Linear(7, 5)\n", INPUT, CALL)
    assert (found.code, found.place.file, found.place.line) == ("SC301", "<ipython-input-2-cells>", 2)


def test_what_another_cell_says_of_another_layer_is_no_evidence(notebook):
    found, _ = notebook(LAYERS, ONE_WAY + "fc = nn.Linear(12, 5)\n", INPUT, CALL)
    assert found.code == "SC301"


def test_a_cell_that_makes_the_name_itself_asks_no_other(notebook):
    found, _ = notebook(LAYERS, INPUT, "fc = nn.Linear(7, 5)\n" + CALL)
    assert (found.place.file, found.place.line) == ("<ipython-input-3-cells>", 1)


def test_a_script_has_no_other_cells(notebook, monkeypatch):
    assert notebook(INPUT) is None
    assert other_cells("train.py") == ()
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: SimpleNamespace(compile=None)))
    assert other_cells("<ipython-input-1-cells>") == ()
    monkeypatch.delitem(sys.modules, "IPython")
    assert other_cells("<ipython-input-1-cells>") == ()

import importlib.util
from pathlib import Path

import pytest

# Tests are no package, so what several of them share is loaded by its path.
_SPEC = importlib.util.spec_from_file_location("render_traces", Path(__file__).with_name("traces.py"))
_TRACES = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_TRACES)


@pytest.fixture
def traces():
    return _TRACES


@pytest.fixture(params=sorted(_TRACES.ALL))
def any_trace(request):
    return _TRACES.ALL[request.param]()

"""The models as a library."""

import subprocess
import sys
from pathlib import Path

import pytest

import shapecheck.models as models


@pytest.mark.parametrize("name", models.__all__)
def test_every_public_name_is_there(name):
    assert getattr(models, name) is not None
    assert name in dir(models)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'PriceGRU'"):
        _ = models.PriceGRU


def test_the_settings_do_not_need_torch():
    code = "import sys; from shapecheck.models import RegressionSettings; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_only_public_names_of_shapecheck_are_used():
    for path in Path(models.__file__).parent.glob("*.py"):
        assert "from shapecheck." not in path.read_text(encoding="utf-8"), path.name

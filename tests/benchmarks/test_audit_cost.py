"""The benchmark runs; what it measures is for people to read, not for a test to judge."""

import runpy
from pathlib import Path


def test_it_prints_a_cost_for_every_model(capsys):
    import torch

    benchmark = runpy.run_path(str(Path(__file__).with_name("audit_cost.py")))
    threads = torch.get_num_threads()
    try:
        assert benchmark["main"](["--rounds", "1", "--steps", "1"]) == 0
    finally:
        torch.set_num_threads(threads)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + len(benchmark["MODELS"])
    assert all("the audit costs" in line for line in lines[1:])

"""See, check and learn how tensors are shaped as they move through a PyTorch model."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from shapecheck.other_distribution import warn_of_other_distribution

if TYPE_CHECKING:
    from shapecheck.auditor import audit as audit
    from shapecheck.axes import AxisFlow as AxisFlow
    from shapecheck.axis_probe import axis_flow as axis_flow
    from shapecheck.dims import Bindings as Bindings
    from shapecheck.dims import Spec as Spec
    from shapecheck.errors import DataError as DataError
    from shapecheck.errors import ProtocolError as ProtocolError
    from shapecheck.errors import ShapecheckError as ShapecheckError
    from shapecheck.errors import ShapeError as ShapeError
    from shapecheck.errors import SpecError as SpecError
    from shapecheck.explainer import explaining as explaining
    from shapecheck.explainer import install as install
    from shapecheck.explainer import load_ipython_extension as load_ipython_extension
    from shapecheck.explainer import uninstall as uninstall
    from shapecheck.explainer import unload_ipython_extension as unload_ipython_extension
    from shapecheck.findings import Diagnosis as Diagnosis
    from shapecheck.findings import Report as Report
    from shapecheck.findings import Violation as Violation
    from shapecheck.losses import CheckedLoss as CheckedLoss
    from shapecheck.losses import check_loss as check_loss
    from shapecheck.model_check import check_model as check_model
    from shapecheck.prediction import predict as predict
    from shapecheck.protocol import Protocol as Protocol
    from shapecheck.protocol import Stage as Stage
    from shapecheck.protocol import Step as Step
    from shapecheck.records import CallRecord as CallRecord
    from shapecheck.records import TensorRecord as TensorRecord
    from shapecheck.records import Trace as Trace
    from shapecheck.render.axes_svg import axis_flow_picture as axis_flow_picture
    from shapecheck.render.diagnosis import diagnosis_text as diagnosis_text
    from shapecheck.render.html import trace_html as trace_html
    from shapecheck.render.markdown import trace_markdown as trace_markdown
    from shapecheck.render.svg import Picture as Picture
    from shapecheck.render.svg import flow_picture as flow_picture
    from shapecheck.render.svg import flow_svg as flow_svg
    from shapecheck.render.text import trace_text as trace_text
    from shapecheck.watcher import watch as watch
    from shapecheck.wrappers import CheckedLinear as CheckedLinear
    from shapecheck.wrappers import CheckedLSTM as CheckedLSTM

__version__ = "0.1.0"

# Name -> module that has it. Resolved at first use, since `import torch` takes seconds. What people print comes by way
# of `render`, which teaches it to show itself.
_HOMES = {
    "AxisFlow": "render",
    "audit": "auditor",
    "axis_flow": "axis_probe",
    "axis_flow_picture": "render.axes_svg",
    "Bindings": "dims",
    "CallRecord": "records",
    "CheckedLSTM": "wrappers",
    "CheckedLinear": "wrappers",
    "CheckedLoss": "losses",
    "DataError": "errors",
    "Diagnosis": "render",
    "Picture": "render.svg",
    "Protocol": "protocol",
    "ProtocolError": "errors",
    "Report": "render",
    "ShapeError": "errors",
    "ShapecheckError": "errors",
    "Spec": "dims",
    "SpecError": "errors",
    "Stage": "protocol",
    "Step": "protocol",
    "TensorRecord": "records",
    "Trace": "render",
    "Violation": "findings",
    "check_loss": "losses",
    "check_model": "model_check",
    "diagnosis_text": "render.diagnosis",
    "explaining": "explainer",
    "flow_picture": "render.svg",
    "flow_svg": "render.svg",
    "install": "explainer",
    "load_ipython_extension": "explainer",
    "predict": "prediction",
    "trace_html": "render.html",
    "trace_markdown": "render.markdown",
    "trace_text": "render.text",
    "uninstall": "explainer",
    "unload_ipython_extension": "explainer",
    "watch": "watcher",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*_HOMES, *(name for name in globals() if name.startswith("__"))})


warn_of_other_distribution()

"""How sure a value is, and what is to be done with it: calibrated on development documents."""

from invoice_capture.confidence.calibration import Calibration, calibrated, calibration_of, mark_of

__all__ = ["Calibration", "calibrated", "calibration_of", "mark_of"]

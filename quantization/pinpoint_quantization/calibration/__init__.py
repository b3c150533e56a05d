"""Calibration sets: the inputs that real pages bring to each stage."""

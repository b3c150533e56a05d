"""Calibration sets: what real pages give each stage."""

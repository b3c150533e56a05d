"""Distillation: how the trained parts of PinPoint come to be (`pinpoint-train`)."""

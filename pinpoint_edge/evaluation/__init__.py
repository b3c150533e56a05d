"""Accuracy: annotated questions, predictions, metrics and summaries."""

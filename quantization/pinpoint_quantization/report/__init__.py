"""Comparison of bundles: size, time, memory and answers."""

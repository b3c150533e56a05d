"""Measuring: answers against annotations, and time and memory on this machine."""

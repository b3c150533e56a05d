"""Quantized weights in LiteRT models."""

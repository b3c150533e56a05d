"""Quantization of ExecuTorch programs."""

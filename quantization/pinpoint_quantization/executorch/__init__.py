"""Quantized weights in ExecuTorch programs."""

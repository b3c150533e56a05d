"""Making PinPoint Edge: synthetic data, distillation, export targets and parity."""

"""The commands of `pinpoint-quantize`, one a file, imported when they are named."""

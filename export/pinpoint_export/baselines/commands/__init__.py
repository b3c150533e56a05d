"""The commands of `pinpoint-bench` that need a baseline, one a file."""

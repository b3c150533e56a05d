"""Commands that `pinpoint-train`, `pinpoint-export` and `pinpoint-bench` take in."""

COMMANDS = {
    "windows": "Train the head that chooses a host's windows.",
    "host": "Export a vision-language host.",
    "hosts": "Compare PinPoint and pruning methods on a host.",
}

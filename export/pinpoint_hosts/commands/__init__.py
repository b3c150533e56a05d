"""Commands that other command lines take in: `pinpoint-train windows`, `pinpoint-bench hosts`."""

COMMANDS = {
    "windows": "Train the head that chooses a host's windows.",
    "hosts": "Compare PinPoint and pruning methods on a host.",
}

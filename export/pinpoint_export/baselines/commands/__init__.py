"""The commands of `pinpoint-bench` that need a baseline, one a file."""

COMMANDS = {
    "baseline": "Compare with OCR of the page and llama.cpp.",
    "compare": "Compare ways to choose the evidence.",
    "llama": "Compare the decode stage with llama.cpp.",
    "service": "Time the service beside the library, and load it.",
}

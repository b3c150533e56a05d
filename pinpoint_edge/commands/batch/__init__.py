"""Many documents in one command: which ones, their answers, a line of results each."""

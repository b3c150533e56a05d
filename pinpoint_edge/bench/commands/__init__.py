"""The commands of `pinpoint-bench`, one a file, imported when they are named."""

"""The commands of `pinpoint-data`, a module each, imported when they are named."""

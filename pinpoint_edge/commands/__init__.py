"""The commands of the `pinpoint` command line, one file each."""

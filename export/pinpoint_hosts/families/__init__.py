"""One family of hosts a file, each registered as an entry point `pinpoint_edge.hosts`."""

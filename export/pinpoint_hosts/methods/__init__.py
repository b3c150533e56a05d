"""Methods that PinPoint is compared with on the same host, one a file."""

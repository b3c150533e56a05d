"""The stages of a bundle as sessions of a runtime."""

"""Hosts lowered for devices: the stages of a family as modules that export, and their files."""

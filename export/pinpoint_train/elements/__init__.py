"""Samples that the element head is trained and measured on."""

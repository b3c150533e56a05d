"""The record of a bundle on a device: its fields, the protocol that fills them, its figures."""

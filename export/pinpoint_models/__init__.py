"""The reference in torch: the modules of every stage, and their trained weights."""

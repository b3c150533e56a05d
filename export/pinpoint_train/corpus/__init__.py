"""The corpus of read pages, and the inputs of trainings that are made of it."""

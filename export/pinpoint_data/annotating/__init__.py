"""Boxes for questions and answers: proposed from lines of text, with a check of each proposal."""

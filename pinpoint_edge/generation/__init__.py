"""From a question and its evidence to an answer: prompt, constrained decoding, confidence."""

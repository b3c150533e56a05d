"""The language model: the module, its forms for each runtime, its weights and vocabulary."""

"""The measurements in the repository's `results/`, and the pages that are generated from them."""

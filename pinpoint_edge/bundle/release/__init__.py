"""Ready-made bundles: an index, files fetched, signatures checked (docs/releases.md)."""

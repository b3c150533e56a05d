"""Forms annotated once: a template is registered to every further scan, and its fields are read."""

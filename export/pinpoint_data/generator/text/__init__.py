"""The words of generated pages: labels, names, values, topics and prose."""

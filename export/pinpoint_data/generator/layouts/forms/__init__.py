"""Forms: blocks of labelled fields, check boxes, signatures, stamps and tables."""

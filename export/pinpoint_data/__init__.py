"""Documents and questions: generated pages, official sets, annotations of your own."""

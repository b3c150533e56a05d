"""PinPoint beside other ways to answer: full page, FastV, OCR with llama.cpp."""

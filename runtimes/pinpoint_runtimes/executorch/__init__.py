"""ExecuTorch, through its Python bindings or a C++ runner."""

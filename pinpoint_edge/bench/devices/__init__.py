"""Where a bundle is measured: this machine, one behind SSH, or an emulated one."""

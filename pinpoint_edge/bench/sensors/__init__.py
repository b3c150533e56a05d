"""Power, temperature and clocks of the machine: one kind of sensor a file."""

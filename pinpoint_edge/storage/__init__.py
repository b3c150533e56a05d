"""Files that outlive a run: atomic writes, resumable logs, strictly decoded records."""

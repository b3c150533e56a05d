"""The commands of `pinpoint-train`, a file each; torch is imported when one runs."""

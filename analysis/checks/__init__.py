"""The companion checks: reproducibility faults beside the verdict, one file each, with the code they flag and pass."""

"""One file for each way in which the bug is mended."""

"""This machine: processes, clocks, disks and file owners."""

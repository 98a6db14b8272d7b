"""This machine: its processes, clocks, disks, and the owners of its files."""

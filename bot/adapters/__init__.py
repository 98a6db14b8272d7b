"""One file per technology; each fulfils a port, none knows another."""

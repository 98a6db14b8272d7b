"""Real processes killed at chosen instants: ``python -m tests.failpoints`` plays the kill matrix.

* `forks`: processes without the time that imports take;
* `points`: the instants, as wrappers that stand in for the adapters in a process that is to be killed;
* `stage`: an editor's folder, a sandbox process and a ledger for one play;
* `matrix`: failpoint × post, and what must hold afterwards;
* `mutants`: bots that are broken on purpose, which the matrix must tell from ours.

bot/ holds none of it: a process gets its failpoint where tests start it.
"""

"""Real processes killed at chosen or random points: ``python -m tests.failpoints`` runs the kill matrix.

* `forks`: processes without the cost of imports; * `points`: the failpoints, as wrappers around the adapters
in a process to be killed; * `stage`: an editor's folder, a sandbox process and a ledger for one run; *
`matrix`: failpoint × post, and the checks afterwards; * `mutants`: deliberately broken bots, which the matrix
must detect; * `soak`: random kills, faults and races of several publishers.

bot/ contains none of this: tests install a failpoint when they start the process.
"""

"""The parts of `bench_compare` and `bench_commits`."""

# make bench: not part of check. BENCH_ARGS="--rounds 200 --only one" and the like; see tests/bench/bench.
bench:
	tests/bench/bench $(BENCH_ARGS)

.PHONY: bench

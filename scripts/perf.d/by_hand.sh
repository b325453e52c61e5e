# shellcheck shell=bash disable=SC2154 # sourced by scripts/perf, which sets build, programs, top, work
# Rows by-hand-*: see tests/perf/by_hand.c. Runs are short and many rather than long and few: what
# disturbs the machine then falls into single pairs, which the median leaves aside.

declare -A by_hand_benchmark=(
	[cpu]="{benchmark: cpu, iterations: 9, work: 100}"
	[fio]="{benchmark: disk, pattern: randread, block_sizes: [4K], size: 64M, seconds: 2}"
	[mpi]="{benchmark: mpi-pingpong, sizes: [8], iterations: 2000}"
)
declare -A by_hand_metric=([cpu]=integer_rate [fio]=bandwidth [mpi]=latency)

by_hand() { # cpu|fio|mpi, pairs
	cat >"$work/by_hand.yaml" <<YAML
campaign: by-hand
targets: [native]
benchmarks:
  - ${by_hand_benchmark[$1]}
YAML
	"$programs/by_hand" "$work/by_hand.yaml" "${by_hand_metric[$1]}" "$2"
}

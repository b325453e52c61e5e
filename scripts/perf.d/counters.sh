# shellcheck shell=bash disable=SC2154 # sourced by scripts/perf, which sets programs
# Rows counters: all counters of a host, at both edges of a run; and between them.

counters() { # pairs
	local i
	for ((i = 0; i < $1; i++)); do
		"$programs/edges" "$(nproc)"
	done
}

counters_during() { # pairs
	local i
	for ((i = 0; i < $1; i++)); do
		"$programs/edges" "$(nproc)" 2
	done
}

# shellcheck shell=bash disable=SC2154 # sourced by scripts/perf, which sets programs
# Rows verdict-*: see tests/perf/verdict.c. Time is simulated, so that these rows need no idle
# machine.

verdict() { # change in percent or "right", pairs
	"$programs/verdict" "$1" "$2"
}

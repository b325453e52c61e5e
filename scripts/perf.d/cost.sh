# shellcheck shell=bash disable=SC2154 # sourced by scripts/perf, which sets what it uses
# Rows cost*: processor time of tare and tare-agent while a benchmark runs that does nothing but
# sleep, in windows of some seconds, in percent of one core.

cost_window_s=3

# Nanoseconds on a CPU, summed over all threads of the processes.
cpu_ns() { # pid…
	local pid
	for pid in "$@"; do cat /proc/"$pid"/task/*/schedstat; done |
		awk '{ s += $1 } END { printf "%.0f\n", s }'
}

# Waits until a process has a child (of that name, if one is given) and prints the child's pid.
child() { # pid [name]
	local tries
	for ((tries = 0; tries < 600; tries++)); do
		pgrep -P "$1" ${2:+-x "$2"} && return
		sleep 0.1
	done
	return 1
}

cost_native() { # windows
	local tare agent before after i t0 t1
	cat >"$work/cost.yaml" <<YAML
campaign: cost
targets: [native]
blocks: 3
benchmarks:
  - {benchmark: "null", seconds: $((cost_window_s * $1 + 4))}
YAML
	"$build/cli/tare" run "$work/cost.yaml" --out "$work/cost" >"$work/cost.log" 2>&1 &
	tare=$!
	# tare's one child on a native machine is the agent, whose one child is the benchmark.
	if ! agent=$(child $tare) || ! child "$agent" tare-null >/dev/null; then
		cat "$work/cost.log" >&2
		return 1
	fi
	sleep 1
	for ((i = 0; i < $1; i++)); do
		t0=$(date +%s%N) before=$(cpu_ns $tare "$agent")
		sleep $cost_window_s
		t1=$(date +%s%N) after=$(cpu_ns $tare "$agent")
		echo "$before $after $t0 $t1" |
			awk '{ printf "%.6f\n", 100 * ($2 - $1) / ($4 - $3) }'
	done
	kill -INT $tare
	wait $tare || true
}

cost_guest() { # windows
	"$programs/guest_cost" "$1" $cost_window_s
}

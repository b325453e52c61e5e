# shellcheck shell=bash disable=SC2154 # sourced by scripts/perf, which sets what it uses
# Rows stats-*: tests/stats/perf_stats.c against tests/stats/perf_numpy.py. Both print all
# rows at once, so that they are run once for all of them.

stats_run() { # pairs
	local i ours theirs
	# Debian's Python: its packages are the yardstick, not what else is in PATH.
	local -a numpy=(/usr/bin/python3 "$top/tests/stats/perf_numpy.py")
	for ((i = 0; i < $1; i++)); do
		if ((i % 2)); then
			ours=$("$build/tests/stats/perf_stats") theirs=$("${numpy[@]}")
		else
			theirs=$("${numpy[@]}") ours=$("$build/tests/stats/perf_stats")
		fi
		join <(sort <<<"$ours") <(grep -v '^#' <<<"$theirs" | sort)
	done
}

stats() { # name, pairs
	[ -f "$work/stats" ] || stats_run "$2" >"$work/stats"
	sed -n "s/^$1 //p" "$work/stats"
}

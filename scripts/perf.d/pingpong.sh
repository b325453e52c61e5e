# shellcheck shell=bash disable=SC2154 # sourced by scripts/perf, which sets what it uses
# Rows pingpong-*: tare-mpi-pingpong against tests/perf/mpi_plainloop.c, two bound ranks on this
# machine. Both are means over all round trips, as IMB's t[usec] is: ours is latency_mean. A median
# on one side would leave out what the other has: preemptions, and the time of the other thread of a
# core. Both warm up for about 0.3 s and then measure for as long: the first thousand round trips of
# 1 KiB take twice as long as those after them.

# Round trips of the loop: to warm up, in a go, and the number of goes.
declare -A pingpong_trips=([0]="200000 500 400" [1024]="160000 400 400" [65536]="20000 50 400"
	[4194304]="400 1 400")

pingpong_mpi() {
	mpiexec.mpich -bind-to hwthread -n 2 "$@" </dev/null
}

pingpong_median() {
	sort -g | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
}

pingpong_mean() {
	awk '{ sum += $1 } END { print sum / NR }'
}

pingpong_ours() { # size
	pingpong_mpi "$build/kernels/tare-mpi-pingpong" --sizes "$1" --seconds 0.3 |
		awk '/^[a-z]/ { on = $1 == "latency_mean"; next } on { gsub(" ", "\n"); print }' |
		pingpong_mean
}

pingpong_loop() { # size
	# shellcheck disable=SC2086 # three words
	pingpong_mpi "$programs/mpi_plainloop" "$1" ${pingpong_trips[$1]} | pingpong_mean
}

pingpong() { # size, pairs
	local i ours loop
	for ((i = 0; i < $2; i++)); do
		if ((i % 2)); then
			ours=$(pingpong_ours "$1") loop=$(pingpong_loop "$1")
		else
			loop=$(pingpong_loop "$1") ours=$(pingpong_ours "$1")
		fi
		echo "$ours $loop"
	done
}

# shellcheck shell=bash disable=SC2154 # sourced by scripts/perf, which sets build, programs, top, work
# Rows pingpong-*: tare-mpi-pingpong against tests/perf/mpi_plainloop.c, two bound ranks on this
# machine. Ours is the median of single round trips; so that the loop's goes are as unlikely to
# hold a preemption, they are short (at 4 MiB one round trip), and their median counts.

declare -A pingpong_go=([0]="500 400" [1024]="200 400" [65536]="10 400" [4194304]="1 400")

pingpong_mpi() {
	mpiexec.mpich -bind-to hwthread -n 2 "$@" </dev/null
}

pingpong_median() {
	sort -g | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
}

pingpong_ours() { # size
	pingpong_mpi "$build/kernels/tare-mpi-pingpong" --sizes "$1" --seconds 0 --iterations 1000 \
		--volume 1000000000 |
		awk '/^[a-z]/ { on = $1 == "latency"; next } on { gsub(" ", "\n"); print }' |
		pingpong_median
}

pingpong_loop() { # size
	# shellcheck disable=SC2086 # round trips in a go, and goes
	pingpong_mpi "$programs/mpi_plainloop" "$1" 10 ${pingpong_go[$1]} | pingpong_median
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

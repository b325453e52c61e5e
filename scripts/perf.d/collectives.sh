# shellcheck shell=bash disable=SC2154 # sourced by scripts/perf, which sets what it uses
# Rows imb-*: tare-mpi-collectives and tare-mpi-alltoall against tests/perf/mpi_imbloop.c, the loops
# by which IMB-MPI1 defines the operations; two bound ranks on this machine. Both sides take the
# median: of single calls where IMB times these alone, of goes of some calls where it times a row.

declare -A collectives_calls=([bcast]=1 [allreduce]=1 [alltoall]=1)

collectives_ours() { # operation, size
	local -a program=("$build/kernels/tare-mpi-collectives" --operation "$1")
	[ "$1" != alltoall ] || program=("$build/kernels/tare-mpi-alltoall")
	pingpong_mpi "${program[@]}" --sizes "$2" --seconds 0 --iterations 4000 \
		--volume 1000000000 |
		awk '/^[a-z]/ { on = $1 == "time"; next } on { gsub(" ", "\n"); print }' |
		pingpong_median
}

collectives_loop() { # operation, size
	pingpong_mpi "$programs/mpi_imbloop" "$1" "$2" 10 "${collectives_calls[$1]-20}" 4000 |
		pingpong_median
}

collectives() { # operation, size, pairs
	local i ours loop
	for ((i = 0; i < $3; i++)); do
		if ((i % 2)); then
			ours=$(collectives_ours "$1" "$2") loop=$(collectives_loop "$1" "$2")
		else
			loop=$(collectives_loop "$1" "$2") ours=$(collectives_ours "$1" "$2")
		fi
		echo "$ours $loop"
	done
}

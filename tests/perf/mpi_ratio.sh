#!/bin/bash
# tare-mpi-pingpong against a plain loop with the same definition, on this machine, two ranks.
#     mpi_ratio.sh KERNELS_DIR PLAINLOOP [PAIRS]
# Runs both PAIRS times (default 9), in turns, the order changing from pair to pair. Prints one line
# per message size: size, ours and the loop's (us, medians over the pairs), and the medians of the
# pairs' ratios: latency / the median of the loop's goes, and latency_mean / the mean of the goes.
# A go is short (at 4 MiB one round trip): on a busy machine nearly every long one would hold a
# preemption, while the median of single round trips holds none. Even so: run it on an idle machine.
set -eu
kernels=$1 plain=$2 pairs=${3:-9}
mpi="mpiexec.mpich -bind-to hwthread -n 2"

# One "median mean" line from numbers, one a line.
summary() {
	sort -g | awk '{ v[NR] = $1; s += $1 }
		END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2, s / NR }'
}

ours() { # size
	$mpi "$kernels/tare-mpi-pingpong" --sizes "$1" --iterations 1000 --volume 1000000000 </dev/null |
		awk '/^[a-z]/ { on = $1 == "latency"; next } on { gsub(" ", "\n"); print }' | summary
}

loop() { # size, round trips in a go, goes
	$mpi "$plain" "$1" 10 "$2" "$3" </dev/null | summary
}

printf '%10s %12s %12s %8s %8s\n' size ours_us loop_us medians means
while read -r size count goes; do
	for ((pair = 0; pair < pairs; pair++)); do
		if ((pair % 2)); then
			a=$(ours "$size") b=$(loop "$size" "$count" "$goes")
		else
			b=$(loop "$size" "$count" "$goes") a=$(ours "$size")
		fi
		echo "$a $b"
	done | awk -v size="$size" '
		function median(v, n,  i, j, t) {
			for (i = 2; i <= n; i++)
				for (j = i; j > 1 && v[j] < v[j - 1]; j--) {
					t = v[j]; v[j] = v[j - 1]; v[j - 1] = t
				}
			return (v[int((n + 1) / 2)] + v[int(n / 2) + 1]) / 2
		}
		{ o[NR] = $1; l[NR] = $3; r[NR] = $1 / $3; m[NR] = $2 / $4 }
		END { printf "%10d %12.4f %12.4f %8.4f %8.4f\n", size, median(o, NR), median(l, NR),
			median(r, NR), median(m, NR) }'
done <<SIZES
0 500 400
1024 200 400
65536 10 400
4194304 1 400
SIZES

# shellcheck shell=bash disable=SC2154 # sourced by scripts/perf, which sets build, programs, top, work
# Rows by-hand-*: see tests/perf/by_hand.c. Runs are short and many rather than long and few: what
# disturbs the machine then falls into single samples and pairs, which the medians leave aside.
#
# fio's disk is ext4 on a loop device on a tmpfs: as fast and as steady as this machine can offer
# one, so that what is seen is the way of running it and not the storage's mood. net goes to a server on
# the same machine over a loopback interface of a network namespace that a token bucket holds at 500
# Mbit/s, against Debian's iperf3: without it, TCP over loopback is as fast as two processes happen to share
# caches, 14 to 37 Gbit/s from one run to the next.

declare -A by_hand_benchmark=(
	[cpu]="{benchmark: cpu, iterations: 30, work: 10}"
	[fio]="{benchmark: disk, pattern: randread, block_sizes: [4K], size: 16M, seconds: 1, interval: 0.05}"
	[mpi]="{benchmark: mpi-pingpong, sizes: [8], iterations: 2000}"
	[net]="{benchmark: net, path: machine-to-host, seconds: 2, omit: 1, interval: 0.1}"
)
declare -A by_hand_metric=([cpu]=integer_rate [fio]=bandwidth_interval [mpi]=latency [net]=throughput)

by_hand_disk() { # mount point
	mkdir -p "$work/memory" "$1"
	mount -t tmpfs tare-perf "$work/memory"
	truncate -s 256M "$work/memory/disk.img"
	mke2fs -q -t ext4 "$work/memory/disk.img"
	mount -o loop "$work/memory/disk.img" "$1"
}

by_hand() { # cpu|fio|mpi|net, pairs
	cat >"$work/by_hand.yaml" <<YAML
campaign: by-hand
targets: [native]
benchmarks:
  - ${by_hand_benchmark[$1]}
YAML
	mountpoint -q "$work/disk" || by_hand_disk "$work/disk"
	local -a link=()
	# shellcheck disable=SC2016 # the words are the inner shell's
	[ "$1" != net ] || link=(unshare --net sh -c 'ip link set lo up &&
		tc qdisc add dev lo root tbf rate 500mbit burst 256kb latency 20ms && exec "$@"' sh)
	"${link[@]}" "$programs/by_hand" "$work/by_hand.yaml" "${by_hand_metric[$1]}" "$2" "$work/disk"
}

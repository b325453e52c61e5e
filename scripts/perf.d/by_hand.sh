# shellcheck shell=bash disable=SC2154 # sourced by scripts/perf, which sets what it uses
# Rows by-hand-*: see tests/perf/by_hand.c. Runs are short and many rather than long and few: what
# disturbs the machine then falls into single samples and pairs, which the medians leave aside.
#
# What fio and iperf3 use serves at a known rate, so that what is seen is the way of running them
# and not the mood of storage, caches and two CPUs: fio's disk is ext4 on a loop device on a tmpfs
# that the kernel throttles to 25,000 reads a second (it could do half as many again), net goes to a
# server on the same machine over a loopback interface of a network namespace that a token bucket
# holds at 500 Mbit/s (single runs without it: 14 to 37 Gbit/s), against Debian's iperf3.

declare -A by_hand_benchmark=(
	[cpu]="{benchmark: cpu, iterations: 30, work: 10}"
	[fio]="{benchmark: disk, pattern: randread, block_sizes: [4K], size: 16M, seconds: 2,"
	[fio]+=" interval: 0.1}"
	[mpi]="{benchmark: mpi-pingpong, sizes: [8], iterations: 2000, seconds: 0}"
	[net]="{benchmark: net, path: machine-to-host, seconds: 2, omit: 1, interval: 0.1}"
)
declare -A by_hand_metric=([cpu]=integer_rate [fio]=bandwidth_interval [mpi]=latency
	[net]=throughput)

BY_HAND_READS=25000 # a second

# Processes in the control group $throttle, which scripts/perf removes at its end, get no more from
# the device; both ways of running fio are started in it.
by_hand_throttle() { # MAJOR:MINOR
	local root limit=blkio.throttle.read_iops_device line="$1 $BY_HAND_READS"
	root=$(findmnt -nro TARGET -t cgroup -O blkio | head -n 1)
	if [ -z "$root" ]; then
		root=$(findmnt -nro TARGET -t cgroup2 | head -n 1)
		limit=io.max line="$1 riops=$BY_HAND_READS"
		echo +io >"$root/cgroup.subtree_control" || return
	fi
	throttle=$root/tare-perf-$$
	mkdir -p "$throttle" && echo "$line" >"$throttle/$limit"
}

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
	local -a rate=()
	# shellcheck disable=SC2016 # the words are the inner shells'
	case $1 in
	net) rate=(unshare --net sh -c 'ip link set lo up &&
		tc qdisc add dev lo root tbf rate 500mbit burst 256kb latency 20ms &&
		exec "$@"' sh) ;;
	fio)
		by_hand_throttle "$(findmnt -nro MAJ:MIN "$work/disk")" || return
		rate=(sh -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' sh "$throttle")
		;;
	esac
	"${rate[@]}" "$programs/by_hand" "$work/by_hand.yaml" "${by_hand_metric[$1]}" "$2" \
		"$work/disk"
}

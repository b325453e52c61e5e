#!/bin/bash
# MPI between machines that are on two networks, as hosts are: every message must be on the network
# of the machines' addresses, with each launcher, and none on the other. The machines are network
# namespaces on this host; nothing of it stays.
# usage: mpi_network_test.sh BUILD_DIR. Exit code 77: skipped, not root.
set -euo pipefail

build=$(readlink -f "$1")
[ "$(id -u)" = 0 ] || { echo "skipped: not root"; exit 77; }
if [ "${2-}" != inside ]; then
	work=$(mktemp -d /tmp/tare-mpi-XXXXXX)
	trap 'rm -rf "$work"' EXIT
	status=0
	unshare --net --mount --fork --kill-child "$0" "$build" inside "$work" || status=$?
	exit $status
fi

work=$3
# Where an image would have the kernels; and a place for names of namespaces that no other process
# sees.
mkdir -p "$work/lib/tare" /run/netns
ln -s "$build/kernels" "$work/lib/tare/kernels"
mount -t overlay -o "lowerdir=$work/lib:/usr/lib" overlay /usr/lib
mount -t tmpfs none /run/netns

ip link set lo up
for i in 0 1; do
	ip netns add m$i
	ip -n m$i link set lo up
done
# The first network is the one that a library would find first.
number=50
for network in control data; do
	ip link add $network type bridge
	ip link set $network up
	for i in 0 1; do
		ip link add $network$i type veth peer name $network$i netns m$i
		ip link set $network$i master $network up
		ip -n m$i address add 198.18.$number.1$i/24 dev $network$i
		ip -n m$i link set $network$i up
	done
	number=$((number + 1))
done

# Like hosts, the machines share neither names nor memory.
cat >"$work/reach" <<-END
	#!/bin/sh
	mount -t tmpfs none /dev/shm
	hostname m\$1
	exec "$build/agent/tare-agent"
END
chmod 755 "$work/reach"

received() { # network
	ip -s -o link show "$1"1 | tr '\134' '\n' | awk 'hit { print $1; exit } /RX:/ { hit = 1 }'
}

run() { # launcher
	local control data reach
	reach="ip netns exec m{index} unshare --uts --ipc --mount $work/reach {index}"
	cat >"$work/campaign.yaml" <<-END
		campaign: two-networks
		targets:
		  - {target: command, name: hosts, address: "198.18.51.1{index}",
		     reach: "$reach"}
		placements: [1x2]
		blocks: 1
		limits: {run: 60s}
		resources: {cpus: 2, memory: 256M}
		benchmarks:
		  - {benchmark: mpi-pingpong, sizes: [1M], iterations: 10, seconds: 1, launcher: $1}
	END
	control=$(received control)
	data=$(received data)
	"$build/cli/tare" run "$work/campaign.yaml" --out "$work/$1"
	control=$(($(received control) - control))
	data=$(($(received data) - data))
	echo "$1: $control bytes on the control network, $data on the data network"
	[ "$(sqlite3 "$work/$1/campaign.sqlite" \
		'SELECT count(*) FROM run WHERE failure IS NULL')" = 1 ]
	[ $data -gt 20000000 ]
	[ $control -lt 100000 ]
}

run hydra
run openmpi

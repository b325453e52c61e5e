#!/bin/bash
# PCI pass-through on an emulated host with an IOMMU, tare running on that host itself: a KVM guest
# gets the host's NVMe disk as its scratch disk and the host's e1000e as its network card. Both come
# back to their own drivers after the campaign, and by `tare clean` after one that was killed. A
# disk that the host uses is refused. Then, the host rebooted into Xen, the same with a PV guest.
# The lab reaches both guests through their card.
#   tests/lab/passthrough.sh BUILD_DIR [linux|xen]
# Exit status 0: all held; 77: not root, no guest image, or another lab is up. TARE_TEST_KEEP=1
# leaves the lab up. Takes some minutes on two free cores.
# shellcheck disable=SC2317,SC2016 # check calls the functions; hosts expand the variables
# shellcheck source=SCRIPTDIR/lab.sh
. "$(dirname "$0")/lab.sh"
build=${1:?usage: tests/lab/passthrough.sh BUILD_DIR [linux|xen]}
environments=${2:-linux xen}
host_limit_s=900
disk=0000:01:00.0
card=0000:02:00.0
card_mac=52:54:00:14:00:01 # of scripts/lab
# The campaign's first guest, and an address beside it. Linux has the campaign's network in a
# namespace of its own; in Xen's dom0 it is beside the host's own, 198.18.0.0/24.
declare -A guests=([linux]=198.18.0.2 [xen]=198.18.16.2)
declare -A besides=([linux]=198.18.15.254/20 [xen]=198.18.31.254/20)

campaign() { # NAME SECONDS TARGET [BASELINE]
	on_host "cat >/root/$1.yaml" <<-END
		campaign: $1
		baseline: ${4:-passed}
		targets:
		  ${4:+- $4}
		  - {target: $3, name: passed, hostdev: "$disk,$card", device_overwrite: true}
		placements: [1x1]
		resources: {cpus: 1, per: machine, memory: 384M, scratch: 64M, overcommit: true}
		blocks: 1
		limits: {time: 20m, run: 5m, boot: 8m}
		benchmarks:
		  - {benchmark: disk, pattern: seqwrite, block_sizes: [64K], size: 8M, seconds: $2}
	END
}

measured() { # NAME
	on_host "/opt/tare/bin/tare report /root/$1 --format csv" |
		grep -E '^passed,.*,bandwidth,.*,measured,'
}

driver_is() { # ADDRESS DRIVER
	on_host "basename \$(readlink /sys/bus/pci/devices/$1/driver)" | grep -qx "$2"
}

own_drivers() { driver_is "$disk" nvme && driver_is "$card" e1000e; }

# A disk that answers: it was reset, and its interrupts reach the host again.
disk_works() {
	on_host 'dd if=/dev/nvme0n1 of=/dev/null bs=1M count=16 iflag=direct' &&
		! on_host 'dmesg' | grep -E 'nobody cared|Disabling IRQ'
}

refused_while_mounted() {
	on_host 'mke2fs -q -F /dev/nvme0n1 && mkdir -p /mnt/used && mount /dev/nvme0n1 /mnt/used
		/opt/tare/bin/tare plan /root/first.yaml; umount /mnt/used' |
		tr '\n' ' ' | grep -q 'the host uses it: /dev/nvme0n1 is mounted'
}

# The lab stands on the network that the card leads to.
stand_beside() { ip -n tare-lab address replace "${besides[$environment]}" dev data; }

# A connection is refused by the guest's kernel; the neighbour's address is the card's.
card_answers() {
	local said guest=${guests[$environment]}
	said=$(ip netns exec tare-lab timeout 1 bash -c "</dev/tcp/$guest/9" 2>&1)
	[[ $said = *refused* ]] &&
		[[ $(ip -n tare-lab neighbour show "$guest") = *"$card_mac"* ]]
}

# While the guest runs, from its greeting to its end.
measure_and_reach() { # NAME
	local status answered=
	measure "$1" &
	while kill -0 $! 2>/dev/null; do
		[ -n "$answered" ] || ! card_answers || answered=yes
		sleep 0.5
	done
	wait $!
	status=$?
	[ -n "$answered" ] || echo "${guests[$environment]} did not answer through $card"
	[ "$status" = 0 ] && [ -n "$answered" ]
}

# Killed as soon as the guest has the disk.
kill_a_campaign() {
	on_host 'cd /root && {
			/opt/tare/bin/tare run killed.yaml --out /root/killed >/dev/null 2>&1 &
		}
		pid=$! left=3000
		until readlink /sys/bus/pci/devices/'"$disk"'/driver | grep -q vfio-pci ||
			[ $((left -= 1)) = 0 ]; do sleep 0.1; done
		sleep 2; kill -KILL $pid; [ $left -gt 0 ]'
}

cleans_up() {
	on_host '/opt/tare/bin/tare clean' | tee /dev/stderr |
		grep -q '2 PCI devices, given back'
}

# With the host as it was booted.
host_is_ready() {
	check "its devices have their own drivers" own_drivers
	check "tare is copied to it" copy_programs "$build"
	check "the lab stands beside its guests" stand_beside
}

devices_are_back() {
	check "the devices are given back" own_drivers
	check "the host can use the disk" disk_works
}

linux_host() {
	host_is_ready
	campaign first 10 kvm-virtio native
	campaign killed 120 kvm-virtio
	check "a disk that the host uses is refused" refused_while_mounted
	check "a guest measures on the disk, and answers by its card" measure_and_reach first
	check "there is a value" measured first
	devices_are_back
	check "a campaign is killed" kill_a_campaign
	check "the disk is still the guest's" driver_is "$disk" vfio-pci
	check "tare clean gives it back" cleans_up
	devices_are_back
}

xen_host() {
	check "it becomes Xen" "$lab" boot node1 xen
	host_is_ready
	campaign xen 10 xen-pv dom0
	check "a PV guest measures on the disk, and answers by its card" measure_and_reach xen
	check "there is a value" measured xen
	devices_are_back
}

need_image
lab_begin
check "an emulated host with an IOMMU comes up" "$lab" up --passthrough
for environment in $environments; do
	"${environment}_host"
done
lab_end

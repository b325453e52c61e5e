#!/bin/bash
# PCI pass-through on an emulated host with an IOMMU, tare running on that host itself: a KVM guest
# gets the host's NVMe disk as its scratch disk, and the disk comes back to its own driver after the
# campaign, and by `tare clean` after one that was killed. A disk that the host uses is refused.
# Then, the host rebooted into Xen, the same with a PV guest.
#   tests/lab/passthrough.sh BUILD_DIR
# Exit status 0: all held; 77: not root, no guest image, or another lab is up. TARE_TEST_KEEP=1
# leaves the lab up. Takes some minutes on two free cores.
# shellcheck disable=SC2317,SC2016 # check calls the functions; hosts expand the variables
# shellcheck source=SCRIPTDIR/lab.sh
. "$(dirname "$0")/lab.sh"
build=${1:?usage: tests/lab/passthrough.sh BUILD_DIR}
host_limit_s=900
disk=0000:01:00.0

campaign() { # NAME SECONDS TARGET [BASELINE]
	on_host "cat >/root/$1.yaml" <<-END
		campaign: $1
		baseline: ${4:-passed}
		targets:
		  ${4:+- $4}
		  - {target: $3, name: passed, hostdev: "$disk", device_overwrite: true}
		placements: [1x1]
		resources: {cpus: 1, per: machine, memory: 384M, scratch: 64M, overcommit: true}
		blocks: 1
		limits: {time: 20m, run: 5m, boot: 8m}
		benchmarks:
		  - {benchmark: disk, pattern: seqwrite, block_sizes: [64K], size: 8M, seconds: $2}
	END
}

measured() {
	on_host "/opt/tare/bin/tare report /root/$1 --format csv" |
		grep -E '^passed,.*,bandwidth,.*,measured,'
}

driver_is() { on_host "basename \$(readlink /sys/bus/pci/devices/$disk/driver)" | grep -qx "$1"; }

refused_while_mounted() {
	on_host 'mke2fs -q -F /dev/nvme0n1 && mkdir -p /mnt/used && mount /dev/nvme0n1 /mnt/used
		/opt/tare/bin/tare plan /root/first.yaml; umount /mnt/used' |
		tr '\n' ' ' | grep -q 'the host uses it: /dev/nvme0n1 is mounted'
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
		grep -q '1 PCI devices, given back'
}

need_image
lab_begin
check "an emulated host with an IOMMU comes up" "$lab" up --passthrough
check "its disk has its own driver" driver_is nvme
check "tare is copied to it" copy_programs "$build"
campaign first 2 kvm-virtio native
campaign killed 120 kvm-virtio
check "a disk that the host uses is refused" refused_while_mounted
check "a guest measures on the host's disk" measure first
check "there is a value" measured first
check "the disk is given back" driver_is nvme
check "a campaign is killed" kill_a_campaign
check "the disk is still the guest's" driver_is vfio-pci
check "tare clean gives it back" cleans_up
check "its own driver has it" driver_is nvme

check "it becomes Xen" "$lab" boot node1 xen
check "its disk has its own driver" driver_is nvme
check "tare is copied again" copy_programs "$build"
campaign xen 2 xen-pv dom0
check "a PV guest measures on the host's disk" measure xen
check "there is a value" measured xen
check "the disk is given back" driver_is nvme
lab_end

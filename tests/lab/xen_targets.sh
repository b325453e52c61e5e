#!/bin/bash
# Campaigns on an emulated host with a real hypervisor, tare running on that host itself: a KVM
# guest by kvm_amd, then, rebooted into Xen, guests of every kind. What is asserted: each target
# boots and measures, everything is marked as emulated, guests reach each other, the facts name the
# hypervisor, and neither a finished nor a killed campaign leaves anything.
#   tests/lab/xen_targets.sh BUILD_DIR [TARGET…]    TARGETs: only these of Xen's (default: all)
# Exit status 0: all held; 77: not root, no guest image, or another lab is up. TARE_TEST_KEEP=1
# leaves the lab up. Takes about ten minutes on two free cores.
# shellcheck disable=SC2317,SC2016 # check calls the functions; hosts expand the variables
# shellcheck source=SCRIPTDIR/lab.sh
. "$(dirname "$0")/lab.sh"
build=${1:?usage: tests/lab/xen_targets.sh BUILD_DIR [TARGET…]}
shift
xen_targets=${*:-xen-pv xen-pvh xen-hvm xen-fv}

all_libraries_there() {
	on_host '! ldd /opt/tare/bin/tare | grep "not found"'
}

campaign() { # NAME TARGETS PLACEMENT BENCHMARK…
	write_campaign /root "$1" "${2// /, }" "${@:3}"
}

# Every cell of every target has a value, and every one is marked.
all_measured_as_emulated() { # NAME TARGETS
	local target csv marked=',measured,.*,yes,(yes|no),[^,]*,$'
	csv=$(on_host "/opt/tare/bin/tare report /root/$1 --format csv") || return
	echo "$csv"
	for target in $2; do
		grep -qE "^$target,.*$marked" <<<"$csv" || return
	done
	! tail -n +2 <<<"$csv" | grep -qvE "$marked"
}

report_says() { # NAME REGEX
	on_host "/opt/tare/bin/tare report /root/$1 --all" >"$work/report" || return
	grep -E "$2" "$work/report" || { cat "$work/report" && false; }
}

nothing_left() {
	on_host 'ls -d /run/tare/*/ /var/lib/tare/*/ /run/netns/tare-* 2>/dev/null
		ip -o link | grep -E " (tare-[0-9a-f]{8}|vif|tap|[ct][0-9a-f]{8}-)"
		uri=$(test -e /sys/hypervisor/type && echo xen || echo qemu):///system
		virsh -q -c "$uri" list --name | grep tare-
		losetup -l | grep scratch.raw' >"$work/left"
	cat "$work/left"
	[ ! -s "$work/left" ]
}

# Killed while its first guest runs: the domain, the bridge and the files are still there.
kill_a_campaign() {
	on_host 'cd /root && {
			/opt/tare/bin/tare run killed.yaml --out /root/killed >/dev/null 2>&1 &
		}
		pid=$! left=3000
		until xl list | grep -q tare- || [ $((left -= 1)) = 0 ]; do sleep 0.1; done
		kill -KILL $pid
		xl list | grep tare- && ip -o link | grep "tare-[0-9a-f]\{8\}"'
}

cleans_up() { on_host '/opt/tare/bin/tare clean'; }

need_image
lab_begin
check "an emulated host comes up" "$lab" up --nodes 1
check "tare is copied to it" copy_programs "$build"
check "no library is missing there" all_libraries_there
campaign kvm "native kvm-virtio" 1x1 '"null"'
check "Linux: native and a KVM guest" measure kvm
check "all of it is marked emulated" all_measured_as_emulated kvm "native kvm-virtio"
check "by KVM, not by QEMU's emulation" report_says kvm 'accelerator +kvm-virtio +kvm$'
check "nothing is left" nothing_left

check "it becomes Xen" "$lab" boot node1 xen
check "tare is copied again" copy_programs "$build"
campaign xen "dom0 $xen_targets" 1x1 '"null"' 'cpu, work: 1'
campaign pair "${xen_targets%% *}" 1x2 'net, seconds: 2'
campaign killed "${xen_targets%% *}" 1x1 '"null"'
check "Xen: dom0, $xen_targets" measure xen
check "all of it is marked emulated" all_measured_as_emulated xen "dom0 $xen_targets"
check "the hypervisor is named" report_says xen '^hypervisor .*Xen$'
check "and its version" report_says xen '^hypervisor version .* 4\.'
check "and dom0's kernel" report_says xen '^host kernel .* [0-9]+\.[0-9]+'
check "nothing is left" nothing_left
check "two guests reach each other" measure pair
check "and are marked emulated" all_measured_as_emulated pair "${xen_targets%% *}"
check "nothing is left" nothing_left
check "a campaign is killed" kill_a_campaign
check "tare clean cleans up after it" cleans_up
check "nothing is left" nothing_left
lab_end

#!/bin/bash
# Tests of scripts/lab itself, on a lab of its own cache and with real emulated hosts: what it
# refuses, two hosts that reach each other and nothing else, both environments, leftovers of a
# killed run, and that nothing stays. Takes about a minute once the host image is built.
#   tests/lab/lab_test.sh          exit status 0: all held; 77: not root, or another lab is up
# shellcheck disable=SC2317,SC2016 # check calls the functions; hosts expand the variables
# shellcheck source=SCRIPTDIR/lab.sh
. "$(dirname "$0")/lab.sh"
state=${TARE_LAB:-/var/lib/tare/lab}

not() { ! "$@"; }

exits() { # STATUS COMMAND…
	local expected=$1 status=0
	shift
	"$@" || status=$?
	[ "$status" = "$expected" ]
}

nothing_left() {
	[ ! -e "$state" ] && [ ! -e /run/netns/tare-lab ] && ! pgrep -f 'name tare-lab-node' &&
		! pgrep -f "ssh.*-F $state/"
}

on() { "$lab" ssh "$@"; }

# The script is killed while a host boots: its QEMU goes on, and the next "up" must cope.
kill_an_up() {
	setsid "$lab" up &
	local pid=$! tenths=0
	until [ -s "$state/node1/pid" ] || [ $((tenths++)) -gt 600 ]; do sleep 0.1; done
	kill -KILL -- "-$pid"
	wait "$pid"
	[ -s "$state/node1/pid" ]
}

lab_begin
check "image is built" "$lab" image
check "no lab: status says so" exits 3 "$lab" status
check "no lab: boot is refused" exits 2 "$lab" boot node1 xen
check "an unknown verb is refused" exits 2 "$lab" fly
check "no nodes are refused" exits 2 "$lab" up --nodes 0
check "an up is killed" kill_an_up
check "two hosts come up after it" "$lab" up --nodes 2
check "exactly two QEMUs run" test "$(pgrep -fc 'name tare-lab-node')" = 2
check "an unknown environment is refused" exits 2 "$lab" boot node1 windows
check "an unknown host is refused" exits 2 "$lab" boot node9 xen
check "node1 is Linux with SVM" on node1 'test ! -e /sys/hypervisor/type && test -c /dev/kvm'
check "libvirt drives QEMU" on node1 'virsh -c qemu:///system version'
check "hosts reach each other on the data network" on node1 'ping -c 2 -w 5 198.18.0.12'
check "hosts reach nothing else" on node1 'test -z "$(ip route show default)"'
check "the namespace has no way out" test -z "$(ip -n tare-lab route show default)"
check "the guest image is there, if one is built" on node1 \
	'cd /var/cache/tare/images
	test ! -e current || test -x current/root/usr/lib/tare/tare-agent'
check "something is written" on node1 'touch /root/written && sync'
check "node1 becomes Xen" "$lab" boot node1 xen
check "it is Xen" on node1 'test "$(cat /sys/hypervisor/type)" = xen && xl info'
check "libvirt drives Xen" on node1 'virsh -c xen:///system version'
check "its disk was thrown away" on node1 'test ! -e /root/written'
check "node2 did not notice" on node2 'test -e /run/tare-lab/ready'
check "arguments and exit statuses pass" exits 7 on node2 'exit 7'
check "node2 loses power" "$lab" off node2
check "and does not answer" not on -o ConnectTimeout=3 node2 true
check "it goes down" "$lab" down
check "nothing is left" nothing_left
lab_end

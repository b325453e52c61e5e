#!/bin/bash
# KVM without root, tare running on an emulated host as an ordinary user in group kvm: his guests
# are KVM's, not emulated by QEMU, they reach each other, and neither a finished nor a killed
# campaign leaves anything.
#   tests/lab/user.sh BUILD_DIR
# Exit status 0: all held; 77: not root, no guest image, or another lab is up. TARE_TEST_KEEP=1
# leaves the lab up.
# shellcheck disable=SC2317,SC2016 # check calls the functions; hosts expand the variables
# shellcheck source=SCRIPTDIR/lab.sh
. "$(dirname "$0")/lab.sh"
build=${1:?usage: tests/lab/user.sh BUILD_DIR}
home=/home/bench
kvm="{target: kvm-virtio, accelerator: kvm, vhost: on}"

add_user() { on_host "useradd --create-home --groups kvm bench && chmod 755 /opt/tare"; }

as_user() { # COMMAND
	on_host "cd $home && setpriv --reuid=bench --regid=bench --init-groups \
		env -u XDG_RUNTIME_DIR HOME=$home USER=bench sh -c '$1'"
}

campaign() { write_campaign $home "$@"; } # NAME TARGETS PLACEMENT BENCHMARK…

can_run() { # NAME
	as_user "/opt/tare/bin/tare plan $1.yaml" | grep -C 20 ', 0 of them skipped'
}

run_as_user() { as_user "/opt/tare/bin/tare run $1.yaml --out $1"; }

# Every row of the campaign has a value.
measured() { # NAME
	local csv
	csv=$(as_user "/opt/tare/bin/tare report $1 --format csv") || return
	echo "$csv"
	grep -q ',measured,' <<<"$csv" && ! tail -n +2 <<<"$csv" | grep -qv ',measured,'
}

report_says() { # NAME REGEX
	as_user "/opt/tare/bin/tare report $1 --all" >"$work/report" || return
	grep -E "$2" "$work/report" || { cat "$work/report" && false; }
}

# While its QEMU, which is this user's, has a virtual machine of KVM's.
kill_a_campaign() {
	as_user '/opt/tare/bin/tare run killed.yaml --out killed >/dev/null 2>&1 &
		pid=$! left=3000
		until guest=$(pgrep -u bench -o -f [g]uest=tare-) &&
			ls -l /proc/$guest/fd | grep kvm-vm ||
			[ $((left -= 1)) = 0 ]; do sleep 0.1; done
		kill -KILL $pid && [ $left -gt 0 ]'
}

no_process_left() {
	local tenths=0
	while on_host 'pgrep -u bench -a'; do
		[ $((tenths++)) -lt 100 ] || return
		sleep 0.1
	done
}

need_image
lab_begin
check "an emulated host comes up" "$lab" up --nodes 1
check "tare is copied to it" copy_programs "$build"
check "there is an ordinary user in group kvm" add_user
campaign alone "native, $kvm" 1x1 '"null"' 'cpu, seconds: 1' \
	'disk, pattern: seqwrite, seconds: 1, size: 8M'
campaign pair "$kvm" 1x2 'net, seconds: 2' 'latency'
campaign killed "$kvm" 1x1 'cpu, seconds: 120'
check "the user's tare finds KVM" can_run alone
check "a KVM guest of the user measures" run_as_user alone
check "all of it has a value" measured alone
check "by KVM, not by QEMU's emulation" report_says alone 'accelerator +kvm-virtio +kvm$'
check "in a user namespace" report_says alone 'user namespace'
check "no process is left" no_process_left
check "two guests reach each other" run_as_user pair
check "all of it has a value" measured pair
check "a campaign is killed" kill_a_campaign
check "no process is left" no_process_left
check "tare clean cleans up after it" as_user '/opt/tare/bin/tare clean'
lab_end

#!/bin/bash
# An MPI run that Slurm starts: two nodes' daemons of Slurm 22 in a network and a mount namespace of
# their own, whose machines are attached by target `command`. Nothing of it stays.
# usage: srun_test.sh BUILD_DIR. Exit code 77: skipped, Slurm or root is missing.
set -euo pipefail

build=$(readlink -f "$1")
for tool in slurmctld slurmd srun munged unshare sqlite3; do
	command -v $tool >/dev/null || { echo "skipped: no $tool (slurmctld slurmd slurm-client munge)"; exit 77; }
done
[ "$(id -u)" = 0 ] || { echo "skipped: not root"; exit 77; }
if [ "${2-}" != inside ]; then
	work=$(mktemp -d /tmp/tare-srun-XXXXXX)
	trap 'rm -rf "$work"' EXIT
	status=0
	unshare --net --mount --fork --kill-child "$0" "$build" inside "$work" || status=$?
	exit $status
fi

work=$3
node=$(hostname -s)
pids=()
# shellcheck disable=SC2317 # called by the trap
end() {
	[ ${#pids[@]} = 0 ] || kill "${pids[@]}" 2>/dev/null || true
	wait
}
trap end EXIT

# Every address is on a bridge: name resolution wants one beside the loopback's.
ip link set lo up
ip link add data type bridge
for address in 1 10 11; do
	ip address add 198.18.99.$address/24 dev data
done
ip link set data up

# Where the nodes would have the kernels installed, and a /sys that shows this network.
mkdir -p "$work"/{lib/tare,state,run,cgroup}
mount --rbind /sys/fs/cgroup "$work/cgroup"
mount -t sysfs none /sys
mount --rbind "$work/cgroup" /sys/fs/cgroup
chmod 755 "$work" "$work/run"
ln -s "$build/kernels" "$work/lib/tare/kernels"
mount -t overlay -o "lowerdir=$work/lib:/usr/lib" overlay /usr/lib
mkdir -p "$work/etc/slurm"
mount -t overlay -o "lowerdir=$work/etc:/etc" overlay /etc
conf=$work/etc/slurm

(umask 077 && head -c 128 /dev/urandom >"$work/munge.key")
printf 'CgroupPlugin=cgroup/v1\nCgroupAutomount=no\n' >"$conf/cgroup.conf"
cat >"$conf/slurm.conf" <<-END
	ClusterName=tare
	SlurmctldHost=$node(198.18.99.1)
	SlurmUser=root
	SlurmdUser=root
	AuthType=auth/munge
	AuthInfo=socket=$work/run/munge.socket
	CredType=cred/munge
	ProctrackType=proctrack/linuxproc
	TaskPlugin=task/none
	SelectType=select/cons_tres
	SelectTypeParameters=CR_Core
	SchedulerType=sched/builtin
	JobAcctGatherType=jobacct_gather/none
	AccountingStorageType=accounting_storage/none
	SwitchType=switch/none
	StateSaveLocation=$work/state
	SlurmctldPidFile=$work/run/slurmctld.pid
	SlurmdPidFile=$work/run/slurmd.%n.pid
	SlurmdSpoolDir=$work/spool.%n
	SlurmdParameters=config_overrides
	ReturnToService=2
	NodeName=node1 NodeHostname=$node NodeAddr=198.18.99.1 Port=7101 CPUs=2 State=UNKNOWN
	NodeName=node2 NodeHostname=$node NodeAddr=198.18.99.1 Port=7102 CPUs=2 State=UNKNOWN
	PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
END
munged --foreground --force --socket="$work/run/munge.socket" --key-file="$work/munge.key" \
	--pid-file="$work/run/munged.pid" --seed-file="$work/munge.seed" \
	--log-file="$work/munged.log" &
pids+=($!)
slurmctld -D -c >"$work/slurmctld.log" 2>&1 &
pids+=($!)
for name in node1 node2; do
	slurmd -D -N $name >"$work/$name.log" 2>&1 &
	pids+=($!)
done
for ((i = 0; i < 100; i++)); do
	[ "$(sinfo -h -t idle -o %D 2>/dev/null)" != 2 ] || break
	sleep 0.2
done

# Each machine says the host name of its node, as a node would.
cat >"$work/reach" <<-END
	#!/bin/sh
	hostname node\$((\$1 + 1))
	exec "$build/agent/tare-agent"
END
chmod 755 "$work/reach"
cat >"$work/campaign.yaml" <<-END
	campaign: srun
	targets:
	  - {target: command, name: slurm, address: "198.18.99.1{index}",
	     reach: "unshare --uts $work/reach {index}"}
	placements: [1x1, 1x2]
	blocks: 1
	limits: {run: 60s}
	resources: {cpus: 2, memory: 256M}
	benchmarks:
	  - {benchmark: mpi-pingpong, sizes: [8], iterations: 20, seconds: 1, launcher: srun}
END
# In an allocation of both nodes, as a user would have one.
salloc -Q -N 2 -n 4 "$build/cli/tare" run "$work/campaign.yaml" --out "$work/out"
query() { sqlite3 "$work/out/campaign.sqlite" "$1"; }
failed=$(query 'SELECT failure FROM run WHERE failure IS NOT NULL
	UNION SELECT skip_reason FROM cell WHERE skip_reason IS NOT NULL')
[ -z "$failed" ] || { echo "$failed"; exit 1; }
[ "$(query 'SELECT count(*) FROM run')" = 2 ]

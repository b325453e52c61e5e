#!/bin/bash
# A cluster of Slurm for one command: slurmctld and two nodes' slurmds in a network and a mount
# namespace of their own, all of one user. Nothing of it stays. Needs root for the namespaces.
# usage: cluster.sh WORK_DIR UID COMMAND [ARGUMENT…]
# WORK_DIR is an empty directory; COMMAND runs as the user, with node1 and node2 idle, in
# WORK_DIR/home. It finds /usr/lib/tare/kernels if WORK_DIR/lib/tare/kernels is there.
# Exit code 77: skipped, Slurm or root is missing.
set -euo pipefail

for tool in slurmctld slurmd srun munged unshare setpriv; do
	command -v $tool >/dev/null ||
		{ echo "skipped: no $tool (slurmctld slurmd slurm-client munge)"; exit 77; }
done
[ "$(id -u)" = 0 ] || { echo "skipped: not root"; exit 77; }
if [ "${1-}" != inside ]; then
	unshare --net --mount --pid --fork --kill-child --mount-proc "$0" inside "$@"
	exit
fi

work=$2 uid=$3
shift 3
node=$(hostname -s)
# Every address is on a bridge: name resolution wants one beside the loopback's.
ip link set lo up
ip link add data type bridge
for address in 1 10 11; do
	ip address add 198.18.99.$address/24 dev data
done
ip link set data up

# A /sys that shows this network, what nodes have installed, and a user that has a name.
mkdir -p "$work"/{lib,state,run,cgroup,home,etc/slurm}
mount --rbind /sys/fs/cgroup "$work/cgroup"
mount -t sysfs none /sys
mount --rbind "$work/cgroup" /sys/fs/cgroup
umount -R "$work/cgroup" # before all below is given to the user
mount -t overlay -o "lowerdir=$work/lib:/usr/lib" overlay /usr/lib
user=root
if [ "$uid" != 0 ]; then
	user=tareuser
	sed "\$a $user:x:$uid:$uid::$work/home:/bin/bash" /etc/passwd >"$work/etc/passwd"
	sed "\$a $user:x:$uid:" /etc/group >"$work/etc/group"
fi
conf=$work/etc/slurm
each_node="CPUs=2 RealMemory=1000 State=UNKNOWN"

(umask 077 && head -c 128 /dev/urandom >"$work/munge.key")
printf 'CgroupPlugin=cgroup/v1\nCgroupAutomount=no\n' >"$conf/cgroup.conf"
cat >"$conf/slurm.conf" <<-END
	ClusterName=tare
	SlurmctldHost=$node(198.18.99.1)
	SlurmUser=$user
	SlurmdUser=$user
	AuthType=auth/munge
	AuthInfo=socket=$work/run/munge.socket,cred_expire=5
	CredType=cred/munge
	ProctrackType=proctrack/linuxproc
	TaskPlugin=task/none
	SelectType=select/cons_tres
	SelectTypeParameters=CR_Core
	SchedulerType=sched/builtin
	SchedulerParameters=sched_interval=2
	JobAcctGatherType=jobacct_gather/none
	AccountingStorageType=accounting_storage/none
	SwitchType=switch/none
	KillWait=5
	StateSaveLocation=$work/state
	SlurmctldPidFile=$work/run/slurmctld.pid
	SlurmdPidFile=$work/run/slurmd.%n.pid
	SlurmdSpoolDir=$work/spool.%n
	SlurmdParameters=config_overrides
	ReturnToService=2
	NodeName=node1 NodeHostname=$node NodeAddr=198.18.99.1 Port=7101 $each_node
	NodeName=node2 NodeHostname=$node NodeAddr=198.18.99.1 Port=7102 $each_node
	PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
END
chown -R "$uid:$uid" "$work"
chmod 755 "$work" "$work/run"
mount -t overlay -o "lowerdir=$work/etc:/etc" overlay /etc
drop=()
[ "$uid" = 0 ] || drop=(setpriv "--reuid=$uid" "--regid=$uid" --clear-groups --)
export HOME=$work/home USER=$user LOGNAME=$user
cd "$work/home"
# With --force: munged checks who could have written to its files.
"${drop[@]}" munged --foreground --force --socket="$work/run/munge.socket" \
	--key-file="$work/munge.key" --pid-file="$work/run/munged.pid" \
	--seed-file="$work/munge.seed" --log-file="$work/munged.log" 2>/dev/null &
"${drop[@]}" slurmctld -D -c >"$work/slurmctld.log" 2>&1 &
for name in node1 node2; do
	"${drop[@]}" slurmd -D -N $name >"$work/$name.log" 2>&1 &
done
for ((i = 0; i < 150; i++)); do
	[ "$(sinfo -h -t idle -o %D 2>/dev/null)" != 2 ] || break
	sleep 0.2
done
if [ "$(sinfo -h -t idle -o %D 2>/dev/null)" != 2 ]; then
	echo "Slurm's nodes did not come up:"
	tail -n 5 "$work"/*.log
	exit 1
fi
# The end of this process, the first of its namespace, ends all others.
status=0
"${drop[@]}" "$@" || status=$?
exit $status

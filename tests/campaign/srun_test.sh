#!/bin/bash
# An MPI run that Slurm starts, on two nodes whose machines are attached by target `command`.
# usage: srun_test.sh BUILD_DIR. Exit code 77: skipped, Slurm or root is missing.
set -euo pipefail

build=$(readlink -f "$1")
command -v sqlite3 >/dev/null || { echo "skipped: no sqlite3"; exit 77; }
work=$(mktemp -d /tmp/tare-srun-XXXXXX)
trap 'rm -rf "$work"' EXIT

# Where the nodes would have the kernels installed.
mkdir -p "$work/lib/tare"
ln -s "$build/kernels" "$work/lib/tare/kernels"
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
status=0
"$(dirname "$0")/../slurm/cluster.sh" "$work" 0 \
	salloc -Q -N 2 -n 4 "$build/cli/tare" run "$work/campaign.yaml" --out "$work/out" ||
	status=$?
[ $status = 0 ] || exit $status
query() { sqlite3 "$work/out/campaign.sqlite" "$1"; }
failed=$(query 'SELECT failure FROM run WHERE failure IS NOT NULL
	UNION SELECT skip_reason FROM cell WHERE skip_reason IS NOT NULL')
[ -z "$failed" ] || { echo "$failed"; exit 1; }
[ "$(query 'SELECT count(*) FROM run')" = 2 ]

# shellcheck shell=bash disable=SC2317 # check calls the functions
# What the shell tests in the lab share; they source it. It sets $top, $lab and $work, a directory
# that is removed at the end; the lab goes down then, unless TARE_TEST_KEEP=1.
set -uo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
lab=$top/scripts/lab
failures=0

check() { # NAME COMMAND…
	local name=$1 began=$SECONDS
	shift
	if "$@" >"$work/output" 2>&1; then
		echo "ok      $name ($((SECONDS - began)) s)"
	else
		echo "FAILED  $name ($((SECONDS - began)) s)"
		sed 's/^/        /' "$work/output"
		failures=$((failures + 1))
	fi
}

# Exit status 77: not root, or another lab is up.
lab_begin() {
	[ "$(id -u)" = 0 ] || exit 77
	if "$lab" status | grep -q "pid "; then # not what a killed one left
		echo "a lab is up already: scripts/lab down"
		exit 77
	fi
	work=$(mktemp -d)
	trap '[ -n "${TARE_TEST_KEEP-}" ] || "$lab" down; rm -rf "$work"' EXIT
}

lab_end() {
	echo "failed: $failures"
	exit $((failures > 0))
}

# --- tare on the first host itself ---

# Exit status 77: no guest image.
need_image() {
	[ ! -e "${TARE_CACHE:-/var/cache/tare}/images/current/root.img" ] || return 0
	echo "no guest image: scripts/image"
	exit 77
}

on_host() { timeout "${host_limit_s:-3600}" "$lab" ssh node1 "$@"; }

# A campaign file on node1. Boots take what an emulator takes on a busy machine.
write_campaign() { # DIRECTORY NAME TARGETS PLACEMENT BENCHMARK…
	local path=$1/$2.yaml name=$2 targets=$3 placement=$4
	shift 4
	{
		printf 'campaign: %s\ntargets: [%s]\nplacements: [%s]\n' \
			"$name" "$targets" "$placement"
		printf 'resources: {cpus: 1, per: machine, memory: 384M, '
		printf 'scratch: 32M, overcommit: true}\n'
		printf 'blocks: 1\nlimits: {time: 50m, run: 5m, boot: 15m}\nbenchmarks:\n'
		printf '  - {benchmark: %s}\n' "$@"
	} | on_host "cat >$path"
}

# As an installation would lay them out.
copy_programs() { # BUILD_DIR
	mkdir -p "$work/opt/bin" "$work/opt/lib/tare"
	cp "$1/cli/tare" "$work/opt/bin/" || return
	cp "$1/agent/tare-agent" "$1"/drivers/tare-{enter,fake,room} "$work/opt/lib/tare/" || return
	strip "$work"/opt/bin/* "$work"/opt/lib/tare/*
	tar -C "$work/opt" -cz . | on_host 'mkdir -p /opt/tare && tar -C /opt/tare -xz'
}

measure() { # NAME
	on_host "cd /root && /opt/tare/bin/tare run $1.yaml --out /root/$1"
}

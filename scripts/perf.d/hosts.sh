# shellcheck shell=bash disable=SC2154 # sourced by scripts/perf, which sets what it uses
# Rows hosts*: the orchestrator with 1,000 hosts of four fake machines each, as one site of this
# machine: its memory, and what a cell costs beside the same site of 100 hosts. Row machines-wait:
# one look at the streams of 4,000 machines with a job each.

# A campaign of one block a host, so that every host has the same to do; prints "SECONDS RSS_MB".
hosts_campaign() { # hosts
	cat >"$work/hosts-site.yaml" <<YAML
site: many
reach: local
work_dir: $work/hosts-work
hosts: [{host: "node[1-$1]", cpus: 0, memory: 2G}]
YAML
	cat >"$work/hosts.yaml" <<YAML
campaign: hosts
targets: [fake]
placements: [1x4]
blocks: $1
resources: {cpus: 1, per: machine, memory: 128M, overcommit: true}
benchmarks: [{benchmark: "null", program: $build/kernels/tare-null, runs: 5}]
limits: {blocks: 2000, boot: 10m}
YAML
	rm -rf "$work/hosts"
	/usr/bin/env time -f '%e %M' -o "$work/hosts.time" "$build/cli/tare" run \
		"$work/hosts.yaml" --site "$work/hosts-site.yaml" --out "$work/hosts" --quiet \
		>"$work/hosts.log" 2>&1 ||
		{ cat "$work/hosts.log" >&2 && return 1; }
	awk '{ printf "%.4f %.1f\n", $1, $2 / 1024 }' "$work/hosts.time"
}

hosts_memory() { # campaigns
	local i seconds megabytes
	for ((i = 0; i < $1; i++)); do
		read -r seconds megabytes < <(hosts_campaign 1000) || return
		echo "$megabytes"
	done
}

# Milliseconds a cell, of 1,000 hosts and of 100.
hosts_cost() { # pairs
	local i many few rest
	for ((i = 0; i < $1; i++)); do
		read -r many rest < <(hosts_campaign 1000) || return
		read -r few rest < <(hosts_campaign 100) || return
		awk -v a="$many" -v b="$few" \
			'BEGIN { printf "%.4f %.4f\n", a * 1e3 / 5000, b * 1e3 / 500 }'
	done
}

# Microseconds a machine, of 4,000 machines and of 400.
machines_wait() { # pairs
	local i
	for ((i = 0; i < $1; i++)); do
		"$programs/many_agents" 4000 400 || return
	done
}

# shellcheck shell=bash disable=SC2154 # sourced by scripts/perf, which sets what it uses
# Rows hosts*, and scripts/load: the orchestrator with 1,000 hosts of four fake machines each,
# reached through host_alone, which gives each of them processes and directories of its own: its
# memory, and what a host costs, of which there are 100 or 1,000. Row machines-wait: one look at the
# streams of 4,000 machines with a job each. Row starts: the start of a program by a process with as
# many descriptors as 2,500 hosts take.

descriptors_a_host=15 spare_mb=1500 limit_s=1200

# A campaign of one block a host, so that every host has the same to do; prints what watched.py says
# of it. One host's has to come first, which copies the programs.
hosts_campaign() { # hosts
	local wanted=$((descriptors_a_host * $1 + 1000)) most
	most=$(ulimit -Hn)
	[ "$wanted" -le "$most" ] ||
		echo "$1 hosts: only $most of $wanted descriptors are allowed (ulimit -Hn)" >&2
	cat >"$work/hosts-site.yaml" <<YAML
site: many
reach: [$top/scripts/perf.d/host_alone, $work/hosts-far, "{host}"]
work_dir: $work/hosts-far/work
hosts: [{host: "node[1-$1]", cpus: 0, memory: 2G}]
YAML
	cat >"$work/hosts.yaml" <<YAML
campaign: hosts
targets: [fake]
placements: [1x4]
blocks: $1
resources: {cpus: 1, per: machine, memory: 128M, overcommit: true}
benchmarks: [{benchmark: "null", program: $build/kernels/tare-null, runs: 1}]
limits: {blocks: 3000, boot: 10m}
YAML
	rm -rf "$work/hosts" "$work/hosts-far"
	mkdir "$work/hosts-far"
	(
		ulimit -n $((wanted < most ? wanted : most))
		"$top/scripts/perf.d/watched.py" $spare_mb $limit_s "$build/cli/tare" run \
			"$work/hosts.yaml" --site "$work/hosts-site.yaml" --out "$work/hosts" \
			--quiet 2>"$work/hosts.log"
	) || { cat "$work/hosts.log" >&2 && return 1; }
}

hosts_memory() { # campaigns
	local i line
	hosts_campaign 1 >/dev/null || return
	for ((i = 0; i < $1; i++)); do
		line=$(hosts_campaign 1000) || return
		cut -d ' ' -f 4 <<<"$line"
	done
}

# Milliseconds of processor time a host, of 1,000 hosts and of 100: the orchestrator's own (2) or
# that of all that runs (3).
hosts_cost() { # column pairs
	local i many few
	hosts_campaign 1 >/dev/null || return
	for ((i = 0; i < $2; i++)); do
		many=$(hosts_campaign 1000) || return
		few=$(hosts_campaign 100) || return
		echo "$many $few" | awk -v column="$1" \
			'{ printf "%.4f %.4f\n", $column, $(8 + column) * 10 }'
	done
}

# Microseconds a machine, of 4,000 machines and of 400.
machines_wait() { # pairs
	local i
	for ((i = 0; i < $1; i++)); do
		"$programs/many_agents" 4000 400 || return
	done
}

# Milliseconds of processor time a start, with 19,000 descriptors and with few.
starts() { # pairs
	local i line
	for ((i = 0; i < $1; i++)); do
		line=$("$programs/starts" 0 19000) || return
		echo "${line#* } ${line%% *}"
	done
}

# shellcheck shell=bash disable=SC2154 # sourced by scripts/perf, which sets what it uses
# Rows report*: one `tare report` that writes every report and table, against sqlite3 reading every
# byte of the samples (length alone would not read them; max does); and its memory.

report_formats="text,md,csv,counters,json,html,latex"

report_seconds() { # command…
	local before after
	before=$(date +%s%N)
	"$@" >"$work/report.out"
	after=$(date +%s%N)
	awk -v a="$before" -v b="$after" 'BEGIN { printf "%.4f\n", (b - a) / 1e9 }'
}

report_all() {
	"$build/cli/tare" report "$work/large" --format "$report_formats" --output "$work/reports"
}

report_sqlite() {
	sqlite3 -readonly "$work/large/campaign.sqlite" \
		'SELECT count(*), sum(length(samples)), max(samples) IS NULL FROM series'
}

report() { # pairs
	local i ours theirs
	"$programs/large_store" "$work/large"
	for ((i = 0; i <= $1; i++)); do
		if ((i % 2)); then
			ours=$(report_seconds report_all) theirs=$(report_seconds report_sqlite)
		else
			theirs=$(report_seconds report_sqlite) ours=$(report_seconds report_all)
		fi
		# The first pair warms the files' cache.
		((i == 0)) || echo "$ours $theirs"
	done
}

report_memory() { # calls
	local i
	"$programs/large_store" "$work/large"
	for ((i = 0; i < $1; i++)); do
		/usr/bin/env time -f %M -o "$work/report.kilobytes" \
			"$build/cli/tare" report "$work/large" --format "$report_formats" \
			--output "$work/reports" || return
		awk '{ printf "%.1f\n", $1 / 1024 }' "$work/report.kilobytes"
	done
}

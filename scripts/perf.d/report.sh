# shellcheck shell=bash disable=SC2154 # sourced by scripts/perf, which sets what it uses
# Row report: `tare report` in every format, one process each as a user calls it, against sqlite3
# reading every byte of the samples (length alone would not read them; max does).

report_formats="text md csv json html"

report_seconds() { # command…
	local before after
	before=$(date +%s%N)
	"$@" >"$work/report.out"
	after=$(date +%s%N)
	awk -v a="$before" -v b="$after" 'BEGIN { printf "%.4f\n", (b - a) / 1e9 }'
}

report_all() {
	local format
	for format in $report_formats; do
		"$build/cli/tare" report "$work/large" --format "$format"
	done
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

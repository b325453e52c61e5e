#!/usr/bin/env bash
# Runs every command of docs/reports.md and docs/tutorial.md that reads results, on a made campaign,
# in an empty directory. What measures (run, selftest, quickstart) or is tested by itself (pdflatex)
# is left out here; everything else in a code block has to be known.
#   docs_commands.sh TARE MAKE_STORE SOURCE_DIR
set -u
tare=$1 make_store=$2 source=$3
# In memory: thousands of durable transactions are not what is tested here.
dir=$(mktemp -d /dev/shm/tare-test-docs-XXXXXX) || exit 1
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
mkdir -p build/cli bin results
ln -s "$tare" build/cli/tare
ln -s "$tare" bin/tare
ln -s "$source/results/published" results/published
ln -s "$source/configs" configs
PATH=$dir/bin:$PATH
"$make_store" results/quick || exit 1
"$make_store" results/before 00000001 1 || exit 1
"$make_store" results/after 00000002 2 || exit 1

failures=0 count=0
run()
{
	local command=$1 allowed=$2 status
	bash -c "$command" >out.txt 2>err.txt </dev/null
	status=$?
	count=$((count + 1))
	[[ " $allowed " == *" $status "* ]] && return
	echo "exit $status: $command"
	tail -3 err.txt
	failures=$((failures + 1))
}

while IFS= read -r command; do
	command=${command%%  #*}
	case $command in
	*"tare report "*) run "$command" 0 ;;
	*"tare compare "* | *"tare history "*) run "$command" 0 ;;
	*"tare gate "*) run "$command" "0 1 4" ;;
	*"gnuplot "*) command -v gnuplot >/dev/null && run "$command" 0 ;;
	scripts/* | pdflatex* | *"tare run "* | *"tare selftest "* | *"tare doctor"* | *"tare plan "*) ;;
	*) echo "not known to this test: $command"; failures=$((failures + 1)) ;;
	esac
done < <(sed -n '/^```/,/^```/p' "$source/docs/reports.md" "$source/docs/tutorial.md" |
	grep -v -e '^```' -e '^$')

echo "$count commands, $failures failures"
[ "$failures" = 0 ] && [ "$count" -gt 15 ]

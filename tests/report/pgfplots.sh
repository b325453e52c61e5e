#!/usr/bin/env bash
# The export "pgfplots" compiles as it is, without a warning, and each figure is a page.
#   pgfplots.sh TARE MAKE_STORE
set -eu
tare=$(realpath "$1") make_store=$(realpath "$2")
{ command -v pdflatex && kpsewhich pgfplots.sty; } >/dev/null ||
	{ echo "needs texlive-pictures"; exit 77; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$make_store" "$dir/store"
"$tare" report "$dir/store" --format pgfplots --output "$dir/figures"
cd "$dir/figures"
pdflatex -interaction=nonstopmode -halt-on-error figures.tex >log 2>&1 || { tail -30 log; exit 1; }
if grep -E '^!|Package pgfplots Warning|Overfull' log; then
	exit 1
fi
pages=$(sed -n 's/^Output written on figures.pdf (\([0-9]*\) page.*/\1/p' log)
figures=(./*.dat)
[ "$pages" = ${#figures[@]} ]

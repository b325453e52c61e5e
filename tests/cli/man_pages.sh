#!/usr/bin/env bash
# Every verb has a man page that was built, that troff takes without a warning, that names all
# options of --help, and that tare(1) lists.
#   man_pages.sh TARE PAGES_DIR
set -u
tare=$1 pages=$2 failures=0
for tool in groff man mandoc; do
	command -v $tool >/dev/null || { echo "needs $tool"; exit 77; }
done

bad()
{
	echo "$1"
	failures=$((failures + 1))
}

check_page()
{
	local page=$1 messages
	[ -s "$page" ] || { bad "$page is missing"; return; }
	messages=$(groff -K utf8 -Tutf8 -man -ww -z -rCHECKSTYLE=3 "$page" 2>&1)
	[ -z "$messages" ] || bad "$page: $messages"
	grep -qE '^.{90}' <(MANWIDTH=80 man -l "$page" 2>/dev/null | col -b) &&
		bad "$page: lines that do not fit"
	messages=$(mandoc -T lint -W warning "$page")
	[ -z "$messages" ] || bad "$messages"
}

verbs=$("$tare" --help | sed -n 's/^  \([a-z]*\)  *[a-z].*/\1/p' | grep -v '^tare$')
[ "$(wc -w <<<"$verbs")" -gt 9 ] || bad "--help lists too few verbs: $verbs"
check_page "$pages/tare.1"
for verb in $verbs; do
	page=$pages/tare-$verb.1
	check_page "$page"
	grep -q "tare.-$verb (1)" "$pages/tare.1" || bad "tare.1 does not list $verb"
	text=$(MANWIDTH=200 man -l "$page" 2>/dev/null | col -b)
	for option in $("$tare" "$verb" --help | grep -oE '^ +(-., )?--[a-z-]+' |
		grep -oE -- '--.*'); do
		case $option in --usage) continue ;; esac
		grep -q -- "$option" <<<"$text" || bad "$page does not name $option"
	done
done
[ "$failures" = 0 ]

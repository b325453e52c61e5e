#!/usr/bin/env bash
# An installed tare has all that it needs beside it: pages, completion, configs, data sets, and the
# script that builds images, which does not need the sources.
#   installed.sh BUILD_DIR SOURCE_DIR
set -eu
build=$1 source=$2
top=$(mktemp -d)
trap 'rm -rf "$top"' EXIT
DESTDIR=$top cmake --install "$build" --prefix /usr >/dev/null
cd "$top"
tare=$top/usr/bin/tare

bad()
{
	echo "$1"
	exit 1
}

"$tare" --version | grep -q '^tare [0-9]' || bad "no version"
"$tare" report nussbaum-2009 >/dev/null || bad "no published data sets"
"$tare" plan --no-probe "$top/usr/share/tare/configs/campaigns/quick.yaml" >/dev/null ||
	bad "no configs"
for verb in $("$tare" --help | sed -n 's/^  \([a-z]*\)  *[a-z].*/\1/p' | grep -v '^tare$'); do
	[ -s "usr/share/man/man1/tare-$verb.1" ] || bad "no page of $verb"
done

# The image of the sources and that of the installed programs have names of their own; each option
# changes the name, and what is not known is refused.
[[ $("$tare" image --digest) =~ ^[0-9a-f]{16}$ ]] || bad "no digest"
[ "$("$tare" image --digest)" != "$("$source/scripts/image" --digest)" ] || bad "the sources' image"
[ "$("$build/cli/tare" image --digest)" = "$("$source/scripts/image" --digest)" ] ||
	bad "not the sources' image"
digests=$("$tare" image --digest; "$tare" image --digest --suite trixie
	"$tare" image --digest --kernel linux-image-rt-amd64; "$tare" image --with gromacs --digest)
[ "$(sort -u <<<"$digests" | wc -l)" = 4 ] || bad "names that do not differ: $digests"
for words in "--suite sid" "--kernel bash" "--with nothing" "--path --digest" \
	"--suite trixie --with kernbuild"; do
	status=0
	# shellcheck disable=SC2086 # the words are words
	"$tare" image $words >log 2>&1 || status=$?
	[ "$status" = 2 ] || bad "tare image $words: exit $status: $(cat log)"
done
TARE_CACHE=$top/none "$tare" image --path >log 2>&1 && bad "a path of nothing"
grep -q 'tare image$' log || bad "does not name the command: $(cat log)"

# The completion offers what --help does.
# shellcheck disable=SC1091 # it is made
. usr/share/bash-completion/completions/tare
complete_words()
{
	COMP_WORDS=(tare "$@")
	COMP_CWORD=$#
	_tare
	echo "${COMPREPLY[*]}"
}
[ "$(complete_words ver)" = verify ] || bad "verbs are not completed"
[ "$(complete_words verify --ch)" = --check ] || bad "options are not completed"
[ "$(complete_words report x --format open)" = openmetrics ] || bad "formats are not completed"
[ "$(complete_words run usr/share/tare/co)" = usr/share/tare/configs ] ||
	bad "files are not completed"

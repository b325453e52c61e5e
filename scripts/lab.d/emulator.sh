# Finds the QEMU that emulates the hosts. Sourced by scripts/lab, after image.sh.
# shellcheck shell=bash disable=SC2034,SC2154 # variables shared with scripts/lab and image.sh

# QEMU before 8.1 may lose a change of code that another emulated CPU is just translating, and a host
# of several CPUs then hangs (docs/lab.md, «Pitfalls»).
EMULATOR_FROM=8.1
EMULATOR_PACKAGES="qemu-system-x86 qemu-system-common qemu-system-data seabios"

emulator_digest() {
	{ declare -f newer_emulator && echo "$SUITE $EMULATOR_PACKAGES"; } | digest_of
}

# Debian's backports, from the mirror that the machine uses: unpacked, not installed.
newer_emulator() { # DIR
	local package
	prepare_apt
	sed "s/ $SUITE main\$/ $SUITE-backports main/; t; d" "$work/debian.list" >"$work/sources.list"
	private_apt update
	# shellcheck disable=SC2086 # the list is words
	(cd "$work" && private_apt download $EMULATOR_PACKAGES)
	for package in "$work"/*.deb; do
		dpkg-deb -x "$package" "$1"
	done
	"$1/usr/bin/qemu-system-x86_64" --version
}

newer_than_race() { # PROGRAM
	local version
	version=$("$1" --version 2>/dev/null | sed -n 's/^QEMU emulator version \([0-9.]*\).*/\1/p')
	[ -n "$version" ] && dpkg --compare-versions "$version" ge $EMULATOR_FROM
}

# Builds the cached emulator unless it is there. One builder at a time; it appears whole.
build_emulator() { # DIR
	exec 8>"$LAB_CACHE/image.lock"
	flock 8
	[ ! -d "$1" ] || exit 0
	rm -rf --one-file-system "$LAB_CACHE"/emulator-* "$LAB_CACHE"/building-*
	trap clean_up EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	work=$(mktemp -d "$LAB_CACHE/building-XXXXXX")
	chmod 755 "$work"
	mkdir "$work/emulator"
	step "QEMU from Debian's backports" 10 newer_emulator "$work/emulator"
	mv -T "$work/emulator" "$1"
}

# Sets emulator to the argv that starts it.
find_emulator() {
	local dir
	emulator=(qemu-system-x86_64)
	! newer_than_race "${emulator[0]}" || return 0
	dir=$LAB_CACHE/emulator-$(emulator_digest)
	if [ -d "$dir" ] || (build_emulator "$dir"); then
		emulator=("$dir/usr/bin/qemu-system-x86_64" -L "$dir/usr/share/qemu"
			-L "$dir/usr/share/seabios")
	elif [ "$CPUS" -gt 1 ]; then
		say "$(qemu-system-x86_64 --version | head -n 1) may hang hosts of $CPUS CPUs:" \
			"set TARE_LAB_CPUS=1, or make QEMU $EMULATOR_FROM or newer available"
	fi
}

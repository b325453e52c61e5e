# shellcheck shell=bash disable=SC2154 # sourced by scripts/perf, which sets what it uses
# Rows guest-ready*: see tests/perf/guest_ready.c. The yardstick's initrd is BusyBox and an init
# that says that it runs and powers off.

busybox_initrd() { # file
	local tree=$work/initrd
	mkdir -p "$tree/bin"
	cp "$(command -v busybox)" "$tree/bin/busybox"
	printf '#!/bin/busybox sh\necho tare-perf-init\n/bin/busybox poweroff -f\n' >"$tree/init"
	chmod 755 "$tree/init"
	(cd "$tree" && find . | cpio --quiet -o -H newc) >"$1"
	rm -rf "$tree"
}

guest_ready() { # plain|lean, pairs
	busybox_initrd "$work/initrd.img"
	"$programs/guest_ready" "$1" "$2" "$work/initrd.img"
}

guest_options() { # pairs
	"$programs/guest_options" "$1"
}

# Builds the image of an emulated host: one tree that boots as Linux with KVM or as Xen's dom0,
# as an ext4 disk, with the kernels and the initrd beside it. Sourced by scripts/lab; knows nothing
# of running hosts. What it shares with scripts/image it takes from there, function by function.
# shellcheck shell=bash disable=SC2034,SC2154 # variables shared with scripts/lab and scripts/image

LAB_PARTS=$top/scripts/lab.d
CACHE=${TARE_CACHE:-/var/cache/tare}
LAB_CACHE=$CACHE/lab
SUITE=${TARE_LAB_SUITE:-bookworm} # or trixie
DISK_GIB=8             # sparse: takes what is written
LAB_IMAGE_NEEDED_MIB=6000 # for one build, measured 3.6 GiB

job=
work=
SHARED_FUNCTIONS="words_of digest_of debian_sources apt_settings private_apt prepare_apt
	vmlinux_extract draw step remove clean_up"
IS_USER='' OUTSIDE='' # a lab is root's alone

shared_functions() {
	local name
	for name in $SHARED_FUNCTIONS; do
		sed -n "/^$name() {/,/^}/p; /^$name() {.*}\$/q" scripts/image
	done
}
eval "$(shared_functions)"

# The layer is named by what makes it; the image by everything.
lab_layer_key() {
	{ declare -f lab_layer lab_tree unpack_kernel prune_modules vmlinux_extract &&
		echo "$SUITE" &&
		words_of "$LAB_PARTS/packages"; } | digest_of
}
lab_image_digest() { { cat "$LAB_PARTS"/* && shared_functions; } | digest_of; }

# Modules that no emulated host has a device for: most of the kernel package's size. The spare card
# of --passthrough is an e1000e.
prune_modules() { # MODULES
	(cd "$1/kernel" && rm -rf sound \
	    drivers/{gpu,media,infiniband,staging,iio,hid,usb,bluetooth} \
	    drivers/{scsi,ata,mtd,hwmon,leds,input,platform,isdn,atm,video,mmc,edac,thunderbolt} \
	    drivers/net/{wireless,usb,wwan,can,phy,fddi,hamradio,dsa,ieee802154} \
	    net/{bluetooth,mac80211,wireless,nfc,can,atm,ieee802154,mac802154,tipc,sctp,rds,ax25} &&
	    find drivers/net/ethernet -name '*.ko*' ! -path '*/intel/e1000e/*' -delete)
}

unpack_kernel() { # ROOT OUT
	local package release
	package=$(apt-cache -c "$work/apt.conf" depends linux-image-amd64 |
		sed -n 's/^ *Depends: \(linux-image-[^ ]*\)$/\1/p' | head -n 1)
	(cd "$work" && private_apt download "$package")
	dpkg-deb -x "$work/$package"_*.deb "$work/kernel"
	[ -d "$work/kernel/lib" ] || ln -s usr/lib "$work/kernel/lib" # as Debian 13 has it
	release=$(basename "$work"/kernel/lib/modules/*)
	echo "$release" >"$2/release"
	prune_modules "$work/kernel/lib/modules/$release"
	mkdir -p "$1/usr/lib/modules"
	mv "$work/kernel/lib/modules/$release" "$1/usr/lib/modules/"
	depmod -b "$1" "$release"
	vmlinux_extract "$work/kernel/boot/vmlinuz-$release" "$2/vmlinux"
}

# Uncompressed, and only what the root disk needs: the rest is loaded from there.
lab_initrd() { # ROOT OUT
	local tree=$work/initrd release path
	release=$(cat "$2/release")
	mkdir -p "$tree"/{bin,dev,proc,sys,root,lib}
	cp "$1/bin/busybox" "$tree/bin/"
	install -m 755 "$LAB_PARTS/initrd-init" "$tree/init"
	for path in virtio_pci virtio_blk ext4; do
		modprobe -C /dev/null -d "$1" -S "$release" --show-depends "$path" |
			awk '$1 == "insmod" && !/crc32c-intel/ { print $2 }'
	done | awk '!seen[$0]++' | while read -r path; do
		case $path in
		*.xz) xz -dc "$path" >"$tree/lib/$(basename "$path" .xz)" ;; # Debian 13's
		*) cp "$path" "$tree/lib/" ;;
		esac
		echo "/lib/$(basename "$path" .xz)"
	done >"$tree/modules"
	(cd "$tree" && find . -mindepth 1 | cpio -o -H newc --quiet -R 0:0) >"$2/initrd.img"
}

# libvirt's daemons without an init, as root, and with the CPU that the emulator provides: TCG's
# CPUs lack vme, and without it libvirt's Xen driver finds no baseline CPU model.
configure_libvirt() { # ROOT
	sed -i "/<feature name='vme'\/>/d" "$1"/usr/share/libvirt/cpu_map/x86_486*.xml
	cat >>"$1/etc/libvirt/qemu.conf" <<-END
		user = "root"
		group = "root"
		security_driver = "none"
		stdio_handler = "file"
		remember_owner = 0
		namespaces = []
		cgroup_controllers = []
	END
	rm -f "$1"/etc/libvirt/qemu/networks/autostart/*
}

configure_host() { # ROOT
	install -D -m 755 "$LAB_PARTS/host-init" "$1/usr/lib/tare-lab/host-init"
	cat >"$1/etc/ssh/sshd_config" <<-END
		PermitRootLogin prohibit-password
		PasswordAuthentication no
		KbdInteractiveAuthentication no
		UsePAM no
		UseDNS no
		PrintMotd no
		MaxStartups 100
		MaxSessions 100
		HostKey /etc/ssh/ssh_host_ed25519_key
		Subsystem sftp /usr/lib/openssh/sftp-server
	END
	rm -f "$1"/etc/ssh/ssh_host_*
	ssh-keygen -q -t ed25519 -N '' -C tare-lab -f "$1/etc/ssh/ssh_host_ed25519_key"
	: >"$1/etc/machine-id"
	: >"$1/etc/resolv.conf"
	: >"$1/etc/fstab"
	echo tare-lab >"$1/etc/hostname"
	printf '127.0.0.1 localhost\n' >"$1/etc/hosts"
	od -An -N16 -tx1 /dev/urandom | tr -d ' \n' >"$1/etc/machine-id"
	configure_libvirt "$1"
}

lab_tree() { # ROOT
	local -a strip=() path
	for path in doc man info locale lintian bug; do
		strip+=("--dpkgopt=path-exclude=/usr/share/$path/*")
	done
	TMPDIR=$work mmdebstrap --mode=root --variant=essential --format=directory \
		--include="$(words_of "$LAB_PARTS/packages" | tr ' ' ,)" "${strip[@]}" \
		--dpkgopt=force-unsafe-io --aptopt="$work/manners.conf" \
		--aptopt='APT::Install-Recommends "false"' \
		"$SUITE" "$1" "$work/debian.list"
	rm -rf "$1"/var/cache/* "$1"/var/lib/apt "$1"/etc/apt
	mkdir -p "$1/var/cache/tare/images" "$1/var/lib/tare"
}

# The slow part: packages and kernels, as a tar file and what lies beside the disk.
lab_layer() { # DIR
	lab_tree "$work/root"
	gunzip -c "$work"/root/boot/xen-[0-9]*-amd64.gz >"$1/xen"
	unpack_kernel "$work/root" "$1"
	tar -C "$work/root" --numeric-owner --xattrs -cf "$1/root.tar" .
	rm -rf --one-file-system "$work/root"
}

# The quick part: our own settings on top.
lab_disk() { # LAYER OUT
	local root=$work/root
	mkdir "$root"
	tar -C "$root" --numeric-owner --xattrs -xf "$1/root.tar"
	ln "$1"/{xen,vmlinux,release} "$2/"
	configure_host "$root"
	cp "$root/etc/ssh/ssh_host_ed25519_key.pub" "$2/"
	lab_initrd "$root" "$2"
	mke2fs -q -t ext4 -O ^has_journal -E lazy_itable_init=1,nodiscard -m 0 -d "$root" \
		"$2/root.ext4" "${DISK_GIB}G"
	chmod 700 "$2"
}

check_lab_machine() {
	local tool
	for tool in mmdebstrap mke2fs mkfs.erofs cpio depmod xz ssh ssh-keygen qemu-system-x86_64 \
		ip; do
		command -v "$tool" >/dev/null ||
			die "$tool is missing: scripts/packages build run lab"
	done
	mkdir -p "$LAB_CACHE" ||
		die "cannot make $LAB_CACHE: set TARE_CACHE to a directory of yours"
}

# Images of the lab other than the newest: they are big. Not while a lab runs, for it may use one.
prune_lab_images() {
	local disk
	for disk in "$LAB_CACHE"/*/root.ext4; do
		[ "${disk%/*}" = "$host_image" ] || rm -rf --one-file-system "${disk%/*}"
	done
}

# The current guest image as a read-only disk for the hosts: sets guest_digest and guest_disk, to
# nothing where no guest image is built. Hard links, so that mkfs reads but nothing is copied.
guest_disk() {
	local image tree
	guest_digest=$(readlink "$CACHE/images/current" || true)
	guest_disk=$LAB_CACHE/guest-$guest_digest.erofs
	image=$CACHE/images/$guest_digest
	if [ -z "$guest_digest" ] || [ ! -f "$image/root.img" ]; then
		guest_digest='' guest_disk=''
		return
	fi
	[ ! -f "$guest_disk" ] || return 0
	(
		exec 8>"$LAB_CACHE/image.lock"
		flock 8
		[ ! -f "$guest_disk" ] || exit 0
		rm -rf --one-file-system "$LAB_CACHE"/guest-*
		tree=$LAB_CACHE/guest-tree
		mkdir -p "$tree/root"
		ln "$image"/{root.img,vmlinux,vmlinuz,initrd.img,initrd.img.zst,manifest.json} \
			"$tree/"
		mkfs.erofs -T0 "$tree.erofs" "$tree" >/dev/null
		rm -rf "$tree"
		mv "$tree.erofs" "$guest_disk"
	)
}

# Builds the image unless it is there and sets host_image to its directory. One builder at a time;
# an image appears whole.
lab_image() {
	local digest layer out
	digest=$(lab_image_digest)
	host_image=$LAB_CACHE/$digest
	[ ! -d "$host_image" ] || return 0
	check_lab_machine
	(
		exec 8>"$LAB_CACHE/image.lock"
		flock 8
		[ ! -d "$host_image" ] || exit 0
		[ "$(df -Pm "$LAB_CACHE" | awk 'END { print $4 }')" -ge $LAB_IMAGE_NEEDED_MIB ] ||
			die "less than $LAB_IMAGE_NEEDED_MIB MiB free in $LAB_CACHE: set TARE_CACHE"
		rm -rf --one-file-system "$LAB_CACHE"/building-*
		trap clean_up EXIT
		trap 'exit 130' INT
		trap 'exit 143' TERM HUP
		work=$(mktemp -d "$LAB_CACHE/building-XXXXXX")
		chmod 755 "$work"
		out=$work/out
		mkdir "$out"
		say "building the host image $digest in $LAB_CACHE"
		layer=$LAB_CACHE/layer-$(lab_layer_key)
		if [ ! -d "$layer" ]; then
			rm -rf --one-file-system "$LAB_CACHE"/layer-*
			step "package lists" 3 prepare_apt
			mkdir "$work/layer"
			step "packages of the host" 90 lab_layer "$work/layer"
			mv "$work/layer" "$layer"
		fi
		step "disk of the host" 10 lab_disk "$layer" "$out"
		mv -T "$out" "$host_image"
		[ -d "$STATE" ] || prune_lab_images
		say "done: $(du -sm "$host_image" | cut -f1) MB"
	)
}

#!/bin/sh
# Two hosts on this machine, for tests of what happens between hosts: each has mounts, processes
# and a network of its own, and a libvirtd that listens on the data network that both share.
#
# Usage: apart.sh up DIR     makes them, and prints the process to enter for each, one per line
#        apart.sh down DIR   ends them and all that runs in them
# Inside, the bridge is tare-data of 9,000 bytes, the addresses are 198.18.9.1 and .2, and /run is
# empty.
set -eu
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
dir=$2

configure() { # NUMBER
	cat >/etc/libvirt/qemu.conf <<-END
		user = "root"
		group = "root"
		security_driver = "none"
		namespaces = []
		cgroup_controllers = []
		stdio_handler = "file"
	END
	cat >/etc/libvirt/libvirtd.conf <<-END
		auth_unix_rw = "none"
		unix_sock_group = "root"
		listen_tls = 0
		listen_tcp = 1
		auth_tcp = "none"
		listen_addr = "198.18.9.$1"
		host_uuid = "8a4d2f6e-3f0b-4d6c-9a52-6b1c7e0d9f3$1"
	END
}

# Process 1 of a host.
host() { # NUMBER
	for directory in /run /etc/libvirt /var/lib/libvirt /var/log/libvirt; do
		mkdir -p "$directory"
		mount -t tmpfs tmpfs "$directory"
	done
	mkdir -p /run/libvirt /run/lock
	mount -t sysfs sysfs /sys
	ip link set lo up
	ip link add tare-data mtu 9000 type bridge stp_state 0 forward_delay 0
	ip address add "198.18.9.$1/24" dev tare-data
	ip link set tare-data up
	configure "$1"
	libvirtd --listen --pid-file /run/libvirtd.pid </dev/null &
	until [ -S /run/libvirt/libvirt-sock ]; do sleep 0.1; done
	: >"$dir/ready$1"
	while :; do
		sleep 3600 &
		wait $!
	done
}

up() {
	for number in 1 2; do
		unshare --mount --net --pid --fork --kill-child --mount-proc \
			"$0" host "$dir" $number >"$dir/log$number" 2>&1 </dev/null &
		echo $! >"$dir/outer$number"
	done
	watch &
	tenths=0
	until [ -e "$dir/ready1" ] && [ -e "$dir/ready2" ]; do
		sleep 0.1
		tenths=$((tenths + 1))
		[ $tenths -lt 300 ] || { down && exit 1; }
	done
	for number in 1 2; do
		read -r outer <"$dir/outer$number"
		read -r inner <"/proc/$outer/task/$outer/children" || [ -n "$inner" ]
		echo "$inner" | tee "$dir/inner$number"
	done
	read -r one <"$dir/inner1"
	read -r two <"$dir/inner2"
	ip link add data netns "$one" mtu 9000 type veth peer name data netns "$two" mtu 9000
	nsenter -t "$one" -n ip link set data master tare-data up
	nsenter -t "$two" -n ip link set data master tare-data up
}

# Ends the hosts when the process that asked for them ends for any reason.
watch() {
	exec </dev/null >/dev/null 2>&1
	while kill -0 "$PPID"; do sleep 1; done
	down
}

down() {
	for number in 1 2; do
		read -r outer <"$dir/outer$number"
		kill -9 "$outer" || :
	done
}

case $1 in
host) host "$3" ;;
up | down) $1 ;;
*) exit 2 ;;
esac

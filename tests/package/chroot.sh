#!/usr/bin/env bash
# The packages are built in a clean chroot, lintian finds nothing in them, and in another chroot
# that never saw the sources they run: doctor, a campaign on fake machines, its report and crate,
# and an image.
#   chroot.sh SOURCE_DIR [SUITE]
set -eu
source=$1 suite=${2:-bookworm}
for tool in mmdebstrap lintian; do
	command -v $tool >/dev/null || { echo "needs $tool: scripts/packages run long"; exit 77; }
done
[ "$(id -u)" = 0 ] || { echo "needs root"; exit 77; }
top=$(mktemp -d /var/tmp/tare-package-XXXXXX)
root=$top/root

clean_up()
{
	umount -R "$root/proc" 2>/dev/null || true
	umount -R "$root/dev" 2>/dev/null || true
	rm -rf --one-file-system "$top"
}
trap clean_up EXIT

"$source/scripts/package" --suite "$suite" --out "$top/packages"
lintian --fail-on error,warning \
	--suppress-tags bad-distribution-in-changes-file,initial-upload-closes-no-bugs \
	"$top"/packages/*.deb

# What an image takes to be built is recommended; hypervisors are not installed here.
# shellcheck disable=SC2034 # debian_sources reads it
SUITE=$suite
for name in debian_sources apt_settings; do
	eval "$(sed -n "/^$name() {/,/^}/p" "$source/scripts/image")"
done
debian_sources deb >"$top/sources.list"
apt_settings >"$top/manners.conf"
tools=$(sed -n '/^Package: tare$/,/^$/p' "$source/debian/control" |
	sed -n '/^Recommends:/,/^[A-Z][a-z]*:/{/^Recommends:/p; /^ /p}' | tr ',' '\n' |
	grep -oE '\b[a-z][a-z0-9.+-]+\b' | grep -vE '^(gnuplot-nox|openssh-client)$' | xargs)
TMPDIR=$top mmdebstrap --mode=root --variant=apt --dpkgopt=force-unsafe-io \
	--aptopt="$top/manners.conf" --aptopt='APT::Install-Recommends "false"' \
	"$suite" "$root" "$top/sources.list"
mkdir "$root/packages"
cp "$top"/packages/*.deb "$root/packages/"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev" && mount --make-rslave "$root/dev"
cat >"$root/campaign.yaml" <<-END
	campaign: first
	targets: [fake, {target: fake, name: other}]
	resources: {cpus: 1, memory: 256M}
	blocks: 3
	benchmarks: [{benchmark: "null", value: 100, deviation: 0.01}]
END
in_root()
{
	chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
		HOME=/root "$@"
}
# shellcheck disable=SC2086 # the names are words
in_root sh -ec "apt-get update -q
	DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
	/packages/tare_*.deb /packages/tare-host_*.deb $tools" >"$top/log" 2>&1 ||
	{ tail -20 "$top/log"; exit 1; }
in_root tare --version
in_root sh -c 'test -s /usr/share/man/man1/tare-verify.1.gz &&
	test -s /usr/share/bash-completion/completions/tare'
in_root tare doctor | grep fake
in_root tare run /campaign.yaml --out /results --quiet
in_root tare report /results | grep -A3 other
in_root tare publish /results --out /crate
in_root tare verify --check /crate
in_root tare report nussbaum-2009 | head -3
in_root tare image --suite "$suite"
in_root tare plan /usr/share/tare/configs/campaigns/quick.yaml --no-probe | tail -3
echo "installed, measured, published and built an image in $suite"

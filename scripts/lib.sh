# Shared by the scripts: steps with their elapsed time, and one-line failures.
# Source it; it sets $top and changes to it. Set without_root before where root is not needed.

set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$top"
script_name=$(basename "$0")
SECONDS=0

step() {
	printf '\n== %s  (%d:%02d)\n' "$*" $((SECONDS / 60)) $((SECONDS % 60))
}

die() {
	printf '%s: %s\n' "$script_name" "$*" >&2
	exit 2
}

[ "$(id -u)" = 0 ] || [ -n "${without_root:-}" ] ||
	die "must be root (packages, guests, network namespaces); try sudo"

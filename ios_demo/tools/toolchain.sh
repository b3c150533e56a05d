#!/bin/sh
# Make a folder with Debian 13 and its Swift, where this is Debian, by root: toolchain.sh FOLDER
#
# It takes 530 MB of downloads, 3.4 GB of disk, and about three minutes. Ends with 3, and says why, where it cannot.
set -eu
root=$1
[ -e "$root/.done" ] && exit 0

no() {
    echo "ios_demo: no Swift: $1." >&2
    exit 3
}
[ "$(id -u)" = 0 ] || no "it is not installed, and only root can make a system for it"
command -v apt-get >/dev/null 2>&1 || no "it is not installed, and this is no Debian"
command -v unshare >/dev/null 2>&1 || no "it is not installed, and unshare (util-linux) is missing"
command -v debootstrap >/dev/null 2>&1 || apt-get install -y -qq --no-install-recommends debootstrap >/dev/null 2>&1 ||
    no "debootstrap cannot be installed"
mirror=$(apt-get indextargets --format '$(REPO_URI) $(COMPONENT) $(SUITE)' 'Created-By: Packages' |
    awk '$2 == "main" && $1 ~ /debian\/?$/ { print $1; exit }')
[ -n "$mirror" ] || no "no Debian mirror is set up"
rm -rf "$root"
mkdir -p "$root"
debootstrap --variant=minbase --include=ca-certificates trixie "$root" "$mirror" >"$root.log" 2>&1 ||
    no "the mirror gives no trixie; see $root.log"
unshare -m sh -c 'mount -t proc proc "$0/proc" && DEBIAN_FRONTEND=noninteractive exec chroot "$0" apt-get install -y \
    --no-install-recommends swiftlang libc6-dev libstdc++-14-dev zlib1g-dev libxml2-dev git' "$root" >>"$root.log" 2>&1 ||
    no "swiftlang cannot be installed; see $root.log"
rm -rf "$root"/var/cache/apt/archives/*.deb
touch "$root/.done"

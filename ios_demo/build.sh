#!/bin/sh
# Build the Swift package and run its tests: ios_demo/build.sh
#
# BUNDLE: a folder of an onnx bundle, for the tests of the whole reader (left out without it). ANSWERS: an answers.json that
# tests/hosts/python_answers.py wrote, to compare with. ONNXRUNTIME: the library, libonnxruntime.so of 1.24 or later.
# IOS_TOOLS: where a toolchain is made where no Swift is installed, default ios_demo/.tools. IOS_OUT: where the build goes,
# default ios_demo/build. Where there is no Swift, and none can be made, it says so and succeeds.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
repository=$(dirname "$here")
tools=${IOS_TOOLS:-$here/.tools}
out=${IOS_OUT:-$here/build}
mkdir -p "$tools" "$out"

root=
if ! command -v swift >/dev/null 2>&1; then
    root=$tools/trixie
    made=0
    timeout "${IOS_LIMIT:-420}" "$here/tools/toolchain.sh" "$root" || made=$?
    if [ $made != 0 ]; then
        echo "ios_demo: skipped, nothing of it was built or tested (toolchain.sh ended with $made)."
        exit 0
    fi
fi

# Runs a command in the package's folder, with the environment of the tests; where the toolchain was made, inside its system.
run() {
    if [ -z "$root" ]; then
        (cd "$here/PinPoint" && env "$@")
        return
    fi
    # The mounts end with the command.
    unshare -m sh -c '
        root=$1 repository=$2 out=$3 bundle=$4 answers=$5
        shift 5
        mount -t proc proc "$root/proc"
        mount --bind /dev "$root/dev"
        for folder in "$repository" "$out" "$bundle" "$answers"; do
            [ -n "$folder" ] || continue
            mkdir -p "$root$folder"
            mount --bind "$folder" "$root$folder"
        done
        exec chroot "$root" sh -c "cd \"\$0\" && exec env \"\$@\"" "$repository/ios_demo/PinPoint" "$@"
    ' sh "$root" "$repository" "$out" "${bundle:-}" "${answers:+$(dirname "$answers")}" "$@"
}

bundle=
answers=
if [ -e "${BUNDLE:-}/manifest.json" ] && [ -e "${ONNXRUNTIME:-}" ]; then
    bundle=$(realpath "$BUNDLE")
    answers=${ANSWERS:+$(realpath "$ANSWERS")}
    cp -u "$ONNXRUNTIME" "$out/libonnxruntime.so"
fi
options="-c release -Xlinker --allow-shlib-undefined -Xswiftc -enable-testing --scratch-path $out/swift"
# shellcheck disable=SC2086
run swift build $options --build-tests --quiet
# shellcheck disable=SC2086
run swift test $options --skip-build --quiet --skip PinPointORTTests
if [ -n "$bundle" ]; then
    # shellcheck disable=SC2086
    run "BUNDLE=$bundle" ${answers:+"ANSWERS=$answers"} "PINPOINT_ONNXRUNTIME=$out/libonnxruntime.so" \
        swift test $options --skip-build --quiet --filter PinPointORTTests
else
    echo "ios_demo: no bundle at '${BUNDLE:-}' or no ONNX Runtime at '${ONNXRUNTIME:-}', so the whole reader is not tested."
fi
run "$here/tools/check.sh" "$out"

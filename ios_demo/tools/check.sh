#!/bin/sh
# Type-check the sources that need Apple's API against apple.api, parse those of the app, and lint all; run in PinPoint's
# folder with Swift on the path: check.sh OUT
set -eu
tools=$(cd "$(dirname "$0")" && pwd)
out=$1/check
mkdir -p "$out"
awk -v out="$out" '
    /^#/ || /^$/ { next }
    /^module / { file = out "/" $2 ".swift"; printf "" > file; next }
    / \{\}$/ && !/(class|protocol|extension) [^{]*\{\}$/ { sub(/ \{\}$/, ""); print >> file; next }
    /[{}]$/ || /import / || / = / || /typealias / { print >> file; next }
    { print $0 " { fatalError() }" >> file }
' "$tools/apple.api"
for module in CoreVideo CoreGraphics CoreML; do
    swiftc -swift-version 5 -parse-as-library -emit-module -module-name $module -I "$out" -o "$out/$module.swiftmodule" \
        "$out/$module.swift"
done
# Sources of the core once more, now with CoreGraphics; then those of Core ML.
swiftc -swift-version 6 -package-name pinpoint -parse-as-library -emit-module -module-name PinPointCore -I "$out" \
    -o "$out/PinPointCore.swiftmodule" $(find Sources/PinPointCore -name '*.swift')
swiftc -swift-version 6 -parse-as-library -typecheck -module-name PinPointCoreML -I "$out" \
    $(find Sources/PinPointCoreML -name '*.swift')
for file in $(find ../App -name '*.swift' 2>/dev/null); do swiftc -frontend -parse "$file"; done
format=$(command -v swift-format || ls /usr/libexec/swift/bin/swift-format 2>/dev/null || true)
if [ -n "$format" ]; then
    "$format" lint --strict --recursive --configuration ../swift-format.json Package.swift Sources Tests \
        $(find ../App -name '*.swift' 2>/dev/null)
else
    echo "ios_demo: swift-format is not here, so nothing is linted."
fi

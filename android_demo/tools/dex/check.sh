#!/bin/sh
# Run the code of the APK on a JVM: check.sh OUT ENJARIFY STDLIB RIG BUNDLE
#
# enjarify translates classes.dex back. Two golden pages are read and asked about, once by the libraries as they were compiled
# and once by what was in the dex: both must print the same.
set -eu
out=$1 enjarify=$2 stdlib=$3 rig=$4 bundle=$5
here=$(cd "$(dirname "$0")" && pwd)
PYTHONPATH=$enjarify/usr/lib/python3/dist-packages "${PYTHON:-python3}" -O "$here/translate.py" "$out/dex/classes.dex" \
    -o "$out/dex/classes.jar" -f
pages() {
    java -Xmx1g -XX:+UseSerialGC -Djava.awt.headless=true -Donnxruntime.native.path="$rig" -cp "$1" "$here/Pages.java" \
        "$bundle" "$here/../../../tests/golden/pages"
}
pages "$out/libraries/core.jar:$out/libraries/core-ort.jar:$out/onnxruntime.jar:$stdlib" >"$out/dex/pages-compiled"
pages "$out/dex/classes.jar" >"$out/dex/pages-translated"
cmp "$out/dex/pages-compiled" "$out/dex/pages-translated"
echo "android_demo: the code of the dex gives the same $(wc -l <"$out/dex/pages-translated") answers:"
cut -c1-100 "$out/dex/pages-translated"

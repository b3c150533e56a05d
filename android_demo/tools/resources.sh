#!/bin/sh
# Compile the app's resources: resources.sh AAPT2 ANDROID_JAR OUT. Writes OUT/resources.apk and the classes R, OUT/r.jar.
#
# APP_BUNDLE: a .pinpoint file that the app shall bring; without it the user imports one.
set -eu
aapt2=$1 android=$2 out=$3
here=$(cd "$(dirname "$0")/.." && pwd)
app=$here/app/src/main
work=$out/app
rm -rf "$work/assets" "$work/java" && mkdir -p "$work/assets" "$work/java"

# What Gradle takes from build.gradle.kts is written into the manifest here.
sed 's|<manifest |<manifest package="org.pinpoint.demo.app" |; s|<application|<application android:extractNativeLibs="false"|' \
    "$app/AndroidManifest.xml" >"$work/AndroidManifest.xml"
cp "$app/assets"/* "$work/assets/"
{
    cat "$here/../NOTICE"
    printf '\nPinPoint Edge, the Kotlin standard library (JetBrains s.r.o.): Apache License 2.0\n\n'
    cat "$here/../LICENSE"
    printf '\nONNX Runtime (Microsoft Corporation): MIT License\n\n'
    cat "$here/app/licences/onnxruntime.txt"
} >"$work/assets/licences.txt"
[ -z "${APP_BUNDLE:-}" ] || cp "$APP_BUNDLE" "$work/assets/bundle.pinpoint"

"$aapt2" compile --dir "$app/res" -o "$work/resources.zip"
"$aapt2" link -I "$android" --manifest "$work/AndroidManifest.xml" -A "$work/assets" -0 pinpoint \
    --min-sdk-version 24 --target-sdk-version 35 --version-code 1 --version-name 1.0 \
    --java "$work/java" -o "$out/resources.apk" "$work/resources.zip"

java=$work/java/org/pinpoint/demo/app/R.java
if [ ! -e "$out/r.jar" ] || ! cmp -s "$java" "$work/R.java"; then
    rm -rf "$work/classes" && mkdir -p "$work/classes"
    javac -nowarn -Xlint:-options --release 8 -d "$work/classes" "$java"
    jar cf "$out/r.jar" -C "$work/classes" .
    cp "$java" "$work/R.java"
fi

#!/bin/sh
# Pack, sign and check the APKs: apk.sh OUT R8_JAR APKSIGNER_JAR AAPT2 ANDROID_JAR STDLIB AAR TOOL_CLASSES
#
# KEYSTORE, KEYSTORE_PASSWORD: the key to sign with; without them a debug key is made once in OUT.
set -eu
out=$1 r8=$2 apksigner=$3 aapt2=$4 android=$5 stdlib=$6 aar=$7 classes=$8
here=$(cd "$(dirname "$0")/.." && pwd)
rules=$here/app/proguard-rules.pro
fast="-XX:+UseSerialGC -XX:TieredStopAtLevel=1"
code="$out/app.jar $out/app-model.jar $out/core.jar $out/core-ort.jar $out/r.jar $out/onnxruntime.jar"

inputs=$(cat $code "$rules" "$r8" | sha256sum)
if [ "$(cat "$out/dex/inputs" 2>/dev/null)" != "$inputs" ]; then
    rm -rf "$out/dex" && mkdir "$out/dex"
    # Of the system before: its code has no static methods of interfaces, so that enjarify translates it for a JVM.
    # shellcheck disable=SC2086
    java -Xmx1200m $fast -cp "$r8" com.android.tools.r8.R8 --release --min-api 23 --lib "$android" \
        --pg-conf "$rules" --output "$out/dex" $code "$stdlib" 2>&1 | grep -v 'META-INF/MANIFEST.MF' || true
    [ -e "$out/dex/classes.dex" ] || exit 1
    echo "$inputs" >"$out/dex/inputs"
fi

store=${KEYSTORE:-$out/debug.p12}
# Programs take it from the environment, so that no list of processes and no log shows it.
export KEYSTORE_PASSWORD="${KEYSTORE_PASSWORD:-android}"
[ -e "$store" ] || keytool -genkeypair -keystore "$store" -storetype PKCS12 -storepass:env KEYSTORE_PASSWORD -alias debug \
    -keyalg RSA -keysize 2048 -validity 10000 -dname "CN=Debug" >/dev/null 2>&1

for abi in arm64-v8a x86_64; do
    apk=$out/pinpoint-$abi.apk
    java $fast -cp "$classes" Package "$apk.unsigned" "$out/resources.apk" "$out/dex" "$aar" $abi
    java $fast -jar "$apksigner" sign --ks "$store" --ks-pass env:KEYSTORE_PASSWORD --min-sdk-version 24 \
        --v1-signing-enabled false --v2-signing-enabled true --v3-signing-enabled true --out "$apk" "$apk.unsigned"
    java $fast -jar "$apksigner" verify --min-sdk-version 24 --verbose "$apk" | grep -E 'v[23] scheme.*true'
    # 40 MB is the most without a bundle.
    java $fast -cp "$classes" CheckApk "$apk" $abi $((40000000 + $(stat -c %s "${APP_BUNDLE:-/dev/null}")))

    badging=$("$aapt2" dump badging "$apk")
    for wanted in "package: name='org.pinpoint.demo.app'" "minSdkVersion:'24'" "targetSdkVersion:'35'" \
        "launchable-activity: name='org.pinpoint.demo.app.MainActivity'" "native-code: '$abi'"; do
        echo "$badging" | grep -qF "$wanted" || { echo "android_demo: $apk lacks $wanted" >&2; exit 1; }
    done
    if "$aapt2" dump permissions "$apk" | grep permission: >&2; then
        echo "android_demo: $apk asks for a permission; it shall ask for none." >&2
        exit 1
    fi
    sha256sum "$apk.unsigned" | sed "s|$out/||"
done

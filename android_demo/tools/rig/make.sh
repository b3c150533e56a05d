#!/bin/sh
# Make the folder from which a Linux JVM loads ONNX Runtime through the AAR's own Java classes: make.sh AAR LINUX_SO PATCHELF OUT
set -eu
aar=$1 linux=$2 patchelf=$3 out=$4
here=$(dirname "$0")
rm -rf "$out" && mkdir -p "$out"
unzip -qo -j "$aar" jni/x86_64/libonnxruntime4j_jni.so -d "$out"
cp "$linux" "$out/libonnxruntime.so"
echo 'LIBC { global: *; };' > "$out/versions"
for library in libc libm libdl; do
    gcc -shared -fPIC -Wl,--version-script="$out/versions" -Wl,-soname,$library.so \
        -o "$out/$library.so" "$here/shims.c"
done
binding=$out/libonnxruntime4j_jni.so
for symbol in __cxa_finalize __cxa_atexit __register_atfork malloc free realloc dlclose strlen __stack_chk_fail memcpy \
    OrtSessionOptionsAppendExecutionProvider_Nnapi; do
    "$patchelf" --clear-symbol-version $symbol "$binding"
done
"$patchelf" --set-rpath '$ORIGIN' "$binding"
rm "$out/versions"

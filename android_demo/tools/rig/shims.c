/*
 * Stands in for the parts of Android's C library that the Java binding of ONNX Runtime's Android build names, so that the
 * same binding runs on a Linux machine's JVM. For tests only.
 */
int OrtSessionOptionsAppendExecutionProvider_Nnapi(void *options, unsigned flags) {
    (void)options;
    (void)flags;
    return 0;
}

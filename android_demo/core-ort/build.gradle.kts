plugins {
    alias(libs.plugins.android.library)
    alias(libs.plugins.kotlin.android)
    `maven-publish`
}

android {
    namespace = "org.pinpoint.edge.ort"
    // Its tests take a Linux library under Android's Java classes, which build.sh puts there.
    sourceSets["test"].kotlin.setSrcDirs(emptyList<String>())
    publishing.singleVariant("release")
}

kotlin {
    explicitApi()
}

dependencies {
    api(project(":core"))
    api(libs.onnxruntime.android)
}

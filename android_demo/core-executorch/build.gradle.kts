plugins {
    alias(libs.plugins.android.library)
    alias(libs.plugins.kotlin.android)
    `maven-publish`
}

android {
    namespace = "org.pinpoint.edge.executorch"
    publishing.singleVariant("release")
}

kotlin {
    explicitApi()
}

dependencies {
    api(project(":core"))
    api(libs.executorch.android)
    implementation(libs.fbjni)
}

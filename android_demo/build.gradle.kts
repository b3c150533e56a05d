plugins {
    alias(libs.plugins.android.application) apply false
    alias(libs.plugins.android.library) apply false
    alias(libs.plugins.kotlin.android) apply false
    alias(libs.plugins.kotlin.jvm) apply false
}

// Coordinates of what `gradle publishToMavenLocal` writes.
allprojects {
    group = "org.pinpoint.edge"
    version = "1.0.0"
}

plugins {
    alias(libs.plugins.kotlin.jvm)
}

kotlin {
    explicitApi()
    compilerOptions.allWarningsAsErrors.set(true)
}

dependencies {
    implementation(project(":core"))
}

// Its tests see the internals of core's tests, which build.sh allows them.
sourceSets.test { java.setSrcDirs(emptyList<String>()) }
kotlin.sourceSets.named("test") { kotlin.setSrcDirs(emptyList<String>()) }

plugins {
    alias(libs.plugins.kotlin.jvm)
}

kotlin {
    explicitApi()
    compilerOptions {
        jvmTarget.set(org.jetbrains.kotlin.gradle.dsl.JvmTarget.JVM_1_8)
        allWarningsAsErrors.set(true)
    }
}

java {
    sourceCompatibility = JavaVersion.VERSION_1_8
    targetCompatibility = JavaVersion.VERSION_1_8
}

dependencies {
    implementation(project(":core"))
}

// Its tests see the internals of core's tests, which build.sh allows them.
sourceSets.test { java.setSrcDirs(emptyList<String>()) }
kotlin.sourceSets.named("test") { kotlin.setSrcDirs(emptyList<String>()) }

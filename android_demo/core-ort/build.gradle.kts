plugins {
    alias(libs.plugins.android.library)
    alias(libs.plugins.kotlin.android)
    `maven-publish`
}

android {
    namespace = "org.pinpoint.edge.ort"
    compileSdk = 35
    defaultConfig {
        minSdk = 24
    }
    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_1_8
        targetCompatibility = JavaVersion.VERSION_1_8
    }
    // Its tests take a Linux library under Android's Java classes, which build.sh puts there.
    sourceSets["test"].kotlin.setSrcDirs(emptyList<String>())
    publishing {
        singleVariant("release")
    }
}

kotlin {
    explicitApi()
    compilerOptions {
        jvmTarget.set(org.jetbrains.kotlin.gradle.dsl.JvmTarget.JVM_1_8)
    }
}

dependencies {
    api(project(":core"))
    api(libs.onnxruntime.android)
}

afterEvaluate {
    publishing {
        publications.create<MavenPublication>("library") { from(components["release"]) }
    }
}

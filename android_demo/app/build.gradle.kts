plugins {
    alias(libs.plugins.android.application)
    alias(libs.plugins.kotlin.android)
}

android {
    namespace = "org.pinpoint.demo.app"
    defaultConfig {
        applicationId = "org.pinpoint.demo.app"
        targetSdk = 35
        versionCode = 1
        versionName = "1.0"
    }
    buildTypes {
        release {
            isMinifyEnabled = true
            proguardFiles("proguard-rules.pro")
            signingConfig = signingConfigs.getByName("debug")
        }
    }
    splits {
        abi {
            isEnable = true
            reset()
            include("arm64-v8a", "x86_64")
        }
    }
    androidResources {
        noCompress += "pinpoint"
    }
    sourceSets["main"].assets.srcDir(layout.buildDirectory.dir("licences"))
}

dependencies {
    implementation(project(":core"))
    implementation(project(":core-ort"))
    implementation(project(":app-model"))
}

// The page of licences is made of the repository's own files, as tools/resources.sh makes it.
val licences = tasks.register("licences") {
    val sources = listOf("../NOTICE", "../LICENSE", "app/licences/onnxruntime.txt").map { rootDir.resolve(it) }
    val page = layout.buildDirectory.file("licences/licences.txt")
    inputs.files(sources)
    outputs.file(page)
    doLast { page.get().asFile.writeText(sources.joinToString("\n") { it.readText() }) }
}
tasks.named("preBuild") { dependsOn(licences) }

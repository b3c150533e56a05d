import com.android.build.api.dsl.CommonExtension
import org.jetbrains.kotlin.gradle.dsl.JvmTarget
import org.jetbrains.kotlin.gradle.tasks.KotlinJvmCompile

plugins {
    alias(libs.plugins.android.application) apply false
    alias(libs.plugins.android.library) apply false
    alias(libs.plugins.kotlin.android) apply false
    alias(libs.plugins.kotlin.jvm) apply false
}

subprojects {
    // Coordinates of what `gradle publishToMavenLocal` writes.
    group = "org.pinpoint.edge"
    version = "1.0.0"

    tasks.withType<KotlinJvmCompile>().configureEach {
        compilerOptions.jvmTarget.set(JvmTarget.JVM_1_8)
    }
    plugins.withId("org.jetbrains.kotlin.jvm") {
        extensions.configure<JavaPluginExtension> {
            sourceCompatibility = JavaVersion.VERSION_1_8
            targetCompatibility = JavaVersion.VERSION_1_8
        }
    }
    for (plugin in listOf("com.android.application", "com.android.library")) {
        plugins.withId(plugin) {
            extensions.getByType(CommonExtension::class.java).apply {
                compileSdk = 35
                defaultConfig.minSdk = 24
                compileOptions.sourceCompatibility = JavaVersion.VERSION_1_8
                compileOptions.targetCompatibility = JavaVersion.VERSION_1_8
            }
        }
    }
    plugins.withId("maven-publish") {
        // The component of an Android library is there after its module was evaluated.
        afterEvaluate {
            extensions.configure<PublishingExtension> {
                publications.create<MavenPublication>("library") {
                    from(components.findByName("release") ?: components["java"])
                }
            }
        }
    }
}

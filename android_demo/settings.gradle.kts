// The usual build, for Android Studio. It was not run where build.sh is tested, since Google's Maven repository is not reached there.
pluginManagement {
    repositories {
        google()
        mavenCentral()
        gradlePluginPortal()
    }
}

dependencyResolutionManagement {
    repositoriesMode.set(RepositoriesMode.FAIL_ON_PROJECT_REPOS)
    repositories {
        google()
        mavenCentral()
    }
}

rootProject.name = "pinpoint-edge"
include(":core", ":core-ort", ":core-executorch", ":app-model", ":app")

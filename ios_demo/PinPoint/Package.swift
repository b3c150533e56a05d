// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: "PinPoint",
    platforms: [.iOS(.v17), .macOS(.v14)],
    products: [
        .library(name: "PinPointCore", targets: ["PinPointCore"]),
        .library(name: "PinPointORT", targets: ["PinPointORT"]),
        .library(name: "PinPointCoreML", targets: ["PinPointCoreML"]),
        .library(name: "PinPointDemo", targets: ["PinPointDemo"]),
    ],
    targets: [
        .target(name: "PinPointCore"),
        .target(name: "COnnxRuntime"),
        .target(name: "PinPointORT", dependencies: ["PinPointCore", "COnnxRuntime"]),
        .target(name: "PinPointCoreML", dependencies: ["PinPointCore"]),
        .target(name: "PinPointDemo", dependencies: ["PinPointCore"]),
        .target(name: "PinPointTesting", dependencies: ["PinPointCore"], path: "Tests/PinPointTesting"),
        .executableTarget(
            name: "host-times", dependencies: ["PinPointORT", "PinPointTesting"], path: "Tests/HostTimes"),
        .testTarget(name: "PinPointCoreTests", dependencies: ["PinPointCore", "PinPointTesting"]),
        .testTarget(name: "PinPointORTTests", dependencies: ["PinPointORT", "PinPointTesting"]),
        .testTarget(name: "PinPointDemoTests", dependencies: ["PinPointDemo"]),
        .testTarget(name: "PinPointCoreMLTests", dependencies: ["PinPointCoreML"]),
    ]
)

// swift-tools-version: 6.2
import PackageDescription

// Debian keeps OpenCV's headers one folder down, and its pkg-config file links 65 libraries; so the modules are named
// here. imgcodecs is opened at run time instead (it alone costs 0.1 s and 40 MB at start).
let openCVHeaders: [CXXSetting] = [
  .unsafeFlags(["-I/usr/include/opencv4", "-I/opt/homebrew/include/opencv4", "-Wno-deprecated-enum-enum-conversion"])
]
// Warnings are errors where the tests are run for everybody, and only there: a newer compiler should not stop a user.
let strict: [SwiftSetting] = Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)]
let swiftSettings: [SwiftSetting] = [.swiftLanguageMode(.v6)] + strict

let package = Package(
  name: "imgrec",
  platforms: [.macOS(.v15)],
  products: [.executable(name: "imgrec", targets: ["imgrec"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
  ],
  targets: [
    // C and C++ faces of foreign libraries, and the pixel loops that imgrec exists for.
    .target(name: "CPixels", cSettings: [.unsafeFlags(["-O3"])]),
    .target(name: "CJPEG", linkerSettings: [.linkedLibrary("jpeg")]),
    .target(name: "CArchive"),
    // SHA-256 from the system: a package that brings its own is half of a build.
    .systemLibrary(name: "CCrypto", providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),
    .systemLibrary(name: "CHiredis", providers: [.apt(["libhiredis-dev"]), .brew(["hiredis"])]),
    .target(name: "CPNG", linkerSettings: [.linkedLibrary("png"), .linkedLibrary("z")]),
    .target(
      name: "CFont", cSettings: [.unsafeFlags(["-I/usr/include/freetype2", "-I/opt/homebrew/include/freetype2"])],
      linkerSettings: [.linkedLibrary("freetype"), .linkedLibrary("fontconfig")]),
    .target(name: "CEmbedded", exclude: ["edsr_lite_x3.onnx"]),
    .target(
      name: "COpenCV", cxxSettings: openCVHeaders,
      linkerSettings: [
        .linkedLibrary("opencv_core"), .linkedLibrary("opencv_imgproc"), .linkedLibrary("opencv_dnn"),
        .linkedLibrary("opencv_objdetect"),
      ]),

    // Faces of libraries that are opened at run time, where they are found.
    .target(name: "COpenVINO"),
    .target(name: "CONNXRuntime"),

    // The vocabulary: no C, no Dispatch, no I/O.
    .target(name: "Recognition", swiftSettings: swiftSettings),
    .target(name: "Digests", dependencies: ["CCrypto"], swiftSettings: swiftSettings),

    // The rooms around it, none of which imports another.
    .target(
      name: "Codecs", dependencies: ["Recognition", "CPixels", "CJPEG", "CPNG", "COpenCV", "CFont"],
      swiftSettings: swiftSettings
    ),
    .target(
      name: "OpenCVEngine", dependencies: ["Recognition", "CPixels", "COpenCV"], swiftSettings: swiftSettings),
    .target(
      name: "OpenVINOEngine", dependencies: ["Recognition", "EngineStore", "COpenVINO"], swiftSettings: swiftSettings),
    .target(
      name: "ONNXRuntimeEngine", dependencies: ["Recognition", "EngineStore", "CPixels", "CONNXRuntime"],
      swiftSettings: swiftSettings),
    .target(name: "EngineStore", dependencies: ["Recognition"], swiftSettings: swiftSettings),
    .target(
      name: "ModelStore",
      dependencies: [
        "Recognition", "Digests", "EngineStore", "CEmbedded", .product(name: "Logging", package: "swift-log"),
      ],
      resources: [.embedInCode("zoo.json"), .embedInCode("Converters/efficientnet_lite.py")],
      swiftSettings: swiftSettings),
    .target(
      name: "Pipeline",
      dependencies: [
        "Recognition", "Digests", "Codecs", "CArchive", "CPixels",
        .product(name: "DequeModule", package: "swift-collections"), .product(name: "Logging", package: "swift-log"),
      ], swiftSettings: swiftSettings),
    .target(name: "Outputs", dependencies: ["Recognition"], swiftSettings: swiftSettings),
    .target(
      name: "Stores",
      dependencies: [
        "Recognition", "Digests", "CHiredis", .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "DequeModule", package: "swift-collections"),
      ], swiftSettings: swiftSettings),

    .executableTarget(
      name: "imgrec",
      dependencies: [
        "Recognition", "Codecs", "OpenCVEngine", "OpenVINOEngine", "ONNXRuntimeEngine", "EngineStore", "ModelStore",
        "Pipeline", "Outputs", "Stores",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ], swiftSettings: swiftSettings),

    .testTarget(name: "RecognitionTests", dependencies: ["Recognition"], swiftSettings: swiftSettings),
    .testTarget(
      name: "CodecsTests", dependencies: ["Codecs", "Recognition", "CPixels", "CJPEG", "CFont"],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "EngineTests",
      dependencies: [
        "OpenCVEngine", "OpenVINOEngine", "ONNXRuntimeEngine", "EngineStore", "Recognition", "Codecs", "ModelStore",
      ],
      exclude: ["make_models.py"],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "ModelStoreTests", dependencies: ["ModelStore", "Digests", "Recognition"], swiftSettings: swiftSettings),
    .testTarget(name: "PipelineTests", dependencies: ["Pipeline", "Recognition"], swiftSettings: swiftSettings),
    .testTarget(name: "OutputsTests", dependencies: ["Outputs", "Recognition"], swiftSettings: swiftSettings),
    .target(name: "Servers", path: "Tests/Servers", swiftSettings: swiftSettings),
    .testTarget(
      name: "StoresTests",
      dependencies: ["Stores", "Recognition", "Servers", .product(name: "Logging", package: "swift-log")],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "CommandTests", dependencies: ["imgrec", "Servers", "Codecs", "Recognition"], swiftSettings: swiftSettings),
  ],
  cLanguageStandard: .c11,
  cxxLanguageStandard: .cxx17
)

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
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
    .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
  ],
  targets: [
    // C and C++ faces of foreign libraries, and the pixel loops that imgrec exists for.
    .target(name: "CPixels", cSettings: [.unsafeFlags(["-O3"])]),
    .target(name: "CJPEG", dependencies: ["CPixels"], linkerSettings: [.linkedLibrary("jpeg")]),
    .target(name: "CArchive", linkerSettings: [.linkedLibrary("z")]),
    // Checksums by instructions of the processor.
    .target(name: "CChecksum", cSettings: [.unsafeFlags(["-O3"])]),
    // Scalar products of vectors.
    .target(name: "CVectors", cSettings: [.unsafeFlags(["-O3"])]),
    // The code of the process in memory.
    .target(name: "CLoader"),
    // Processes that decode, with limits and few rights.
    .target(name: "CIsolation"),
    // The libraries are opened at run time, in the process that decodes with them.
    .target(
      name: "CDecoders", dependencies: ["CPixels"],
      cSettings: [.unsafeFlags(["-I/usr/include/openjpeg-2.5", "-I/opt/homebrew/include/openjpeg-2.5"])]),
    // SHA-256 from the system: a package that brings its own is half of a build.
    .systemLibrary(name: "CCrypto", providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),
    .systemLibrary(name: "CHiredis", providers: [.apt(["libhiredis-dev"]), .brew(["hiredis"])]),
    .target(name: "CPNG", linkerSettings: [.linkedLibrary("png"), .linkedLibrary("z")]),
    .target(
      name: "CFont", cSettings: [.unsafeFlags(["-I/usr/include/freetype2", "-I/opt/homebrew/include/freetype2"])],
      linkerSettings: [.linkedLibrary("freetype"), .linkedLibrary("fontconfig")]),
    .target(
      name: "CEmbedded",
      exclude: ["edsr_lite_x3.onnx", "edsr_photo_x2.onnx", "edsr_photo_x3.onnx", "edsr_photo_x4.onnx"]),
    .target(
      name: "COpenCV", cxxSettings: openCVHeaders,
      linkerSettings: [
        .linkedLibrary("opencv_core"), .linkedLibrary("opencv_imgproc"), .linkedLibrary("opencv_dnn"),
        .linkedLibrary("opencv_objdetect"),
      ]),

    // Faces of libraries that are opened at run time, where they are found.
    .target(name: "COpenVINO"),
    .target(name: "CZXing"),
    .target(name: "CONNXRuntime"),
    .target(name: "CExempi"),

    // The floor: the operating system, paths, files, digests. The only importer of the C library.
    .target(
      name: "Platform", dependencies: ["CCrypto", "CChecksum", "CLoader", "CIsolation", "CEmbedded"],
      swiftSettings: swiftSettings),
    // The vocabulary: no C, no threads, no input or output.
    .target(name: "Recognition", dependencies: ["Platform"], swiftSettings: swiftSettings),

    // Tests and distances of distributions: numbers only.
    .target(name: "Statistics", dependencies: ["Platform"], swiftSettings: swiftSettings),

    // Rooms that import the vocabulary and not each other.
    .target(name: "Records", dependencies: ["Recognition", "Platform"], swiftSettings: swiftSettings),
    .target(name: "ModelFiles", dependencies: ["Recognition", "Platform"], swiftSettings: swiftSettings),
    .target(
      name: "Inputs",
      dependencies: [
        "Recognition", "Platform", "CArchive", .product(name: "DequeModule", package: "swift-collections"),
      ], swiftSettings: swiftSettings),
    .target(
      name: "Codecs",
      dependencies: [
        "Recognition", "Platform", "CPixels", "CJPEG", "CPNG", "CDecoders", "COpenCV", "CFont",
      ],
      swiftSettings: swiftSettings),
    .target(
      name: "EngineSupport", dependencies: ["Recognition", "Platform", "CPixels"],
      exclude: ["Scripts"], swiftSettings: swiftSettings),
    .target(
      name: "Redis",
      dependencies: [
        "Recognition", "Platform", "CHiredis", .product(name: "DequeModule", package: "swift-collections"),
      ], swiftSettings: swiftSettings),

    // Rooms that import some of those.
    .target(
      name: "OpenCVEngine",
      dependencies: ["Recognition", "Platform", "EngineSupport", "ModelFiles", "COpenCV"],
      swiftSettings: swiftSettings),
    .target(
      name: "OpenVINOEngine",
      dependencies: ["Recognition", "Platform", "EngineSupport", "ModelFiles", "COpenVINO"],
      swiftSettings: swiftSettings),
    .target(
      name: "ONNXRuntimeEngine",
      dependencies: ["Recognition", "Platform", "EngineSupport", "ModelFiles", "CONNXRuntime"],
      swiftSettings: swiftSettings),
    .target(
      name: "ZXingEngine",
      dependencies: ["Recognition", "Platform", "EngineSupport", "CZXing"],
      swiftSettings: swiftSettings),
    .target(
      name: "ModelLibrary", dependencies: ["Recognition", "Platform", "ModelFiles", "EngineSupport"],
      exclude: [
        "zoo.json", "Converters", "Download/download.py", "Download/download_source.py", "Download/unpack.py",
        "Quantisation/quantise.py", "Quantisation/quantise_requirements.txt", "Cards/classify_example.json",
        "Cards/upscale_example.json",
      ],
      swiftSettings: swiftSettings),
    .target(
      name: "Pipeline",
      dependencies: [
        "Recognition", "Platform", "Records", "Inputs", "Codecs", "CPixels",
        .product(name: "DequeModule", package: "swift-collections"),
      ], swiftSettings: swiftSettings),
    .target(
      name: "Cache",
      dependencies: [
        "Recognition", "Platform", "Records", "Redis", .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"), .product(name: "Logging", package: "swift-log"),
      ], swiftSettings: swiftSettings),
    .target(
      name: "Queue",
      dependencies: [
        "Recognition", "Platform", "Redis", .product(name: "Logging", package: "swift-log"),
        .product(name: "DequeModule", package: "swift-collections"),
      ],
      exclude: ["Scripts"], swiftSettings: swiftSettings),
    .target(
      name: "Sidecars", dependencies: ["Recognition", "Platform", "Records", "CExempi"], swiftSettings: swiftSettings),
    .target(
      name: "Outputs",
      dependencies: [
        "Recognition", "Platform", "Records", "Codecs", "Statistics", "CVectors",
        .product(name: "HeapModule", package: "swift-collections"),
      ], swiftSettings: swiftSettings),
    .target(
      name: "Report",
      dependencies: [
        "Recognition", "Platform", "Records", "Inputs", "Codecs", .product(name: "Mustache", package: "swift-mustache"),
      ],
      exclude: ["Page"], swiftSettings: swiftSettings),

    .target(name: "Settings", dependencies: ["TOMLKit"], swiftSettings: swiftSettings),
    .target(
      name: "MetricsServer",
      dependencies: [
        "Platform", .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
      ], swiftSettings: swiftSettings),

    .executableTarget(
      name: "imgrec",
      dependencies: [
        "Platform", "Recognition", "Records", "Inputs", "Codecs", "EngineSupport", "OpenCVEngine", "OpenVINOEngine",
        "ONNXRuntimeEngine", "ZXingEngine", "ModelLibrary", "Pipeline", "Redis", "Cache", "Queue", "Outputs", "Report",
        "Sidecars", "Settings", "MetricsServer", .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ], swiftSettings: swiftSettings),

    .testTarget(name: "PlatformTests", dependencies: ["Platform"], swiftSettings: swiftSettings),
    .testTarget(name: "StatisticsTests", dependencies: ["Statistics", "TestSupport"], swiftSettings: swiftSettings),
    .testTarget(name: "RecognitionTests", dependencies: ["Recognition", "Platform"], swiftSettings: swiftSettings),
    .testTarget(
      name: "CodecsTests",
      dependencies: ["Codecs", "Recognition", "Platform", "CPixels", "CJPEG", "CFont", "CDecoders", "TestSupport"],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "EngineTests",
      dependencies: [
        "OpenCVEngine", "OpenVINOEngine", "ONNXRuntimeEngine", "EngineSupport", "ModelFiles", "Recognition", "Codecs",
        "ModelLibrary", "Platform", "TestSupport",
      ],
      exclude: ["make_models.py"],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "ModelLibraryTests",
      dependencies: ["ModelLibrary", "ModelFiles", "EngineSupport", "Platform", "Recognition", "TestSupport"],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "InputsTests", dependencies: ["Inputs", "Recognition", "Platform", "TestSupport"],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "PipelineTests", dependencies: ["Pipeline", "Inputs", "Recognition", "Platform", "TestSupport"],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "OutputsTests", dependencies: ["Outputs", "Records", "Recognition", "Platform", "CVectors", "TestSupport"],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "SidecarsTests", dependencies: ["Sidecars", "Records", "Recognition", "Platform"],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "ReportTests", dependencies: ["Report", "Records", "Recognition", "Platform"],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "MetricsServerTests", dependencies: ["MetricsServer", "Platform", "TestSupport"],
      swiftSettings: swiftSettings),
    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: swiftSettings),
    .target(
      name: "RedisTestSupport", dependencies: ["Platform", "TestSupport"], path: "Tests/RedisTestSupport",
      swiftSettings: swiftSettings),
    .testTarget(
      name: "CacheTests",
      dependencies: [
        "Cache", "Redis", "Records", "Recognition", "Platform", "RedisTestSupport", "TestSupport",
        .product(name: "Logging", package: "swift-log"),
      ], swiftSettings: swiftSettings),
    .testTarget(
      name: "QueueTests",
      dependencies: [
        "Queue", "Redis", "Recognition", "Platform", "RedisTestSupport", "TestSupport",
        .product(name: "Logging", package: "swift-log"),
      ], swiftSettings: swiftSettings),
    .testTarget(
      name: "CommandTests",
      dependencies: [
        "imgrec", "RedisTestSupport", "Codecs", "ModelLibrary", "Recognition", "Platform", "TestSupport",
      ],
      swiftSettings: swiftSettings),
  ],
  cLanguageStandard: .c11,
  cxxLanguageStandard: .cxx17
)

// libFuzzer brings a `main` of its own and instruments every module, so the program is made by `make fuzz` alone
// (Tests/Fuzz/fuzz.mk); the tests run its targets on the fixtures.
let fuzzed: [Target.Dependency] = [
  "Codecs", "Inputs", "ModelFiles", "ModelLibrary", "Platform", "Recognition", "Records", "Sidecars",
]
if Context.environment["IMGREC_FUZZ"] == nil {
  package.targets.append(
    .testTarget(
      name: "FuzzTests", dependencies: fuzzed + ["TestSupport"], path: "Tests/Fuzz",
      exclude: ["fuzz.mk", "corpus.py", "LibFuzzer.swift"],
      swiftSettings: swiftSettings))
} else {
  package.products.append(.executable(name: "fuzz", targets: ["fuzz"]))
  package.targets.append(
    .executableTarget(
      name: "fuzz", dependencies: fuzzed, path: "Tests/Fuzz", exclude: ["fuzz.mk", "corpus.py", "FuzzTests.swift"],
      swiftSettings: swiftSettings + [.unsafeFlags(["-parse-as-library"])]))
}

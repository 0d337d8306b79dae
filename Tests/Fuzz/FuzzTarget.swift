import Codecs
import Foundation
import Platform
import Recognition

@testable import Inputs
@testable import ModelFiles
@testable import ModelLibrary
@testable import Records
@testable import Sidecars

/// A parser of bytes from outside, which may be anything. `make fuzz` makes inputs for each, and FuzzTests runs all of
/// them on the fixtures.
enum FuzzTarget: String, CaseIterable {
  /// Sniffing, the header, and decoding into two slots: of the formats that are decoded in the process.
  case decode
  /// Decoding to a whole picture with its metadata, as `upscale` does.
  case picture
  /// Copies with a part of the picture hidden, and without: of the formats that are decoded in the process, and the
  /// metadata of WebP.
  case anonymise
  /// Decoding through foreign libraries, which runs in decoder processes otherwise. Not among the usual targets: what it
  /// finds are mostly faults of those libraries.
  case library
  /// Members of tar and zip archives.
  case archive
  /// TFRecord files and the Examples in them.
  case tfrecord
  /// LMDB databases and the Datums in them.
  case lmdb
  /// Standard input: lists of paths, and images one after another.
  case stream
  /// Patterns, matched against themselves.
  case glob
  /// Model cards.
  case card
  /// Cached answers and their findings.
  case record
  /// What files of all containers state about their pictures.
  case exif
  /// ONNX files, subgraphs and TensorFlow graphs.
  case network
  /// Sidecars, and what tags make of them.
  case sidecar

  func run(_ bytes: UnsafeRawBufferPointer) {
    switch self {
    case .decode: Self.decode(bytes)
    case .picture: Self.picture(bytes)
    case .anonymise: Self.anonymise(bytes)
    case .library: Self.library(bytes)
    case .archive: Self.archive(bytes)
    case .tfrecord: Self.tfrecord(bytes)
    case .lmdb: Self.lmdb(bytes)
    case .stream: Self.stream(bytes)
    case .glob: Self.glob(bytes)
    case .card: Self.card(Data(bytes))
    case .record: Self.record(Array(bytes))
    case .exif: _ = ExifFields(of: bytes)
    case .network: Self.network(bytes)
    case .sidecar: Self.sidecar(Array(bytes))
    }
  }

  /// Small limits: time is for many inputs, not for large ones.
  private static let limits: DecodeLimits = {
    var limits = DecodeLimits()
    limits.maxPixels = 1_000_000
    limits.timeout = .seconds(2)
    return limits
  }()

  nonisolated(unsafe) private static let decoder = ImageDecoder(limits: limits)

  /// Formats that are decoded in imgrec's own process.
  private static let ownFormats: Set<ImageFormat> = [.jpeg, .png, .pnm]

  private static func decode(_ bytes: UnsafeRawBufferPointer) {
    guard let header = try? decoder.header(of: bytes), ownFormats.contains(header.format) else { return }
    decode(bytes, header)
  }

  private static func library(_ bytes: UnsafeRawBufferPointer) {
    guard let header = try? decoder.header(of: bytes), !ownFormats.contains(header.format) else { return }
    decode(bytes, header)
  }

  private static func decode(_ bytes: UnsafeRawBufferPointer, _ header: ImageHeader) {
    let grey = InputSpec(
      width: 32, height: 32, resize: .init(rule: .stretch), channels: .grey, mean: [0], scale: [1]
    ).transform(of: header.size)
    let targets = [grey, .whole(header.size, order: .bgr, longSide: 64)].map {
      (transform: $0, slot: PixelBuffer(size: $0.slot, order: $0.order))
    }
    _ = try? decoder.decode(bytes, header: header, into: targets)
  }

  private static func picture(_ bytes: UnsafeRawBufferPointer) {
    guard let header = try? decoder.header(of: bytes), ownFormats.contains(header.format), header.size.area < 250_000
    else { return }
    _ = try? decoder.picture(bytes, header: header, size: header.size, order: .rgb)
  }

  nonisolated(unsafe) private static let anonymiser = PictureAnonymiser(limits: limits)
  private static let sink = open("/dev/null", O_WRONLY | O_CLOEXEC)

  private static func anonymise(_ bytes: UnsafeRawBufferPointer) {
    guard let header = try? decoder.header(of: bytes), ownFormats.union([.webp]).contains(header.format),
      header.size.area < 250_000
    else { return }
    var source = PictureAnonymiser.Source(bytes)
    _ = try? anonymiser.write(source, to: sink)
    guard header.format != .webp else { return }
    let (width, height) = (Float(header.size.width), Float(header.size.height))
    let box = Box(x: width / 3, y: height / 4, width: width, height: height / 2)
    source.parts = [HiddenPart(.ellipse(box), .blur), HiddenPart(.polygon(box.corners, margin: 3), .pixelate)]
    source.strips = bytes.count % 2 == 0
    _ = try? anonymiser.write(source, to: sink)
  }

  private static func archive(_ bytes: UnsafeRawBufferPointer) {
    read(bytes, atMost: 100) { try ArchiveReader($0, selection: $1).next }
  }

  private static func tfrecord(_ bytes: UnsafeRawBufferPointer) {
    read(bytes, atMost: 1000) { try TFRecordReader($0, selection: $1).next }
    // Past the checksums, which no mutation would meet.
    _ = ExamplePictures(bytes) { FormatSniffer.format(of: $0) != nil }
  }

  private static func lmdb(_ bytes: UnsafeRawBufferPointer) {
    read(bytes, atMost: 1000) { try LMDBReader($0, selection: $1).next }
    _ = try? CaffeDatum(Array(bytes))?.image(maxBytes: 1 << 20)
  }

  /// Reads the members of a container with the reader that `open` gives.
  private static func read(
    _ bytes: UnsafeRawBufferPointer, atMost most: Int,
    _ open: (RawPath, MemberSelection) throws -> () -> Container.Member?
  ) {
    withTemporaryFile(bytes) { path in
      var options = WalkOptions()
      options.maxFileSize = 1 << 20
      let selection = MemberSelection(options: options, tally: WalkTally(), sniff: FormatSniffer.format(of:))
      guard let next = try? open(RawPath(path), selection) else { return }
      var members = 0
      while members < most, next() != nil { members += 1 }
    }
  }

  private static func stream(_ bytes: UnsafeRawBufferPointer) {
    withTemporaryFile(bytes) { path in
      guard let list = try? PathList(path: RawPath(path)),
        let content = try? list.content(sniff: FormatSniffer.format(of:))
      else { return }
      var entries = 0
      switch content {
      case .paths: while entries < 1000, list.next() != nil { entries += 1 }
      case .image:
        let images = ImageStream(
          list.stream, name: list.name, maxBytes: 16 << 10, sniff: FormatSniffer.format(of:))
        while entries < 1000, images.next() != nil { entries += 1 }
      case .archive, .records, .other: return
      }
    }
  }

  private static func glob(_ bytes: UnsafeRawBufferPointer) {
    let pattern = String(decoding: bytes.prefix(256), as: UTF8.self)
    for ignoringCase in [false, true] {
      guard let glob = try? Glob(pattern, ignoringCase: ignoringCase) else { continue }
      _ = glob.matches(Array(pattern.utf8)[...], isFolder: true)
    }
  }

  private static func card(_ json: Data) {
    guard let object = try? CardDecoder.object(json, origin: "card"),
      let card = try? CardDecoder.card(from: object, origin: "card")
    else { return }
    try? CardValidator.check(card, origin: "card", pinned: false)
  }

  private static func record(_ bytes: [UInt8]) {
    bytes.withUnsafeBufferPointer { json in
      guard let record = try? VectorRecord(json), case .values(let range) = record.place else { return }
      var vector: [Float] = []
      _ = VectorRecord.decode(range, of: json, into: &vector)
    }
    _ = NumPyHeader.array(bytes)
    guard let answer = CachedAnswer(bytes) else { return }
    for kind in FindingsKind.allCases { _ = FindingsReader.findings(answer.findings, kind: kind) }
  }

  private static func network(_ bytes: UnsafeRawBufferPointer) {
    let model = ONNXModel(bytes)
    _ = try? model.lines(of: "character", origin: "network")
    for text in model.metadata.values { _ = ONNXExportInfo.names(text) }
    _ = ONNXSubgraph.excerpt(bytes, ["output"], freeSides: [2, 3], mergesFocus: true)
    _ = try? ONNXExternalData.files(in: bytes, of: "/nowhere/network.onnx")
    _ = try? TensorFlowGraph.dequantised(bytes)
  }

  /// Whatever the sidecar is, a second run changes nothing.
  private static func sidecar(_ bytes: [UInt8]) {
    var wanted = WantedTags()
    wanted.tasks = [.classify, .faces, .text]
    wanted.keywords = [WantedTags.Keyword(text: "dog", task: .classify), WantedTags.Keyword(text: "Ada", task: .faces)]
    wanted.regions = [FaceRegion(x: 0.5, y: 0.5, width: 0.1, height: 0.1, name: "Ada")]
    wanted.description = "EXIT"
    wanted.size = PixelSize(width: 640, height: 480)
    guard let first = try? Sidecar(bytes).merging(wanted, tasks: wanted.tasks).result, case .text(let text) = first
    else {
      return
    }
    guard let second = try? Sidecar(text).merging(wanted, tasks: wanted.tasks).result, second == .unchanged else {
      fatalError("a second run changes the sidecar")
    }
    _ = try? Sidecar(text).removing(Set(TaskKind.allCases))
  }

  private static func withTemporaryFile(_ bytes: UnsafeRawBufferPointer, _ body: (String) -> Void) {
    let path = NSTemporaryDirectory() + "/imgrec-fuzz-\(getpid())"
    guard FileManager.default.createFile(atPath: path, contents: Data(bytes)) else { return }
    defer { unlink(path) }
    body(path)
  }
}

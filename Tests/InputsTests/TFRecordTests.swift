import Foundation
import TestSupport
import Testing

@testable import Inputs
@testable import Platform
@testable import Recognition

/// TFRecord files: names, compression, Examples and checksums.
struct TFRecordTests {
  private let image = Array("PNG and more".utf8)

  private func walk(
    _ bytes: [UInt8], name: String = "x.tfrecord", _ change: (inout WalkOptions) -> Void = { _ in }
  ) throws -> (found: [String], items: [Item], ignored: [String: Int]) {
    let tree = try TemporaryTree()
    try Data(bytes).write(to: URL(fileURLWithPath: tree.path(name)))
    let walk = DirectoryWalk([.path(RawPath(tree.path(name)))], options: options(change), sniff: sniffTest)
    let items = collect(walk)
    let found = tree.relative(items).map { $0.replacing("\(name)/", with: "") }
    return (found, items, walk.tally.ignored.counts)
  }

  private func contents(_ items: [Item]) -> [[UInt8]?] {
    items.map { if case .bytes(let bytes) = $0.origin { bytes } else { nil } }
  }

  @Test(arguments: [
    ("x.tfrecord", true), ("x.TFRecords", true), ("x.tfrec", true), ("x.tfrecord.gz", true), ("a.b.tfrecords", true),
    ("train.tfrecord-00000-of-01024", true), ("train.tfrecord-1-of-2", true), (".tfrecord", false),
    ("x.tfrecord.jpg", false),
    ("train-00000-of-01024", false), ("tfrecord", false), ("x.tfrecord-of-2", false), ("x.tfrecord--of-2", false),
  ])
  func names(name: String, isNamed: Bool) { #expect(TFRecordReader.isNamed(RawPath(name)) == isNamed) }

  @Test func `a shard is recognised by its first bytes, a picture under an image's name is not taken for one`() throws {
    let file = TFRecordFile.bytes([TFRecordFile.example(image, name: "n")])
    #expect(try walk(file, name: "train-00000-of-01024").found == ["00000000"])
    #expect(try walk(file, name: "odd.bin").found == ["00000000"])
    #expect(try walk(file, name: "odd.jpg").found == ["odd.jpg"])
    #expect(try walk(Array("PNG".utf8), name: "odd.bin").found == ["odd.bin"])
  }

  @Test func `pictures by name, by content, in plain records and in sequences`() throws {
    let other = Array("PNG 2".utf8)
    let records = [
      TFRecordFile.example([("img", .bytes([image])), ("caption", .text("PNg"))]),
      TFRecordFile.example([("whatever", .bytes([other]))]),
      image,
      TFRecordFile.example([("left", .bytes([image])), ("right", .bytes([other]))]),
      TFRecordFile.example([("views", .bytes([image, other]))]),
      TFRecordFile.sequence("video/frames", [image, other, image]),
      TFRecordFile.example([("image/encoded", .bytes([image])), ("image/object/mask", .bytes([other, other]))]),
    ]
    let (found, items, ignored) = try walk(TFRecordFile.bytes(records))
    #expect(
      found == [
        "00000000", "00000001", "00000002", "00000003/left", "00000003/right", "00000004/views/0", "00000004/views/1",
        "00000005/video/frames/0", "00000005/video/frames/1", "00000005/video/frames/2", "00000006",
      ])
    #expect(
      contents(items) == [image, other, image, image, other, image, other, image, other, image, image])
    #expect(ignored.isEmpty)
  }

  @Test func `records without a picture are counted, damaged pictures are inputs`() throws {
    let records = [
      TFRecordFile.example([("label", .numbers([3])), ("text", .text("no picture"))]),
      Array("neither".utf8), [],
      TFRecordFile.example([("image/encoded", .text("damaged"))]),
      TFRecordFile.example([("image/encoded", .text(""))]),
      TFRecordFile.example([("image", .bytes([[1, 2, 3]]))]),
      TFRecordFile.example([("image", .numbers(Array(0..<100)))]),
    ]
    let (found, _, ignored) = try walk(TFRecordFile.bytes(records))
    #expect(found == ["00000003", "00000004!empty"])
    #expect(ignored == ["records without a picture": 3, "raw samples": 2])
  }

  @Test(
    arguments: [
      (["height": 2, "width": 3, "depth": 3], 18, "P6\n3 2\n255\n"),
      (["image/height": 2, "image/width": 3], 6, "P5\n3 2\n255\n"),
      (["rows": 2, "cols": 3], 18, "P6\n3 2\n255\n"),
      (
        ["height": 1, "width": 1, "channels": 4], 4,
        "P7\nWIDTH 1\nHEIGHT 1\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n"
      ),
      (["height": 2, "width": 3, "depth": 1], 18, nil), (["height": 0, "width": 3], 18, nil), (["height": 2], 18, nil),
      (["height": -1, "width": -18], 18, nil), (["height": 1 << 40, "width": 1 << 40], 18, nil),
      (["height": 3, "width": 3], 18, nil),
    ] as [([String: Int], Int, String?)])
  func samples(size: [String: Int], count: Int, header: String?) throws {
    let samples = [UInt8](repeating: 9, count: count)
    let features = size.map { ($0.key, TFRecordFile.Value.numbers([$0.value])) } + [("image_raw", .bytes([samples]))]
    let (_, items, ignored) = try walk(TFRecordFile.bytes([TFRecordFile.example(features)]))
    #expect(contents(items) == (header.map { [Array($0.utf8) + samples] } ?? []))
    #expect(ignored == (header == nil ? ["raw samples": 1] : [:]))
  }

  @Test func `the key is the file name, before an id`() throws {
    func key(_ features: [(String, TFRecordFile.Value)]) throws -> String? {
      let record = TFRecordFile.example([("image", .bytes([image]))] + features)
      return try walk(TFRecordFile.bytes([record])).items.first?.key?.description
    }
    #expect(try key([("image/source_id", .text("17")), ("image/filename", .text("a/b.jpg"))]) == "a/b.jpg")
    #expect(try key([("image_id", .numbers([-5]))]) == "-5")
    #expect(try key([("label", .numbers([5]))]) == nil)
  }

  @Test func `damage of a record costs the record, of a length the rest`() throws {
    let records = (0..<4).map { TFRecordFile.record(TFRecordFile.example(image, name: "\($0)")) }
    var file = records.flatMap { $0 }
    let size = records[0].count
    file[size + 20] ^= 1
    #expect(try walk(file).found == ["00000000", "00000001!corrupt", "00000002", "00000003"])
    file[3 * size + 2] ^= 1
    let (found, items, _) = try walk(file)
    #expect(found == ["00000000", "00000001!corrupt", "00000002", "x.tfrecord!corrupt"])
    guard case .fault(let failure)? = items.last?.origin else { return }
    #expect(failure.message.contains("record 3 at byte \(3 * size)") && failure.message.contains("3 records were read"))
  }

  @Test func `a record that is cut is a fault of the file`() throws {
    let record = TFRecordFile.record(TFRecordFile.example(image, name: "n"))
    for length in 1..<record.count {
      let found = try walk(record + record.prefix(length)).found
      #expect(found == ["00000000", "x.tfrecord!truncated"], "\(length)")
    }
    #expect(try walk(Array("no records".utf8)).found == ["x.tfrecord!truncated"])
    #expect(try walk(Array("no records in this file".utf8)).found == ["x.tfrecord!corrupt"])
  }

  @Test func `a length beyond the limit is passed over`() throws {
    let large = TFRecordFile.record([UInt8](repeating: 0, count: 3 << 20))
    let small = TFRecordFile.record(TFRecordFile.example(image, name: "n"))
    let (found, _, _) = try walk(small + large + small) { $0.maxFileSize = 1 << 20 }
    #expect(found == ["00000000", "00000001!file_too_large", "00000002"])
  }

  @Test(.enabled(if: Subprocess.find("python3") != nil), arguments: ["gzip.compress(d)", "zlib.compress(d)"])
  func compression(_ call: String) throws {
    let file = TFRecordFile.bytes((0..<50).map { TFRecordFile.example(image, name: "\($0)") })
    let tree = try TemporaryTree()
    try Data(file).write(to: URL(fileURLWithPath: tree.path("plain")))
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(Subprocess.find("python3")))
    let script = "import gzip,zlib; d=open('plain','rb').read(); open('packed','wb').write(\(call))"
    process.arguments = ["-c", script]
    process.currentDirectoryURL = URL(fileURLWithPath: tree.root)
    try process.run()
    process.waitUntilExit()
    let packed = [UInt8](try Data(contentsOf: URL(fileURLWithPath: tree.path("packed"))))
    let (found, items, _) = try walk(packed)
    #expect(found.count == 50 && contents(items).allSatisfy { $0 == image })
    #expect(try walk(packed, name: "x.bin").found.count == 50)
    #expect(try walk(Array(packed.dropLast(20))).found.last == "x.tfrecord!truncated")
    if call.hasPrefix("gzip") { #expect(try walk(packed + packed).found.count == 100) }
  }
}

/// Names of members.
struct SampleKeyTests {
  @Test(
    arguments: [
      ("a/b/17.jpg", "a/b/17"), ("a/17.left.jpg", "a/17"), ("a.b/17.jpg", "a.b/17"), ("./17.jpg", "./17"), ("17", nil),
      (".hidden.jpg", nil), ("a/.jpg", nil), ("", nil), ("a.b/17", nil),
    ] as [(String, String?)])
  func key(name: String, key: String?) {
    #expect(Array(name.utf8).withUnsafeBytes { MemberName.sampleKey($0)?.description } == key)
  }

  @Test func numbered() {
    #expect(MemberName.numbered(7, digits: 8).description == "00000007")
    #expect(MemberName.numbered(123_456_789, digits: 8).description == "123456789")
  }
}

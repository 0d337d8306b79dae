import EngineSupport
import Foundation
import Platform
import Recognition
import Testing

/// Networks as engines compiled them, damaged on the disk: compiled again, never answering.
@Suite(.serialized) struct CompiledNetworkTests {
  /// A folder that is removed with the test.
  private final class Folder {
    let url = FileManager.default.temporaryDirectory.appending(path: "imgrec-compiled-\(UUID().uuidString)")

    init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(at: url) }
  }

  /// Bytes of `file` damaged in the ways of disks and interrupted copies.
  private func damages(of file: Data) -> [Data] {
    var damages = [Data(), Data("damaged".utf8), file.prefix(100), file.dropLast(1), file.prefix(file.count / 2)]
    damages.append(file + Data([0]))
    for place in [0, 16, file.count / 3, file.count / 2, file.count - 50, file.count - 45, file.count - 1] {
      var flipped = file
      flipped[place] ^= 0x10
      damages.append(flipped)
    }
    var zeroed = file
    zeroed.replaceSubrange(file.count / 2..<file.count / 2 + 64, with: Data(count: 64))
    return damages + [zeroed]
  }

  @Test("a damaged file is compiled again, and replaced", arguments: EngineUnderTest.available)
  func damagedFiles(_ engine: EngineUnderTest) throws {
    let folder = try Folder()
    let picture = Tiny.picture(width: 8, height: 8)
    func values() throws -> [Float] {
      try engine.provider.makeInstances(
        Tiny.classes(), EngineOptions(instances: 2, threads: 1, cacheDirectory: folder.url.path))[1].values([picture])
    }
    let expected = try values()
    let files = try FileManager.default.contentsOfDirectory(at: folder.url, includingPropertiesForKeys: nil)
    #expect(files.count <= 1, "only the network is left there")
    for file in files {
      let whole = try Data(contentsOf: file)
      for damaged in damages(of: whole) {
        try damaged.write(to: file)
        #expect(CompiledNetwork(file.path) == nil)
        // Kernels are timed at each compilation, and may differ in the last digits.
        expectClose(try values(), expected, "compiled again")
        #expect(CompiledNetwork(file.path) != nil)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).count == 1)
      }
    }
  }

  @Test("what is written comes back, and only that")
  func digest() throws {
    let folder = try Folder()
    let path = folder.url.appending(path: "n.blob").path
    let bytes = Array((0..<5000).map { UInt8(truncatingIfNeeded: $0 * 7) })
    #expect(CompiledNetwork(path) == nil)
    #expect(bytes.withUnsafeBytes { CompiledNetwork.write($0, to: path) })
    #expect(CompiledNetwork(path).map { $0.withBytes { Array($0) } } == bytes)
    for damaged in damages(of: try Data(contentsOf: URL(filePath: path))) {
      try damaged.write(to: URL(filePath: path))
      #expect(CompiledNetwork(path) == nil)
    }
    #expect(CompiledNetwork(folder.url.path) == nil)
    #expect(!bytes.withUnsafeBytes { CompiledNetwork.write($0, to: "/proc/imgrec/n.blob") })
  }
}

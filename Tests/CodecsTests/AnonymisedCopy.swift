import Foundation

@testable import Codecs
@testable import Recognition

/// A copy that `PictureAnonymiser` has made of a file.
struct AnonymisedCopy {
  let file: [UInt8]
  let result: PictureAnonymiser.Result

  init(_ bytes: [UInt8], hiding parts: [HiddenPart] = [], isDamaged: Bool = false, strips: Bool = false) throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: url) }
    _ = FileManager.default.createFile(atPath: url.path, contents: nil)
    let handle = try FileHandle(forWritingTo: url)
    // The buffer's closure cannot throw typed errors, so that the result is carried out.
    result = try bytes.withUnsafeBytes { raw in
      Result { () throws(Failure) in
        var source = PictureAnonymiser.Source(raw)
        (source.parts, source.isDamaged, source.strips) = (parts, isDamaged, strips)
        return try PictureAnonymiser(limits: DecodeLimits()).write(source, to: handle.fileDescriptor)
      }
    }.get()
    file = Array(try Data(contentsOf: url))
  }
}

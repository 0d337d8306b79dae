import Platform
import Recognition

/// Caffe's protocol buffer for an image and its label: an encoded image, or samples of 8 bits plane by plane.
struct CaffeDatum {
  private var channels = 0
  private var height = 0
  private var width = 0
  private var data: Range<Int>?
  private var hasFloats = false
  private var isEncoded = false
  private let bytes: [UInt8]

  /// nil unless `bytes` are a Datum from beginning to end.
  init?(_ bytes: [UInt8]) {
    self.bytes = bytes
    var isDatum = true
    bytes.withUnsafeBytes { whole in
      var fields = ProtobufReader(whole)
      while isDatum, let field = fields.next() {
        switch field.number {
        case 1: channels = Int(clamping: field.value)
        case 2: height = Int(clamping: field.value)
        case 3: width = Int(clamping: field.value)
        case 4:
          guard let start = field.bytes.baseAddress, let first = whole.baseAddress else { break }
          data = start - first..<start - first + field.bytes.count
        case 5: break  // the label, for which a record has no field
        case 6: hasFloats = true
        case 7: isEncoded = field.value != 0
        default: isDatum = false
        }
      }
      if fields.isBroken { isDatum = false }
    }
    guard isDatum, data?.isEmpty == false || hasFloats else { return nil }
  }

  /// The bytes of the image; samples get the header of a PNM or PAM.
  func image(maxBytes: Int) throws(Failure) -> [UInt8] {
    guard let data, !data.isEmpty else {
      throw Failure(.read, .unsupported, "the Datum holds floating-point numbers; images of 8 bits are read")
    }
    if isEncoded { return Array(bytes[data]) }
    guard let header = SampleHeader.bytes(width: width, height: height, channels: channels) else {
      throw Failure(.read, .unsupported, "the Datum has \(channels) channels; those with 1, 3 or 4 are read")
    }
    let (area, overflows) = height.multipliedReportingOverflow(by: width)
    guard height > 0, width > 0, !overflows, area <= data.count, area * channels == data.count else {
      throw Failure(
        .read, .corrupt, "the Datum has \(data.count) bytes, and not \(channels) x \(height) x \(width)")
    }
    guard data.count <= maxBytes - 128 else {
      throw Failure(.read, .fileTooLarge, "the Datum has \(data.count) bytes; the limit is \(maxBytes)")
    }
    return header + (channels == 1 ? Array(bytes[data]) : interleaved(data, area))
  }

  /// Caffe's own tools store the planes as OpenCV has them: blue, green, red.
  private func interleaved(_ data: Range<Int>, _ area: Int) -> [UInt8] {
    let planes = channels == 3 ? [2, 1, 0] : [2, 1, 0, 3]
    return [UInt8](unsafeUninitializedCapacity: data.count) { samples, count in
      bytes.withUnsafeBufferPointer { bytes in
        for (channel, plane) in planes.enumerated() {
          let start = data.lowerBound + plane * area
          for pixel in 0..<area { samples[pixel * channels + channel] = bytes[start + pixel] }
        }
      }
      count = data.count
    }
  }
}

import CDecoders
import Recognition

/// The samples of one frame, uncompressed, and how they are to be read. Little-endian.
struct DICOMPixels {
  var data: [UInt8]
  var bitsAllocated: Int
  var bitsStored: Int
  /// nil: as the file says.
  var highBit: Int?
  var isUnsigned = false
  var photometric: String
  /// 0: interleaved, 1: by planes; nil: as the file says.
  var planar: Int?

  /// Samples as the file describes them.
  init(_ image: DICOMImage, data: [UInt8]) {
    self.data = data
    bitsAllocated = image.bitsAllocated
    bitsStored = image.bitsStored
    photometric = image.photometric
  }

  /// Samples of one bit, the first in the lowest bit of a byte, as 0 and 255.
  init(_ image: DICOMImage, bits: ByteReader, from first: Int, swapsPairs: Bool) {
    data = [UInt8](unsafeUninitializedCapacity: image.size.area) { buffer, count in
      count = image.size.area
      for i in 0..<count {
        let at = (first + i) / 8
        buffer[i] = bits.bytes[swapsPairs ? at ^ 1 : at] >> UInt8((first + i) % 8) & 1 == 0 ? 0 : 255
      }
    }
    bitsAllocated = 8
    bitsStored = 8
    highBit = 7
    isUnsigned = true
    photometric = image.photometric
  }
}

/// A frame that is a JPEG 2000 picture.
enum JPEG2000Frame {
  /// Decodes the picture in the fragments of a frame.
  static func pixels(of fragments: [ByteReader], _ image: DICOMImage) throws(Failure) -> DICOMPixels {
    var stream: [UInt8] = []
    for fragment in fragments { stream += fragment.bytes }
    let bytes = image.bitsAllocated > 8 ? 2 : 1
    guard image.bitsAllocated <= 16 else { throw Failure(.decode, .unsupported, "dicom: JPEG 2000 in 32 bits") }
    let count = image.size.area * image.samples
    var failure: Failure?
    var precision = 0
    var usesTransform = false
    var data = [UInt8](unsafeUninitializedCapacity: count * 2) { buffer, written in
      written = 0
      do throws(Failure) {
        (precision, usesTransform) = try decode(stream, image, into: buffer.baseAddress!)
        written = count * 2
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    if bytes == 1 {
      for i in 0..<count { data[i] = data[2 * i] }
      data.removeLast(count)
    }
    var pixels = DICOMPixels(image, data: data)
    pixels.planar = 0
    pixels.bitsStored = min(max(image.bitsStored, precision), image.bitsAllocated)
    pixels.highBit = pixels.bitsStored - 1
    // OpenJPEG undoes the transform of the codestream; without one, the colours are what the file says.
    if image.samples == 3 {
      let isLuma = image.photometric.hasPrefix("YBR") && !usesTransform
      pixels.photometric = isLuma ? "YBR_FULL" : "RGB"
    }
    return pixels
  }

  private static func decode(_ stream: [UInt8], _ image: DICOMImage, into pixels: UnsafeMutablePointer<UInt8>)
    throws(Failure) -> (precision: Int, usesTransform: Bool)
  {
    var result = cdecoders_result()
    var usesTransform = false
    var fault: Failure?
    stream.withUnsafeBytes { raw in
      do throws(Failure) {
        let header = try JPEG2000.header(of: ByteReader(raw))
        if let fault = header.fault { throw fault }
        guard header.storedSize == image.size else {
          throw Failure(.decode, .corrupt, "jpeg2000: the picture has not the size of the file's header")
        }
        usesTransform = JPEG2000.usesComponentTransform(ByteReader(raw))
      } catch {
        fault = error
        return
      }
      var request = cdecoders_request()
      request.data = raw.baseAddress?.assumingMemoryBound(to: UInt8.self)
      request.size = raw.count
      request.width = Int32(image.size.width)
      request.height = Int32(image.size.height)
      request.pixels = pixels
      cdecoders_jpeg2000_samples(&request, Int32(image.samples), &result)
    }
    if let fault { throw Failure(.decode, fault.code, "dicom: \(fault.message)") }
    if let failure = result.failure("dicom") { throw failure }
    return (Int(result.channels), usesTransform)
  }
}

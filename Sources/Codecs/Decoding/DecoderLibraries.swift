import CDecoders
import Recognition

/// The libraries that decode formats and are opened at run time.
public enum DecoderLibraries {
  /// The formats that are read on this machine.
  public static var available: [ImageFormat] {
    ImageFormat.allCases.filter { $0.reader.header != nil && ($0 == .raw || missing($0) == nil) }
  }

  /// What the formats need that are not read for lack of a library, such as "heic: needs libheif; install the package
  /// libheif1".
  public static var missing: [String] { ImageFormat.allCases.compactMap(missing) }

  /// Asks the format's decoder about a picture that is none: it looks for its library first.
  private static func missing(_ format: ImageFormat) -> String? {
    var byte: UInt8 = 0
    var pixel: UInt32 = 0
    return withUnsafePointer(to: &byte) { byte in
      withUnsafeMutableBytes(of: &pixel) { pixel in
        var request = cdecoders_request()
        request.data = byte
        request.size = 1
        (request.width, request.height) = (1, 1)
        request.pixels = pixel.baseAddress?.assumingMemoryBound(to: UInt8.self)
        var result = cdecoders_result()
        switch format {
        case .tiff: cdecoders_tiff(&request, &result)
        case .webp: cdecoders_webp(&request, &result)
        case .heic, .avif: cdecoders_heif(&request, &result)
        case .gif: cdecoders_gif(&request, &result)
        case .jpegxl: cdecoders_jpegxl(&request, &result)
        case .jpeg2000: cdecoders_jpeg2000(&request, &result)
        case .dicom: cdecoders_dicom(&request, &result)
        case .raw: cdecoders_raw(&request, &result)
        case .jpeg, .png, .pnm, .bmp, .psd, .exr, .hdr, .ico, .svg, .pdf: return nil
        }
        // Previews are read without it.
        let name = format == .raw ? "raw, without a preview of enough pixels" : format.rawValue
        return result.status == cdecoders_missing ? result.failure(name)?.message : nil
      }
    }
  }
}

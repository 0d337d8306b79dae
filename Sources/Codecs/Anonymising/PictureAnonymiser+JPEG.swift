import CJPEG
import Recognition

extension PictureAnonymiser {
  /// Copies a JPEG: blocks that no region touches keep their coefficients.
  func writeJPEG(_ job: AnonymisingJob) throws(Failure) -> Result {
    let filter = JPEGFilter(job.file, strips: job.source.strips)
    var result = Result(removed: filter.removed)
    if job.isUntouched, let picture = filter.picture {
      try job.write(filter.head)
      for range in picture { try job.write(job.file[range].bytes) }
      return result
    }
    let regions = job.storedRegions
    // Stable addresses for the encoder.
    let masks = regions.map { region, _ in
      let mask = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: region.mask.count)
      _ = mask.initialize(from: region.mask)
      return mask
    }
    defer { for mask in masks { mask.deallocate() } }
    let areas = zip(regions, masks).map { found, mask in
      let (rect, grid) = (found.region.rect, found.method.grid(of: found.region.rect.size))
      var area = cjpeg_area()
      area.x = Int32(rect.x)
      area.y = Int32(rect.y)
      area.width = Int32(rect.width)
      area.height = Int32(rect.height)
      area.mask = UnsafePointer(mask.baseAddress)
      area.columns = Int32(grid.columns)
      area.rows = Int32(grid.rows)
      area.is_smooth = found.method == .blur ? 1 : 0
      return area
    }
    result.warnings = try decoder.jpeg.rewrite(job.source.bytes, hiding: areas) { file throws(Failure) in
      try job.write(filter.head)
      // Behind its SOI.
      try job.write(UnsafeRawBufferPointer(rebasing: file[2...]))
    }
    return result
  }
}

extension JPEGDecoder {
  /// Calls `body` with the picture of a file in which areas are unrecognisable, as a file without metadata. Returns
  /// warnings about a file that is damaged and still decoded.
  func rewrite(
    _ bytes: UnsafeRawBufferPointer, hiding areas: [cjpeg_area],
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) -> [String] {
    defer { cjpeg_close(decoder) }
    _ = try open(bytes)
    var file = cjpeg_file()
    defer { cjpeg_file_release(&file) }
    try check(cjpeg_obscure(decoder, areas, Int32(areas.count), &file))
    try body(UnsafeRawBufferPointer(start: file.data, count: file.size))
    return warnings()
  }
}

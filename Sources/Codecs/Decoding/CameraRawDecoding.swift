import Recognition

/// Decodes camera raw files: the embedded preview where it has pixels enough, otherwise the sensor's data.
extension ImageDecoder {
  func decodeRaw(_ bytes: UnsafeRawBufferPointer, _ job: DecodeJob) throws(Failure) -> [String] {
    guard let raw = job.header.raw else { throw Failure(.decode, .corrupt, "raw: no picture") }
    guard let preview = raw.preview, !preview.isSmall else {
      do throws(Failure) { return try demosaic(bytes, job, raw) } catch { throw Self.failure(error, raw) }
    }
    guard raw.isEnough(for: job.targets.map(\.transform), job.header.orientation) else {
      do throws(Failure) { return try demosaic(bytes, job, raw) } catch {
        let size = preview.shown
        let warning =
          "\(raw.name): the picture is the preview of \(size.width) x \(size.height) pixels, as the sensor's data are not "
          + "decoded: \(error.message)"
        return [warning] + (try decodePreview(preview, bytes, job))
      }
    }
    do throws(Failure) { return try decodePreview(preview, bytes, job) } catch {
      guard error.code == .corrupt || error.code == .truncated, raw.sensorHasShape,
        let warnings = try? demosaic(bytes, job, raw)
      else { throw Failure(.decode, error.code, "\(raw.name): the preview: \(error.message)") }
      return ["\(raw.name): the preview is damaged (\(error.message)); the sensor's data are read"] + warnings
    }
  }

  private func decodePreview(
    _ preview: CameraRawPicture.Preview, _ bytes: UnsafeRawBufferPointer, _ job: DecodeJob
  ) throws(Failure) -> [String] {
    let data = ByteReader(bytes)[preview.range].bytes
    let header = preview.header(job.header.orientation)
    guard let part = preview.picture else { return try jpeg.decode(data, job.replacing(header)) }
    // Previews with bars are small: they are decoded as a whole, and the bars left out.
    let whole = PixelBuffer(size: preview.size, order: .bgr)
    let target = (transform: InputTransform.whole(preview.size, order: .bgr), slot: whole)
    let warnings = try jpeg.decode(
      data, DecodeJob(header: preview.header(.upright), targets: [target], writers: [SlotWriter()]))
    for y in 0..<part.height {
      (whole.base + y * part.width * 3)
        .update(from: whole.base + (part.y + y) * whole.stride + part.x * 3, count: part.width * 3)
    }
    var cut = header
    cut.storedSize = part.size
    try job.replacing(cut).fill(from: whole.base, channels: 3)
    return warnings
  }

  /// Decodes the sensor's data through LibRaw at half their size.
  private func demosaic(
    _ bytes: UnsafeRawBufferPointer, _ job: DecodeJob, _ raw: CameraRawPicture
  ) throws(Failure) -> [String] {
    guard raw.sensorHasShape else {
      throw Failure(.decode, .unsupported, "the camera's picture is a part of the sensor's")
    }
    var header = job.header
    header.raw?.preview = nil
    // LibRaw turns the picture itself, by the same field.
    header.storedSize = header.size
    header.orientation = .upright
    let (pixels, stored) = try whole.decode(bytes, header)
    header.storedSize = stored.size ?? header.storedSize
    try job.replacing(header).fill(from: pixels, channels: stored.channels)
    return stored.warnings
  }

  /// The failure of a file that has no preview of use.
  private static func failure(_ failure: Failure, _ raw: CameraRawPicture) -> Failure {
    let size = raw.preview?.size
    let what = size.map { "the largest preview has \($0.width) x \($0.height) pixels" } ?? "no preview is found"
    let prefix = "\(raw.name): "
    let text = failure.message.hasPrefix(prefix) ? String(failure.message.dropFirst(prefix.count)) : failure.message
    // LibRaw itself is here, and does not know the camera.
    let advice = failure.code == .unsupported && text.hasPrefix("LibRaw") ? "; convert it: \(Conversion.raw.text)" : ""
    return Failure(
      .decode, failure.code, "\(prefix)\(what), and the sensor's data are not decoded: \(text)\(advice)")
  }
}

extension CameraRawPicture {
  /// Long side above which a transform is the picture for drawings and crops, which are made from the preview: what the
  /// networks see does not depend on them.
  private static let largestInputSide = 1536

  /// Whether the preview is the source for `transforms` of a picture with an orientation.
  func isEnough(for transforms: [InputTransform], _ orientation: Orientation) -> Bool {
    guard let preview, !preview.isSmall else { return false }
    let size = orientation.swapsAxes ? preview.shown.transposed : preview.shown
    return preview.isAmple || !sensorHasShape
      || transforms.allSatisfy {
        let isPicture = $0.resized == $0.image || max($0.resized.width, $0.resized.height) > Self.largestInputSide
        return isPicture || $0.resized.width <= size.width && $0.resized.height <= size.height
      }
  }
}

extension DecodeJob {
  /// The same targets, to be filled from another picture of the same scene.
  fileprivate func replacing(_ header: ImageHeader) -> DecodeJob {
    DecodeJob(header: header, targets: targets, writers: writers)
  }
}

/// Crops of faces for second-stage networks.
enum FaceCrop {
  /// OpenFace's positions of the middles of the eyes, the tip of the nose and the corners of the mouth in 96 x 96: its
  /// template of 68 landmarks scaled to fill the picture (openface/align_dlib.py).
  private static let openFacePoints = [
    (x: 26.6276, y: 16.0593), (x: 67.7903, y: 15.2640), (x: 47.2410, y: 40.5223), (x: 29.4826, y: 61.6176),
    (x: 66.7597, y: 60.8777),
  ]

  /// Positions of the landmarks in SFace's and ArcFace's input of 112 x 112 (OpenCV's FaceRecognizerSF).
  private static let sfacePoints = [
    (x: 38.2946, y: 51.6963), (x: 73.5318, y: 51.5014), (x: 56.0252, y: 71.7366), (x: 41.5493, y: 92.3655),
    (x: 70.7299, y: 92.2041),
  ]

  static func sface(_ face: Detection, input: InputSpec) -> Crop? {
    guard face.landmarks.count == 5, let align = Homography(from: sfacePoints, toNear: face.landmarks) else {
      return nil
    }
    return Crop(size: PixelSize(width: 112, height: 112), toImage: align, input: input, repeatsEdge: false)
  }

  static func openFace(_ face: Detection, input: InputSpec) -> Crop? {
    guard face.landmarks.count == 5, let align = Homography(from: openFacePoints, toNear: face.landmarks) else {
      return nil
    }
    return Crop(size: PixelSize(width: 96, height: 96), toImage: align, input: input, repeatsEdge: false)
  }

  /// The box enlarged by a tenth of its sides.
  static func loose(_ face: Detection, input: InputSpec) -> Crop? {
    let (x, y) = (face.box.width / 10, face.box.height / 10)
    let size = PixelSize(width: Int(face.box.width + 2 * x), height: Int(face.box.height + 2 * y))
    guard size.width > 0, size.height > 0 else { return nil }
    return Crop(
      size: size, toImage: .scale(1, 1, by: (Double(Int(face.box.x - x)), Double(Int(face.box.y - y)))), input: input,
      repeatsEdge: true)
  }
}

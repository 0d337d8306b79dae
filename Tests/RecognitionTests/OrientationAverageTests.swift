import Platform
import Testing

@testable import Recognition

@Suite struct OrientationAverageTests {
  /// The samples of the first row, as numbers.
  private final class FirstRow: Engine {
    let kind = EngineKind.opencv
    let maxBatch = 8

    func infer<R>(_ batch: [PixelBuffer], _ body: (Outputs) throws(Failure) -> R) throws(Failure) -> R {
      let width = batch[0].stride
      let values = batch.flatMap { slot in (0..<width).map { Float(slot.base[$0]) } }
      let result: Result<R, Failure> = values.withUnsafeBufferPointer { values in
        let tensor = Tensor(name: "row", shape: [batch.count, width], values: values)
        return Result { () throws(Failure) in try body(Outputs(count: batch.count, tensors: [tensor])) }
      }
      return try result.get()
    }
  }

  private func picture(_ samples: [UInt8], width: Int, height: Int) -> PixelBuffer {
    let picture = PixelBuffer(size: PixelSize(width: width, height: height), order: .grey)
    for (index, sample) in samples.enumerated() { picture.base[index] = sample }
    return picture
  }

  @Test func testTurns() {
    let turned = picture([1, 2, 3, 4, 5, 6], width: 3, height: 2).turnedRight()
    #expect(turned.size == PixelSize(width: 2, height: 3))
    #expect((0..<6).map { turned.base[$0] } == [4, 1, 5, 2, 6, 3])
    let colours = PixelBuffer(size: PixelSize(width: 2, height: 1), order: .bgr)
    for index in 0..<6 { colours.base[index] = UInt8(index) }
    let upright = colours.turnedRight()
    #expect(upright.size == PixelSize(width: 1, height: 2))
    #expect((0..<6).map { upright.base[$0] } == [0, 1, 2, 3, 4, 5])
  }

  @Test func testTurnedCopiesHaveTheSameVector() throws {
    let engine = OrientationAverage(FirstRow())
    let picture = picture([1, 2, 3, 4, 5, 6, 7, 8, 9], width: 3, height: 3)
    let batch = [picture, picture.turnedRight(), picture.turnedRight().turnedRight()]
    let vectors = try engine.infer(batch) { outputs in (0..<3).map { Array(outputs.tensors[0].image($0, of: 3)) } }
    // The rows 1 2 3, 7 4 1, 9 8 7 and 3 6 9.
    #expect(vectors == Array(repeating: [5, 5, 5], count: 3))
  }

  @Test func testInputsThatAreNotSquareAreRefused() {
    let picture = picture([1, 2], width: 2, height: 1)
    #expect(throws: Failure.self) { try OrientationAverage(FirstRow()).infer([picture]) { _ throws(Failure) in } }
  }
}

import Testing

@testable import Pipeline

/// The size of batches under a limit.
struct BatchCapTests {
  @Test("without a limit all sizes pass")
  func unlimited() {
    var cap = BatchCap(limit: nil)
    cap.ran(32, seconds: 100)
    #expect(cap.images == .max)
  }

  @Test("it starts with one image and doubles up to half of the limit")
  func grows() {
    var cap = BatchCap(limit: 0.2)
    #expect(cap.images == 1)
    var sizes: [Int] = []
    for _ in 0..<6 {
      cap.ran(cap.images, seconds: 0.01 * Double(cap.images))
      sizes.append(cap.images)
    }
    #expect(sizes == [2, 4, 8, 10, 10, 10])
    cap.ran(3, seconds: 0.03)
    #expect(cap.images == 10, "a small batch says nothing about larger ones")
  }

  @Test("a slow batch lowers it at once, and fast ones raise it slowly")
  func falls() {
    var cap = BatchCap(limit: 0.2)
    for _ in 0..<6 { cap.ran(cap.images, seconds: 0.01 * Double(cap.images)) }
    cap.ran(10, seconds: 2)
    #expect(cap.images == 1)
    var runs = 0
    while cap.images < 8, runs < 100 {
      cap.ran(cap.images, seconds: 0.01 * Double(cap.images))
      runs += 1
    }
    #expect((4...20).contains(runs), "\(runs)")
  }

  @Test("a network that is over the limit alone runs single images")
  func slow() {
    var cap = BatchCap(limit: 0.2)
    for _ in 0..<5 { cap.ran(1, seconds: 3) }
    #expect(cap.images == 1)
    cap.ran(1, seconds: 0)
    #expect(cap.images >= 1)
  }
}

import CVectors
import XCTest

/// Products of vectors by instructions of the processor, against sums in f64.
final class VectorKernelTests: XCTestCase {
  /// Every length of a tail, at every alignment of a row.
  private let lengths = Array(1...70) + [127, 128, 129, 1280, 1281]

  private func numbers(_ count: Int, _ seed: UInt64) -> [Float] {
    var state = seed
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int32(truncatingIfNeeded: state >> 32)) / Float(1 << 31)
    }
  }

  private func product(_ one: [Float], _ other: [Float]) -> Double {
    zip(one, other).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }

  func testProductsOfRows() {
    for dim in lengths {
      let (rows, query) = (numbers(3 * dim, UInt64(dim)), numbers(dim, 7))
      var products = [Float](repeating: -9, count: 4)
      var squares = products
      cvectors_products_f32(rows, 3, dim, query, &products, &squares)
      for row in 0..<3 {
        let vector = Array(rows[row * dim..<(row + 1) * dim])
        let bound = Double(dim) * 1e-7 + 1e-7
        XCTAssertEqual(Double(products[row]), product(vector, query), accuracy: bound, "\(dim)")
        XCTAssertEqual(Double(squares[row]), product(vector, vector), accuracy: bound, "\(dim)")
        var (exact, square) = (0.0, 0.0)
        cvectors_product_f64(vector, dim, query.map(Double.init), &exact, &square)
        XCTAssertEqual(exact, product(vector, query), accuracy: 1e-12, "\(dim)")
        XCTAssertEqual(square, product(vector, vector), accuracy: 1e-12, "\(dim)")
      }
      // Nothing is written behind the last.
      XCTAssertEqual(products[3], -9)
      XCTAssertEqual(squares[3], -9)
    }
  }

  func testProductsOfHalves() {
    for dim in lengths {
      let bits = numbers(2 * dim, UInt64(dim)).map { UInt16(truncatingIfNeeded: $0.bitPattern >> 9) & 0xbbff }
      let query = numbers(dim, 9)
      var wide = [Float](repeating: -9, count: 2 * dim + 1)
      cvectors_widen(bits, bits.count, &wide)
      XCTAssertEqual(wide.last, -9)
      for kernel in [cvectors_products_f16, cvectors_products_f16_by_integers] {
        var (products, squares) = ([Float](repeating: 0, count: 2), [Float](repeating: 0, count: 2))
        kernel(bits, 2, dim, query, &products, &squares)
        for row in 0..<2 {
          let vector = Array(wide[row * dim..<(row + 1) * dim])
          let bound = Double(dim) * 2e-7 + 1e-7
          XCTAssertEqual(Double(products[row]), product(vector, query), accuracy: bound, "\(dim)")
          XCTAssertEqual(Double(squares[row]), product(vector, vector), accuracy: bound, "\(dim)")
        }
      }
    }
  }

  /// Every number of f16, by its definition.
  func testWidensEveryHalf() {
    let bits = Array(UInt16.min...UInt16.max)
    var wide = [Float](repeating: 0, count: bits.count)
    cvectors_widen(bits, bits.count, &wide)
    for (half, value) in zip(bits, wide) {
      let (exponent, fraction) = (Int(half >> 10 & 31), Float(half & 1023))
      let magnitude: Float =
        switch exponent {
        case 31: fraction == 0 ? .infinity : .nan
        case 0: fraction * 0x1p-24
        default: (1 + fraction / 1024) * Float(sign: .plus, exponent: exponent - 15, significand: 1)
        }
      let expected = half & 0x8000 == 0 ? magnitude : -magnitude
      XCTAssertTrue(expected.isNaN ? value.isNaN : value.bitPattern == expected.bitPattern, "\(half): \(value)")
    }
  }
}

import COpenCV
import XCTest

@testable import Codecs

final class ClassPaletteTests: XCTestCase {
  /// A change of these would recolour drawings that people have.
  func testColoursAreStable() {
    let numbers = ["person", "faces", "text", "plates", "car", "Ana", ""].map { label in
      ClassPalette.colours.firstIndex { $0.r == colour(label).r && $0.g == colour(label).g }
    }
    XCTAssertEqual(numbers, [1, 3, 2, 4, 2, 0, 1])
  }

  private func colour(_ label: String) -> CVColour { ClassPalette.colour(of: label) }

  func testCommonClassesDiffer() {
    for labels in [
      ["person", "car", "bus", "truck", "bicycle", "dog", "cat"], ["person", "faces", "text", "plates"],
    ] {
      XCTAssertEqual(Set(labels.map { Int(colour($0).r) << 8 | Int(colour($0).g) }).count, labels.count)
    }
  }

  /// Matrices of Machado, Oliveira and Fernandes (2009) at full severity, on linear RGB.
  private let vision: [String: [[Double]]] = [
    "full": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protanopia": [
      [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
      [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
      [1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900],
    ],
  ]

  private func linear(_ colour: CVColour) -> [Double] {
    [colour.r, colour.g, colour.b].map { sample -> Double in
      let value = Double(sample) / 255
      return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
    }
  }

  private func product(_ one: [Double], _ other: [Double]) -> Double {
    var sum = 0.0
    for index in one.indices { sum += one[index] * other[index] }
    return sum
  }

  private func times(_ matrix: [[Double]], _ vector: [Double]) -> [Double] { matrix.map { product($0, vector) } }

  private let toXYZ: [[Double]] = [
    [0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041],
  ]

  private func lab(_ linear: [Double]) -> [Double] {
    let xyz = times(toXYZ, linear.map { min(1, max(0, $0)) })
    let white: [Double] = [0.95047, 1, 1.08883]
    let f = xyz.indices.map { index -> Double in
      let value = xyz[index] / white[index]
      return value > 216.0 / 24389 ? cbrt(value) : (24389.0 / 27 * value + 16) / 116
    }
    return [116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])]
  }

  func testColoursAreToldApart() {
    for (name, matrix) in vision {
      let seen = ClassPalette.colours.map { lab(times(matrix, linear($0))) }
      for (index, one) in seen.enumerated() {
        for other in seen[..<index] {
          let difference = one.indices.map { one[$0] - other[$0] }
          XCTAssertGreaterThan(product(difference, difference).squareRoot(), 16, name)
        }
      }
    }
  }

  /// WCAG 2 asks for a contrast of 4.5.
  func testLettersAreReadable() {
    for colour in ClassPalette.colours {
      let light = product(linear(colour), toXYZ[1])
      let contrast = colour.ink == 0 ? (light + 0.05) / 0.05 : 1.05 / (light + 0.05)
      XCTAssertGreaterThan(contrast, 4.5)
    }
  }
}

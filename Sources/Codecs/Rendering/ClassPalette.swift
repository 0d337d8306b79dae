import COpenCV
import Platform

/// The colours of drawings: the same label has the same colour in every picture and every run.
public enum ClassPalette {
  /// Okabe and Ito's set without black. Under simulated protanopia, deuteranopia and tritanopia any two are at least 16
  /// apart in CIELAB (a difference of 2.3 is just noticeable).
  static let colours = [
    CVColour(b: 0, g: 159, r: 230), CVColour(b: 233, g: 180, r: 86), CVColour(b: 115, g: 158, r: 0),
    CVColour(b: 66, g: 228, r: 240), CVColour(b: 178, g: 114, r: 0), CVColour(b: 0, g: 94, r: 213),
    CVColour(b: 167, g: 121, r: 204),
  ]

  /// Prefix of what is hashed: the first with which the common classes of COCO differ from one another (person, car, bus,
  /// truck, bicycle, dog, cat), and people from faces, text and plates.
  private static let salt: [UInt8] = [0x0f, 0x29]

  /// By the label, not by the class's number: models number the same classes differently.
  static func colour(of label: String) -> CVColour { colours[index(of: label)] }

  /// Number of the label's colour in the palette, 0 to 6.
  public static func index(of label: String) -> Int {
    Int((fnv1a(salt + Array(label.utf8)) >> 32) % UInt64(colours.count))
  }
}

extension CVColour {
  /// Black or white, whichever has the higher contrast (WCAG 2) with letters on this colour.
  var ink: UInt8 {
    let luminance = self.luminance
    return (luminance + 0.05) / 0.05 >= 1.05 / (luminance + 0.05) ? 0 : 255
  }

  /// Relative luminance by WCAG 2, 0 to 1, with a gamma of 2 for sRGB's curve.
  var luminance: Float {
    func linear(_ sample: UInt8) -> Float { Float(sample) / 255 * Float(sample) / 255 }
    return 0.0722 * linear(b) + 0.7152 * linear(g) + 0.2126 * linear(r)
  }
}

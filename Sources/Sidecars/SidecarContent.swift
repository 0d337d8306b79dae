import CExempi
import Platform
import Recognition

/// What a sidecar holds of the properties that imgrec changes.
struct SidecarContent: Equatable {
  /// Something that imgrec has added.
  struct Written: Equatable {
    /// Name of the task that found it, or `keywords` for one that was a keyword of the user's.
    var task: String
    var property: SidecarProperty
    var value: String

    static let copied = "keywords"

    /// The form in the sidecar: "classify dc:subject tabby".
    var text: String { "\(task) \(property.rawValue) \(value)" }

    init(task: String, property: SidecarProperty, value: String) {
      (self.task, self.property, self.value) = (task, property, value)
    }

    /// Nil if the text is of no such form.
    init?(_ text: String) {
      let parts = text.split(separator: " ", maxSplits: 2)
      guard parts.count == 3, let property = SidecarProperty(rawValue: String(parts[1])) else { return nil }
      self.init(task: String(parts[0]), property: property, value: String(parts[2]))
    }
  }

  static let lists: [SidecarProperty] = [.subject, .hierarchy, .tagsList]

  var lists = Dictionary(uniqueKeysWithValues: Self.lists.map { ($0, [String]()) })
  var description: String?
  var regions: [FaceRegion] = []
  /// Size of the picture that the regions are of.
  var hasDimensions = false
  var written: [Written] = []
  var image: String?
  var isMade = false
  var extensionOfImage: String?

  init() {}

  /// Whether there are no keywords, regions or texts.
  var isEmpty: Bool {
    lists.values.allSatisfy(\.isEmpty) && regions.isEmpty && description == nil && extensionOfImage == nil
  }

  init(_ document: XMPDocument) {
    for list in Self.lists { lists[list] = document.list(list) }
    description = document.localised(.description).flatMap { TagText.clean($0, keepingLines: true) == nil ? nil : $0 }
    while let region = Self.region(document, regions.count + 1) { regions.append(region) }
    hasDimensions = document.value(.regions, "/mwg-rs:AppliedToDimensions") != nil
    written = document.list(.written).compactMap(Written.init)
    image = document.text(.image)
    isMade = document.text(.made) == "True"
    extensionOfImage = document.text(.extensionOfImage)
  }

  /// The region of that index, from 1; nil beyond the last. One without numbers is foreign, and covers nothing.
  private static func region(_ document: XMPDocument, _ index: Int) -> FaceRegion? {
    let path = "/mwg-rs:RegionList[\(index)]"
    guard document.value(.regions, path) != nil else { return nil }
    func number(_ field: String) -> Double {
      let number = document.text(.regions, "\(path)/mwg-rs:Area/stArea:\(field)").flatMap { Double($0) }
      return number.flatMap { $0.isFinite ? $0 : nil } ?? 0
    }
    return FaceRegion(
      x: number("x"), y: number("y"), width: number("w"), height: number("h"),
      name: document.text(.regions, path + "/mwg-rs:Name"), type: document.text(.regions, path + "/mwg-rs:Type") ?? "")
  }
}

/// A change of a sidecar.
public struct SidecarChange: Sendable, Equatable, CustomStringConvertible {
  public var isAddition: Bool
  public var property: SidecarProperty
  public var value: String

  public var description: String { text(in: nil) }

  /// "+ photos/a.jpg.xmp dc:subject tabby"
  public func text(in sidecar: RawPath?) -> String {
    "\(isAddition ? "+" : "-") \(sidecar.map { "\($0) " } ?? "")\(property.rawValue) \(value)"
  }
}

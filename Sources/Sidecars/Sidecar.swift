import CExempi
import Recognition

/// A sidecar of an image, and how tags come into it and out of it.
public struct Sidecar: Sendable {
  /// What a sidecar becomes.
  public enum Result: Sendable, Equatable {
    /// It stays as it is.
    case unchanged
    /// Its new text.
    case text([UInt8])
    /// imgrec made it, and nothing is left in it; with its text, should it stay.
    case emptied([UInt8])
  }

  private let text: SidecarText?
  private let content: SidecarContent

  /// Reads a sidecar; nil is one that does not exist.
  public init(_ bytes: [UInt8]?) throws(SidecarError) {
    guard let bytes else {
      (text, content) = (nil, SidecarContent())
      return
    }
    let text = try SidecarText(bytes)
    content = text.properties.isEmpty ? SidecarContent() : SidecarContent(try XMPDocument(text.excerpt()))
    self.text = text
  }

  /// File name of the image whose tags it holds, if it says so.
  public var image: String? { content.image }
  /// Extension of the image that it belongs to, if it says so.
  public var extensionOfImage: String? { content.extensionOfImage }
  /// Whether it holds anything that imgrec has written.
  public var isTagged: Bool { !content.written.isEmpty }

  /// Brings tags into the sidecar, in place of those that imgrec wrote earlier of `tasks`. `image` is noted in it, if the
  /// sidecar's name is that of several images.
  public func merging(
    _ wanted: WantedTags, tasks: Set<TaskKind>, image: String? = nil
  ) throws(SidecarError) -> (result: Result, changes: [SidecarChange]) {
    var merge = SidecarMerge(content, wanted, tasks: tasks)
    if merge.new.written.isEmpty {
      merge.clear()
    } else {
      merge.note(image: image, made: text == nil)
    }
    return (try result(of: merge), merge.changes)
  }

  /// Takes out what imgrec wrote of `tasks`.
  public func removing(_ tasks: Set<TaskKind>) throws(SidecarError) -> (result: Result, changes: [SidecarChange]) {
    var merge = SidecarMerge(content, WantedTags(), tasks: tasks, forgets: true)
    if merge.new.written.isEmpty {
      merge.forget()
    }
    let result = try result(of: merge)
    if case .text(let emptied) = result, let text, content.isMade, text.holdsNothingElse, merge.new.isEmpty {
      return (.emptied(emptied), merge.changes)
    }
    return (result, merge.changes)
  }

  private func result(of merge: SidecarMerge) throws(SidecarError) -> Result {
    let (old, new) = (merge.old, merge.new)
    guard new != old else { return .unchanged }
    let document = try XMPDocument((text ?? SidecarText.empty).excerpt())
    var changed: Set<SidecarProperty> = []
    for list in SidecarContent.lists where new.lists[list] != old.lists[list] {
      try document.write(list, new.lists[list] ?? [], over: old.lists[list] ?? [])
      changed.insert(list)
    }
    if new.description != old.description {
      try document.write(description: new.description)
      changed.insert(.description)
    }
    if new.regions != old.regions {
      try document.write(new.regions, over: old, size: merge.size)
      changed.insert(.regions)
    }
    if new.written != old.written {
      document.delete(.written)
      for entry in new.written { try document.append(entry.text, to: .written) }
      changed.insert(.written)
    }
    for (property, value, isNew) in [
      (SidecarProperty.image, new.image, new.image != old.image),
      (.made, new.isMade ? "True" : nil, new.isMade != old.isMade),
    ] where isNew {
      if let value { try document.set(value, at: property) } else { document.delete(property) }
      changed.insert(property)
    }
    for property in SidecarProperty.allCases where !changed.contains(property) { document.delete(property) }
    return .text((text ?? SidecarText.empty).replacing(changed, with: try document.serialised()))
  }
}

extension XMPDocument {
  /// Makes a list of keywords what it is to be: what stays keeps its order and its form.
  fileprivate func write(_ list: SidecarProperty, _ items: [String], over old: [String]) throws(SidecarError) {
    guard !items.isEmpty else { return delete(list) }
    var rest = items[...]
    var removed: [Int] = []
    for (index, item) in old.enumerated() {
      if rest.first == item { rest.removeFirst() } else { removed.append(index + 1) }
    }
    for index in removed.reversed() { delete(list, "[\(index)]") }
    for item in rest { try append(item, to: list, array: list == .tagsList ? cexempi_list : cexempi_bag) }
  }

  fileprivate func write(description: String?) throws(SidecarError) {
    // Of one language: the others are the user's, and only the default is imgrec's.
    delete(.description, "[1]")
    if value(.description, "[1]") == nil { delete(.description) }
    if let description { try setLocalised(description, at: .description) }
  }

  fileprivate func write(
    _ regions: [FaceRegion], over old: SidecarContent, size: PixelSize?
  ) throws(SidecarError) {
    var rest = regions[...]
    var removed: [Int] = []
    for (index, region) in old.regions.enumerated() {
      if rest.first == region { rest.removeFirst() } else { removed.append(index + 1) }
    }
    guard !regions.isEmpty else { return delete(.regions) }
    for index in removed.reversed() { delete(.regions, "/mwg-rs:RegionList[\(index)]") }
    let list = "/mwg-rs:RegionList"
    if value(.regions) == nil { try set(nil, at: .regions, form: UInt32(cexempi_struct)) }
    // Those of others are of the size that they name.
    if let size, !old.hasDimensions || removed.count == old.regions.count {
      let path = "/mwg-rs:AppliedToDimensions"
      delete(.regions, path)
      try set(nil, at: .regions, path, form: UInt32(cexempi_struct))
      for (field, value) in [("w", "\(size.width)"), ("h", "\(size.height)"), ("unit", "pixel")] {
        try set(value, at: .regions, "\(path)/stDim:\(field)")
      }
    }
    for (index, region) in rest.enumerated() {
      try append(nil, to: .regions, list, form: UInt32(cexempi_struct))
      let path = "\(list)[\(old.regions.count - removed.count + index + 1)]"
      if let name = region.name { try set(name, at: .regions, path + "/mwg-rs:Name") }
      try set(region.type, at: .regions, path + "/mwg-rs:Type")
      try set(nil, at: .regions, path + "/mwg-rs:Area", form: UInt32(cexempi_struct))
      for (field, number) in zip(["x", "y", "w", "h"], region.numbers) {
        try set(number, at: .regions, "\(path)/mwg-rs:Area/stArea:\(field)")
      }
      try set("normalized", at: .regions, path + "/mwg-rs:Area/stArea:unit")
    }
  }
}

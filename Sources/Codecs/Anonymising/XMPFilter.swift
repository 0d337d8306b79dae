/// Rewrites an XMP packet without some of its properties: what is kept is copied byte by byte.
///
/// It is a reader of the XML that XMP allows (no document types, so no entities of its own), and of UTF-8 alone.
struct XMPFilter {
  private static let maxBytes = 4 << 20
  private static let maxDepth = 256
  /// Namespaces that are bound at one time.
  private static let maxBindings = 1000

  private struct Element {
    var name: ArraySlice<UInt8>
    /// Number of the bindings of prefixes around it.
    var bindings: Int
    var isRemoved: Bool
  }

  private let bytes: [UInt8]
  private var kept: [UInt8] = []
  private var removed: RemovedMetadata = []
  private var open: [Element] = []
  /// Prefixes and their namespaces, the innermost last.
  private var bindings: [(prefix: ArraySlice<UInt8>, namespace: String)] = []

  /// The packet, and what it lacks now; nil if it cannot be read.
  static func filtered(_ packet: ByteReader) -> (bytes: [UInt8], removed: RemovedMetadata)? {
    guard packet.count <= maxBytes, String(validating: packet.bytes, as: UTF8.self) != nil else { return nil }
    var filter = XMPFilter(Array(packet.bytes))
    guard filter.run() else { return nil }
    return (filter.kept, filter.removed)
  }

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  private var isRemoving: Bool { open.last?.isRemoved == true }

  private mutating func run() -> Bool {
    var at = 0
    while at < bytes.count {
      guard let start = bytes[at...].firstIndex(of: UInt8(ascii: "<")) else {
        keepText(at..<bytes.count)
        break
      }
      keepText(at..<start)
      guard let end = token(at: start) else { return false }
      at = end
    }
    return open.isEmpty
  }

  private mutating func keepText(_ range: Range<Int>) {
    guard !isRemoving, !range.isEmpty else { return }
    if XMPRules.isPicture(String(decoding: bytes[range].prefix(64), as: UTF8.self)) {
      removed.insert(.thumbnails)
    } else {
      kept += bytes[range]
    }
  }

  /// Takes what begins with `<`; returns the index behind it, nil if it is not allowed.
  private mutating func token(at start: Int) -> Int? {
    if has("<?", at: start) {
      guard let end = end("?>", from: start + 2) else { return nil }
      if !isRemoving { kept += bytes[start..<end] }
      return end
    }
    // Comments are not kept.
    if has("<!--", at: start) { return end("-->", from: start + 4) }
    if has("<![CDATA[", at: start) {
      guard let end = end("]]>", from: start + 9) else { return nil }
      if !isRemoving { kept += bytes[start..<end] }
      return end
    }
    if has("</", at: start) { return closingTag(at: start) }
    return has("<!", at: start) ? nil : openingTag(at: start)
  }

  private mutating func closingTag(at start: Int) -> Int? {
    guard let end = end(">", from: start + 2), let element = open.popLast() else { return nil }
    let name = bytes[start + 2..<end - 1]
    guard name.prefix(element.name.count).elementsEqual(element.name),
      name.dropFirst(element.name.count).allSatisfy(Self.isSpace)
    else { return nil }
    bindings.removeSubrange(element.bindings...)
    if !element.isRemoved { kept += bytes[start..<end] }
    return end
  }

  private mutating func openingTag(at start: Int) -> Int? {
    guard let tag = tag(at: start), open.count < Self.maxDepth else { return nil }
    let outer = bindings.count
    for attribute in tag.attributes {
      let name = bytes[attribute.name]
      guard name.starts(with: "xmlns".utf8), name.count == 5 || name.dropFirst(5).first == UInt8(ascii: ":") else {
        continue
      }
      // An escaped character would hide a namespace.
      guard !bytes[attribute.value].contains(UInt8(ascii: "&")), bindings.count < Self.maxBindings else { return nil }
      bindings.append((name.dropFirst(6), String(decoding: bytes[attribute.value], as: UTF8.self)))
    }
    var isRemoved = isRemoving
    if !isRemoved {
      if let loss = loss(bytes[tag.name], isElement: true) {
        removed.formUnion(loss)
        isRemoved = true
      } else {
        keep(tag)
      }
    }
    if tag.isClosed {
      bindings.removeSubrange(outer...)
    } else {
      open.append(Element(name: bytes[tag.name], bindings: outer, isRemoved: isRemoved))
    }
    return tag.range.upperBound
  }

  /// Keeps a tag, without some of its attributes.
  private mutating func keep(_ tag: Tag) {
    var at = tag.range.lowerBound
    for attribute in tag.attributes {
      var lost = loss(bytes[attribute.name], isElement: false)
      if lost == nil, XMPRules.isPicture(String(decoding: bytes[attribute.value].prefix(64), as: UTF8.self)) {
        lost = .thumbnails
      }
      guard let lost else { continue }
      removed.formUnion(lost)
      kept += bytes[at..<attribute.range.lowerBound]
      at = attribute.range.upperBound
    }
    kept += bytes[at..<tag.range.upperBound]
  }

  /// What is lost with an element or attribute; nil if it is kept. An attribute without a prefix is in no namespace.
  private func loss(_ name: ArraySlice<UInt8>, isElement: Bool) -> RemovedMetadata? {
    let colon = name.firstIndex(of: UInt8(ascii: ":"))
    guard isElement || colon != nil else { return nil }
    let prefix = name[..<(colon ?? name.startIndex)]
    guard !prefix.elementsEqual("xmlns".utf8),
      let namespace = bindings.last(where: { $0.prefix.elementsEqual(prefix) })?.namespace
    else { return nil }
    return XMPRules.loss(namespace, String(decoding: name[(colon.map { $0 + 1 } ?? name.startIndex)...], as: UTF8.self))
  }

  // MARK: Tags

  private struct Attribute {
    /// With the white space before it.
    var range: Range<Int>
    var name: Range<Int>
    var value: Range<Int>
  }

  private struct Tag {
    var range: Range<Int>
    var name: Range<Int>
    var attributes: [Attribute]
    var isClosed: Bool
  }

  private func tag(at start: Int) -> Tag? {
    guard let name = name(at: start + 1) else { return nil }
    var tag = Tag(range: start..<start, name: name, attributes: [], isClosed: false)
    var at = name.upperBound
    while true {
      let space = at
      at = afterSpace(at)
      if has(">", at: at) || has("/>", at: at) {
        tag.isClosed = has("/>", at: at)
        tag.range = start..<at + (tag.isClosed ? 2 : 1)
        return tag
      }
      guard space < at, let name = self.name(at: at) else { return nil }
      at = afterSpace(name.upperBound)
      guard has("=", at: at) else { return nil }
      at = afterSpace(at + 1)
      guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") || bytes[at] == UInt8(ascii: "'"),
        let end = bytes[(at + 1)...].firstIndex(of: bytes[at])
      else { return nil }
      tag.attributes.append(Attribute(range: space..<end + 1, name: name, value: at + 1..<end))
      at = end + 1
    }
  }

  private func name(at start: Int) -> Range<Int>? {
    var end = start
    while end < bytes.count, !Self.isSpace(bytes[end]), !"=/><\"'".utf8.contains(bytes[end]) { end += 1 }
    return end > start ? start..<end : nil
  }

  private func afterSpace(_ start: Int) -> Int {
    var at = start
    while at < bytes.count, Self.isSpace(bytes[at]) { at += 1 }
    return at
  }

  private static func isSpace(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(byte) }

  private func has(_ text: StaticString, at: Int) -> Bool {
    let size = text.utf8CodeUnitCount
    return at >= 0 && size <= bytes.count - at && (0..<size).allSatisfy { bytes[at + $0] == text.utf8Start[$0] }
  }

  /// The index behind the next `text`.
  private func end(_ text: StaticString, from start: Int) -> Int? {
    let size = text.utf8CodeUnitCount
    guard start + size <= bytes.count else { return nil }
    return (start...bytes.count - size).first { has(text, at: $0) }.map { $0 + size }
  }
}

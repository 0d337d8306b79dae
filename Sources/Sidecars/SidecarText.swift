/// The text of a sidecar, and where in it the properties are that imgrec changes. The rest is copied byte by byte: what it
/// means, its order, comments and white space stay.
struct SidecarText {
  /// A property of `SidecarProperty`, as an element or as an attribute of a description.
  struct Property {
    var name: SidecarProperty
    /// What is taken out with it: the white space before it too.
    var range: Range<Int>
    /// Its element, or an element of the attribute's value.
    var xml: [UInt8]
    /// Namespaces that the element needs, by prefix.
    var namespaces: [(prefix: String, uri: String)]
    /// Index of its description.
    var description: Int
  }

  /// An `rdf:Description` at the top.
  struct Description {
    var range: Range<Int>
    /// It has more than properties that imgrec changes.
    var hasOthers = false
  }

  let bytes: [UInt8]
  private(set) var properties: [Property] = []
  private(set) var descriptions: [Description] = []
  /// There is text, a comment, or an element outside of the descriptions.
  private(set) var hasOthers = false
  /// The resource that the descriptions are about, as it is written in the first.
  private var about: [UInt8] = []
  /// Where a further description may be written.
  private var insertion = 0
  /// rdf:RDF as it is written, if it has no content.
  private var emptyRoot: (range: Range<Int>, name: Range<Int>)?
  /// The prefix rdf has its usual meaning there.
  private var knowsRDF = false

  /// A new sidecar.
  static let empty: SidecarText = {
    let lines = [
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\" x:xmptk=\"imgrec\">",
      " <rdf:RDF xmlns:rdf=\"\(XMPNamespace.rdf)\">", " </rdf:RDF>", "</x:xmpmeta>", "",
    ]
    guard let text = try? SidecarText(Array(lines.joined(separator: "\n").utf8)) else {
      preconditionFailure("the text of a new sidecar is XMP")
    }
    return text
  }()

  init(_ bytes: [UInt8]) throws(SidecarError) {
    self.bytes = bytes
    guard !bytes.isEmpty else { throw SidecarError("it is empty") }
    guard String(validating: bytes, as: UTF8.self) != nil, !bytes.contains(0) else {
      throw SidecarError("it is not XML in UTF-8")
    }
    var reader = SidecarReader(bytes)
    try reader.read(into: &self)
  }

  /// The properties as a document of their own, for the library.
  func excerpt() -> [UInt8] {
    var text = Array("<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"\(XMPNamespace.rdf)\">".utf8)
    for property in properties {
      text += Array("<rdf:Description rdf:about=\"\"".utf8)
      for (prefix, uri) in property.namespaces {
        text += Array(" xmlns\(prefix.isEmpty ? "" : ":")\(prefix)=\"\(Self.escaped(uri))\"".utf8)
      }
      text += Array(">".utf8) + property.xml + Array("</rdf:Description>".utf8)
    }
    return text + Array("</rdf:RDF></x:xmpmeta>".utf8)
  }

  /// The text without the properties of `names`, and with the descriptions in `serialised`, a document of the library.
  func replacing(_ names: Set<SidecarProperty>, with serialised: String) -> [UInt8] {
    let changed = properties.filter { names.contains($0.name) }
    let kept = Set(properties.filter { !names.contains($0.name) }.map(\.description))
    let emptied = Set(changed.map(\.description)).filter { !kept.contains($0) && !descriptions[$0].hasOthers }
    let removed =
      emptied.map { descriptions[$0].range }
      + changed.filter { !emptied.contains($0.description) }.map(\.range)
    let block = block(of: serialised)
    var text: [UInt8] = []
    var from = 0
    func copy(to end: Int) {
      // Ranges that are next to each other may both have the white space between them.
      for range in removed.sorted(by: { $0.lowerBound < $1.lowerBound }) where range.upperBound > from {
        guard range.lowerBound < end else { break }
        if range.lowerBound > from { text += bytes[from..<range.lowerBound] }
        from = range.upperBound
      }
      if end > from { text += bytes[from..<end] }
      from = max(from, end)
    }
    copy(to: insertion)
    if let emptyRoot, !block.isEmpty {
      text += Array(">\n".utf8) + block + Array("</".utf8) + bytes[emptyRoot.name] + Array(">".utf8)
      from = emptyRoot.range.upperBound
    } else {
      text += block
    }
    copy(to: bytes.count)
    return text
  }

  /// Whether nothing would be left without the properties that imgrec changes.
  var holdsNothingElse: Bool { !hasOthers && !descriptions.contains { $0.hasOthers } }

  /// The `rdf:Description` of a document of the library; empty if it has no properties.
  private func block(of serialised: String) -> [UInt8] {
    let text = Array(serialised.utf8)
    let start = Array("<rdf:Description rdf:about=\"\"".utf8)
    let end = Array("</rdf:Description>".utf8)
    guard let first = text.firstRange(of: start), let last = text.lastIndex(of: end) else { return [] }
    var block = Array("  <rdf:Description rdf:about=\"".utf8) + about + [UInt8(ascii: "\"")]
    if !knowsRDF { block += Array("\n    xmlns:rdf=\"\(XMPNamespace.rdf)\"".utf8) }
    return block + text[first.upperBound..<(last + end.count)] + [UInt8(ascii: "\n")]
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing("\"", with: "&quot;")
  }

  // MARK: Filled by the reader

  mutating func add(_ property: Property) { properties.append(property) }
  mutating func add(_ description: Description) { descriptions.append(description) }
  mutating func noteOthers() { hasOthers = true }
  mutating func noteOthers(in description: Int) { descriptions[description].hasOthers = true }
  mutating func end(description: Int, at offset: Int) {
    descriptions[description].range = descriptions[description].range.lowerBound..<offset
  }
  mutating func setAbout(_ about: [UInt8]) { self.about = about }
  mutating func setInsertion(_ offset: Int, knowsRDF: Bool, emptyRoot: (range: Range<Int>, name: Range<Int>)?) {
    (insertion, self.knowsRDF, self.emptyRoot) = (offset, knowsRDF, emptyRoot)
  }
}

extension [UInt8] {
  /// Index of the last occurrence of `part`.
  fileprivate func lastIndex(of part: [UInt8]) -> Int? {
    guard part.count <= count else { return nil }
    return (0...(count - part.count)).last { self[$0...].starts(with: part) }
  }
}

/// Finds the properties of a sidecar in its text.
struct SidecarReader {
  /// Namespaces that are declared at one point.
  private static let maxNamespaces = 200
  /// Elements and attributes of the properties that imgrec changes: the library's time grows with their square.
  private static let maxNodes = 10_000

  private enum Level {
    case other, rdf
    case description(Int)
    case property, inside
  }

  private struct Element {
    var level: Level
    /// Namespaces that its start tag declares.
    var declared: Int
    var range: Range<Int>
  }

  /// The property that is being read.
  private struct OpenProperty {
    var name: SidecarProperty
    var start: Int
    var prefixes: Set<String>
  }

  private var scanner: XMLScanner
  private var elements: [Element] = []
  private var namespaces: [(prefix: String, uri: String)] = []
  private var property: OpenProperty?
  private var nodes = 0
  private var hasRDF = false

  init(_ bytes: [UInt8]) { scanner = XMLScanner(bytes) }

  mutating func read(into text: inout SidecarText) throws(SidecarError) {
    while let token = try scanner.next() {
      switch token {
      case .start(let tag): try start(tag, &text)
      case .end(let offset): end(at: offset, &text)
      case .text(let range):
        if !scanner.bytes[range].allSatisfy(XMLScanner.isSpace) { noteOthers(&text) }
      case .comment: noteOthers(&text)
      case .instruction(let target):
        if target != "xml", target != "xpacket" { noteOthers(&text) }
      }
    }
    guard hasRDF else { throw SidecarError("it is XML without rdf:RDF, and so no XMP") }
  }

  private func noteOthers(_ text: inout SidecarText) {
    switch elements.last?.level {
    case .property, .inside: break
    case .description(let index): text.noteOthers(in: index)
    case .rdf, .other, nil: text.noteOthers()
    }
  }

  private mutating func start(_ tag: XMLScanner.Tag, _ text: inout SidecarText) throws(SidecarError) {
    let before = namespaces.count
    for attribute in tag.attributes {
      if attribute.prefix == "xmlns" {
        namespaces.append((String(attribute.name), attribute.value))
      } else if attribute.prefix.isEmpty, attribute.name == "xmlns" {
        namespaces.append(("", attribute.value))
      }
    }
    guard namespaces.count <= Self.maxNamespaces else { throw SidecarError("it has too many namespaces") }
    var element = Element(level: .other, declared: namespaces.count - before, range: tag.range)
    switch elements.last?.level {
    case nil, .other:
      if uri(tag.prefix) == XMPNamespace.rdf, tag.name == "RDF", elements.count <= 1 {
        guard !hasRDF else { throw SidecarError("it has more than one rdf:RDF") }
        hasRDF = true
        element.level = .rdf
        if tag.isEmpty {
          text.setInsertion(
            tag.range.upperBound - 2, knowsRDF: uri("rdf") == XMPNamespace.rdf, emptyRoot: (tag.range, tag.written))
        }
      } else if !elements.isEmpty {
        text.noteOthers()
      }
    case .rdf:
      if uri(tag.prefix) == XMPNamespace.rdf, tag.name == "Description" {
        element.level = .description(text.descriptions.count)
        try startDescription(tag, &text)
      } else {
        text.noteOthers()
        element.level = .inside
      }
    case .description(let index):
      element.level = .property
      if let name = uri(tag.prefix).flatMap({ SidecarProperty(namespace: $0, name: tag.name) }) {
        property = OpenProperty(name: name, start: tag.range.lowerBound, prefixes: [])
      } else {
        text.noteOthers(in: index)
      }
    case .property, .inside: element.level = .inside
    }
    if property != nil { try count(tag) }
    elements.append(element)
  }

  /// Counts a node of the property that is being read, and notes its prefixes.
  private mutating func count(_ tag: XMLScanner.Tag) throws(SidecarError) {
    nodes += 1 + tag.attributes.count
    guard nodes <= Self.maxNodes else { throw SidecarError("its keywords and regions are too many") }
    property?.prefixes.insert(String(tag.prefix))
    for attribute in tag.attributes where !attribute.prefix.isEmpty {
      property?.prefixes.insert(String(attribute.prefix))
    }
  }

  private mutating func startDescription(_ tag: XMLScanner.Tag, _ text: inout SidecarText) throws(SidecarError) {
    let index = text.descriptions.count
    text.add(SidecarText.Description(range: withSpace(tag.range)))
    for attribute in tag.attributes {
      let uri = attribute.prefix.isEmpty ? nil : uri(attribute.prefix)
      if attribute.name == "about", uri == XMPNamespace.rdf || attribute.prefix.isEmpty {
        if index == 0 { text.setAbout(about(attribute)) }
      } else if let uri, let name = SidecarProperty(namespace: uri, name: attribute.name) {
        nodes += 1
        let element = "<\(attribute.prefix):\(attribute.name)>"
        let end = "</\(attribute.prefix):\(attribute.name)>"
        text.add(
          SidecarText.Property(
            name: name, range: withSpace(attribute.range),
            xml: Array(element.utf8) + scanner.bytes[attribute.raw] + Array(end.utf8),
            namespaces: [(String(attribute.prefix), uri)], description: index))
      } else if attribute.prefix != "xmlns", attribute.name != "xmlns" {
        text.noteOthers(in: index)
      }
    }
  }

  /// The value of an attribute, for one within double quotation marks.
  private func about(_ attribute: XMLScanner.Attribute) -> [UInt8] {
    Array(String(decoding: scanner.bytes[attribute.raw], as: UTF8.self).replacing("\"", with: "&quot;").utf8)
  }

  private mutating func end(at offset: Int, _ text: inout SidecarText) {
    guard let element = elements.popLast() else { return }
    switch element.level {
    case .property:
      guard let property else { break }
      self.property = nil
      guard case .description(let index) = elements.last?.level else { break }
      let range = property.start..<scanner.offset
      text.add(
        SidecarText.Property(
          name: property.name, range: withSpace(range), xml: Array(scanner.bytes[range]),
          namespaces: property.prefixes.sorted().compactMap { prefix in
            prefix == "xml" || prefix == "xmlns" ? nil : uri(Substring(prefix), within: element).map { (prefix, $0) }
          },
          description: index))
    case .description(let index): text.end(description: index, at: scanner.offset)
    case .rdf:
      if element.range.upperBound <= offset {
        text.setInsertion(lineStart(offset), knowsRDF: uri("rdf") == XMPNamespace.rdf, emptyRoot: nil)
      }
    case .other, .inside: break
    }
    namespaces.removeLast(element.declared)
  }

  /// What `prefix` means at this point; nil if it is not declared.
  private func uri(_ prefix: Substring) -> String? {
    prefix == "xml" ? XMPNamespace.xml : namespaces.last { $0.prefix == prefix }?.uri
  }

  /// What `prefix` means around `element`, whose own declarations its text has.
  private func uri(_ prefix: Substring, within element: Element) -> String? {
    namespaces.dropLast(element.declared).last { $0.prefix == prefix }?.uri
  }

  /// The range with the white space before it, up to and with one line break.
  private func withSpace(_ range: Range<Int>) -> Range<Int> {
    var start = lineStart(range.lowerBound)
    let bytes = scanner.bytes
    if start > 0, bytes[start - 1] == UInt8(ascii: "\n") {
      start -= 1
      if start > 0, bytes[start - 1] == UInt8(ascii: "\r") { start -= 1 }
    }
    return start..<range.upperBound
  }

  /// The beginning of the spaces and tabs before `offset`.
  private func lineStart(_ offset: Int) -> Int {
    var start = offset
    while start > 0, scanner.bytes[start - 1] == 0x20 || scanner.bytes[start - 1] == 0x09 { start -= 1 }
    return start
  }
}

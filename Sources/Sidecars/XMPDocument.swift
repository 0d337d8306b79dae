import CExempi
import Platform

/// The properties that imgrec changes, as Adobe's library reads and writes them.
///
/// Not thread-safe, as the library's table of namespaces is not.
final class XMPDocument {
  private let document: OpaquePointer

  /// Why the library cannot be used; nil if it can.
  static let problem: SidecarError? = {
    guard cexempi_open() != 0 else { return SidecarError("libexempi is missing; install the package libexempi8") }
    // Before any file is read: the first that names a prefix has it.
    for namespace in XMPNamespace.allCases where cexempi_register(namespace.rawValue, namespace.prefix) == 0 {
      return SidecarError("libexempi takes no namespace \(namespace.rawValue)")
    }
    return nil
  }()

  /// Parses RDF in x:xmpmeta.
  init(_ xml: [UInt8]) throws(SidecarError) {
    if let problem = Self.problem { throw problem }
    let parsed = xml.withUnsafeBytes { bytes in
      cexempi_parse(bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
    }
    guard let parsed else {
      let reason = String(cString: cexempi_message())
      throw SidecarError(
        "its keywords, description or regions are not as XMP has them" + (reason.isEmpty ? "" : ": \(reason)"))
    }
    document = parsed
  }

  deinit { cexempi_free(document) }

  /// The value at `path`, and whether it is a plain text.
  func value(_ property: SidecarProperty, _ path: String = "") -> (text: String, isText: Bool)? {
    var form: UInt32 = 0
    guard let text = cexempi_get(document, property.namespace.rawValue, property.rawValue + path, &form) else {
      return nil
    }
    defer { free(text) }
    return (String(cString: text), form & 0x1f00 == 0)
  }

  /// The text at `path`; nil without one.
  func text(_ property: SidecarProperty, _ path: String = "") -> String? {
    value(property, path).flatMap { $0.isText ? $0.text : nil }
  }

  /// The texts of an array.
  func list(_ property: SidecarProperty) -> [String] {
    var items: [String] = []
    while let item = text(property, "[\(items.count + 1)]") { items.append(item) }
    return items
  }

  /// The text of an array of languages.
  func localised(_ property: SidecarProperty) -> String? {
    guard let text = cexempi_get_text(document, property.namespace.rawValue, property.rawValue) else { return nil }
    defer { free(text) }
    return String(cString: text)
  }

  func set(
    _ text: String?, at property: SidecarProperty, _ path: String = "", form: UInt32 = 0
  ) throws(SidecarError) {
    try check(property, cexempi_set(document, property.namespace.rawValue, property.rawValue + path, text, form))
  }

  func setLocalised(_ text: String, at property: SidecarProperty) throws(SidecarError) {
    try check(property, cexempi_set_text(document, property.namespace.rawValue, property.rawValue, text))
  }

  func append(
    _ text: String?, to property: SidecarProperty, _ path: String = "", array: Int = cexempi_bag, form: UInt32 = 0
  ) throws(SidecarError) {
    let uri = property.namespace.rawValue
    try check(property, cexempi_append(document, uri, property.rawValue + path, UInt32(array), text, form))
  }

  func delete(_ property: SidecarProperty, _ path: String = "") {
    _ = cexempi_delete(document, property.namespace.rawValue, property.rawValue + path)
  }

  func serialised() throws(SidecarError) -> String {
    guard let text = cexempi_serialise(document) else { throw SidecarError("its properties cannot be written") }
    defer { free(text) }
    return String(cString: text)
  }

  private func check(_ property: SidecarProperty, _ done: Int32) throws(SidecarError) {
    guard done == 0 else { return }
    throw SidecarError("its \(property.rawValue) is of a form that cannot be changed")
  }
}

/// The library that reads and writes XMP, which is opened at run time.
public enum XMPLibrary {
  /// What is missing, "libexempi is missing; install the package libexempi8"; nil if it can be used.
  public static var problem: String? { XMPDocument.problem?.description }
}

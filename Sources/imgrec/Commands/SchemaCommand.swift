import ArgumentParser
import Foundation
import Records

/// `imgrec schema`: the JSON Schema of the records.
struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema", abstract: "Print the JSON Schema of the records.")

  func run() { Console.json(RecordSchema.text) }
}

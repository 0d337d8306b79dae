import GRDB
import GRDBSQLite

/// A statement that runs once for each row of a batch, through SQLite's own calls: GRDB's arguments and rows cost three
/// times what SQLite itself needs for so small a row.
struct SQLiteBatch {
  private let database: Database
  private let statement: OpaquePointer

  /// Prepares `sql`, once per connection.
  init(_ database: Database, _ sql: String) throws {
    self.database = database
    statement = try database.cachedStatement(sql: sql).sqliteStatement
  }

  /// A value for the statement's next `?`.
  enum Value {
    case number(Int64)
    case bytes([UInt8])
  }

  /// Runs the statement and returns the result of `body` for its first row; nil if it has none.
  func first<Result>(_ values: Value..., row body: (Row) -> Result?) throws -> Result? {
    try step(values) ? body(Row(statement: statement)) : nil
  }

  /// Runs a statement that returns no rows.
  func run(_ values: Value...) throws { _ = try step(values) }

  /// Whether the statement returned a row, which is valid until the next step.
  private func step(_ values: [Value]) throws -> Bool {
    sqlite3_reset(statement)
    for (n, value) in values.enumerated() {
      let code =
        switch value {
        case .number(let number): sqlite3_bind_int64(statement, Int32(n + 1), number)
        case .bytes(let bytes): sqlite3_bind_blob(statement, Int32(n + 1), bytes, Int32(bytes.count), Self.transient)
        }
      guard code == SQLITE_OK else { throw error(code) }
    }
    let code = sqlite3_step(statement)
    guard code == SQLITE_ROW || code == SQLITE_DONE else {
      let problem = error(code)
      sqlite3_reset(statement)
      throw problem
    }
    return code == SQLITE_ROW
  }

  /// Resets the statement, as one that has a row keeps its transaction open. Call after the last row.
  func end() {
    sqlite3_reset(statement)
    sqlite3_clear_bindings(statement)
  }

  private func error(_ code: Int32) -> DatabaseError {
    DatabaseError(resultCode: ResultCode(rawValue: code), message: database.lastErrorMessage)
  }

  /// The current row of a statement.
  struct Row {
    fileprivate let statement: OpaquePointer

    func number(_ column: Int32) -> Int64 { sqlite3_column_int64(statement, column) }

    /// Bytes of a column, valid as long as the row.
    func bytes(_ column: Int32) -> UnsafeRawBufferPointer {
      UnsafeRawBufferPointer(
        start: sqlite3_column_blob(statement, column), count: Int(sqlite3_column_bytes(statement, column)))
    }
  }

  /// SQLITE_TRANSIENT: SQLite copies the bytes.
  private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
}

import CVectors
import Dispatch
import Platform

/// The vectors of a NumPy file: an array of f32 or f16 with a vector in each row.
///
/// The file is read, not mapped: one that is cut while it is read is an error, and no signal.
// Unchecked: nothing of it changes, and pread keeps no position.
public final class VectorFile: @unchecked Sendable {
  public let path: RawPath
  /// Number of vectors.
  public let rows: Int
  /// Number of numbers of a vector.
  public let dim: Int
  private let isHalf: Bool
  private let start: Int
  private let descriptor: Int32

  private var rowBytes: Int { dim * (isHalf ? 2 : 4) }

  /// Opens the file. Throws unless it is an array of vectors whose rows are all there.
  public init(_ path: RawPath) throws(SetupError) {
    self.path = path
    let descriptor: Int32
    switch LongPath.open(path, O_RDONLY | O_CLOEXEC) {
    case .descriptor(let opened): descriptor = opened
    case .error(let code):
      let advice =
        code == ENOENT
        ? "\nName the file of the vectors with --npy, or the folder where scan ran with --root." : ""
      throw SetupError("\(path): \(systemMessage(code))" + advice)
    }
    self.descriptor = descriptor
    var status = stat()
    var head = [UInt8](repeating: 0, count: NumPyHeader.maxLength)
    let count = retrying { pread(descriptor, &head, head.count, 0) }
    guard fstat(descriptor, &status) == 0, count >= 0 else { throw SetupError("\(path): \(systemMessage())") }
    guard let array = NumPyHeader.array(Array(head.prefix(count))) else {
      throw Self.problem(path, "it is no NumPy array")
    }
    guard array.shape.count == 2, array.shape[1] > 0, !array.isFortranOrder else {
      let sides = array.shape.map(String.init).joined(separator: "x")
      throw Self.problem(
        path,
        array.isFortranOrder ? "its vectors are columns" : "its shape is \(sides), not that of rows of vectors")
    }
    switch array.type {
    case "<f4": isHalf = false
    case "<f2": isHalf = true
    default: throw Self.problem(path, "its numbers are of type \(array.type), not <f4 or <f2")
    }
    (rows, dim, start) = (array.shape[0], array.shape[1], array.start)
    let (rowSize, isLong) = dim.multipliedReportingOverflow(by: isHalf ? 2 : 4)
    let (size, isLarge) = rowSize.multipliedReportingOverflow(by: rows)
    guard !isLong, !isLarge, size <= Int(status.st_size) - start else {
      throw Self.problem(path, "it is cut off: it has \(status.st_size) bytes, and its header promises \(rows) vectors")
    }
  }

  deinit { close(descriptor) }

  private static func problem(_ path: RawPath, _ text: String) -> SetupError {
    SetupError("\(path): \(text)\nVectors are written by imgrec scan --task embed --npy vectors.npy.")
  }

  /// Reads a row into `vector`, `dim` numbers. Precondition: the file has the row.
  func read(_ row: Int, into vector: inout [Float]) throws(SetupError) {
    precondition(row < rows)
    if vector.count != dim { vector = [Float](repeating: 0, count: dim) }
    let code =
      isHalf
      ? withUnsafeTemporaryAllocation(byteCount: rowBytes, alignment: 32) { block in
        let code = read(row, 1, to: block.baseAddress!)
        if code == 0 { cvectors_widen(block.baseAddress, dim, &vector) }
        return code
      }
      : vector.withUnsafeMutableBytes { read(row, 1, to: $0.baseAddress!) }
    guard code == 0 else { throw failure(code) }
  }

  private func failure(_ code: Int32) -> SetupError {
    code < 0 ? Self.problem(path, "it was cut while it was read") : SetupError("\(path): \(systemMessage(code))")
  }

  /// Reads rows. Returns 0, the error number, or -1 if the file has become shorter.
  private func read(_ row: Int, _ count: Int, to block: UnsafeMutableRawPointer) -> Int32 {
    var done = 0
    let (wanted, offset) = (count * rowBytes, start + row * rowBytes)
    while done < wanted {
      let got = retrying { pread(descriptor, block + done, wanted - done, off_t(offset + done)) }
      guard got > 0 else { return got < 0 ? errno : -1 }
      done += got
    }
    return 0
  }

  /// The cosines of the rows with `query`, in f32 (`VectorQuery.roundingError`), computed on all cores; NaN for rows that
  /// f32 cannot distinguish. Rows among others for which `isNeeded` returns false may be left out, and are 0.
  func cosines(_ query: VectorQuery, isNeeded: (Int) -> Bool) throws(SetupError) -> [Float] {
    precondition(query.count == dim)
    // Blocks that stay in a core's cache between reading and computing.
    let block = max(1, (256 << 10) / rowBytes)
    let firsts = stride(from: 0, to: rows, by: block).filter { first in
      (first..<min(first + block, rows)).contains(where: isNeeded)
    }
    var cosines = [Float](repeating: 0, count: rows)
    guard !firsts.isEmpty else { return cosines }
    let workers = min(HostInfo.cores, firsts.count)
    var codes = [Int32](repeating: 0, count: workers)
    cosines.withUnsafeMutableBufferPointer { cosines in
      codes.withUnsafeMutableBufferPointer { codes in
        // Each worker writes to elements of its own.
        nonisolated(unsafe) let (cosines, codes) = (cosines, codes)
        DispatchQueue.concurrentPerform(iterations: workers) { worker in
          codes[worker] = self.work(
            query, block, stride(from: worker, to: firsts.count, by: workers).lazy.map { firsts[$0] }, cosines)
        }
      }
    }
    if let code = codes.first(where: { $0 != 0 }) { throw failure(code) }
    return cosines
  }

  /// Computes the cosines of the blocks that begin with the rows `firsts`. Returns as `read`.
  private func work(
    _ query: VectorQuery, _ block: Int, _ firsts: some Sequence<Int>, _ cosines: UnsafeMutableBufferPointer<Float>
  ) -> Int32 {
    let bytes = UnsafeMutableRawPointer.allocate(byteCount: block * rowBytes, alignment: 64)
    defer { bytes.deallocate() }
    return withUnsafeTemporaryAllocation(of: Float.self, capacity: block) { squares in
      for first in firsts {
        let count = min(block, rows - first)
        let code = read(first, count, to: bytes)
        guard code == 0 else { return code }
        let results = cosines.baseAddress! + first
        if isHalf {
          cvectors_products_f16(bytes, count, dim, query.rounded, results, squares.baseAddress)
        } else {
          cvectors_products_f32(bytes, count, dim, query.rounded, results, squares.baseAddress)
        }
        for index in 0..<count {
          // Squares beyond these bounds have lost digits, or have none.
          let isSure = squares[index] > 1e-20 && squares[index] < 1e20
          results[index] = isSure ? results[index] / squares[index].squareRoot() : .nan
        }
      }
      return 0
    }
  }
}

import ArgumentParser
import Pipeline
import XCTest

@testable import imgrec

/// Numbers with units, as arguments give them.
final class QuantityTests: XCTestCase {
  private func message<Value>(_ parse: (String) throws -> Value, _ text: String) -> String? {
    do {
      let value = try parse(text)
      XCTFail("'\(text)' was read as \(value)")
      return nil
    } catch { return (error as? ValidationError)?.message }
  }

  func testTimes() throws {
    let time = ArgumentParsing.time(0.001...2_592_000)
    for (text, seconds) in [
      ("30", 30), ("30s", 30), ("0.5", 0.5), (".5", 0.5), ("500ms", 0.5), ("1ms", 0.001), ("5m", 300), ("5min", 300),
      ("2h", 7200),
      ("1.5h", 5400), ("30d", 2_592_000),
    ] { XCTAssertEqual(try time(text), seconds, text) }
    let age = ArgumentParsing.time(1...3_153_600_000, unit: "d")
    for (text, seconds) in [("90", 7_776_000.0), ("90d", 7_776_000), ("12h", 43200), ("30m", 1800), ("1s", 1)] {
      XCTAssertEqual(try age(text), seconds, text)
    }
    for text in [
      "", "-1", "-5m", "5 m", " 5m", "1e3", "inf", "nan", "0x10", "5M", "5x", "m", ".", "5.", "1.2.3", "+5",
    ] {
      XCTAssertTrue(message(time, text)?.contains("not a time such as 30s, 500ms or 5m") == true, text)
    }
    XCTAssertEqual(message(time, "0"), "'0' is not a time from 1ms to 30d.")
    XCTAssertEqual(message(time, "31d"), "'31d' is not a time from 1ms to 30d.")
    XCTAssertEqual(message(ArgumentParsing.time(0.5...3600), "2h"), "'2h' is not a time from 500ms to 1h.")
    XCTAssertTrue(message(time, "5 m")?.hasSuffix("\nDid you mean 5m?") == true)
    XCTAssertTrue(message(time, "1e3")?.hasSuffix("\nDid you mean 1000?") == true)
    XCTAssertTrue(message(time, "-5m")?.contains("is negative") == true)
    XCTAssertTrue(message(time, "")?.contains("is empty") == true)
  }

  func testSizes() throws {
    let size = ArgumentParsing.bytes(bareFrom: 1 << 20)
    for (text, bytes) in [
      ("512k", 512 << 10), ("512K", 512 << 10), ("512KB", 512 << 10), ("100M", 100 << 20), ("100MiB", 100 << 20),
      ("1G", 1 << 30), ("1gib", 1 << 30), ("1.5G", 3 << 29), ("1T", 1 << 40), ("2097152", 2 << 20), ("1b", 1),
    ] { XCTAssertEqual(try size(text), bytes, text) }
    XCTAssertEqual(message(size, "512"), "'512' is only 512 bytes.\nDid you mean 512M?")
    XCTAssertEqual(message(size, "2"), "'2' is only 2 bytes.\nDid you mean 2G?")
    XCTAssertEqual(try ArgumentParsing.bytes()("512"), 512)
    XCTAssertEqual(message(size, "9999T"), "'9999T' is not a size such as 512M or 1G, from 1 to 900T.")
    for text in ["lots", "1Q", "ib", "1 G", "-1G", "1e9", "inf", "", "0", "0M", "24MP"] {
      XCTAssertTrue(message(size, text)?.contains("not a size such as 512M or 1G") == true, text)
    }
  }

  func testPixels() throws {
    for (text, pixels) in [
      ("24M", 24_000_000), ("24MP", 24_000_000), ("24mp", 24_000_000), ("0.5Mpx", 500_000), ("256K", 256_000),
      ("1000", 1000), ("1px", 1), ("1p", 1),
    ] { XCTAssertEqual(try ArgumentParsing.pixels(text), pixels, text) }
    XCTAssertEqual(message(ArgumentParsing.pixels, "50"), "'50' is only 50 pixels.\nDid you mean 50M?")
    for text in ["24MB", "24MiB", "0", "-1", ""] {
      XCTAssertTrue(message(ArgumentParsing.pixels, text)?.contains("not a number of pixels such as 24M") == true, text)
    }
  }

  func testCountsAndShares() throws {
    for (text, count) in [("1", 1), ("10k", 10_000), ("1.5K", 1500), ("2M", 2_000_000)] {
      XCTAssertEqual(try ArgumentParsing.count(text), count, text)
    }
    XCTAssertEqual(message(ArgumentParsing.count, "0"), "'0' is not a whole number of at least 1.")
    XCTAssertEqual(message(ArgumentParsing.int(1...256), "1k"), "'1k' is not a whole number from 1 to 256.")
    for text in ["1.5", "0.0001k", "-3", "", "1e3", "99999999999999999999"] {
      XCTAssertTrue(message(ArgumentParsing.count, text)?.contains("not a whole number of at least 1") == true, text)
    }
    for (text, share) in [("0.05", 0.05), ("5%", 0.05), ("100%", 1), ("0", 0), ("1", 1), ("12.5%", 0.125), (".5", 0.5)]
    {
      XCTAssertEqual(try ArgumentParsing.fraction(text), share, text)
    }
    XCTAssertTrue(message(ArgumentParsing.fraction, "50")?.hasSuffix("\nDid you mean 50%?") == true)
    XCTAssertEqual(message(ArgumentParsing.fraction, "1.5"), "'1.5' is not a number from 0 to 1, or a percentage.")
    XCTAssertEqual(message(ArgumentParsing.fraction, "101%"), "'101%' is not a number from 0 to 1, or a percentage.")
    XCTAssertEqual(message(ArgumentParsing.number(0...2), "3"), "'3' is not a number from 0 to 2.")
    XCTAssertEqual(try ArgumentParsing.failureBudget("5%"), .percent(5))
    XCTAssertEqual(try ArgumentParsing.failureBudget("1k"), .count(1000))
    XCTAssertEqual(try ArgumentParsing.failureBudget("0"), .count(0))
    for text in ["110%", "-1", "few", "%", "1.5"] {
      XCTAssertTrue(message(ArgumentParsing.failureBudget, text)?.contains("such as 5%") == true, text)
    }
  }

  func testLists() throws {
    XCTAssertEqual(try ArgumentParsing.list("a,b"), ["a", "b"])
    XCTAssertEqual(try ArgumentParsing.list(" a , traffic light"), ["a", "traffic light"])
    for text in ["", ",", "a,,b", "a,", "a, ,b"] {
      XCTAssertTrue(message(ArgumentParsing.list, text)?.contains("empty element") == true, text)
    }
  }
}

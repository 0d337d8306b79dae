import XCTest

@testable import Platform

final class ProcessorInfoTests: XCTestCase {
  func testTheFirstCoreOfAProcessor() {
    let info = ProcessorInfo(
      cpuinfo: """
        processor\t: 0
        cpu family\t: 6
        model\t\t: 143
        model name\t: Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz
        flags\t\t: fpu avx2 avx512f avx512_bf16 amx_bf16

        processor\t: 1
        model name\t: another
        flags\t\t: fpu
        """)
    XCTAssertEqual(info.name, "Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz, family 6, model 143")
    XCTAssertEqual(info.bf16, .fast)
  }

  func testBF16IsFastWithTilesAndOnAMD() {
    func bf16(_ vendor: String, _ flags: String) -> ProcessorInfo.BF16 {
      ProcessorInfo(cpuinfo: "vendor_id: \(vendor)\nflags: avx2 \(flags)\n").bf16
    }
    XCTAssertEqual(bf16("GenuineIntel", "avx512f avx512_bf16"), .slow)
    XCTAssertEqual(bf16("GenuineIntel", "avx512f avx512_bf16 amx_tile amx_bf16"), .fast)
    XCTAssertEqual(bf16("AuthenticAMD", "avx512f avx512_bf16"), .fast)
    XCTAssertEqual(bf16("GenuineIntel", "avx512f avx512_vnni"), .absent)
  }

  func testProcessorsWithoutBF16() {
    XCTAssertEqual(ProcessorInfo(cpuinfo: "model name: AMD EPYC\nflags: avx avx2 fma avx512f\n").bf16, .absent)
    XCTAssertTrue(ProcessorInfo(cpuinfo: "flags: sse2 avx2\n").lacksVNNI)
    XCTAssertFalse(ProcessorInfo(cpuinfo: "flags: sse2 avx2 avx_vnni\n").lacksVNNI)
    let arm = ProcessorInfo(cpuinfo: "processor: 0\nFeatures: fp asimd bf16\nCPU implementer: 0x41\nCPU part: 0xd40\n")
    XCTAssertEqual(arm.name, "implementer 0x41, part 0xd40")
    XCTAssertEqual(arm.bf16, .absent)
    XCTAssertEqual(arm.vendor, "")
    XCTAssertEqual(ProcessorInfo(cpuinfo: "vendor_id: AuthenticAMD\nflags: avx2\n").vendor, "AuthenticAMD")
    for text in ["", "\n\n", ":::", "flags"] { XCTAssertEqual(ProcessorInfo(cpuinfo: text).name, "unknown processor") }
  }
}

import Foundation
import PinPointCore
import PinPointORT
import PinPointTesting

/// Prints the processor time of the host steps of one page and question, and of the stages, and of a whole cold question by
/// the clock: host-times BUNDLE PAGE.png QUESTION ROUNDS.

/// Milliseconds of processor time of the process; stages run on one thread.
func now() -> Double { Double(clock()) / Double(CLOCKS_PER_SEC) * 1000 }

/// Sums the processor time of the stages.
final class Spent: @unchecked Sendable {
    var milliseconds = 0.0

    func timed<T>(_ body: () throws -> T) rethrows -> T {
        let start = now()
        defer { milliseconds += now() - start }
        return try body()
    }
}

struct TimedRunner: Runner {
    let inner: OrtRunner
    let spent: Spent

    var targets: [String] { inner.targets }

    func open(_ stage: StageFile) throws -> any Session { TimedSession(try spent.timed { try inner.open(stage) }, spent) }

    func openCache(_ stage: StageFile, capacity: Int) throws -> any KvCache {
        TimedCache(try spent.timed { try inner.openCache(stage, capacity: capacity) }, spent)
    }
}

final class TimedSession: Session {
    private let inner: any Session
    private let spent: Spent

    init(_ inner: any Session, _ spent: Spent) { (self.inner, self.spent) = (inner, spent) }

    func run(_ inputs: [String: Tensor]) throws -> [String: Tensor] { try spent.timed { try inner.run(inputs) } }
}

final class TimedCache: KvCache {
    private let inner: any KvCache
    private let spent: Spent

    init(_ inner: any KvCache, _ spent: Spent) { (self.inner, self.spent) = (inner, spent) }

    var capacity: Int { inner.capacity }
    var length: Int { inner.length }

    func run(_ ids: [Int32], _ visual: [Float]) throws -> [Float] { try spent.timed { try inner.run(ids, visual) } }

    func truncate(_ length: Int) throws { try inner.truncate(length) }
}

let arguments = CommandLine.arguments
guard arguments.count == 5, let rounds = Int(arguments[4]) else {
    print("host-times BUNDLE PAGE.png QUESTION ROUNDS")
    exit(2)
}
let page = try readPng(URL(fileURLWithPath: arguments[2]))
let spent = Spent()
let began = DispatchTime.now().uptimeNanoseconds
let opening = now()
let reader = try await PinPoint(
    contentsOf: URL(fileURLWithPath: arguments[1]), runner: TimedRunner(inner: OrtRunner(threads: 1), spent: spent))
print(String(format: "opening %.0f ms", now() - opening))
for round in 0..<rounds {
    spent.milliseconds = 0
    let start = now()
    let document = try await reader.read(page)
    let reading = now() - start - spent.milliseconds
    let stagesOfPage = spent.milliseconds
    let asking = now()
    let answer = try await document.ask(arguments[3])
    let host = now() - asking - (spent.milliseconds - stagesOfPage)
    if round == 0 {
        print(String(format: "cold question %.0f ms", Double(DispatchTime.now().uptimeNanoseconds - began) / 1e6))
    }
    let times = String(format: "%.1f ms, question %.1f ms; stages %.0f ms;", reading, host, spent.milliseconds)
    print("host: page", times, answer.text ?? "none")
}

import AppIntents
import PinPointCore
import PinPointCoreML

/// "Ask a form" for Shortcuts: a picture or PDF and a question, the answer as text.
struct AskFormIntent: AppIntent {
    static let title: LocalizedStringResource = "Ask a form"
    static let description = IntentDescription("Answers a question about a picture or PDF of a form, on this device.")

    @Parameter(title: "Form", supportedContentTypes: [.image, .pdf])
    var form: IntentFile

    @Parameter(title: "Question")
    var question: String

    func perform() async throws -> some IntentResult & ReturnsValue<String> {
        guard let bundle = Bundle.main.url(forResource: "forms", withExtension: "pinpoint") ?? PickedFiles.keptBundle else {
            throw PinPointError.bundle("There is no bundle: open the app and import one.")
        }
        let pages = form.fileURL.flatMap(PickedFiles.pages) ?? PickedFiles.page(of: form.data).map { [$0] } ?? []
        let document = try await PinPoint(contentsOf: bundle).read(pages)
        let answer = try await document.ask(question)
        return .result(value: answer.text ?? "not found")
    }
}

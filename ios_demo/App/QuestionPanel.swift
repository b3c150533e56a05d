import PinPointCore
import PinPointDemo
import SwiftUI

/// The question field, the templates, the work that goes on, and the results.
struct QuestionPanel: View {
    @Bindable var model: FormModel

    var body: some View {
        List {
            Section {
                TextField("Question", text: $model.question, prompt: Text("What is the total?"))
                    .submitLabel(.send)
                    .onSubmit { Task { await model.ask() } }
                Menu("Extract the fields of a form") {
                    ForEach(Template.standard, id: \.name) { template in
                        Button(template.name) { Task { await model.extract(template.fields) } }
                    }
                }
                .disabled(model.phase != .ready)
            } footer: {
                if let problem = model.problem { Text(problem).foregroundStyle(.red) }
            }
            if model.phase == .withoutBundle {
                Text("Open a .pinpoint file, which holds the models. It stays on this device.")
            }
            if model.isBusy {
                HStack {
                    ProgressView(value: model.progress) { Text(model.phase == .answering ? "Answering" : "Reading") }
                    Button("Stop", systemImage: "stop.circle", action: model.stop)
                        .labelStyle(.iconOnly)
                }
            }
            ForEach(model.results.reversed()) { result in
                Button {
                    model.show(result)
                } label: {
                    ResultRow(result: result, model: model)
                }
            }
        }
    }
}

/// A field or question with its answer.
struct ResultRow: View {
    let result: FormModel.Result
    let model: FormModel

    var body: some View {
        VStack(alignment: .leading) {
            Text(result.name).font(.subheadline).foregroundStyle(.secondary)
            Text(result.answer.text ?? "Not found").font(.body)
            Text(result.answer.confidence, format: .percent.precision(.fractionLength(0))).font(.caption)
        }
        .accessibilityElement(children: .combine)
        .accessibilityHint(place)
    }

    private var place: String {
        guard let box = result.answer.boxes.first, let number = result.answer.page, number < model.pages.count else {
            return ""
        }
        let page = model.pages[number]
        return placeInWords(box, width: page.width, height: page.height)
    }
}

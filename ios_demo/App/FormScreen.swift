import PhotosUI
import PinPointCore
import PinPointDemo
import SwiftUI

/// The page above, the questions and answers below; side by side where it is wide.
struct FormScreen: View {
    @Bindable var model: FormModel
    @State private var photo: PhotosPickerItem?
    @State private var scans = false
    @State private var imports = false
    @Environment(\.horizontalSizeClass) private var width

    var body: some View {
        NavigationStack {
            let layout = width == .regular ? AnyLayout(HStackLayout(spacing: 0)) : AnyLayout(VStackLayout(spacing: 0))
            layout {
                PageView(model: model)
                Divider()
                QuestionPanel(model: model).frame(maxWidth: width == .regular ? 360 : .infinity)
            }
            .navigationTitle("PinPoint")
            .navigationBarTitleDisplayMode(.inline)
            .toolbar {
                PhotosPicker(selection: $photo, matching: .images) { Label("Choose a photo", systemImage: "photo") }
                Button("Scan a page", systemImage: "doc.viewfinder") { scans = true }
                    .disabled(!DocumentCamera.isSupported)
                Button("Open a file", systemImage: "folder") { imports = true }
                ExportMenu(model: model)
            }
        }
        .fullScreenCover(isPresented: $scans) {
            DocumentCamera { pages in Task { await model.show(pages) } }.ignoresSafeArea()
        }
        .fileImporter(isPresented: $imports, allowedContentTypes: [.image, .pdf, .data]) { picked in
            if case .success(let url) = picked { UIApplication.shared.open(url) }
        }
        .onChange(of: photo) { _, item in
            Task {
                guard let data = try? await item?.loadTransferable(type: Data.self) else { return }
                if let page = PickedFiles.page(of: data) { await model.show([page]) }
            }
        }
    }
}

/// Results to share as JSON or CSV.
struct ExportMenu: View {
    let model: FormModel

    var body: some View {
        Menu("Share", systemImage: "square.and.arrow.up") {
            if let json = try? resultsJson(model.results) { ShareLink("JSON", item: json) }
            ShareLink("CSV", item: resultsCsv(model.results))
        }
        .disabled(model.results.isEmpty)
    }
}

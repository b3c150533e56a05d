import PinPointCore
import PinPointCoreML
import PinPointDemo
import SwiftUI

/// Reads forms on the device: a page is chosen or scanned, and questions are asked about it.
@main
struct PinPointDemoApp: App {
    @State private var model = FormModel { try await PinPoint(contentsOf: $0, progress: $1) }
    @Environment(\.scenePhase) private var scene

    var body: some Scene {
        WindowGroup {
            FormScreen(model: model)
                .task { await openKept() }
                .onOpenURL { url in Task { await open(url) } }
                .onReceive(NotificationCenter.default.publisher(for: UIApplication.didReceiveMemoryWarningNotification)) { _ in
                    Task { await model.releaseMemory() }
                }
        }
        .onChange(of: scene) { _, now in
            if now == .background { Task { await model.releaseMemory(stopping: true) } }
        }
    }

    /// The bundle that the app brings, or the one that was imported.
    private func openKept() async {
        if let bundle = Bundle.main.url(forResource: "forms", withExtension: "pinpoint") ?? PickedFiles.keptBundle {
            await model.open(bundle)
        }
    }

    /// A file that another app hands over: a bundle, a picture or a PDF.
    private func open(_ url: URL) async {
        if url.pathExtension == "pinpoint" {
            if let kept = PickedFiles.keep(url) { await model.open(kept) }
        } else if let pages = PickedFiles.pages(of: url) {
            await model.show(pages)
        }
    }
}

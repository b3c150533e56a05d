import PinPointCore
import SwiftUI
import VisionKit

/// The system's document scanner, for its straightened pictures alone.
struct DocumentCamera: UIViewControllerRepresentable {
    static var isSupported: Bool { VNDocumentCameraViewController.isSupported }

    let onPages: ([Pixels]) -> Void

    func makeCoordinator() -> Coordinator { Coordinator(onPages: onPages) }

    func makeUIViewController(context: Context) -> VNDocumentCameraViewController {
        let camera = VNDocumentCameraViewController()
        camera.delegate = context.coordinator
        return camera
    }

    func updateUIViewController(_ camera: VNDocumentCameraViewController, context: Context) {}

    /// Hears the scanner.
    final class Coordinator: NSObject, VNDocumentCameraViewControllerDelegate {
        private let onPages: ([Pixels]) -> Void

        init(onPages: @escaping ([Pixels]) -> Void) { self.onPages = onPages }

        func documentCameraViewController(
            _ camera: VNDocumentCameraViewController, didFinishWith scan: VNDocumentCameraScan
        ) {
            let pages = (0..<scan.pageCount).compactMap { scan.imageOfPage(at: $0).cgImage.flatMap { try? Pixels($0) } }
            camera.dismiss(animated: true)
            onPages(pages)
        }

        func documentCameraViewControllerDidCancel(_ camera: VNDocumentCameraViewController) {
            camera.dismiss(animated: true)
        }

        func documentCameraViewController(
            _ camera: VNDocumentCameraViewController, didFailWithError error: any Error
        ) {
            camera.dismiss(animated: true)
        }
    }
}

import CoreGraphics
import Foundation
import ImageIO
import PDFKit
import PinPointCore

/// Pictures, PDFs and bundles that the user picks.
enum PickedFiles {
    /// Most pages of a PDF, and the longest side of a picture in pixels.
    private static let mostPages = 8
    private static let longestSide = 4096

    /// The bundle that was imported.
    static var keptBundle: URL? {
        let place = URL.applicationSupportDirectory.appending(path: "forms.pinpoint")
        return FileManager.default.fileExists(atPath: place.path()) ? place : nil
    }

    /// Copies a bundle into the app, beside the old one until it is whole.
    static func keep(_ url: URL) -> URL? {
        let isScoped = url.startAccessingSecurityScopedResource()
        defer { if isScoped { url.stopAccessingSecurityScopedResource() } }
        let files = FileManager.default
        let place = URL.applicationSupportDirectory.appending(path: "forms.pinpoint")
        let beside = place.appendingPathExtension("part")
        do {
            try files.createDirectory(at: URL.applicationSupportDirectory, withIntermediateDirectories: true)
            try? files.removeItem(at: beside)
            try files.copyItem(at: url, to: beside)
            try? files.removeItem(at: place)
            try files.moveItem(at: beside, to: place)
            return place
        } catch {
            return nil
        }
    }

    /// The pages of a picture or a PDF, which is rendered at 144 dpi.
    static func pages(of url: URL) -> [Pixels]? {
        let isScoped = url.startAccessingSecurityScopedResource()
        defer { if isScoped { url.stopAccessingSecurityScopedResource() } }
        guard let document = PDFDocument(url: url) else { return (try? Data(contentsOf: url)).flatMap(page).map { [$0] } }
        let pages = (0..<min(document.pageCount, mostPages)).compactMap { document.page(at: $0).flatMap(rendered) }
        return pages.isEmpty ? nil : pages
    }

    /// A picture, upright by its EXIF orientation.
    static func page(of data: Data) -> Pixels? {
        guard let source = CGImageSourceCreateWithData(data as CFData, nil) else { return nil }
        let options: [CFString: Any] = [
            kCGImageSourceCreateThumbnailFromImageAlways: true, kCGImageSourceCreateThumbnailWithTransform: true,
            kCGImageSourceThumbnailMaxPixelSize: longestSide,
        ]
        return CGImageSourceCreateThumbnailAtIndex(source, 0, options as CFDictionary).flatMap { try? Pixels($0) }
    }

    private static func rendered(_ page: PDFPage) -> Pixels? {
        let bounds = page.bounds(for: .cropBox)
        let size = CGSize(width: bounds.width * 2, height: bounds.height * 2)
        return page.thumbnail(of: size, for: .cropBox).cgImage.flatMap { try? Pixels($0) }
    }

    /// A page as an image of the screen.
    static func image(of page: Pixels) -> CGImage? {
        guard let provider = CGDataProvider(data: Data(page.data) as CFData) else { return nil }
        return CGImage(
            width: page.width, height: page.height, bitsPerComponent: 8, bitsPerPixel: 24, bytesPerRow: page.width * 3,
            space: CGColorSpaceCreateDeviceRGB(), bitmapInfo: CGBitmapInfo(rawValue: CGImageAlphaInfo.none.rawValue),
            provider: provider, decode: nil, shouldInterpolate: true, intent: .defaultIntent)
    }
}

import PinPointCore
import PinPointDemo
import SwiftUI

/// The page with zoom, and the places of the shown answer on it.
struct PageView: View {
    let model: FormModel
    @State private var viewport = Viewport()
    @State private var pinched = 1.0
    @State private var dragged = CGSize.zero

    var body: some View {
        GeometryReader { space in
            if model.page < model.pages.count {
                let page = model.pages[model.page]
                Canvas { context, _ in draw(page, context) }
                    .gesture(magnify.simultaneously(with: drag))
                    .onTapGesture(count: 2) { viewport = Viewport(width: viewport.width, height: viewport.height) }
                    .accessibilityLabel("Page \(model.page + 1) of \(model.pages.count)")
                    .onChange(of: space.size, initial: true) { _, size in
                        viewport = Viewport(width: size.width, height: size.height)
                    }
                    .onChange(of: model.pages) { viewport = Viewport(width: viewport.width, height: viewport.height) }
            } else {
                ContentUnavailableView(
                    "No page", systemImage: "doc.text.magnifyingglass",
                    description: Text("Choose a photo, scan a page, or open a file."))
            }
        }
        .background(Color(.secondarySystemBackground))
    }

    private func draw(_ page: Pixels, _ context: GraphicsContext) {
        let (scale, x, y) = viewport.placement(page)
        let rect = CGRect(x: x, y: y, width: scale * Double(page.width), height: scale * Double(page.height))
        if let image = PickedFiles.image(of: page) { context.draw(Image(decorative: image, scale: 1), in: rect) }
        guard let answer = model.shown?.answer, answer.page == model.page else { return }
        for quad in answer.quads {
            let corners = viewport.corners(quad, page)
            var path = Path()
            path.addLines((0..<4).map { CGPoint(x: corners[2 * $0], y: corners[2 * $0 + 1]) })
            path.closeSubpath()
            context.fill(path, with: .color(.accentColor.opacity(0.25)))
            context.stroke(path, with: .color(.accentColor), lineWidth: 2)
        }
    }

    private var magnify: some Gesture {
        MagnifyGesture()
            .onChanged { value in
                viewport.magnify(value.magnification / pinched, x: value.startLocation.x, y: value.startLocation.y)
                pinched = value.magnification
            }
            .onEnded { _ in pinched = 1 }
    }

    private var drag: some Gesture {
        DragGesture()
            .onChanged { value in
                let moved = value.translation
                viewport.move(x: moved.width - dragged.width, y: moved.height - dragged.height)
                dragged = moved
            }
            .onEnded { _ in dragged = .zero }
    }
}

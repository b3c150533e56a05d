import java.awt.image.BufferedImage;
import java.io.File;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.imageio.ImageIO;
import org.pinpoint.edge.Answer;
import org.pinpoint.edge.Document;
import org.pinpoint.edge.PinPoint;
import org.pinpoint.edge.Pixels;
import org.pinpoint.edge.ort.OrtRunner;

/** Prints the answers on the golden pages as JSON, without their times: Pages BUNDLE PAGES. It uses nothing of Kotlin itself. */
public final class Pages {
    private static final Map<String, String[]> QUESTIONS = new LinkedHashMap<>();

    static {
        QUESTIONS.put("receipt", new String[] {
            "What is the total?", "What is the date on the receipt?", "What is the name of the patient?"});
        QUESTIONS.put("form", new String[] {"What is the name?", "What is the date?", "What is the total?"});
    }

    public static void main(String[] arguments) throws Exception {
        OrtRunner runner = new OrtRunner(1, Collections.<String>emptyList());
        PinPoint reader = PinPoint.open(new File(arguments[0]), runner);
        for (Map.Entry<String, String[]> page : QUESTIONS.entrySet()) {
            BufferedImage image = ImageIO.read(new File(arguments[1], page.getKey() + "/page.png"));
            int[] colours = image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
            Document document = reader.read(Pixels.ofColours(image.getWidth(), image.getHeight(), colours));
            for (String question : page.getValue()) {
                Answer answer = document.ask(question);
                System.out.println(answer.toJson().replaceAll(", \"timings\": .*", "}"));
            }
        }
        reader.close();
    }
}
